"""The plan of a run, from any file that carries it: a report, ``plan.json``, a run folder."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from core.base.errors import LabError, RunError
from core.base.reading import read_text
from core.base.typed import from_json
from core.runs.folder import PLAN_NAME
from core.sweeps.plan import SweepPlan
from core.sweeps.run_folder import RunFolder

PLAN_ELEMENT = "clip-color-lab-plan"
"""Id of the element of a report that holds its plan as JSON."""

_ELEMENT = re.compile(
    rf'<script type="application/json" id="{PLAN_ELEMENT}">(.*?)</script>', re.DOTALL
)
_MOST_BYTES = 200_000_000


class PlanRecord(msgspec.Struct, frozen=True):
    """A plan as a report carries it."""

    content_hash: str
    plan: SweepPlan
    weights: str = ""
    """Where the weights were; empty if that is not known."""


def plan_element(plan: SweepPlan, weights: str) -> str:
    """The element of a report that carries a plan; `plan_in` reads it back."""
    record = PlanRecord(plan.content_hash(), plan, weights)
    text = msgspec.json.encode(record).decode("utf-8")
    # Nothing in it may end the element, whatever a prompt says.
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<script type="application/json" id="{PLAN_ELEMENT}">{text}</script>'


def plan_in(source: Path) -> tuple[SweepPlan, str]:
    """The plan that a report, a ``plan.json`` or a run folder carries, and where its weights were.

    The latter is empty if it is not known.

    Raises
    ------
    RunError
        If there is none, or it was altered.
    """
    if source.is_dir():
        folder = RunFolder.open(source)
        info = folder.manifest.model
        return folder.plan, info.source if info is not None else ""
    if source.name == PLAN_NAME and source.parent.is_dir():
        return plan_in(source.parent)
    try:
        text = read_text(source, _MOST_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise RunError(
            f"“{source.name}” cannot be read as a report: {reason}.",
            "Name a report in HTML, a plan.json or a run folder.",
        ) from error
    found = _ELEMENT.search(text)
    try:
        record = from_json(found[1] if found else text, PlanRecord)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RunError(
            f"“{source.name}” carries no plan of a run.",
            "Name a report in HTML, a plan.json or a run folder.",
        ) from error
    except LabError as error:  # values that no plan can have
        raise RunError(
            f"The plan in “{source.name}” is damaged: {error.message}",
            "Take the report as it was written.",
        ) from error
    if record.plan.content_hash() != record.content_hash:
        raise RunError(
            f"The plan in “{source.name}” is not the one that the report was written for.",
            "Take the report as it was written.",
        )
    return record.plan, record.weights
