"""All long work of a window: one queue for experiments, censuses and studies, and measurements."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from gui.jobs.ablation_study import StudyJobs
from gui.jobs.census import CensusJobs
from gui.jobs.job_queue import JobQueue
from gui.jobs.job_worker import JobWorker
from gui.jobs.latest_worker import LatestWorker
from gui.jobs.sweeps import SweepJobs

NICENESS = 19
"""How far both threads stand back: behind the window, and behind the live predictions (Linux)."""


class LongWork(QObject):
    """Its threads start when they are first needed; `threads` as for `set_threads`.

    Attributes
    ----------
    measurements : LatestWorker
        Speeds and means: short, asked anew when a form changes, and not to wait for a night's run.

    Signals
    -------
    crashed(exception)
        An unexpected exception in one of the threads, which goes on working.
    """

    crashed = Signal(object)

    def __init__(self, threads: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.queue = JobQueue(JobWorker("jobs", NICENESS, threads=threads), self)
        self.measurements = LatestWorker(
            "measurements", NICENESS, threads=threads, closing="a measurement ends", parent=self
        )
        self.sweeps = SweepJobs(self.queue, self.measurements, self)
        self.census = CensusJobs(self.queue, self.measurements, self)
        self.studies = StudyJobs(self.queue, self.measurements, self)
        self.queue.crashed.connect(self.crashed)
        self.measurements.crashed.connect(self.crashed)

    def set_threads(self, threads: int) -> None:
        """Change how many threads torch may use, from the next task on.

        0 leaves the choice to torch.
        """
        self.queue.worker.set_threads(threads)
        self.measurements.set_threads(threads)

    def request_stop(self) -> None:
        """Ask the threads to end, without waiting; a job at work counts as paused."""
        self.queue.request_stop()
        self.measurements.request_stop()

    def stop(self) -> None:
        """End the threads and wait for them. Safe in any state."""
        self.request_stop()
        self.queue.stop()
        self.measurements.wait()
