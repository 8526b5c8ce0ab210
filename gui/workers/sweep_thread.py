"""The sweep thread: works on one run folder at a time, and on calibrations between them.

It drives the generator `core.sweeps.run.sweep` and looks between two batches whether it shall
stop. Stopping closes the generator, which writes what was computed; the thread is never killed.
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
from gui.workers.priority import lower_priority

if TYPE_CHECKING:  # they import torch or pyarrow
    from core.models.session import ModelSession
    from core.sweeps.plan import SweepPlan
    from core.sweeps.run_folder import RunFolder

log = logging.getLogger(__name__)

NICENESS = 19
"""How far the thread stands back: behind the window, and behind the live predictions (Linux)."""

PROGRESS_SECONDS = 0.1
"""Least time between two reports of progress."""

Stop = Literal["paused", "cancelled"]


@dataclass(frozen=True, eq=False)
class Work:
    """A run to go on with.

    Attributes
    ----------
    job : int
    path : Path
        Folder of the run.
    session : ModelSession
        The model that the run began with, whatever the window uses meanwhile.
    measure : SweepPlan or None
        Measure the speed of this plan first.
    allow_versions : bool
        Go on although libraries have other versions than when the run began.
    """

    job: int
    path: Path
    session: ModelSession
    measure: SweepPlan | None = None
    allow_versions: bool = False


class OtherVersions(RunError):
    """Nothing but the versions of libraries keeps the run at `path` from being resumed."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message, "Resume anyway, or use that software again.")
        self.path = path


@dataclass(frozen=True, eq=False)
class Measurement:
    """A plan whose speed is asked for."""

    plan: SweepPlan
    session: ModelSession


@dataclass
class _Inbox:
    """What the GUI thread left; guarded by its condition."""

    condition: threading.Condition = field(default_factory=threading.Condition)
    work: Work | None = None
    measurement: Measurement | None = None
    stop_job: Stop | None = None
    threads: int = 0
    quit: bool = False


