"""How the numbers of a run came about: what every export and figure carries along."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from core.base.paths import APP_NAME
from core.base.version import VERSION
from core.models.info import ModelInfo
from core.predict.prediction import COSINE_TOLERANCE
from core.predict.provenance import provenance, stamp
from core.predict.roles import ROLES
from core.runs.manifest import WorkSession
from core.stimuli.factorial import ShapeSet
from core.sweeps.plan import SweepPlan

if TYPE_CHECKING:
    from core.sweeps.run_folder import RunFolder

_HASH_DIGITS = 8


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a run besides its numbers."""

    title: str
    state: str
    created: str
    """`title`, `state` and `created`: as for `core.runs.manifest.Manifest`; the state may also be
    “interrupted”.
    """
    plan: SweepPlan
    done: int
    """Images that the numbers are about."""
    info: ModelInfo | None = None
    """None if the run has lost it."""
    sessions: tuple[WorkSession, ...] = ()
    notes: tuple[str, ...] = ()
    """What happened to the run."""

    @property
    def total(self) -> int:
        """Images of the plan."""
        return len(self.plan)

    @property
    def partial(self) -> bool:
        """True if images are missing."""
        return self.done < self.total


def run_facts(run: RunFolder, done: int | None = None) -> RunFacts:
    """The facts of a run whose numbers are about `done` images, by default all that are stored."""
    manifest = run.manifest
    return RunFacts(
        title=manifest.title,
        state=run.state,
        created=manifest.created,
        plan=run.plan,
        done=run.done() if done is None else done,
        info=manifest.model,
        sessions=tuple(manifest.sessions),
        notes=tuple(manifest.notes),
    )


def settings_line(facts: RunFacts) -> str:
    """The settings that matter most, in one line for figures and headings."""
    plan = facts.plan
    stimuli = plan.stimuli
    sha256 = plan.model.sha256
    images = f"{facts.total:,} images"
    if facts.partial:
        images = f"partial: {facts.done:,} of {images}"
    ablation = [] if plan.ablation is None else [f"without {plan.ablation.in_words()}"]
    return " · ".join(
        [
            plan.model.name,
            *ablation,
            f"weights {sha256[:_HASH_DIGITS]}" if sha256 else plan.model.source,
            plan.model.precision,
            images,
            f"{stimuli.samples} of each of {len(stimuli.combinations)} combinations",
            f"seed {stimuli.seed}",
            f"palette {stimuli.palette.name}",
            f"{stimuli.geometry} geometry",
            f"plan {plan.content_hash()[:_HASH_DIGITS]}",
            f"{APP_NAME} {plan.versions.get('app') or VERSION}",
        ]
    )


def run_provenance(facts: RunFacts, now: datetime | None = None) -> dict[str, Any]:
    """Everything about a run, as JSON knows it; undefined is None, `now` is aware."""
    plan = facts.plan
    stimuli = plan.stimuli
    return {
        **_made_with(facts, now),
        "run": {
            "title": facts.title,
            "state": facts.state,
            "created": facts.created,
            "images_done": facts.done,
            "images_planned": facts.total,
            "partial": facts.partial,
            "notes": list(facts.notes),
            "sessions": msgspec.to_builtins(facts.sessions),
        },
        "plan": {
            "sha256": plan.content_hash(),
            "stimuli": msgspec.to_builtins(stimuli),
            "combinations": len(stimuli.combinations),
            "templates": list(plan.templates),
            "labels": list(plan.labels),
            "fonts": None if isinstance(stimuli, ShapeSet) else dict(plan.fonts),
            "versions": dict(plan.versions),
            "observers": list(plan.observers),
            "ablation": msgspec.to_builtins(plan.ablation),
        },
        "definitions": {
            "answer": "the label of the largest cosine, the first in the list of equal ones",
            "roles": list(ROLES),
            "coinciding_roles": "an answer plays every role that it names, “none” where it has no "
            "other",
            "intervals": "Wilson, 95 %; differences: Newcombe 1998, method 10",
        },
    }


def _made_with(facts: RunFacts, now: datetime | None) -> dict[str, Any]:
    plan = facts.plan
    if facts.info is not None:
        return provenance(facts.info, plan.stimuli.palette, plan.stimuli.seed, now)
    return {
        **stamp(now),
        "model": msgspec.to_builtins(plan.model),
        "cosine_tolerance": COSINE_TOLERANCE.get(plan.model.precision),
        "palette": msgspec.to_builtins(plan.stimuli.palette),
        "seed": plan.stimuli.seed,
    }
