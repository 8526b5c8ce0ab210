"""What is above the grid of units: search, filters, order, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QToolButton, QWidget

from core.census.data import CensusData
from core.census.sets import KIND_TITLES, Kind
from core.color.terms import COLOR_TERMS, CSS, Rgb
from core.units.category_styles import STACK, CategoryStyle
from core.units.neuron_indices import NeuronIndices
from core.units.type_histogram import CATEGORIES
from core.units.unit_filter import UnitFilter
from core.units.unit_order import ORDERS, TOWER
from gui.inspector.figures.category_paint import paint_category
from gui.look.theme import Theme
from gui.widgets.build import STRETCH, SearchField, button, column, label, once, row, tell
from gui.widgets.wheel import Combo
from gui.widgets.words import count_text

_PAUSE = 150
"""Milliseconds after the last key until a search is done."""

_SWATCH = 14
_HELP = (
    "Search neurons, all words must fit:\n"
    "layer3, layer4.*.conv2 – layers\n"
    "type:color-word, any word, red – type and label\n"
    "word red > 0.6, font > 0.5 – color-label selectivity\n"
    "selectivity > 0.4, natural > 2, tied > 1000, hue < 60 – measures\n"
    "#17 – number of the neuron; not … or −… turns a word around"
)


class NeuronSearch(SearchField):
    """Goes on to the grid with Arrow Down and Enter, and is emptied by Escape."""

    grid_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.grid_wanted.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class UnitBar(QWidget):
    """Search, type, color, layer, order, and which set the neuron features are from."""

    searched = Signal()
    """The text to search for has changed, and the typing has paused."""
    filtered = Signal(object)  # filter
    """A `UnitFilter` was chosen."""
    arranged = Signal()
    """The order or its direction has changed."""
    set_chosen = Signal(str)
    silence_wanted = Signal()
    """The units that are shown shall be silenced."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._filter = UnitFilter()
        self._counts: Sequence[int] | None = None
        hint = "Search: word red > 0.6 layer3"
        self.search = NeuronSearch("Search neurons", hint, _HELP, self)
        self.type = _box(self, "Type of the neurons", "Show the neurons of one type")
        self.label = _box(self, "Color of the type", "Show the neurons whose type has this color")
        self.layer = _box(self, "Layer", "Show the neurons of one layer or one part of the tower")
        self.order = _box(self, "Order", "Sort by …")
        self.order.add((order.title, order.id, order.tooltip) for order in ORDERS)
        self.direction = QToolButton(self)
        self.direction.setCheckable(True)
        self.direction.setToolTip("Largest or smallest first")
        self.kind = _box(
            self,
            "Set of the neuron features",
            "The images that the neuron features are made from.\nA neuron feature is the weighted "
            "mean of what a neuron sees of its strongest images.",
        )
        self.count = label("", "muted", self)
        self.chip = button("", "Show the neurons outside this range too", self._drop_range, self)
        self.chip.hide()
        tip = "Drop the search and all filters"
        self.everything = button("Show all", tip, self.show_everything, self, role="flat")
        self.silence = button(
            "Silence these",
            "Silence the neurons that are shown: Studies shows what the model says without them "
            "(ablation)",
            self.silence_wanted,
            self,
            name="Silence these neurons",
        )
        self.problem = label("", "warning", self, wraps=True, shown=False)
        self.undefined = label("", "muted", self, wraps=True, shown=False)
        self._pause = once(_PAUSE, self.searched, self)
        self._arrange()
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.type.activated.connect(lambda _row: self._emit(category=self.type.currentData()))
        self.label.activated.connect(lambda _row: self._emit(label=self.label.currentData()))
        self.layer.activated.connect(
            lambda _row: self._emit(layers=tuple(self.layer.currentData()))
        )
        self.order.activated.connect(lambda _row: self.sort_by(self.order_id))
        self.direction.toggled.connect(self._take_direction)
        self.kind.activated.connect(lambda _row: self.set_chosen.emit(self.kind.currentData()))
        theme.changed.connect(self._restyle)
        self.show_census(None)
        self._restyle()

    # --- what is chosen ---

    @property
    def text(self) -> str:
        """What to search for."""
        return self.search.text()

    @property
    def order_id(self) -> str:
        """By what to sort."""
        return str(self.order.currentData())

    @property
    def descending(self) -> bool:
        """Largest first."""
        return self.direction.isChecked()

    def search_now(self, text: str) -> None:
        """Search for a text without waiting for more of it."""
        self.search.setText(text)
        self._pause.stop()
        self.searched.emit()

    def sort_by(self, order_id: str, descending: bool | None = None) -> None:
        """Sort by something else; from the largest on, but for the order of the tower."""
        self.order.setCurrentIndex(self.order.findData(order_id))
        wanted = order_id != TOWER if descending is None else descending
        with QSignalBlocker(self.direction):
            self.direction.setChecked(wanted)
        self._restyle()
        self.arranged.emit()

    @property
    def in_words(self) -> str:
        """What is shown: search and filters; “all units” without any."""
        parts = [self.text.strip(), self._filter.in_words()]
        return " · ".join(part for part in parts if part) or "all neurons"

    def show_everything(self) -> None:
        """Drop search and filters."""
        self.search.clear()
        self._pause.stop()
        self.searched.emit()
        self.filtered.emit(UnitFilter())

    # --- what is shown ---

    def show_census(self, data: CensusData | None) -> None:
        """Offer the layers and sets of a census."""
        self.layer.offer([("All layers", ())])
        self.kind.offer(() if data is None else [(KIND_TITLES[kind], kind) for kind in data.sets])
        groups: dict[str, list[str]] = {}
        for layer in () if data is None else data.layers:
            groups.setdefault(layer.group, []).append(layer.name)
        for group, names in groups.items():
            self.layer.add([(f"{group}: all", tuple(names))] * (len(names) > 1))
            self.layer.add((name, (name,)) for name in names)
        self.label.offer([("Any color", "")])
        for term in COLOR_TERMS:
            self.label.addItem(_swatch(CSS[term], self._theme), term, term)
        self._fill_types(None)
        self.show_filter(self._filter)

    def show_indices(self, indices: NeuronIndices | None) -> None:
        """Count the units of each type."""
        counts = None
        if indices is not None and indices.categories is not None:
            counts = np.bincount(indices.categories, minlength=len(CATEGORIES)).tolist()
        self._fill_types(counts)

    def show_kind(self, kind: Kind | None) -> None:
        """Mark the set that the features are from."""
        self.kind.setCurrentIndex(self.kind.findData(kind))

    def show_filter(self, chosen: UnitFilter) -> None:
        """Mark what is filtered by."""
        self._filter = chosen
        self.type.choose(chosen.category)
        self.label.choose(chosen.label)
        offered = [tuple(self.layer.itemData(place)) for place in range(self.layer.count())]
        place = offered.index(chosen.layers) if chosen.layers in offered else 0
        self.layer.setCurrentIndex(place)
        rest = self._rest()
        self.chip.setText(f"{rest}  ×")
        self.chip.setAccessibleName(f"Drop the filter {rest}")
        self.chip.setVisible(bool(rest))

    def show_count(self, shown: int, total: int, problem: str, undefined: str) -> None:
        """Say how many units are shown, and what could not be understood or has no value."""
        units = count_text(total, "neuron")
        self.count.setText(units if shown == total else f"{shown:,} of {units}")
        self.everything.setVisible(shown != total or bool(self.text))
        self.silence.setEnabled(shown > 0)
        tell(self.problem, problem)
        tell(self.undefined, undefined)

    # --- choices ---

    def _take_direction(self) -> None:
        self._restyle()
        self.arranged.emit()

    def _drop_range(self) -> None:
        kept = self._filter.layers if self.layer.currentIndex() else ()
        self._emit(layers=kept, selectivity_bin=None, selective=False, hue=None)

    def _emit(self, **fields: object) -> None:
        self.filtered.emit(msgspec.structs.replace(self._filter, **fields))

    def _rest(self) -> str:
        """The part of the filter that no box shows, in words."""
        rest = msgspec.structs.replace(self._filter, category="", label="")
        if self.layer.currentIndex() > 0:
            rest = msgspec.structs.replace(rest, layers=())
        return rest.in_words()

    def _fill_types(self, counts: Sequence[int] | None) -> None:
        if not self.type.count():
            self.type.addItem("All types", "")
            for style in STACK:
                self.type.addItem(_pattern(style, self._theme), "", style.category)
                row = self.type.count() - 1
                self.type.setItemData(row, style.tip, Qt.ItemDataRole.ToolTipRole)
        elif counts == self._counts:
            return
        self._counts = counts
        for row, style in enumerate(STACK, start=1):
            number = "" if counts is None else f" · {counts[CATEGORIES.index(style.category)]:,}"
            self.type.setItemText(row, f"{style.title}{number}")

    def _arrange(self) -> None:
        filters = row(*((box, 1) for box in (self.type, self.label, self.layer)), spacing=4)
        order = row(label("Sort", "muted", self), (self.order, 3), self.direction, spacing=4)
        order.addSpacing(4)
        order.addWidget(label("Features", "muted", self))
        order.addWidget(self.kind, 2)
        last = row(self.count, self.chip, STRETCH, self.silence, self.everything)
        lines = (self.search, self.problem, filters, order, last, self.undefined)
        column(*lines, spacing=5, on=self)

    def _restyle(self) -> None:
        name = "mark-down" if self.direction.isChecked() else "mark-up"
        self.direction.setIcon(self._theme.icon(name))
        largest = self.direction.isChecked()
        self.direction.setAccessibleName("Largest first" if largest else "Smallest first")
        for place, style in enumerate(STACK, start=1):
            if place < self.type.count():
                self.type.setItemIcon(place, _pattern(style, self._theme))
        for place, term in enumerate(COLOR_TERMS, start=1):
            self.label.setItemIcon(place, _swatch(CSS[term], self._theme))


def _box(parent: QWidget, name: str, tip: str) -> Combo:
    box = Combo(parent, name, tip, letters=6)
    box.setIconSize(QSize(_SWATCH, _SWATCH))
    box.setMaxVisibleItems(24)
    return box


def _swatch(color: Rgb, theme: Theme) -> QIcon:
    pixmap = QPixmap(3 * _SWATCH, 3 * _SWATCH)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setPen(QPen(QColor(theme.tokens.border_strong), 3))
        painter.setBrush(QColor(*color))
        painter.drawRect(2, 2, 3 * _SWATCH - 4, 3 * _SWATCH - 4)
    return _icon(pixmap)


def _pattern(style: CategoryStyle, theme: Theme) -> QIcon:
    pixmap = QPixmap(_SWATCH, _SWATCH)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        paint_category(painter, style, QRectF(0, 0, _SWATCH - 1, _SWATCH - 1), theme.tokens)
    return _icon(pixmap)


def _icon(pixmap: QPixmap) -> QIcon:
    icon = QIcon()
    # The same when its row is selected: a color never changes with the state of a list.
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        icon.addPixmap(pixmap, mode)
    return icon
