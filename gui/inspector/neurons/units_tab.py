"""The tab of all units: the grid, and in its place the page of the one that was opened."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import NO_UNIT, ShownCensus
from gui.inspector.neurons.unit_grid import UnitGrid
from gui.inspector.neurons.unit_page import UnitPage
from gui.inspector.neurons.unit_picture_work import UnitPictureWork
from gui.widgets.build import column


class UnitsTab(QWidget):
    """Enter opens the page of a unit, Escape goes back to its place in the grid.

    Follows `ShownCensus.page_wanted` and `ShownCensus.list_wanted`; its owner brings it to the
    front on the same signals.
    """

    live_wanted = Signal()
    """The selected unit shall be watched with the stimulus on the canvas."""

    def __init__(
        self, lab: LabContext, shown_census: ShownCensus, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._shown_census = shown_census
        self.setObjectName("unitsTab")
        self.pictures = UnitPictureWork(self)
        self.grid = UnitGrid(lab, shown_census, self.pictures, self)
        self.page = UnitPage(lab, shown_census, self.pictures, self)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.grid)
        self.stack.addWidget(self.page)
        column(self.stack, on=self)
        self.page.left.connect(self.show_list)
        self.page.step_wanted.connect(self._step)
        self.page.live_wanted.connect(self.live_wanted)
        shown_census.page_wanted.connect(self.show_page)
        shown_census.list_wanted.connect(self.show_list)
        shown_census.loaded.connect(lambda _data: self.show_list())
        lab.closing.connect(self.pictures.stop)
        self.pictures.crashed.connect(lab.crashed)
        self.pictures.failed.connect(lab.report)
        # What units can be chosen by elsewhere, e.g. to be silenced.
        shown_census.changed.connect(lambda _indices: lab.ablation.offer(shown_census.indices))
        shown_census.loaded.connect(lambda _data: lab.ablation.offer(shown_census.indices))

    def show_page(self, unit: int) -> None:
        """Show the page of a unit, as soon as its census is worked out."""
        if unit == NO_UNIT or self._shown_census.indices is None:
            return
        self.page.show_unit(unit)
        self._show_steps()
        self.stack.setCurrentWidget(self.page)
        if self.isVisible():
            self.page.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_list(self) -> None:
        """Go back to the grid."""
        was_page = self.stack.currentWidget() is self.page
        self.stack.setCurrentWidget(self.grid)
        if was_page:
            self.page.clear()
            if self.isVisible():
                self.grid.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _step(self, way: int) -> None:
        unit = self.grid.step(way)
        if unit is not None:
            self._shown_census.select(unit)
            self.page.show_unit(unit)
            self._show_steps()

    def _show_steps(self) -> None:
        self.page.before.setEnabled(self.grid.step(-1) is not None)
        self.page.after.setEnabled(self.grid.step(1) is not None)
