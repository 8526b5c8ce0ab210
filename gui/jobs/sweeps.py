"""Experiments as jobs: runs to go on with, and how fast a plan would be."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from core.base.errors import LabError, expected_error
from gui.jobs.job_queue import Job, JobQueue, JobsOfKind
from gui.jobs.job_worker import Began, Note, Progress, Task
from gui.jobs.latest_worker import LatestWorker, Request
from gui.jobs.priority import Interrupted

if TYPE_CHECKING:  # they import torch or pyarrow
    from core.models.session import ModelSession
    from core.runs.work import Calibration
    from core.sweeps.events import Event
    from core.sweeps.plan import SweepPlan

_CALIBRATION = "the calibration"


@dataclass(frozen=True, eq=False)
class Measured:
    """How fast a plan is, or why that could not be measured."""

    plan: SweepPlan
    calibration: Calibration | None
    error: LabError | None = None


@dataclass(frozen=True, eq=False)
class SweepTask(Task):
    """A run to go on with; `path` is its folder.

    Attributes
    ----------
    session : ModelSession
        The model that the run began with, whatever the window uses meanwhile.
    measure : bool
        Measure the speed first.
    allow_versions : bool
        Go on although libraries have other versions than when the run began.
    """

    plan: SweepPlan
    session: ModelSession
    measure: bool = False
    allow_versions: bool = False

    noun = "run"
    action = "view.show-experiments"
    closing = "the experiment stores what it has computed"

    def events(self, go_on: Callable[[], None]) -> Generator[Any, None, None]:
        """Go on with the run to its end."""
        from core.sweeps.run import sweep
        from core.sweeps.run_folder import RunFolder

        folder = RunFolder.open(self.path)
        size = None
        if self.measure:
            measured = self._measured(go_on)
            if measured.calibration is not None:
                size = measured.calibration.batch_size
            yield measured
        with contextlib.closing(
            sweep(
                folder,
                self.session,
                batch_size=size,
                allow_versions=self.allow_versions,
                go_on=go_on,
            )
        ) as events:
            for event in events:
                yield from _told(event)

    def keep_cancelled(self) -> None:
        """Say so in the run's own folder."""
        from core.sweeps.run_folder import RunFolder

        folder = RunFolder.open(self.path)
        if folder.manifest.state != "finished":
            with folder.hold():
                folder.set_state("cancelled")

    def keep_failed(self, error: LabError) -> None:
        """Keep the reason with the run; the sweep could not if its disk was full."""
        from core.sweeps.run_folder import RunFolder

        with contextlib.suppress(LabError):
            folder = RunFolder.open(self.path)
            if folder.manifest.state in ("new", "running"):
                with folder.hold():
                    folder.set_state("failed", str(error))

    def _measured(self, go_on: Callable[[], None]) -> Measured:
        from core.sweeps.run import calibrate

        try:
            return Measured(self.plan, calibrate(self.plan, self.session, go_on))
        except Interrupted:
            raise
        except Exception as exception:  # the run goes on all the same, or says why not
            error = expected_error(exception, _CALIBRATION)
            if error is None:
                raise
            return Measured(self.plan, None, error)


def _told(event: Event) -> Generator[Any, None, None]:
    from core.sweeps import events

    if isinstance(event, events.Started):
        yield Began(event.done, event.total)
        yield from map(Note, event.notes)
    elif isinstance(event, events.BatchHalved):
        yield Note(f"Memory ran short: batches of {event.batch_size} images now.")
    elif isinstance(event, events.Progress):
        yield Progress(event.done, event.total, event.images_per_second, event.seconds_left, event)


class SweepJobs(JobsOfKind):
    """The runs in the queue; what is measured is the speed of a `SweepPlan`, a `Calibration`.

    That of a run that is measured first is told in the same way.
    """

    KIND = SweepTask

    def __init__(
        self, queue: JobQueue, measurements: LatestWorker, parent: QObject | None = None
    ) -> None:
        super().__init__(queue, measurements, parent)
        self.reported.connect(self._on_speed)

    @property
    def measuring(self) -> SweepPlan | None:
        """The plan whose speed is being measured, if any."""
        job = self.current
        plan: SweepPlan | None = self._measuring
        if job is not None and job.task.measure and job.state == "starting":
            plan = job.task.plan
        return plan

    def add(
        self,
        path: Path,
        plan: SweepPlan,
        session: ModelSession,
        done: int = 0,
        measure: bool = False,
        allow_versions: bool = False,
    ) -> Job[SweepTask]:
        """Put a run, whose folder exists, at the end of the queue; see `SweepTask`.

        Raises
        ------
        ValueError
            If the run is in the queue already.
        """
        task = SweepTask(path, plan.title, plan, session, measure, allow_versions)
        return self.queue.add(Job(task, done=done, total=len(plan)))

    def measure(self, plan: SweepPlan, session: ModelSession) -> None:
        """Measure how fast a plan would run, beside the window."""

        def work(request: Request) -> Generator[Calibration, None, None]:
            from core.sweeps.run import calibrate

            yield calibrate(plan, session, request.go_on)

        self.measure_of(plan, _CALIBRATION, work)

    def _on_speed(self, _job: Job[SweepTask], found: Measured) -> None:
        if found.error is None:
            self.measured.emit(found.plan, found.calibration)
        else:
            self.unmeasured.emit(found.plan, found.error)
