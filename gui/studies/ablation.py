"""The ablation tab: silence units, see what that changes, and test it against chance."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QVBoxLayout, QWidget

from gui.lab import Lab
from gui.studies.ablation_live import LivePanel
from gui.studies.ablation_study import StudyPanel
from gui.studies.ablation_units import UnitsPanel

_WIDE = 960
"""Least width at which the three parts stand side by side."""


class AblationTab(QWidget):
    """Three parts, side by side where there is room, else one below the other."""

    NAME = "ablation"
    TITLE = "Ablation"
    TIP = "Silence units and see what the model says without them, beside random controls"

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.setObjectName("ablationTab")
        self.units = UnitsPanel(lab, self)
        self.live = LivePanel(lab, self)
        self.study = StudyPanel(lab, self)
        inside = QWidget(self)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom, inside)
        self._parts.setContentsMargins(0, 0, 6, 0)
        self._parts.setSpacing(16)
        for part, stretch in ((self.units, 5), (self.live, 5), (self.study, 6)):
            self._parts.addWidget(part, stretch, Qt.AlignmentFlag.AlignTop)
        self.scroll = QScrollArea(self)
        self.scroll.setWidget(inside)
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.scroll)

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = event.size().width() >= _WIDE
        directions = QBoxLayout.Direction
        self._parts.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._lab.ablation.watch(True)
        self.study.begin()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._lab.ablation.watch(False)
        super().hideEvent(event)
