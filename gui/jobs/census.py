"""The census at work as the window sees it; see `gui.jobs.census_thread`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from core.census.sets import Stage
from gui.jobs.census_thread import CensusThread, CensusTiming, CensusWork, Step
from gui.jobs.job_thread import Stop

if TYPE_CHECKING:  # they import torch
    from core.models.session import ModelSession
    from core.sweeps.calibration import Calibration

CensusState = Literal["starting", "running", "pausing", "cancelling"]


@dataclass(eq=False)
class CensusJob:
    """The census at work.

    Attributes
    ----------
    path : Path
        Its folder.
    title : str
    session : ModelSession
        The model it began with; kept when the window takes up another one.
    sizes : dict of Stage to int
        Images of each stage, as far as they are known; the gray pass sees at most all pictures.
    state : CensusState
    step : Step or None
        The latest report.
    notes : list of str
        What the user should know about this census.
    """

    id: int
    path: Path
    title: str
    session: ModelSession
    sizes: dict[Stage, int]
    state: CensusState = "starting"
    step: Step | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Images of all stages."""
        return sum(self.sizes.values())

    @property
    def done(self) -> int:
        """Images of the stages before, and of the present one."""
        if self.step is None:
            return 0
        stages = list(self.sizes)
        before = stages[: stages.index(self.step.stage)]
        return sum(self.sizes[stage] for stage in before) + self.step.done

    @property
    def seconds_left(self) -> float | None:
        """Until the end of all stages, at the rate of the present one; None while unknown."""
        if self.step is None or not self.step.images_per_second:
            return None
        return (self.total - self.done) / self.step.images_per_second


class CensusJobs(QObject):
    """At most one census at work; it lives on the GUI thread.

    Signals
    -------
    changed()
        A census began, ended, or took another state.
    progressed(job)
        At most ten times a second.
    stored(job)
        What it has found so far can be read from its folder.
    ended(job, state, error)
        ``finished``, ``paused``, ``cancelled`` or ``failed``, the last with its `LabError`.
    timed(timing, calibration), untimed(timing, error)
        Answer to `time`.
    crashed(exception)
        An unexpected exception in the thread, which goes on working.
    """

    changed = Signal()
    progressed = Signal(object)
    stored = Signal(object)
    ended = Signal(object, str, object)
    timed = Signal(object, object)
    untimed = Signal(object, object)
    crashed = Signal(object)

    def __init__(self, threads: int = 0, parent: QObject | None = None) -> None:
        """The thread starts with the first census or measurement.

        Parameters
        ----------
        threads : int
            Threads that torch may use; 0 leaves the choice to torch.
        """
        super().__init__(parent)
        self._job: CensusJob | None = None
        self._timing: CensusTiming | None = None
        self._number = 0
        self._stopped = False
        self._thread = CensusThread(threads)
        self._thread.setParent(self)
        self._thread.setObjectName("census")
        self._thread.progressed.connect(self._on_progressed)
        self._thread.noted.connect(self._on_noted)
        self._thread.stored.connect(self._on_stored)
        self._thread.ended.connect(self._on_ended)
        self._thread.timed.connect(self._on_timed)
        self._thread.untimed.connect(self._on_untimed)
        self._thread.crashed.connect(self.crashed)

    @property
    def current(self) -> CensusJob | None:
        """The census at work."""
        return self._job

    @property
    def timing(self) -> CensusTiming | None:
        """What is being measured, if anything."""
        return self._timing

    def begin(
        self,
        path: Path,
        title: str,
        session: ModelSession,
        sizes: dict[Stage, int],
        batch_size: int = 32,
        allow_versions: bool = False,
    ) -> CensusJob:
        """Go on with a census.

        Parameters
        ----------
        path : Path
            Its folder, which exists.
        title : str
        session : ModelSession
        sizes : dict of Stage to int
            Images of each stage, in order.
        batch_size : int
            Of sets that were not begun yet.
        allow_versions : bool
            Go on although libraries have other versions than when it began.

        Raises
        ------
        ValueError
            If another one is at work.
        """
        if self._job is not None:
            raise ValueError(f"{self._job.path.name} is at work")
        self._number += 1
        job = self._job = CensusJob(self._number, path, title, session, sizes)
        self._start()
        self._thread.begin(CensusWork(job.id, path, session, batch_size, allow_versions))
        self.changed.emit()
        return job

    def pause(self) -> None:
        """Stop after the present batch; the census can go on at any time."""
        self._stop("paused")

    def cancel(self) -> None:
        """Stop after the present batch for good; what is done is kept, marked partial."""
        self._stop("cancelled")

    def time(self, timing: CensusTiming) -> None:
        """Measure how fast a census would be, in the thread, when none is at work."""
        if not self._stopped:
            self._timing = timing
            self._start()
            self._thread.ask(timing)
            self.changed.emit()

    def set_threads(self, threads: int) -> None:
        """Change how many threads torch may use, from the next census on."""
        self._thread.set_threads(threads)

    def request_stop(self) -> None:
        """Ask the thread to end after its batch, without waiting; the census counts as paused."""
        self._stopped = True
        self._thread.request_stop()

    def stop(self) -> None:
        """End the thread after its batch, and wait for it. Safe in any state."""
        self.request_stop()
        self._thread.wait()
        self._job = None

    def _stop(self, stop: Stop) -> None:
        job = self._job
        # A cancel may overtake a pause that is on its way, not the other way round.
        if job is not None and job.state != "cancelling":
            job.state = "pausing" if stop == "paused" else "cancelling"
            self._thread.stop_job(job.id, stop)
            self.changed.emit()

    def _start(self) -> None:
        if not self._thread.isRunning():
            self._thread.start()

    def _mine(self, number: int) -> CensusJob | None:
        job = self._job
        return job if job is not None and job.id == number else None

    def _on_progressed(self, number: int, step: Step) -> None:
        job = self._mine(number)
        if job is None:
            return
        job.step = step
        job.sizes[step.stage] = step.total
        if job.state == "starting":
            job.state = "running"
            self.changed.emit()
        self.progressed.emit(job)

    def _on_noted(self, number: int, sentence: str) -> None:
        job = self._mine(number)
        if job is not None:
            job.notes.append(sentence)
            self.changed.emit()

    def _on_stored(self, number: int) -> None:
        job = self._mine(number)
        if job is not None:
            self.stored.emit(job)

    def _on_ended(self, number: int, state: str, error: LabError | None) -> None:
        job = self._mine(number)
        if job is None or self._stopped:
            return
        self._job = None
        self.ended.emit(job, state, error)
        self.changed.emit()

    def _on_timed(self, timing: CensusTiming, calibration: Calibration) -> None:
        if timing is self._timing:
            self._timing = None
        self.timed.emit(timing, calibration)
        self.changed.emit()

    def _on_untimed(self, timing: CensusTiming, error: LabError) -> None:
        if timing is self._timing:
            self._timing = None
        self.untimed.emit(timing, error)
        self.changed.emit()
