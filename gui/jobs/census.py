"""Censuses as jobs: all sets one after the other, then the gray pass."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.census.events import CensusProgress, CheckpointWritten
from core.census.sets import CensusOfSets, Stage
from core.sweeps.events import BatchHalved, Finished, Started
from gui.jobs.job_queue import JobsOfKind
from gui.jobs.job_worker import Note, Progress, Task
from gui.jobs.latest_worker import Request

if TYPE_CHECKING:  # they import torch
    from core.models.session import ModelSession
    from core.network.layer import Layer, Summary
    from core.runs.work import Calibration
    from core.stimuli.factorial import FactorialSet


@dataclass(frozen=True, eq=False)
class CensusTiming:
    """Something whose speed is asked for."""

    session: ModelSession
    layers: tuple[Layer, ...]
    stimuli: FactorialSet
    summary: Summary = "max"


@dataclass(frozen=True)
class Step:
    """How far a stage is.

    Attributes
    ----------
    total, done : int
        Images of the stage.
    images_per_second : float
        0 while unknown.
    refused : int
        Pictures that could not be read.
    """

    stage: Stage
    total: int
    done: int
    images_per_second: float = 0.0
    refused: int = 0


@dataclass(frozen=True)
class Stored:
    """The lists so far are on the disk."""


@dataclass(frozen=True, eq=False)
class CensusTask(Task):
    """A census to go on with; `path` is its folder.

    Attributes
    ----------
    session : ModelSession
        The model that it began with, whatever the window uses meanwhile.
    sizes : dict of Stage to int
        Images of each stage, as far as they are known; the gray pass sees at most all pictures.
    batch_size : int
        Of sets that were not begun yet.
    allow_versions : bool
        Go on although libraries have other versions than when the census began.
    """

    session: ModelSession
    sizes: dict[Stage, int]
    batch_size: int = 32
    allow_versions: bool = False

    noun = "census"
    action = "view.show-inspector"
    closing = "the census stores what it has seen"

    @property
    def total(self) -> int:
        """Images of all stages."""
        return sum(self.sizes.values())

    def events(self, go_on: Callable[[], None]) -> Generator[Any, None, None]:
        """Go on with the census to its end; the details of its progress are `Step`."""
        from core.census.stages import take_census

        whole = CensusOfSets.open(self.path)

        sizes = dict(self.sizes)
        # Closing stores what was computed since the last checkpoint.
        with contextlib.closing(
            take_census(
                whole,
                self.session,
                batch_size=self.batch_size,
                allow_versions=self.allow_versions,
            )
        ) as events:
            for stage, event in events:
                if isinstance(event, Started):
                    yield _progress(Step(stage, event.total, event.done), sizes)
                    yield from map(Note, event.notes)
                elif isinstance(event, BatchHalved):
                    yield Note(f"Memory ran short: batches of {event.batch_size} images now.")
                elif isinstance(event, CheckpointWritten | Finished):
                    yield Stored()
                elif isinstance(event, CensusProgress):
                    rate = event.images_per_second
                    step = Step(stage, event.total, event.done, rate, event.refused)
                    yield _progress(step, sizes)

    def keep_cancelled(self) -> None:
        """Say so in the census's own folder."""
        from core.census.stages import cancel_unfinished

        cancel_unfinished(CensusOfSets.open(self.path))


def _progress(step: Step, sizes: dict[Stage, int]) -> Progress:
    """Of the whole census, at the rate of its present stage."""
    sizes[step.stage] = step.total
    stages = list(sizes)
    total = sum(sizes.values())
    done = sum(sizes[stage] for stage in stages[: stages.index(step.stage)]) + step.done
    rate = step.images_per_second
    return Progress(done, total, rate, (total - done) / rate if rate else None, step)


class CensusJobs(JobsOfKind):
    """The census in the queue, at most one; what is measured is a `CensusTiming`, a `Calibration`.

    Its reports are `Stored`.
    """

    KIND = CensusTask

    def time(self, timing: CensusTiming) -> None:
        """Measure how fast a census would be, beside the window."""

        def work(request: Request) -> Generator[Calibration, None, None]:
            from core.census.run import calibrate_census

            yield calibrate_census(
                timing.session, timing.layers, timing.stimuli, timing.summary, go_on=request.go_on
            )

        self.measure_of(timing, "the measurement", work)
