"""The units of a census as tiles: neuron feature, name, type and the value sorted by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from core.units.category_styles import CategoryStyle
from core.units.neuron_indices import NeuronIndices
from core.units.unit_facts import summary_lines, type_of
from core.units.unit_order import TOWER, Order, order_of
from core.units.unit_words import number_text
from gui.charts.drawing import bold_font
from gui.inspector.figures.category_paint import paint_category, paint_letter
from gui.inspector.neurons.tile_view import Index, TileDelegate, TileModel
from gui.inspector.neurons.unit_picture_work import UnitPictureWork
from gui.look.theme import Theme, number_font
from gui.widgets.images import to_image

_SIDE, _MARGIN, _BADGE = 72, 5, 16
_SMOOTH_FROM = 24
"""Features of fewer pixels are shown pixel by pixel."""


class UnitModel(TileModel):
    """Units in their order, with the `values`, float64, shape (U,), that they were sorted by.

    Names are short, without the layer, where all units are of the same one.
    """

    def __init__(self, pictures: UnitPictureWork, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pictures = pictures
        self.indices: NeuronIndices | None = None
        self.values: NDArray[np.float64] = np.empty(0)
        self.order: Order = order_of(TOWER)
        self.short_names = False
        self.hues: NDArray[np.float64] | None = None

    def show(
        self,
        indices: NeuronIndices | None,
        units: NDArray[np.int64],
        values: NDArray[np.float64],
        order: Order,
        hues: NDArray[np.float64] | None,
    ) -> None:
        """Show units in the order given."""
        self.beginResetModel()
        self.indices, self.units, self.values, self.order = indices, units, values, order
        self.hues = hues
        self.short_names = False
        if indices is not None and len(units):
            layers = indices.census.layer_numbers[units]
            self.short_names = bool((layers == layers[0]).all())
        self.endResetModel()

    @property
    def lines(self) -> int:
        """Lines of text below a feature."""
        typed = self.indices is not None and self.indices.types is not None
        return 1 + int(typed) + int(self.order.id != TOWER)

    def name(self, unit: int) -> str:
        """As short as the list allows."""
        assert self.indices is not None
        census = self.indices.census
        return f"#{census.unit_numbers[unit]}" if self.short_names else census.name_of(unit)

    def value_text(self, unit: int) -> str:
        """The value sorted by, in words where there is none; empty in the order of the tower."""
        if self.order.id == TOWER:
            return ""
        value = float(self.values[unit])
        if np.isnan(value):
            return "undefined"
        if self.order.id == "hue":
            return f"{value:.0f}°"
        if self.order.decimals < 0:
            return number_text(value)
        return f"{value:,.{self.order.decimals}f}".replace("-", "−")

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.indices is None or not index.isValid():
            return None
        unit = int(self.units[index.row()])
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            found = type_of(self.indices, unit)
            parts = [self.indices.census.name_of(unit), found.title if found else ""]
            if self.order.id != TOWER:
                parts.append(f"{self.order.title} {self.value_text(unit)}")
            return ", ".join(filter(None, parts))
        if role == Qt.ItemDataRole.ToolTipRole:
            hue = None if self.hues is None else float(self.hues[unit])
            lines = summary_lines(self.indices, unit, hue)
            there, picture = self.pictures.thumbnail(unit)
            if there and picture is None:
                lines.append("No neuron feature: no image of the set activates it")
            return "\n".join(lines)
        return None


class UnitDelegate(TileDelegate):
    """Paints a tile; a feature that is still being drawn leaves a calm square."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._letter = bold_font(number_font(7.0))
        self._badges: dict[tuple[str, float], QPixmap] = {}
        theme.changed.connect(self._badges.clear)

    def tile(self, lines: int) -> QSize:
        """What a tile with so many lines of text needs."""
        height = _SIDE + lines * self._metrics.height() + 2 * _MARGIN + 4
        return QSize(_SIDE + 2 * _MARGIN + 6, round(height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, UnitModel) and model.indices is not None
        unit = int(model.units[index.row()])
        tokens = self._theme.tokens
        area = self.paint_ground(painter, option)
        left = area.left() + (area.width() - _SIDE) / 2
        place = QRectF(left, area.top() + _MARGIN - 1, _SIDE, _SIDE)
        self._paint_feature(painter, place, model, unit)
        found = type_of(model.indices, unit)
        line = QRectF(area.left() + 2, place.bottom() + 2, area.width() - 4, self._metrics.height())
        self.write(painter, line, model.name(unit), self._strong, tokens.text)
        line.translate(0, line.height())
        if found is not None:
            painter.drawPixmap(place.topLeft(), self._badge(found.style, painter))
            self.write(painter, line, found.short, self._small, tokens.muted)
            line.translate(0, line.height())
        value = model.value_text(unit)
        if value:
            self.write(painter, line, value, self._small, tokens.muted)

    def _badge(self, style: CategoryStyle, painter: QPainter) -> QPixmap:
        """The sign of a type, painted once."""
        scale = painter.device().devicePixelRatioF()
        key = style.category, scale
        if key not in self._badges:
            pixmap = QPixmap(round((_BADGE + 1) * scale), round((_BADGE + 1) * scale))
            pixmap.setDevicePixelRatio(scale)
            pixmap.fill(Qt.GlobalColor.transparent)
            with QPainter(pixmap) as inside:
                box = QRectF(0, 0, _BADGE, _BADGE)
                paint_category(inside, style, box, self._theme.tokens)
                paint_letter(inside, style, box, self._letter)
            self._badges[key] = pixmap
        return self._badges[key]

    def _paint_feature(self, painter: QPainter, place: QRectF, model: UnitModel, unit: int) -> None:
        tokens = self._theme.tokens
        there, picture = model.pictures.thumbnail(unit)
        if picture is not None:
            smooth = picture.shape[1] >= _SMOOTH_FROM
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(place, to_image(picture))
        else:
            painter.fillRect(place, QColor(tokens.canvas))
            if there:
                self.write(painter, place, "no feature", self._small, tokens.muted)
        self.paint_frame(painter, place)
