"""The ablation tab: silence units, see what that changes, and test it against chance."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from core.ablation.study_words import removed_words
from core.network.ablation import CONSTANT_WORDS
from core.results.facts import RunFacts, settings_line
from gui.context.lab_context import LabContext
from gui.export.notes import document_note
from gui.studies.ablation.ablation_live import LivePanel
from gui.studies.ablation.ablation_study import StudyPanel
from gui.studies.ablation.ablation_units import UnitsPanel
from gui.widgets.build import column, scrolling
from gui.widgets.sight import Seen
from gui.widgets.words import count_text

_WIDE = 780
"""Least width at which the predictions stand beside units and study."""


class AblationTab(Seen, QWidget):
    """Units, predictions and study: in two columns where there is room, else in one."""

    NAME = "ablation"
    TITLE = "Ablation"
    TIP = "Silence neurons and see what the model says without them, beside random controls"

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.setObjectName("ablationTab")
        self.units = UnitsPanel(lab, self)
        self.live = LivePanel(lab, self)
        self.study = StudyPanel(lab, self)
        inside = QWidget(self)
        self._parts = QGridLayout(inside)
        self._parts.setContentsMargins(0, 0, 6, 0)
        self._parts.setHorizontalSpacing(20)
        self._parts.setVerticalSpacing(14)
        self._wide: bool | None = None
        self._place(False)
        self.scroll_area = scrolling(inside, self)
        self.scroll_area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # keys scroll
        column(self.scroll_area, on=self)

    def picture_note(self) -> str:
        """What made the study and the predictions that are shown."""
        parts = []
        result = self.study.result.result
        if result is not None:
            facts = RunFacts(title="", state="", created="", plan=result.plan, done=result.images)
            parts += [f"Study “{result.title}”", removed_words(result), settings_line(facts)]
        ablation = self._lab.ablation
        if ablation.active:
            setup = ablation.setup
            titles = ", ".join(f"“{chosen.title}”" for chosen in setup.selections if chosen.on)
            units = count_text(ablation.count, "neuron")
            parts.append(f"Live: {units} ({titles}) silenced to {CONSTANT_WORDS[setup.to]}")
        if not parts or ablation.active:
            parts.append(document_note(self._lab))
        return " · ".join(parts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place(event.size().width() >= _WIDE)
        super().resizeEvent(event)

    def on_seen(self) -> None:
        self._lab.ablation.watch(True)
        self.study.begin()

    def on_unseen(self) -> None:
        self._lab.ablation.watch(False)

    def _place(self, wide: bool) -> None:
        if wide == self._wide:
            return
        self._wide = wide
        places = {
            self.units: (0, 0, 1, 1),
            self.live: (0, 1, 2, 1) if wide else (1, 0, 1, 1),
            self.study: (1, 0, 1, 1) if wide else (2, 0, 1, 1),
        }
        for part, place in places.items():
            self._parts.removeWidget(part)
            self._parts.addWidget(part, *place, Qt.AlignmentFlag.AlignTop)
        self._parts.setColumnStretch(0, 1)
        self._parts.setColumnStretch(1, 1 if wide else 0)
        # What is left over goes below the last part, not between them.
        self._parts.setRowStretch(1, 1 if wide else 0)
        self._parts.setRowStretch(2, 0 if wide else 1)
