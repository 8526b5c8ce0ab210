"""In the status bar: which experiment is at work and how far, wherever one is in the window."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton, QWidget

from core.results.percent import percent
from gui.context.lab_context import LabContext
from gui.experiments.words import duration_text
from gui.jobs.sweeps import SweepJob
from gui.look.theme import number_font


class SweepBadge(QToolButton):
    """Hidden while nothing is at work; a click goes to the experiments."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.setAutoRaise(True)
        self.setFont(number_font())
        self.setToolTip("Go to the experiments")
        self.setAccessibleName("No experiment at work")
        self.clicked.connect(lambda: lab.actions.trigger("view.show-experiments"))
        lab.sweeps.changed.connect(self._show)
        lab.sweeps.progressed.connect(self._show_job)
        self._show()

    def _show(self) -> None:
        job = self._lab.sweeps.current
        if job is not None:
            self._show_job(job)
        self.setVisible(job is not None)

    def _show_job(self, job: SweepJob) -> None:
        parts = [job.title]
        if job.total:
            parts.append(percent(job.done / job.total, 0))
        if job.progress is not None and job.state == "running":
            parts.append(f"{duration_text(job.progress.seconds_left)} left")
        text = " · ".join(parts)
        self.setText(text)
        self.setAccessibleName(text)
