"""The layers of a model as a tree to search: what each is, and whether it can be observed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from core.network.layer import Layer
from core.network.receptive_field import field_words
from gui.look.theme import Theme, number_font
from gui.widgets.build import SearchField, column, label
from gui.widgets.words import count_text

_ROLE = Qt.ItemDataRole.UserRole
_NAME, _UNITS, _MAP, _STRIDE, _FIELD = range(5)
_HEADINGS = (
    ("Layer", "Name of the layer in the model; its kind in the tooltip."),
    ("Neurons", "Number of neurons: channels of a map, or components of a token."),
    ("Map", "Rows and columns of each neuron's map; 1 × 1 for a neuron with one value a picture."),
    ("Stride", "Pixels of the picture between two neighboring positions of the map."),
    (
        "Field",
        "Receptive field: side of the square of pixels that one position of the map depends on.",
    ),
)


class LayerTree(QWidget):
    """Groups of layers, each with its units, map, stride and receptive field."""

    chosen = Signal(object)  # layer
    """The user went to another `Layer`, observable or not."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._items: dict[str, QTreeWidgetItem] = {}
        hint = "Find a layer: layer3 conv2, block, 512 neurons …"
        tip = "Shows the layers that have all of these words in their name, kind or numbers."
        self.search = SearchField("Find a layer", hint, tip, self)
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("layerTree")
        self.tree.setAccessibleName("Layers of the model")
        self.tree.setColumnCount(len(_HEADINGS))
        self.tree.setHeaderLabels([title for title, _tip in _HEADINGS])
        for place, (_title, tip) in enumerate(_HEADINGS):
            self.tree.headerItem().setToolTip(place, tip)
            if place:
                self.tree.headerItem().setTextAlignment(place, Qt.AlignmentFlag.AlignRight)
        self.tree.setUniformRowHeights(True)
        self.tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # what differs is at the end
        self.tree.setIndentation(14)
        self.tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setMinimumSectionSize(34)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        self.nothing = label("No layer has these words.", "muted", self, shown=False)
        column(self.search, (self.tree, 1), self.nothing, spacing=4, on=self)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.tree.currentItemChanged.connect(self._on_current)
        theme.changed.connect(self._restyle)

    @property
    def current(self) -> Layer | None:
        """The layer that is chosen."""
        item = self.tree.currentItem()
        return item.data(0, _ROLE) if item is not None else None

    def show_layers(self, layers: Sequence[Layer], side: int) -> None:
        """Show the layers of a model that takes pictures of a side in pixels."""
        self.tree.blockSignals(True)
        self.tree.clear()
        self._items.clear()
        groups: dict[str, list[Layer]] = {}
        for layer in layers:
            groups.setdefault(layer.group, []).append(layer)
        for group, members in groups.items():
            parent: QTreeWidget | QTreeWidgetItem = self.tree
            if len(members) > 1 or members[0].name != group:
                parent = _group_item(self.tree, group, members)
            for layer in members:
                self._items[layer.name] = _layer_item(parent, layer, side)
        self.tree.expandAll()
        self.tree.blockSignals(False)
        self._restyle()
        self._filter(self.search.text())

    def select(self, name: str) -> bool:
        """Choose a layer by name without announcing it; False if there is none of that name."""
        item = self._items.get(name)
        if item is None:
            return False
        self.tree.blockSignals(True)
        self.tree.setCurrentItem(item)
        self.tree.blockSignals(False)
        self.tree.scrollToItem(item)
        return True

    def shown(self) -> list[str]:
        """Names of the layers that pass the search, in order."""
        return [name for name, item in self._items.items() if not item.isHidden()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.search
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self._enter_tree()
            return True
        return super().eventFilter(watched, event)

    def _enter_tree(self) -> None:
        """From the search to the first layer it found."""
        self.tree.setFocus()
        current = self.current
        shown = self.shown()
        if shown and (current is None or current.name not in shown):
            self.tree.setCurrentItem(self._items[shown[0]])

    def _on_current(self, item: QTreeWidgetItem | None) -> None:
        layer = item.data(0, _ROLE) if item is not None else None
        if layer is not None:
            self.chosen.emit(layer)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for item in self._items.values():
            item.setHidden(not all(word in item.data(1, _ROLE) for word in words))
        for group in _children(self.tree.invisibleRootItem()):
            children = _children(group)
            if children:
                group.setHidden(all(child.isHidden() for child in children))
        self.nothing.setVisible(bool(words) and bool(self._items) and not self.shown())

    def _restyle(self) -> None:
        muted = QColor(self._theme.tokens.muted)
        for item in self._items.values():
            layer: Layer = item.data(0, _ROLE)
            for place in range(len(_HEADINGS)):
                if not layer.observable or place > _UNITS:
                    item.setForeground(place, muted)


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(row) for row in range(item.childCount()))
    return [child for child in found if child is not None]


