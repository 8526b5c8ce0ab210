"""All units of a census as a grid to search, filter and sort."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QStackedWidget, QWidget

from core.ablation.choosing import by_layer
from core.base.errors import LabError
from core.census.data import CensusData
from core.census.sets import KINDS, Kind
from core.units.query import search
from core.units.unit_order import order_of, order_values, ordered
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.neurons.tile_view import TileView
from gui.inspector.neurons.unit_bar import UnitBar
from gui.inspector.neurons.unit_picture_work import UnitPictureWork
from gui.inspector.neurons.unit_tiles import UnitDelegate, UnitModel
from gui.widgets.build import column
from gui.widgets.notices import Explanation
from gui.widgets.sight import Seen, in_sight
from gui.widgets.words import count_text

_PAGES_AHEAD = 2
"""Screens of thumbnails that are drawn ahead in either direction."""


class UnitGrid(Seen, QWidget):
    """The bar, the grid, and what stands in its place while there is nothing to show.

    `kind` is the set that the neuron features are from.
    """

    def __init__(
        self,
        lab: LabContext,
        shown_census: ShownCensus,
        pictures: UnitPictureWork,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self._shown_census = shown_census
        self._pictures = pictures
        self.kind: Kind | None = None
        self.setObjectName("unitGrid")
        self.bar = UnitBar(lab.theme, self)
        self._delegate = UnitDelegate(lab.theme, self)
        self.view = TileView(self._delegate.tile(2), self)
        self.units = UnitModel(pictures, self.view)
        self.view.setModel(self.units)
        self.view.setItemDelegate(self._delegate)
        self.view.setAccessibleName("Neurons")
        self.explanation = Explanation(self)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.explanation)
        column(self.bar, (self.stack, 1), on=self)
        self._connect()
        self._on_loaded(shown_census.data)

    def choose_kind(self, kind: Kind) -> None:
        """Show the neuron features of another set."""
        if kind != self.kind:
            self.kind = kind
            self.bar.show_kind(kind)
            self._tell_pictures()

    def step(self, way: int) -> int | None:
        """The unit before (−1) or after (1) the selected one in the list; None at its ends."""
        here = self.units.row_of(self._shown_census.unit)
        if here < 0 or not 0 <= here + way < len(self.units.units):
            return None
        return int(self.units.units[here + way])

    def _connect(self) -> None:
        shown_census = self._shown_census
        shown_census.loaded.connect(self._on_loaded)
        shown_census.changed.connect(self._on_changed)
        shown_census.filter_changed.connect(self._on_filter)
        shown_census.selected.connect(self._on_selected)
        shown_census.hues_changed.connect(self._on_hues)
        shown_census.problem.connect(self._show_state)
        self._lab.theme.changed.connect(self.view.viewport().update)
        self._pictures.thumbnails.connect(self._on_thumbnails)
        self.bar.searched.connect(self._refresh_from_top)
        self.bar.arranged.connect(self._refresh_from_top)
        self.bar.filtered.connect(shown_census.set_filter)
        self.bar.set_chosen.connect(self.choose_kind)
        self.bar.silence_wanted.connect(self._silence)
        self.bar.search.grid_wanted.connect(self._enter_grid)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.opened.connect(lambda row: shown_census.open_page(int(self.units.units[row])))
        self.view.left.connect(self.bar.search.setFocus)
        self.view.seen.connect(self._want)

    # --- what comes from the shown census ---

    def _on_loaded(self, data: CensusData | None) -> None:
        kinds = [kind for kind in KINDS if data is not None and kind in data.sets]
        if self.kind not in kinds:
            self.kind = kinds[0] if kinds else None
        self.bar.show_census(data)
        self.bar.show_kind(self.kind)
        self._on_changed()

    def _on_changed(self) -> None:
        self.bar.show_indices(self._shown_census.indices)
        self._tell_pictures()
        self._refresh()

    def _on_filter(self) -> None:
        self.bar.show_filter(self._shown_census.filter)
        self._refresh_from_top()

    def _on_selected(self, unit: int) -> None:
        self.view.mark(self.units.row_of(unit), scroll=True)

    def _on_hues(self) -> None:
        if self.bar.order_id == "hue" or self._shown_census.filter.hue or "hue" in self.bar.text:
            self._refresh()
        else:
            self.units.hues = self._shown_census.hues

    # --- the list ---

    def _refresh_from_top(self) -> None:
        self._refresh()
        self.view.scrollToTop()

    def _refresh(self) -> None:
        """Search, filter and sort anew."""
        indices, hues = self._shown_census.indices, self._shown_census.hues
        order = order_of(self.bar.order_id)
        if indices is None:
            self.units.show(None, np.empty(0, np.int64), np.empty(0), order, None)
            self.bar.setEnabled(False)
            self.bar.show_count(0, 0, "", "")
            self._show_state()
            return
        self.bar.setEnabled(True)
        found = search(self.bar.text, indices.table(hues))
        mask = found.mask & self._shown_census.filter.mask(indices, hues)
        values = order_values(order.id, indices, hues, self._shown_census.filter.label)
        chosen = ordered(mask, values, descending=self.bar.descending)
        self.units.show(indices, chosen.units, chosen.values, order, hues)
        self.view.set_tile(self._delegate.tile(self.units.lines))
        self.bar.show_count(len(chosen.units), len(indices), found.problems, chosen.in_words(order))
        self._show_state()
        self.view.mark(self.units.row_of(self._shown_census.unit))

    def _show_state(self, error: LabError | None = None) -> None:
        """Say why there is no unit to see."""
        shown_census = self._shown_census
        if len(self.units.units):
            self.stack.setCurrentWidget(self.view)
            return
        if shown_census.data is None:
            self.explanation.explain(
                "No census is shown.",
                "A census finds the strongest images of every neuron. Start one above, or choose "
                "one that is on the disk.",
            )
        elif shown_census.indices is None and error is not None:
            self.explanation.show_error(error)
        elif shown_census.indices is None:
            self.explanation.explain("Working out the indices of the neurons…")
        else:
            self.explanation.explain(
                "No neuron is like this.",
                "Change the search or the filters.",
                "Show all neurons",
                self.bar.show_everything,
            )
        self.stack.setCurrentWidget(self.explanation)

    def _silence(self) -> None:
        """Silence the units of the list."""
        indices, ablation = self._shown_census.indices, self._lab.ablation
        if indices is None or not len(self.units.units):
            return
        mask = np.zeros(len(indices), dtype=np.bool_)
        mask[self.units.units] = True
        units = by_layer(indices, mask)
        ablation.add(self.bar.in_words, units, indices.census.record.model)
        silenced = count_text(len(self.units.units), "neuron is", "neurons are")
        self._lab.say(f"{silenced} silenced; Studies shows what that changes")

    def _enter_grid(self) -> None:
        self.bar.searched.emit()
        if len(self.units.units):
            self.view.setFocus()
            if not self.view.currentIndex().isValid():
                self.view.go_to(0)

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self._shown_census.select(int(self.units.units[current.row()]))

    # --- thumbnails ---

    def _tell_pictures(self) -> None:
        self._pictures.show(self._shown_census.data, self.kind, self._shown_census.thresholds.top)
        self.view.viewport().update()
        self._want(*self.view.rows_seen)

    def on_seen(self) -> None:
        self._want(*self.view.rows_seen)

    def _want(self, first: int, last: int) -> None:
        """Have the neuron features in sight drawn, then those around."""
        if not in_sight(self) or last < first:
            return
        units = self.units.units
        page = last - first + 1
        after = range(last + 1, min(last + 1 + _PAGES_AHEAD * page, len(units)))
        before = range(first - 1, max(first - 1 - _PAGES_AHEAD * page, -1), -1)
        rows = [*range(first, last + 1), *after, *before]
        self._pictures.want(units[rows].tolist())

    def _on_thumbnails(self, units: tuple[int, ...]) -> None:
        first, last = self.view.rows_seen
        if not set(units).isdisjoint(self.units.units[first : last + 1].tolist()):
            self.view.viewport().update()
