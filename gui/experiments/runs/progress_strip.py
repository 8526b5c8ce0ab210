"""How far the job at work is, with the buttons that stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core.results.percent import percent
from gui.experiments.words import condition_text, count_text, duration_text
from gui.jobs.sweeps import SweepJob, SweepJobs
from gui.look.theme import number_font
from gui.widgets.elided_label import ElidedLabel

_STEPS = 1000


class ProgressStrip(QWidget):
    """Shown while a job is at work.

    Signals
    -------
    pause_wanted(), cancel_wanted()
    """

    pause_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sweepProgress")
        self.title = QLabel(self)
        self.title.setProperty("role", "heading")
        self.text = ElidedLabel("muted", self)
        self.text.setFont(number_font())
        self.bar = QProgressBar(self)
        # Counted in thousandths: the number of images may exceed what the bar can count.
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.pause = QPushButton("Pause", self)
        self.pause.setToolTip("Stop after the present batch; the run can be resumed at any time")
        self.pause.clicked.connect(self.pause_wanted)
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setToolTip("Stop after the present batch; what is done is kept, marked partial")
        self.cancel.clicked.connect(self.cancel_wanted)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.title)
        line.addWidget(self.text, 1)
        line.addWidget(self.pause)
        line.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self.bar)
        self.hide()

    def show_jobs(self, jobs: SweepJobs) -> None:
        """Show the job at work, a measurement, or nothing."""
        job = jobs.current
        if job is None and jobs.measuring is None:
            self.hide()
            return
        self.pause.setVisible(job is not None)
        self.cancel.setVisible(job is not None)
        if job is None:
            self.title.setText("Measuring the speed…")
            self.text.show_text("A few batches of this plan on this model and computer.")
            self.bar.setRange(0, 0)
            self.bar.setAccessibleName("The speed is being measured")
        else:
            self.title.setText(job.title)
            stopping = job.state in ("pausing", "cancelling")
            self.pause.setEnabled(not stopping)
            self.cancel.setEnabled(job.state != "cancelling")
            self.show_progress(job, jobs.measuring is not None, len(jobs.waiting))
        self.show()

    def show_progress(self, job: SweepJob, measuring: bool, waiting: int) -> None:
        """Show how far the job is."""
        parts = [progress_text(job, measuring)]
        if waiting:
            parts.append(f"{waiting} more in the queue")
        self.text.show_text(" · ".join(parts), "\n".join(job.notes))
        known = job.total > 0 and not (job.state == "starting" and job.done == 0)
        self.bar.setRange(0, _STEPS if known else 0)
        if known:
            self.bar.setValue(round(_STEPS * job.done / job.total))
            self.bar.setAccessibleName(f"{job.title}: {percent(job.done / job.total, 1)}")


def progress_text(job: SweepJob, measuring: bool = False) -> str:
    """Done and total, rate, time left and condition, as far as they are known."""
    if job.state == "starting":
        return "Measuring the speed…" if measuring else "Getting the model ready…"
    parts = [f"{job.done:,} / {count_text(job.total, 'image')}"]
    progress = job.progress
    if job.state == "pausing":
        parts.append("pausing after this batch…")
    elif job.state == "cancelling":
        parts.append("stopping after this batch…")
    elif progress is not None:
        if progress.images_per_second > 0:
            parts.append(f"{progress.images_per_second:,.0f} images/s")
            parts.append(f"{duration_text(progress.seconds_left)} left")
        parts.append(f"now: {condition_text(progress.condition)}")
    return " · ".join(parts)
