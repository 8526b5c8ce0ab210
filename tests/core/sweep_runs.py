"""Small sweeps for tests: plans, runs and what is compared about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.models.session import ModelSession
from core.predict.prompts import color_labels
from core.stimuli.factorial import FactorialSet, WhiteStroop
from core.sweeps.events import Event
from core.sweeps.plan import SweepPlan, make_plan
from core.sweeps.run import sweep
from core.sweeps.run_folder import RunFolder

TEMPLATES = ("The word is written in {} font", "{}")


def small_plan(
    session: ModelSession,
    stimuli: FactorialSet | None = None,
    templates: tuple[str, ...] = TEMPLATES,
    labels: tuple[str, ...] = color_labels(),
) -> SweepPlan:
    """180 words on white, or another set, with two templates."""
    side = session.info.preprocessing.side
    return make_plan(
        "Small", stimuli or WhiteStroop(samples=2, side=side), templates, labels, session.info
    )


def new_run(path: Path, plan: SweepPlan, session: ModelSession, shard_size: int = 48) -> RunFolder:
    """A run that writes many shards."""
    run = RunFolder.create(path, plan, session.info)
    run.manifest.shard_size = shard_size
    run.save_manifest()
    return run


def finish(run: RunFolder, session: ModelSession, **options: Any) -> list[Event]:
    """Run to the end and give all events."""
    options.setdefault("batch_size", 16)
    return list(sweep(run, session, **options))
