"""How the bars are shown: their order and the column of cosines."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui.context.lab_context import LabContext


class ViewMenu(QMenu):
    """Menu of the view button.

    Signals
    -------
    cosines_toggled(bool)
    """

    cosines_toggled = Signal(bool)

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._sort = lab.actions.bind("prompts.sort-bars", self._set_sorted)
        self.addAction(self._sort)
        self.cosines = QAction("Show cosines", self)
        self.cosines.setCheckable(True)
        self.cosines.setChecked(True)
        self.cosines.toggled.connect(self.cosines_toggled)
        self.addAction(self.cosines)
        lab.document.changed.connect(lambda new, _old: self._sort.setChecked(new.sort_bars))
        self._sort.setChecked(lab.document.state.sort_bars)

    def _set_sorted(self, by_probability: bool) -> None:
        name = "sort bars by probability" if by_probability else "bars in label order"
        self._lab.document.change(name, sort_bars=by_probability)
