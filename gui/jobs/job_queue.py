"""The queue of long work: one job at work, the others wait; and the jobs of one kind as a pane sees
them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, TypeVar

from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from gui.jobs.background import Background
from gui.jobs.job_worker import Began, JobWorker, Note, Progress, Stop, Task
from gui.jobs.latest_worker import LatestWorker, Request

JobState = Literal[
    "queued", "starting", "running", "pausing", "cancelling",
    "finished", "paused", "cancelled", "failed",
]  # fmt: skip

AnyTask = TypeVar("AnyTask", bound=Task)


@dataclass(eq=False)
class Job(Generic[AnyTask]):
    """A task that waits, is running, or has ended.

    Attributes
    ----------
    done, total : int
        As in `progress`, or as far as they are known before.
    progress : Progress or None
        The latest report.
    notes : list of str
        What the user should know about it.
    error : LabError or None
        Why it failed.
    """

    task: AnyTask
    state: JobState = "queued"
    done: int = 0
    total: int = 0
    progress: Progress | None = None
    notes: list[str] = field(default_factory=list)
    error: LabError | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.task.title

    @property
    def path(self) -> Path:
        """The folder or file that it is about."""
        return self.task.path

    @property
    def stopping(self) -> bool:
        """True between a wish to stop and the end."""
        return self.state in ("pausing", "cancelling")


class JobQueue(QObject):
    """The jobs of a thread, in order; the first is the one at work. Lives on the GUI thread.

    Signals
    -------
    changed()
        A job came, went, moved or took another state.
    progressed(job)
        At most ten times a second.
    noted(job, sentence)
        Something the user should know about the job at work.
    reported(job, event)
        Whatever else its task tells.
    ended(job, state, error)
        A job has left the queue: ``finished``, ``paused``, ``cancelled`` or ``failed``, the last
        with its `LabError`.
    crashed(exception)
        An unexpected exception in the thread, which goes on working.
    """

    changed = Signal()
    progressed = Signal(object)
    noted = Signal(object, str)
    reported = Signal(object, object)
    ended = Signal(object, str, object)
    crashed = Signal(object)

    def __init__(self, worker: JobWorker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job[Any]] = []
        self._stopped = False
        self._files = Background(self)
        self.worker = worker
        worker.setParent(self)
        worker.reported.connect(self._on_reported)
        worker.ended.connect(self._on_ended)
        worker.crashed.connect(self.crashed)

    def __iter__(self) -> Iterator[Job[Any]]:
        """The job at work, then those that wait, in order."""
        return iter(tuple(self._jobs))

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def current(self) -> Job[Any] | None:
        """The job at work."""
        return self._jobs[0] if self._jobs else None

    def job_of(self, path: Path) -> Job[Any] | None:
        """The job that works on a folder or file, or will."""
        return next((job for job in self._jobs if job.path == path), None)

    def add(self, job: Job[AnyTask]) -> Job[AnyTask]:
        """Put a job at the end of the queue; it begins at once if nothing else is running.

        Raises
        ------
        ValueError
            If a job is about the same already.
        """
        if self.job_of(job.path) is not None:
            raise ValueError(f"{job.path.name} is in the queue already")
        if not self._stopped:
            self._jobs.append(job)
            self._advance()
            self.changed.emit()
        return job

    def pause(self, job: Job[Any]) -> None:
        """Stop a job after its batch; it can be gone on with. One that waits leaves at once."""
        self._stop_job(job, "paused")

    def cancel(self, job: Job[Any]) -> None:
        """Stop a job after its batch for good; what is done is kept."""
        self._stop_job(job, "cancelled")

    def move(self, job: Job[Any], step: int) -> None:
        """Move a waiting job forward (−1) or back (+1) in the queue."""
        place = self._jobs.index(job)
        target = place + step
        if place >= 1 and 1 <= target < len(self._jobs):
            self._jobs.insert(target, self._jobs.pop(place))
            self.changed.emit()

    def request_stop(self) -> None:
        """Ask the thread to end after its batch, without waiting; its job counts as paused."""
        self._stopped = True
        self.worker.request_stop()

    def stop(self) -> None:
        """End the thread after its batch, and wait for it. Safe in any state."""
        self.request_stop()
        self.worker.wait()
        self._files.stop()
        self._jobs.clear()

    def _stop_job(self, job: Job[Any], stop: Stop) -> None:
        if job not in self._jobs:
            return
        if job is self.current and job.state != "queued":
            # A cancel may overtake a pause that is on its way, not the other way round.
            if job.state != "cancelling":
                job.state = "pausing" if stop == "paused" else "cancelling"
                self.worker.stop_task(job.task, stop)
        elif stop == "cancelled":
            self._jobs.remove(job)
            self._files.write(
                job.task.keep_cancelled,
                lambda _none: self._end(job, "cancelled"),
                lambda error: self._end(job, "failed", error),
            )
        else:
            self._jobs.remove(job)
            self._end(job, "paused")
        self.changed.emit()

    def _advance(self) -> None:
        job = self.current
        if job is not None and job.state == "queued" and not self._stopped:
            job.state = "starting"
            self.worker.begin(job.task)

    def _on_reported(self, task: Task, event: object) -> None:
        job = self.current
        if job is None or job.task is not task:
            return
        if isinstance(event, Note):
            job.notes.append(event.sentence)
            self.noted.emit(job, event.sentence)
            self.changed.emit()
        elif isinstance(event, Began | Progress):
            job.done, job.total = event.done, event.total
            begins = job.state == "starting"
            if begins:
                job.state = "running"
            if isinstance(event, Progress):
                job.progress = event
            if begins or isinstance(event, Began):
                self.changed.emit()
            if isinstance(event, Progress):
                self.progressed.emit(job)
        else:
            self.reported.emit(job, event)

    def _on_ended(self, task: Task, state: JobState, error: LabError | None) -> None:
        job = self.current
        if job is None or job.task is not task or self._stopped:
            return
        self._jobs.remove(job)
        self._advance()
        self._end(job, state, error)
        self.changed.emit()

    def _end(self, job: Job[Any], state: JobState, error: LabError | None = None) -> None:
        job.state, job.error = state, error
        self.ended.emit(job, state, error)


class JobsOfKind(QObject):
    """The jobs of one kind in a queue, and what is measured for them; as their pane sees them.

    Faults of measurements are told by whoever made their worker.

    Signals
    -------
    changed()
        Also when a measurement begins or ends.
    progressed(job), noted(job, sentence), reported(job, event), ended(job, state, error)
        As those of the queue.
    measured(about, result), unmeasured(about, error)
        Something that was asked for by `measure_of`.
    """

    KIND: ClassVar[type[Task]]

    changed = Signal()
    progressed = Signal(object)
    noted = Signal(object, str)
    reported = Signal(object, object)
    ended = Signal(object, str, object)
    measured = Signal(object, object)
    unmeasured = Signal(object, object)

    def __init__(
        self,
        queue: JobQueue,
        measurements: LatestWorker,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.queue = queue
        self._measurements = measurements
        self._measuring: Any = None
        queue.changed.connect(self.changed)
        for name in ("progressed", "noted", "reported", "ended"):
            getattr(queue, name).connect(partial(self._pass_on, name))
        measurements.reported.connect(partial(self._on_measured, "measured"))
        measurements.failed.connect(partial(self._on_measured, "unmeasured"))

    def __iter__(self) -> Iterator[Job[Any]]:
        """In the order of the queue."""
        return (job for job in self.queue if self._is_own(job))

    def __len__(self) -> int:
        return sum(1 for _job in self)

    @property
    def current(self) -> Job[Any] | None:
        """The one at work, or else the first that waits."""
        return next(iter(self), None)

    @property
    def measuring(self) -> Any:
        """What is being measured and shown as work of the pane, if anything."""
        return None

    def job_of(self, path: Path) -> Job[Any] | None:
        """The job that works on a folder or file, or will."""
        return self.queue.job_of(path)

    def begin(self, task: Task) -> Job[Any]:
        """Put the only job of the kind into the queue.

        Raises
        ------
        ValueError
            If there is another one in the queue.
        """
        if self.current is not None:
            raise ValueError(f"{self.current.path.name} is running")
        return self.queue.add(Job(task, total=task.total))

    def pause(self, job: Job[Any] | None = None) -> None:
        """Pause a job, the present one by default; see `JobQueue.pause`."""
        job = job or self.current
        if job is not None:
            self.queue.pause(job)

    def cancel(self, job: Job[Any] | None = None) -> None:
        """Cancel a job, the present one by default; see `JobQueue.cancel`."""
        job = job or self.current
        if job is not None:
            self.queue.cancel(job)

    def measure_of(
        self, about: object, what: str, work: Callable[[Request], Generator[Any, None, None]]
    ) -> None:
        """Measure something, known by `about`; a later wish takes the place of an earlier one."""
        self._measuring = about
        self._measurements.ask(self.KIND.noun, work, what, about)
        self.changed.emit()

    def _is_own(self, job: Job[Any]) -> bool:
        return isinstance(job.task, self.KIND)

    def _pass_on(self, signal: str, job: Job[Any], *values: object) -> None:
        if self._is_own(job):
            getattr(self, signal).emit(job, *values)

    def _on_measured(self, signal: str, request: Request, result: object) -> None:
        if request.channel == self.KIND.noun:
            self._measuring = None
            getattr(self, signal).emit(request.about, result)
            self.changed.emit()
