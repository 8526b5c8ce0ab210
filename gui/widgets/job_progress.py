"""How far a job is: in its pane with the buttons that stop it, and in the status bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QProgressBar, QToolButton, QWidget

from core.census.sets import Stage
from core.results.text.percent import percent
from gui.jobs.ablation_study import StudyTask
from gui.jobs.census import CensusTask
from gui.jobs.job_queue import Job, JobQueue, JobsOfKind
from gui.jobs.job_worker import Task
from gui.jobs.sweeps import SweepTask
from gui.look.theme import number_font
from gui.widgets.build import button, column, label, row
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.words import condition_text, count_text, duration_text

_STEPS = 1000
_STAGES: dict[Stage, str] = {
    "stroop": "Stroop words",
    "shapes": "Shapes",
    "pictures": "Natural pictures",
    "gray": "Pictures in gray",
}
_TITLE_SHARE = 0.4
"""Of the width; a title that takes more is in the tooltip alone."""


class ProgressStrip(QWidget):
    """Shown while a job of a kind is at work or waits."""

    def __init__(self, jobs: JobsOfKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.title = label(role="heading", parent=self)
        self.text = ElidedLabel("muted", self)
        self.text.setFont(number_font())
        self.bar = QProgressBar(self)
        # Counted in thousandths: the number of images may exceed what the bar can count.
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        tip = "Stop after the current batch; it can be resumed at any time"
        self.pause = button("Pause", tip, lambda: jobs.pause(), self)
        tip = "Stop after the current batch; what is done is kept, marked partial"
        self.cancel = button("Cancel", tip, lambda: jobs.cancel(), self)
        line = row(self.title, (self.text, 1), self.pause, self.cancel, spacing=8)
        column(line, self.bar, spacing=4, on=self)
        jobs.changed.connect(self._show)
        jobs.progressed.connect(self._show_progress)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_title()

    def _fit_title(self) -> None:
        self.title.setVisible(self.title.sizeHint().width() <= _TITLE_SHARE * self.width())

    def _show(self) -> None:
        job, measuring = self._jobs.current, self._jobs.measuring is not None
        self.setVisible(job is not None or measuring)
        self.pause.setVisible(job is not None)
        self.cancel.setVisible(job is not None)
        if job is not None:
            self.title.setText(job.title)
            self._fit_title()
            self.pause.setEnabled(not job.stopping)
            self.cancel.setEnabled(job.state != "cancelling")
            self._show_progress(job)
        elif measuring:
            self.title.setText("Measuring the speed…")
            self._fit_title()
            self.text.show_text("A few batches of this plan on this model and computer.")
            self.bar.setRange(0, 0)
            self.bar.setAccessibleName("The speed is being measured")

    def _show_progress(self, job: Job[Any]) -> None:
        queue = self._jobs.queue
        parts = progress_parts(job, queue.current, self._jobs.measuring is not None)
        if job is queue.current and len(queue) > 1:
            parts.append(f"{len(queue) - 1} more in the queue")
        self.text.show_text(" · ".join(parts), "\n".join([job.title, *parts, *job.notes]))
        known = job.total > 0 and (job.done > 0 or job.state not in ("starting", "queued"))
        self.bar.setRange(0, _STEPS if known or job.state == "queued" else 0)
        self.bar.setValue(round(_STEPS * job.done / job.total) if known else 0)
        self.bar.setAccessibleName(
            f"{job.title}: {percent(job.done / job.total, 1)}" if known else job.title
        )


def progress_parts(job: Job[Any], at_work: Job[Any] | None, measuring: bool) -> list[str]:
    """Done and total, rate, time left and what its kind says, as far as they are known."""
    if job.state == "queued":
        return [f"Waits for “{at_work.title}” to end" if at_work is not None else "Waits"]
    if job.state == "starting":
        return ["Measuring the speed…" if measuring else "Getting the model ready…"]
    parts = [f"{job.done:,} / {count_text(job.total, 'image')}"]
    progress = job.progress
    if job.state == "pausing":
        parts.append("pausing after this batch…")
    elif job.state == "cancelling":
        parts.append("stopping after this batch…")
    elif progress is not None:
        # What is cut first where there is little room stands last.
        if progress.seconds_left is not None:
            parts.append(f"{duration_text(progress.seconds_left)} left")
        if progress.images_per_second > 0:
            parts.append(f"{progress.images_per_second:,.0f} images/s")
    if progress is not None:
        parts += _details(job.task, progress.detail)
    return parts


def _details(task: Task, detail: Any) -> list[str]:
    """What a kind of job has to say about how far it is."""
    match task:
        case SweepTask():
            return [f"now: {condition_text(detail.condition)}"]
        case CensusTask():
            words = [f"{_STAGES[detail.stage]}: {detail.done:,} of {detail.total:,}"]
            if detail.refused:
                words.append(f"{count_text(detail.refused, 'picture')} unreadable")
            return words
        case StudyTask():
            return [f"run {detail.number} of {detail.members} ({detail.member.title})"]
    return []


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
