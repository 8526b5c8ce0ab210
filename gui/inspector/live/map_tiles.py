"""The maps of all units of a layer as tiles, strongest first."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from core.units.unit_words import constant_in_words, number_text
from gui.inspector.live.live_maps import LayerMaps
from gui.inspector.neurons.tile_view import Index, TileDelegate, TileModel, TileView
from gui.inspector.pixels import map_image
from gui.look.theme import Theme

_SIDE, _MARGIN = 60, 6

STRONGEST, BY_NUMBER = "strongest", "number"
EACH, ALL = "each", "all"


class MapModel(TileModel):
    """Units of one layer with their maps, `STRONGEST` first or `BY_NUMBER`.

    The scale of grays is over `EACH` map's own values, or over those of `ALL` maps.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: LayerMaps | None = None
        self.order = STRONGEST
        self.scale = EACH
        self._limits = (0.0, 0.0)

    def show(self, found: LayerMaps | None) -> None:
        """Show the maps for another stimulus, or of another layer."""
        same = (
            found is not None
            and self.found is not None
            and found.layer == self.found.layer
            and len(found.values) == len(self.units)
        )
        if not same:
            self.beginResetModel()
        self.found = found
        if found is not None:
            self._limits = float(found.maps.min()), float(found.maps.max())
        self._sort()
        if same:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.units) - 1, 0))
        else:
            self.endResetModel()

    def arrange(self, order: str, scale: str) -> None:
        """Sort and shade in another way."""
        self.order, self.scale = order, scale
        self.show(self.found)

    def limits(self, unit: int) -> tuple[float, float]:
        """Values that are black and white in a unit's map."""
        assert self.found is not None
        if self.scale == ALL:
            return self._limits
        values = self.found.maps[unit]
        return float(values.min()), float(values.max())

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.found is None or not index.isValid():
            return None
        unit = int(self.units[index.row()])
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"#{unit}: {number_text(float(self.found.values[unit]))}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(unit)
        return None

    def _tip(self, unit: int) -> str:
        assert self.found is not None
        layer, values = self.found.layer, self.found.maps[unit]
        low, high = float(values.min()), float(values.max())
        row, column = divmod(int(self.found.positions[unit]), layer.map_size[1])
        lines = [f"{layer.name} #{unit}: {number_text(float(self.found.values[unit]))}"]
        constant = constant_in_words(layer, low, high)
        if constant:
            lines.append(constant)
        elif layer.positions > 1:
            lines.append(f"Map from {number_text(low)} to {number_text(high)}")
            lines.append(f"Strongest in row {row + 1}, column {column + 1}")
        return "\n".join(lines)

    def _sort(self) -> None:
        if self.found is None:
            self.units = np.empty(0, dtype=np.int64)
        elif self.order == BY_NUMBER:
            self.units = np.arange(len(self.found.values))
        else:
            self.units = np.argsort(-self.found.values, kind="stable")


class MapDelegate(TileDelegate):
    """Paints a map, the unit's number and its value."""

    @property
    def tile(self) -> QSize:
        """What a tile needs."""
        height = _SIDE + 2 * self._metrics.height() + 2 * _MARGIN + 2
        return QSize(_SIDE + 2 * _MARGIN, round(height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, MapModel) and model.found is not None
        unit = int(model.units[index.row()])
        tokens = self._theme.tokens
        area = self.paint_ground(painter, option)
        left = area.left() + (area.width() - _SIDE) / 2
        picture = QRectF(left, area.top() + _MARGIN - 1, _SIDE, _SIDE)
        painter.drawImage(picture, map_image(model.found.maps[unit], *model.limits(unit)))
        self.paint_frame(painter, picture)
        line = QRectF(area.left(), picture.bottom() + 2, area.width(), self._metrics.height())
        self.write(painter, line, f"#{unit}", self._strong, tokens.text)
        line.translate(0, line.height())
        value = number_text(float(model.found.values[unit]))
        self.write(painter, line, value, self._small, tokens.muted)


class MapList(TileView):
    """The grid of maps; its current row follows the unit, wherever that moves."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        delegate = MapDelegate(theme)
        super().__init__(delegate.tile, parent)
        delegate.setParent(self)
        self.maps = MapModel(self)
        self.setModel(self.maps)
        self.setItemDelegate(delegate)
        self.setAccessibleName("Maps of the layer's neurons")
        theme.changed.connect(self.viewport().update)

    def mark_unit(self, unit: int) -> None:
        """Make a unit's tile the current one without scrolling or announcing it."""
        self.mark(self.maps.row_of(unit))
