"""In the status bar: which job is at work and how far, wherever one is in the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QToolButton, QWidget

from core.results.text.percent import percent
from gui.jobs.job_queue import Job, JobQueue
from gui.look.theme import number_font
from gui.widgets.words import duration_text


class JobBadge(QToolButton):
    """Hidden while nothing is at work; a click triggers the action of the pane of the job.

    Jobs at work are shown in the order of the queues.
    """

    def __init__(
        self,
        queues: Sequence[JobQueue],
        trigger: Callable[[str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._queues = queues
        self._trigger = trigger
        self.setAutoRaise(True)
        self.setFont(number_font())
        self.setAccessibleName("Nothing is running")
        self.clicked.connect(self._go)
        for queue in queues:
            queue.changed.connect(self._show)
            queue.progressed.connect(self._show)
        self._show()

    @property
    def _jobs(self) -> list[Job[Any]]:
        """The jobs at work, then those that wait."""
        at_work = [queue.current for queue in self._queues if queue.current is not None]
        return at_work + [job for queue in self._queues for job in queue if job not in at_work]

    def _go(self) -> None:
        if self._jobs:
            self._trigger(self._jobs[0].task.action)

    def _show(self) -> None:
        jobs = self._jobs
        self.setVisible(bool(jobs))
        if not jobs:
            return
        job = jobs[0]
        parts = [job.title]
        if job.total:
            parts.append(percent(job.done / job.total, 0))
        if job.progress is not None and job.progress.seconds_left and job.state == "running":
            parts.append(f"{duration_text(job.progress.seconds_left)} left")
        if len(jobs) > 1:
            parts.append(f"{len(jobs) - 1} more")
        text = " · ".join(parts)
        self.setText(text)
        self.setAccessibleName(text)
        waiting = [f"Waits: {other.title}" for other in jobs if other.state == "queued"]
        self.setToolTip("\n".join([f"Go to “{job.title}”", *waiting]))
