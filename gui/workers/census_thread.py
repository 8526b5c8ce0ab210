"""The census thread: takes a census of all its sets, one after the other, then the gray pass.

It drives the generators of `core.neurons` and looks between two batches whether it shall stop.
Stopping closes the generator, which writes what was computed; the thread is never killed.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QThread, Signal

from core.errors import LabError, RunError
from core.neurons.census_events import CensusEvent, CensusProgress, CheckpointWritten
from core.neurons.census_set import CensusOfSets, Stage
from core.sweeps.events import BatchHalved, Finished, Started
from gui.workers.priority import lower_priority
from gui.workers.sweep_thread import NICENESS, PROGRESS_SECONDS

if TYPE_CHECKING:  # they import torch
    from core.models.session import ModelSession
    from core.neurons.census_folder import CensusFolder
    from core.neurons.layer import Layer, Summary
    from core.stimuli.factorial import FactorialSet

log = logging.getLogger(__name__)

Stop = Literal["paused", "cancelled"]


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


@dataclass
class _Inbox:
    """What the GUI thread left; guarded by its condition."""

    condition: threading.Condition = field(default_factory=threading.Condition)
    work: CensusWork | None = None
    timing: CensusTiming | None = None
    stop_job: Stop | None = None
    threads: int = 0
    quit: bool = False


class CensusThread(QThread):
    """Its signals reach the GUI thread queued.

    Signals
    -------
    progressed(job, step)
        At most every `PROGRESS_SECONDS`, and for the first and last images of a stage.
    noted(job, sentence)
    stored(job)
        The lists so far are on the disk.
    ended(job, state, error)
        ``finished``, ``paused``, ``cancelled`` or ``failed``, the last with its `LabError`.
    timed(timing, calibration), untimed(timing, error)
    crashed(exception)
        An unexpected exception; the thread goes on working.
    """

    progressed = Signal(int, object)
    noted = Signal(int, str)
    stored = Signal(int)
    ended = Signal(int, str, object)
    timed = Signal(object, object)
    untimed = Signal(object, object)
    crashed = Signal(object)

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._inbox = _Inbox(threads=threads)
        self._own_choice: int | None = None
        self._due = 0.0

    # --- called on the GUI thread ---

    def begin(self, work: CensusWork) -> None:
        """Work on a census; only when the one before has ended."""
        with self._inbox.condition:
            self._inbox.work = work
            self._inbox.stop_job = None
            self._inbox.condition.notify()

    def time(self, timing: CensusTiming) -> None:
        """Measure a speed when there is time; replaces a measurement that waits."""
        with self._inbox.condition:
            self._inbox.timing = timing
            self._inbox.condition.notify()

    def stop_job(self, stop: Stop) -> None:
        """Stop the present census after its batch."""
        with self._inbox.condition:
            self._inbox.stop_job = stop

    def set_threads(self, threads: int) -> None:
        """How many threads the next census may use; 0 leaves the choice to torch."""
        with self._inbox.condition:
            self._inbox.threads = threads

    def request_stop(self) -> None:
        """End the thread; the present census stops after its batch and counts as paused."""
        with self._inbox.condition:
            self._inbox.quit = True
            self._inbox.condition.notify()

    # --- runs in the thread ---

    def run(self) -> None:
        """Wait for work until told to end."""
        lower_priority(NICENESS)
        inbox = self._inbox
        while True:
            with inbox.condition:
                inbox.condition.wait_for(
                    lambda: inbox.quit or inbox.work is not None or inbox.timing is not None
                )
                if inbox.quit:
                    return
                work, inbox.work = inbox.work, None
                timing = None
                if work is None:
                    timing, inbox.timing = inbox.timing, None
            if work is not None:
                self._run(work)
            elif timing is not None:
                self._time(timing)

    def _time(self, timing: CensusTiming) -> None:
        try:
            from core.neurons.census_calibration import calibrate_census

            self._set_threads()
            found = calibrate_census(timing.session, timing.layers, timing.stimuli, timing.summary)
        except LabError as error:
            self.untimed.emit(timing, error)
        except Exception as exception:
            log.exception("the census thread met an unexpected exception")
            self.untimed.emit(timing, _unexpected("The measurement", exception))
            self.crashed.emit(exception)
        else:
            self.timed.emit(timing, found)

    def _run(self, work: CensusWork) -> None:
        error: LabError | None = None
        state = "failed"
        try:
            state = self._census(work)
        except LabError as expected:
            error = expected
        except MemoryError:
            error = RunError(
                "There is not enough memory to go on with the census.",
                "Close other programs, then go on; what is done is kept.",
            )
        except Exception as exception:
            log.exception("the census thread met an unexpected exception")
            error = _unexpected("The census", exception)
            self.crashed.emit(exception)
        if error is not None:
            log.warning("the census in %s stopped: %s", work.path, error)
        self.ended.emit(work.job, state if error is None else "failed", error)

    def _census(self, work: CensusWork) -> str:
        """Go on with a census to its end or until told to stop; the state it is left in."""
        from core.neurons.census_stages import cancel_unfinished, take_census

        whole = CensusOfSets.open(work.path)
        for kind in whole.kinds:
            _check(whole.folder(kind), work)
        self._set_threads()
        events = take_census(
            whole, work.session, batch_size=work.batch_size, allow_versions=work.allow_versions
        )
        wish = None
        # Closing stores what was computed since the last checkpoint.
        with contextlib.closing(events):
            for stage, event in events:
                self._show(work.job, stage, event)
                # What is finished is not paused, however late the wish.
                wish = None if isinstance(event, Finished) else self._wish()
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

    def _set_threads(self) -> None:
        """Limit the threads that torch uses for what this thread asks of it."""
        import torch

        with self._inbox.condition:
            wanted = self._inbox.threads
        if self._own_choice is None:
            self._own_choice = torch.get_num_threads()
        torch.set_num_threads(wanted or self._own_choice)

    def _wish(self) -> Stop | None:
        with self._inbox.condition:
            return "paused" if self._inbox.quit else self._inbox.stop_job


def _check(folder: CensusFolder, work: CensusWork) -> None:
    from core.neurons.census_run import check_census

    try:
        check_census(folder, work.session, work.allow_versions)
    except RunError as error:
        check_census(folder, work.session, allow_versions=True)
        raise OtherCensusVersions(work.path, error.message) from error


def _unexpected(what: str, exception: Exception) -> RunError:
    return RunError(
        f"{what} met an unexpected fault ({type(exception).__name__}).",
        "The report has its details; what is done is kept, and can be gone on with.",
    )
