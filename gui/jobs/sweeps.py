"""Sweep jobs as the window sees them: a queue, one job at work, and how far it is.

A job is a run folder to go on with, and the model to do it with. `SweepJobs` lives on the GUI
thread and hands the first job of the queue to the sweep thread; see `gui.jobs.sweep_thread`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from gui.jobs.job_thread import Stop
from gui.jobs.sweep_thread import Measurement, SweepThread, Work

if TYPE_CHECKING:  # they import torch
    from core.models.session import ModelSession
    from core.sweeps.calibration import Calibration
    from core.sweeps.events import Progress
    from core.sweeps.plan import SweepPlan

log = logging.getLogger(__name__)

JobState = Literal["queued", "starting", "running", "pausing", "cancelling"]


@dataclass(eq=False)
class SweepJob:
    """A run that waits or is at work.

    Attributes
    ----------
    path : Path
        Folder of the run.
    plan : SweepPlan
    session : ModelSession
        The model it began with; kept when the window takes up another one.
    state : JobState
    done, total : int
        Images.
    progress : Progress or None
        The latest report.
    notes : list of str
        What the user should know about this run.
    measure, allow_versions : bool
        See `SweepJobs.add`.
    """

    id: int
    path: Path
    plan: SweepPlan
    session: ModelSession
    state: JobState = "queued"
    done: int = 0
    total: int = 0
    progress: Progress | None = None
    notes: list[str] = field(default_factory=list)
    measure: bool = False
    allow_versions: bool = False

    @property
    def title(self) -> str:
        return self.plan.title


class SweepJobs(QObject):
    """The queue and the job at work; the first job of `jobs` is the one at work.

    Signals
    -------
    changed()
        A job came, went, moved or took another state.
    progressed(job)
        At most ten times a second.
    ended(job, state, error)
        A job has left the queue: ``finished``, ``paused``, ``cancelled`` or ``failed``, the last
        with its `LabError`.
    noted(job, sentence)
        Something the user should know about the job at work.
    measured(plan, calibration), unmeasured(plan, error)
        Answer to `measure`.
    crashed(exception)
        An unexpected exception in the thread, which goes on working.
    """

    changed = Signal()
    progressed = Signal(object)
    ended = Signal(object, str, object)
    noted = Signal(object, str)
    measured = Signal(object, object)
    unmeasured = Signal(object, object)
    crashed = Signal(object)

    def __init__(self, threads: int = 0, parent: QObject | None = None) -> None:
        """The thread starts with the first job or measurement.

        Parameters
        ----------
        threads : int
            Threads that torch may use; 0 leaves the choice to torch.
        """
        super().__init__(parent)
        self._jobs: list[SweepJob] = []
        self._measuring: SweepPlan | None = None
        self._number = 0
        self._stopped = False
        self._thread = SweepThread(threads)
        self._thread.setParent(self)
        self._thread.setObjectName("sweep")
        self._thread.began.connect(self._on_began)
        self._thread.progressed.connect(self._on_progressed)
        self._thread.noted.connect(self._on_noted)
        self._thread.ended.connect(self._on_ended)
        self._thread.measured.connect(self._on_measured)
        self._thread.unmeasured.connect(self._on_unmeasured)
        self._thread.crashed.connect(self.crashed)

    def __iter__(self) -> Iterator[SweepJob]:
        """The job at work, then those that wait, in order."""
        return iter(tuple(self._jobs))

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def current(self) -> SweepJob | None:
        """The job at work."""
        return self._jobs[0] if self._jobs else None

    @property
    def waiting(self) -> tuple[SweepJob, ...]:
        """The jobs behind it."""
        return tuple(self._jobs[1:])

    @property
    def measuring(self) -> SweepPlan | None:
        """The plan whose speed is being measured, if any."""
        return self._measuring

    def job_of(self, path: Path) -> SweepJob | None:
        """The job that works on a run folder, or will."""
        return next((job for job in self._jobs if job.path == path), None)

    def add(
        self,
        path: Path,
        plan: SweepPlan,
        session: ModelSession,
        done: int = 0,
        measure: bool = False,
        allow_versions: bool = False,
    ) -> SweepJob:
        """Put a run at the end of the queue; it begins at once if nothing else is at work.

        Parameters
        ----------
        path : Path
            Its folder, which exists.
        plan : SweepPlan
        session : ModelSession
        done : int
            Images finished earlier.
        measure : bool
            Measure the speed first.
        allow_versions : bool
            Go on although libraries have other versions than when the run began.

        Raises
        ------
        ValueError
            If the run is in the queue already.
        """
        if self.job_of(path) is not None:
            raise ValueError(f"{path.name} is in the queue already")
        self._number += 1
        job = SweepJob(self._number, path, plan, session, done=done, total=len(plan))
        job.measure, job.allow_versions = measure, allow_versions
        self._jobs.append(job)
        self._advance()
        self.changed.emit()
        return job

    def pause(self, job: SweepJob) -> None:
        """Stop a job after its batch; its run can be resumed. A job that waits leaves at once."""
        self._stop(job, "paused")

    def cancel(self, job: SweepJob) -> None:
        """Stop a job after its batch for good; what is done is kept."""
        self._stop(job, "cancelled")

    def move(self, job: SweepJob, step: int) -> None:
        """Move a waiting job forward (−1) or back (+1) in the queue."""
        place = self._jobs.index(job)
        target = place + step
        if place >= 1 and 1 <= target < len(self._jobs):
            self._jobs.insert(target, self._jobs.pop(place))
            self.changed.emit()

    def measure(self, plan: SweepPlan, session: ModelSession) -> None:
        """Measure how fast a plan would run, in the thread, when no job is at work."""
        if self._stopped:
            return
        self._measuring = plan
        self._start()
        self._thread.ask(Measurement(plan, session))
        self.changed.emit()

    def set_threads(self, threads: int) -> None:
        """Change how many threads torch may use, from the next job on."""
        self._thread.set_threads(threads)

    def request_stop(self) -> None:
        """Ask the thread to end after its batch, without waiting; the run counts as paused."""
        self._stopped = True
        self._thread.request_stop()

    def stop(self) -> None:
        """End the thread after its batch, and wait for it. Safe in any state."""
        self.request_stop()
        self._thread.wait()
        self._jobs.clear()

    def _stop(self, job: SweepJob, stop: Stop) -> None:
        if job not in self._jobs:
            return
        if job is self.current and job.state != "queued":
            # A cancel may overtake a pause that is on its way, not the other way round.
            if job.state != "cancelling":
                job.state = "pausing" if stop == "paused" else "cancelling"
                self._thread.stop_job(job.id, stop)
        else:
            self._jobs.remove(job)
            self.ended.emit(job, "paused", None)
        self.changed.emit()

    def _advance(self) -> None:
        job = self.current
        if job is None or job.state != "queued" or self._stopped:
            return
        job.state = "starting"
        self._start()
        plan = job.plan if job.measure else None
        if plan is not None:
            self._measuring = plan
        self._thread.begin(Work(job.id, job.path, job.session, plan, job.allow_versions))

    def _start(self) -> None:
        if not self._thread.isRunning():
            self._thread.start()

    def _job(self, number: int) -> SweepJob | None:
        return next((job for job in self._jobs if job.id == number), None)

    def _on_began(self, number: int, total: int, done: int, notes: tuple[str, ...]) -> None:
        job = self._job(number)
        if job is not None:
            if job.state == "starting":
                job.state = "running"
            job.total, job.done = total, done
            self.changed.emit()
            for note in notes:
                self._note(job, note)

    def _on_progressed(self, number: int, progress: Progress) -> None:
        job = self._job(number)
        if job is not None:
            job.progress, job.done, job.total = progress, progress.done, progress.total
            self.progressed.emit(job)

    def _on_noted(self, number: int, sentence: str) -> None:
        job = self._job(number)
        if job is not None:
            self._note(job, sentence)

    def _on_ended(self, number: int, state: str, error: LabError | None) -> None:
        job = self._job(number)
        if job is None or self._stopped:
            return
        self._jobs.remove(job)
        self._forget(job.plan)
        self._advance()
        self.ended.emit(job, state, error)
        self.changed.emit()

    def _on_measured(self, plan: SweepPlan, calibration: Calibration) -> None:
        self._forget(plan)
        self.measured.emit(plan, calibration)
        self.changed.emit()

    def _on_unmeasured(self, plan: SweepPlan, error: LabError) -> None:
        self._forget(plan)
        self.unmeasured.emit(plan, error)
        self.changed.emit()

    def _note(self, job: SweepJob, sentence: str) -> None:
        job.notes.append(sentence)
        self.noted.emit(job, sentence)

    def _forget(self, plan: SweepPlan) -> None:
        if plan is self._measuring:
            self._measuring = None
