"""The census thread: takes a census of all its sets, one after the other, then the gray pass.

It drives the generators of `core.census` and looks between two batches whether it shall stop.
Stopping closes the generator, which writes what was computed; the thread is never killed.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from core.base.errors import RunError
from core.census.events import CensusEvent, CensusProgress, CheckpointWritten
from core.census.sets import CensusOfSets, Stage
from core.sweeps.events import BatchHalved, Finished, Started
from gui.jobs.job_thread import PROGRESS_SECONDS, Interrupted, JobThread

if TYPE_CHECKING:  # they import torch
    from core.census.folder import CensusFolder
    from core.models.session import ModelSession
    from core.network.layer import Layer, Summary
    from core.stimuli.factorial import FactorialSet


@dataclass(frozen=True, eq=False)
class CensusWork:
    """A census to go on with.

    Attributes
    ----------
    job : int
    path : Path
        Its folder.
    session : ModelSession
        The model that it began with, whatever the window uses meanwhile.
    batch_size : int
        Of sets that were not begun yet.
    allow_versions : bool
        Go on although libraries have other versions than when the census began.
    """

    job: int
    path: Path
    session: ModelSession
    batch_size: int = 32
    allow_versions: bool = False


class OtherCensusVersions(RunError):
    """Nothing but the versions of libraries keeps the census at `path` from going on."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message, "Go on anyway, or use that software again.")
        self.path = path


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
    stage : Stage
    total, done : int
        Images of the stage.
    images_per_second, seconds_left : float
        Of the stage; 0 while unknown.
    refused : int
        Pictures that could not be read.
    """

    stage: Stage
    total: int
    done: int
    images_per_second: float = 0.0
    seconds_left: float = 0.0
    refused: int = 0


class CensusThread(JobThread):
    """A `JobThread` for censuses; its progress is a `Step`, its questions are timings.

    Signals
    -------
    stored(job)
        The lists so far are on the disk.
    timed(timing, calibration), untimed(timing, error)
    """

    stored = Signal(int)
    timed = Signal(object, object)
    untimed = Signal(object, object)

    noun = "census"

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._due = 0.0

    def answer(self, question: CensusTiming) -> None:
        """Measure a speed."""
        try:
            from core.census.calibration import calibrate_census

            self.apply_threads()
            found = calibrate_census(
                question.session,
                question.layers,
                question.stimuli,
                question.summary,
                go_on=self.go_on,
            )
        except Interrupted:
            pass  # the lab is being closed
        except Exception as exception:
            self.untimed.emit(question, self.told(exception, "the measurement"))
        else:
            self.timed.emit(question, found)

    def work_on(self, work: CensusWork) -> str:
        """Go on with a census to its end or until told to stop; the state it is left in."""
        from core.census.stages import cancel_unfinished, take_census

        whole = CensusOfSets.open(work.path)
        for kind in whole.kinds:
            _check(whole.folder(kind), work)
        self.apply_threads()
        wish = self.wish()
        events = take_census(
            whole, work.session, batch_size=work.batch_size, allow_versions=work.allow_versions
        )
        # Closing stores what was computed since the last checkpoint.
        with contextlib.closing(events):
            for stage, event in () if wish else events:
                self._show(work.job, stage, event)
                # What is finished is not paused, however late the wish.
                wish = None if isinstance(event, Finished) else self.wish()
                if wish is not None:
                    break
        if wish == "cancelled":
            cancel_unfinished(whole)
        self.stored.emit(work.job)
        return wish or "finished"

    def _show(self, job: int, stage: Stage, event: CensusEvent) -> None:
        if isinstance(event, Started):
            self._tell(job, Step(stage, event.total, event.done), always=True)
            for note in event.notes:
                self.noted.emit(job, note)
        elif isinstance(event, BatchHalved):
            self.noted.emit(job, f"Memory ran short: batches of {event.batch_size} images now.")
        elif isinstance(event, CheckpointWritten | Finished):
            self.stored.emit(job)
        elif isinstance(event, CensusProgress):
            step = Step(
                stage,
                event.total,
                event.done,
                event.images_per_second,
                event.seconds_left,
                event.refused,
            )
            self._tell(job, step, always=event.done == event.total)

    def _tell(self, job: int, step: Step, always: bool) -> None:
        now = time.monotonic()
        if always or now >= self._due:
            self._due = now + PROGRESS_SECONDS
            self.progressed.emit(job, step)


def _check(folder: CensusFolder, work: CensusWork) -> None:
    from core.census.run import check_census

    try:
        check_census(folder, work.session, work.allow_versions)
    except RunError as error:
        check_census(folder, work.session, allow_versions=True)
        raise OtherCensusVersions(work.path, error.message) from error
