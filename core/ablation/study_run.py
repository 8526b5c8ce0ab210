"""The study itself: a generator over its runs, for a thread, a command line or a test to drive.

Each run is an ordinary sweep in a folder of its own. A study that was stopped or killed at any
moment goes on where it was, and its runs are the same, byte for byte, as if it never had been.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from core.ablation.damage import check_damage
from core.ablation.study_folder import Member, StudyFolder
from core.models.session import ModelSession
from core.network.ablated_tower import AblatedTower
from core.sweeps.events import Event, Progress
from core.sweeps.run import sweep


@dataclass(frozen=True, eq=False)
class StudyProgress:
    """Something happened in one of the runs."""

    member: Member
    """The run at work."""
    number: int
    members: int
    """Its number, from 1, and that of all runs."""
    done: int
    total: int
    """Images of all runs."""
    images_per_second: float = 0.0
    """At present; 0 while not known."""
    seconds_left: float | None = None
    """For all runs."""
    event: Event | None = None
    """What the run reports; None for its damage check."""


def run_study(
    study: StudyFolder,
    session: ModelSession,
    *,
    batch_size: int | None = None,
    threads: int = 0,
    allow_versions: bool = False,
    go_on: Callable[[], None] | None = None,
) -> Generator[StudyProgress, None, None]:
    """Compute what is missing of a study.

    Parameters
    ----------
    session : ModelSession
        The model of the study.
    batch_size, threads, allow_versions, go_on
        As for `core.sweeps.run.sweep`. All runs have batches of one size, so that no answer
        differs because of that.

    Raises
    ------
    RunError
        If model, files or settings are not those of the study, another process works on it, or it
        cannot be written. What is finished is kept.
    """
    with study.hold():
        for member in study.members:
            run = study.begun_run(member)
            if run.missing():  # what is true of one run is true of those after it
                run.check_resumable(session.info, allow_versions)
                break
        study.set_cancelled(False)
        yield from _run_members(study, session, batch_size, threads, allow_versions, go_on)


def _run_members(
    study: StudyFolder,
    session: ModelSession,
    batch_size: int | None,
    threads: int,
    allow_versions: bool,
    go_on: Callable[[], None] | None,
) -> Generator[StudyProgress, None, None]:
    members = study.members
    done = study.done()
    for number, member in enumerate(members, start=1):
        run = study.begun_run(member)
        size = run.manifest.batch_size or batch_size or _batch_size_of(study)
        if run.missing():
            before = run.done()
            with closing(
                sweep(
                    run,
                    session,
                    batch_size=size or None,
                    threads=threads,
                    allow_versions=allow_versions,
                    go_on=go_on,
                )
            ) as events:
                for event in events:
                    if isinstance(event, Progress):
                        here = done + event.done - before
                        rate = event.images_per_second
                        left = (study.total - here) / rate if rate else None
                        yield StudyProgress(
                            member, number, len(members), here, study.total, rate, left, event
                        )
                    else:
                        yield StudyProgress(
                            member, number, len(members), done, study.total, event=event
                        )
            done += len(run.plan) - before
        if study.damage(member) is None:
            with AblatedTower(session, member.ablation, fast=True) as tower:
                study.save_damage(member, check_damage(study.record.plan, session, tower))
        yield StudyProgress(member, number, len(members), done, study.total)


def _batch_size_of(study: StudyFolder) -> int:
    """The batch size of the first run that has one; 0 if none has begun."""
    for member in study.members:
        run = study.run(member)
        if run is not None and run.manifest.batch_size:
            return run.manifest.batch_size
    return 0
