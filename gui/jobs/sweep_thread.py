"""The sweep thread: works on one run folder at a time, and on calibrations between them.

It drives the generator `core.sweeps.run.sweep` and looks between two batches whether it shall
stop. Stopping closes the generator, which writes what was computed; the thread is never killed.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from core.base.errors import LabError, RunError
from gui.jobs.job_thread import PROGRESS_SECONDS, Interrupted, JobThread

if TYPE_CHECKING:  # they import torch or pyarrow
    from core.models.session import ModelSession
    from core.sweeps.plan import SweepPlan
    from core.sweeps.run_folder import RunFolder


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


class SweepThread(JobThread):
    """A `JobThread` for run folders; its questions are measurements.

    Signals
    -------
    began(job, total, done, notes)
    measured(plan, calibration), unmeasured(plan, error)
    """

    began = Signal(int, object, object, object)  # numbers of images may exceed 32 bits
    measured = Signal(object, object)
    unmeasured = Signal(object, object)

    noun = "run"

    def answer(self, question: Measurement) -> None:
        """Measure a plan's speed."""
        with contextlib.suppress(Interrupted):
            self._measure(question)

    def _measure(self, question: Measurement) -> int | None:
        """Measure a plan's speed; the batch size that was found best, if that could be done."""
        from core.sweeps.calibration import calibrate

        plan = question.plan
        try:
            self.apply_threads()
            result = calibrate(plan, question.session, self.go_on)
        except Interrupted:
            raise
        except Exception as exception:
            self.unmeasured.emit(plan, self.told(exception, "the calibration"))
            return None
        self.measured.emit(plan, result)
        return result.batch_size

    def work_on(self, work: Work) -> str:
        """Go on with a run to its end or until told to stop; the state it is left in."""
        from core.sweeps.run_folder import RunFolder

        folder = RunFolder.open(work.path)
        with contextlib.suppress(Interrupted):
            self._sweep(work, folder)
        if folder.manifest.state == "finished":
            return "finished"
        wish = self.wish()
        if wish == "cancelled":
            with folder.hold():
                folder.set_state("cancelled")
        return wish or "paused"

    def _sweep(self, work: Work, folder: RunFolder) -> None:
        from core.sweeps.events import BatchHalved, Progress, Started
        from core.sweeps.run import sweep

        self.go_on()
        size = None
        if work.measure is not None:
            size = self._measure(Measurement(work.measure, work.session))
        check_resumable_here(work.path, work.session, work.allow_versions)
        self.apply_threads()
        events = sweep(
            folder,
            work.session,
            batch_size=size,
            allow_versions=work.allow_versions,
            go_on=self.go_on,
        )
        due = 0.0
        # Closing stores what was computed since the last file, and leaves the run paused.
        with contextlib.closing(events):
            for event in events:
                if isinstance(event, Started):
                    self.began.emit(work.job, event.total, event.done, event.notes)
                elif isinstance(event, BatchHalved):
                    self.noted.emit(
                        work.job, f"Memory ran short: batches of {event.batch_size} images now."
                    )
                elif isinstance(event, Progress):
                    now = time.monotonic()
                    if now >= due or event.done == event.total:
                        due = now + PROGRESS_SECONDS
                        self.progressed.emit(work.job, event)
                self.go_on()

    def on_failure(self, work: Work, error: LabError) -> None:
        """Keep the reason with the run; the sweep could not if its disk was full."""
        from core.sweeps.run_folder import RunFolder

        with contextlib.suppress(LabError):
            folder = RunFolder.open(work.path)
            if folder.manifest.state in ("new", "running"):
                with folder.hold():
                    folder.set_state("failed", str(error))


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