class SweepThread(QThread):
    """Its signals reach the GUI thread queued.

    Signals
    -------
    began(job, total, done, notes)
    progressed(job, progress)
        At most every `PROGRESS_SECONDS`, and for the last batch.
    noted(job, sentence)
    ended(job, state, error)
        The state that the folder has now; the `LabError` of a run that failed, or None.
    measured(plan, calibration), unmeasured(plan, error)
    crashed(exception)
        An unexpected exception; the thread goes on working.
    """

    began = Signal(int, object, object, object)  # numbers of images may exceed 32 bits
    progressed = Signal(int, object)
    noted = Signal(int, str)
    ended = Signal(int, str, object)
    measured = Signal(object, object)
    unmeasured = Signal(object, object)
    crashed = Signal(object)

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._inbox = _Inbox(threads=threads)
        self._own_choice: int | None = None

    # --- called on the GUI thread ---

    def begin(self, work: Work) -> None:
        """Work on a run; only when the one before has ended."""
        with self._inbox.condition:
            self._inbox.work = work
            self._inbox.stop_job = None
            self._inbox.condition.notify()

    def measure(self, measurement: Measurement) -> None:
        """Measure a plan's speed when there is time; replaces a measurement that waits."""
        with self._inbox.condition:
            self._inbox.measurement = measurement
            self._inbox.condition.notify()

    def stop_job(self, stop: Stop) -> None:
        """Stop the present run after its batch."""
        with self._inbox.condition:
            self._inbox.stop_job = stop

    def set_threads(self, threads: int) -> None:
        """How many threads the next run may use; 0 leaves the choice to torch."""
        with self._inbox.condition:
            self._inbox.threads = threads

    def request_stop(self) -> None:
        """End the thread; the present run stops after its batch and counts as paused."""
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
                    lambda: inbox.quit or inbox.work is not None or inbox.measurement is not None
                )
                if inbox.quit:
                    return
                work, inbox.work = inbox.work, None
                measurement = None
                if work is None:
                    measurement, inbox.measurement = inbox.measurement, None
            if work is not None:
                self._run(work)
            elif measurement is not None:
                self._measure(measurement)

    def _measure(self, measurement: Measurement) -> None:
        from core.sweeps.calibration import calibrate

        plan = measurement.plan
        try:
            self._set_threads()
            result = calibrate(plan, measurement.session)
        except LabError as error:
            self.unmeasured.emit(plan, error)
        except Exception as exception:
            log.exception("the calibration met an unexpected exception")
            self.unmeasured.emit(plan, _unexpected("The calibration", exception))
            self.crashed.emit(exception)
        else:
            self.measured.emit(plan, result)

    def _run(self, work: Work) -> None:
        folder: RunFolder | None = None
        error: LabError | None = None
        state = "failed"
        try:
            if work.measure is not None:
                self._measure(Measurement(work.measure, work.session))
            from core.sweeps.run_folder import RunFolder

            folder = RunFolder.open(work.path)
            state = self._sweep(folder, work)
        except LabError as expected:
            error = expected
        except MemoryError:
            error = RunError(
                "There is not enough memory to go on with the run.",
                "Close other programs, then resume it; what is done is kept.",
            )
        except Exception as exception:
            log.exception("the sweep thread met an unexpected exception")
            error = _unexpected("The run", exception)
            self.crashed.emit(exception)
        if error is not None:
            log.warning("the run in %s stopped: %s", work.path, error)
            _note_failure(work.path, error)
        self.ended.emit(work.job, state if error is None else "failed", error)

    def _sweep(self, folder: RunFolder, work: Work) -> str:
        """Go on with a run to its end or until told to stop; the state it is left in."""
        from core.sweeps.events import BatchHalved, Progress, Started
        from core.sweeps.run import sweep

        wish = self._wish()
        if wish is None:
            check_resumable_here(work.path, work.session, work.allow_versions)
            self._set_threads()
            events = sweep(folder, work.session, allow_versions=work.allow_versions)
            due = 0.0
            # Closing stores what was computed since the last file, and leaves the run paused.
            with contextlib.closing(events):
                for event in events:
                    if isinstance(event, Started):
                        self.began.emit(work.job, event.total, event.done, event.notes)
                    elif isinstance(event, BatchHalved):
                        self.noted.emit(
                            work.job,
                            f"Memory ran short: batches of {event.batch_size} images now.",
                        )
                    elif isinstance(event, Progress):
                        now = time.monotonic()
                        if now >= due or event.done == event.total:
                            due = now + PROGRESS_SECONDS
                            self.progressed.emit(work.job, event)
                    wish = self._wish()
                    if wish is not None:
                        break
        if folder.manifest.state == "finished":
            return "finished"
        if wish == "cancelled":
            with folder.hold():
                folder.set_state("cancelled")
        return wish or "paused"

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


def check_resumable_here(path: Path, session: ModelSession, allow_versions: bool) -> None:
    """Refuse a run that cannot be continued with a model, before anything of it is touched.

    Parameters
    ----------
    path : Path
        Folder of the run.
    session : ModelSession
    allow_versions : bool
        Let libraries have other versions than when the run began.

    Raises
    ------
    OtherVersions
        If nothing but those versions is in the way.
    RunError
        Naming what else differs.
    """
    from core.sweeps.resume import check_resumable
    from core.sweeps.run_folder import RunFolder

    try:
        check_resumable(RunFolder.open(path), session, allow_versions)
    except RunError as error:
        check_resumable(RunFolder.open(path), session, allow_versions=True)
        raise OtherVersions(path, error.message) from error


def _note_failure(path: Path, error: LabError) -> None:
    """Keep the reason with a run that was at work; the sweep could not if its disk was full."""
    from core.sweeps.run_folder import RunFolder

    with contextlib.suppress(LabError):
        folder = RunFolder.open(path)
        if folder.manifest.state in ("new", "running"):
            with folder.hold():
                folder.set_state("failed", str(error))


def _unexpected(what: str, exception: Exception) -> RunError:
    return RunError(
        f"{what} met an unexpected fault ({type(exception).__name__}).",
        "The report has its details; what is done is kept and can be resumed.",
    )
