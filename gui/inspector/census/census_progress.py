"""How far the census at work is, with the buttons that stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core.census.sets import Stage
from gui.jobs.census import CensusJob
from gui.look.theme import number_font
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.words import count_text, duration_text

_STEPS = 1000
STAGES: dict[Stage, str] = {
    "stroop": "Stroop words",
    "shapes": "Shapes",
    "pictures": "Natural pictures",
    "gray": "Pictures in gray",
}


class CensusProgress(QWidget):
    """Shown while a census is at work.

    Signals
    -------
    pause_wanted(), cancel_wanted()
    """

    pause_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("censusProgress")
        self.stage = QLabel(self)
        self.stage.setProperty("role", "heading")
        self.text = ElidedLabel("muted", self)
        self.text.setFont(number_font())
        self.bar = QProgressBar(self)
        # Counted in thousandths: the number of images may exceed what the bar can count.
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.pause = QPushButton("Pause", self)
        self.pause.setToolTip("Stop after the present batch; the census can go on at any time")
        self.cancel = QPushButton("Cancel", self)
        self.cancel.setToolTip("Stop after the present batch; what is done is kept, marked partial")
        self.pause.clicked.connect(self.pause_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.stage)
        line.addWidget(self.text, 1)
        line.addWidget(self.pause)
        line.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self.bar)
        self.hide()

    def show_job(self, job: CensusJob | None) -> None:
        """Show how far a census is; None for nothing."""
        if job is None:
            self.hide()
            return
        stopping = job.state in ("pausing", "cancelling")
        self.pause.setEnabled(not stopping)
        self.cancel.setEnabled(job.state != "cancelling")
        self.stage.setText(STAGES[job.step.stage] if job.step is not None else "Census")
        self.text.show_text(progress_text(job), "\n".join([job.title, *job.notes]))
        known = job.step is not None and job.total > 0
        self.bar.setRange(0, _STEPS if known else 0)
        if known:
            self.bar.setValue(round(_STEPS * job.done / job.total))
            self.bar.setAccessibleName(f"{job.title}: {100 * job.done / job.total:.0f} %")
        self.show()


def progress_text(job: CensusJob) -> str:
    """Done and total of the stage, rate, and the time that all stages take, as far as known."""
    step = job.step
    if step is None:
        return "Getting the model ready…"
    parts = [f"{step.done:,} / {count_text(step.total, 'image')}"]
    if job.state == "pausing":
        parts.append("pausing after this batch…")
    elif job.state == "cancelling":
        parts.append("stopping after this batch…")
    elif step.images_per_second > 0:
        parts.append(f"{step.images_per_second:,.0f} images/s")
        if job.seconds_left is not None:
            parts.append(f"about {duration_text(job.seconds_left)} left in all")
    if step.refused:
        parts.append(f"{count_text(step.refused, 'picture')} unreadable")
    return " · ".join(parts)