def _group_item(tree: QTreeWidget, group: str, members: Sequence[Layer]) -> QTreeWidgetItem:
    item = QTreeWidgetItem(tree)
    item.setText(_NAME, group)
    font = item.font(_NAME)
    font.setWeight(QFont.Weight.DemiBold)
    item.setFont(_NAME, font)
    item.setToolTip(_NAME, count_text(len(members), "layer"))
    item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsSelectable)
    return item


def _layer_item(parent: QTreeWidget | QTreeWidgetItem, layer: Layer, side: int) -> QTreeWidgetItem:
    item = QTreeWidgetItem(parent)
    item.setData(0, _ROLE, layer)
    item.setText(_NAME, layer.name)
    if layer.observable:
        texts = {
            _UNITS: f"{layer.units:,}",
            _MAP: f"{layer.map_size[0]} × {layer.map_size[1]}",
            _STRIDE: "–" if layer.stride is None else f"{layer.stride:g}",
            _FIELD: _field_text(layer, side),
        }
    else:
        texts = {_UNITS: "not seen"}
    for place, text in texts.items():
        item.setText(place, text)
        item.setFont(place, number_font())
        item.setTextAlignment(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    tip = layer_tip(layer, side)
    for place in range(len(_HEADINGS)):
        item.setToolTip(place, tip)
    item.setData(0, Qt.ItemDataRole.AccessibleTextRole, tip.replace("\n", ", "))
    item.setData(1, _ROLE, tip.lower())
    return item


def _field_text(layer: Layer, side: int) -> str:
    if layer.receptive_field is None or layer.receptive_field > side:
        return "whole"
    return f"{layer.receptive_field}"


def layer_tip(layer: Layer, side: int) -> str:
    """All about a layer, line by line."""
    if not layer.observable:
        return f"{layer.name} ({layer.kind})\nNot observable: {layer.reason}"
    lines = [
        f"{layer.name} ({layer.kind})",
        f"Recorded: {layer.values}",
        f"{count_text(layer.units, 'neuron')}, maps of {layer.map_size[0]} × {layer.map_size[1]}",
        f"Receptive field: {field_words(layer, side)}",
    ]
    if layer.stride is not None:
        lines.insert(3, f"Stride: {layer.stride:g} px")
    return "\n".join(lines)


def layer_line(layer: Layer, side: int) -> str:
    """A layer in one line, e.g. ``"layer3.1 · 256 units · stride 16 px · field 89 px"``."""
    if not layer.observable:
        return f"{layer.name} · not observable"
    parts = [layer.name, count_text(layer.units, "neuron")]
    if layer.stride is not None:
        parts.append(f"stride {layer.stride:g} px")
    parts.append(f"field {field_words(layer, side)}")
    return " · ".join(parts)


def default_layer(layers: Iterable[Layer]) -> Layer | None:
    """The layer to begin with: the first of those that a census takes by default."""
    observable = [layer for layer in layers if layer.observable]
    return next((layer for layer in observable if layer.is_default), None) or next(
        iter(observable), None
    )
