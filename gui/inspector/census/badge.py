"""In the status bar: how far the census at work is, wherever one is in the window."""

from __future__ import annotations

from PySide6.QtWidgets import QToolButton, QWidget

from gui.context.lab_context import LabContext
from gui.inspector.census.census_progress import STAGES
from gui.jobs.census import CensusJob
from gui.look.theme import number_font
from gui.widgets.words import duration_text


class CensusBadge(QToolButton):
    """Hidden while no census is at work; a click goes to the inspector."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.setAutoRaise(True)
        self.setFont(number_font())
        self.setToolTip("Go to the network inspector")
        self.setAccessibleName("No census at work")
        self.clicked.connect(lambda: lab.actions.trigger("view.show-inspector"))
        lab.census.changed.connect(self._show)
        lab.census.progressed.connect(self._show_job)
        self._show()

    def _show(self) -> None:
        job = self._lab.census.current
        if job is not None:
            self._show_job(job)
        self.setVisible(job is not None)

    def _show_job(self, job: CensusJob) -> None:
        parts = ["Census"]
        if job.step is not None:
            parts.append(STAGES[job.step.stage])
        if job.total:
            parts.append(f"{100 * job.done // job.total} %")
        if job.seconds_left is not None and job.state == "running":
            parts.append(f"{duration_text(job.seconds_left)} left")
        text = " · ".join(parts)
        self.setText(text)
        self.setAccessibleName(text)
