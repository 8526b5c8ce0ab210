"""The stimulus with one unit's map over it, and the box of pixels that its strongest place sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.base.tables import Column, Table
from core.network.receptive_field import Box
from core.units.unit_words import number_text
from gui.charts.view import NONE
from gui.inspector.picture_view import PictureView
from gui.inspector.pixels import veil_image
from gui.look.theme import Theme

_LEAST = 96
STRENGTH = 0.85
"""Opacity of the veil where the unit is weakest."""

_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class StimulusOverlay(PictureView):
    """Shows the very pixels that the map was made of; its points are the places of the map.

    Where the unit is strong the picture shows as it is; where it is weak a gray veil covers it.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "No map is shown", parent)
        self._map: NDArray[np.float32] | None = None
        self.box: Box | None = None
        self.veiled = True
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.set_least(_LEAST, _LEAST)

    def clear(self) -> None:
        """Show nothing."""
        self._show(None, None, None)
        self.setAccessibleName("No map is shown")
        self.setToolTip("")

    def show_map(
        self,
        pixels: NDArray[np.uint8],
        values: NDArray[np.float32] | None,
        box: Box | None,
        text: str,
    ) -> None:
        """Show a picture, sRGB, shape (side, side, 3), with a map, shape (h, w).

        The map is None where the unit's value has no place in the picture; `box` is what its
        strongest place depends on, in pixels, and `text` says what is shown.
        """
        self._show(pixels, values, box)
        self.setAccessibleName(text)
        self.setToolTip(text)

    def set_veiled(self, veiled: bool) -> None:
        """Lay the map over the picture, or leave that away."""
        self.veiled = veiled
        self.refresh()

    def _show(
        self,
        pixels: NDArray[np.uint8] | None,
        values: NDArray[np.float32] | None,
        box: Box | None,
    ) -> None:
        if values is None or self.cursor_point >= values.size:
            self.point_to(NONE)
        self._map, self.box = values, box
        self.show_picture(pixels)

    # --- of the kit ---

    def point_at(self, place: QPointF) -> int:
        if self._map is None or not self.area.contains(place):
            return NONE
        rows, columns = map(int, self._map.shape)
        area = self.area
        row = int((place.y() - area.top()) / area.height() * rows)
        column = int((place.x() - area.left()) / area.width() * columns)
        return min(row, rows - 1) * columns + min(column, columns - 1)

    def step(self, key: Qt.Key) -> int | None:
        if self._map is None or key not in _STEPS:
            return None
        if self.cursor_point == NONE:
            return int(self._map.argmax())
        here = divmod(self.cursor_point, self._map.shape[1])
        ends = zip(here, _STEPS[key], self._map.shape, strict=True)
        row, column = (min(max(place + way, 0), count - 1) for place, way, count in ends)
        return int(row * self._map.shape[1] + column)

    def words_of(self, point: int) -> str:
        if self._map is None:
            return ""
        row, column = divmod(point, self._map.shape[1])
        value = number_text(float(self._map[row, column]))
        return f"Map at row {row + 1}, column {column + 1}: {value}"

    def place_to_tell(self, point: int) -> QPoint:
        return self._cell(point).bottomLeft().toPoint()

    def table(self) -> Table | None:
        """The map; the pixels where there is none."""
        if self._map is None:
            return super().table()
        columns = (Column("row", "int"), Column("column", "int"), Column("value", "float"))
        cells = np.ndenumerate(self._map)
        rows = tuple((row + 1, column + 1, float(value)) for (row, column), value in cells)
        return Table(columns, rows)

    def paint_over(self, painter: QPainter, area: QRectF) -> None:
        assert self.pixels is not None
        if self._map is not None and self.veiled:
            low, high = float(self._map.min()), float(self._map.max())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(area, veil_image(self._map, low, high, STRENGTH))
        if self.box is not None:
            draw_box(painter, self.box, area, self.pixels.shape[0])
        if self.shows_cursor:
            painter.setPen(QPen(QColor(self.tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._cell(self.cursor_point))

    def _cell(self, point: int) -> QRectF:
        """Where a place of the map lies."""
        assert self._map is not None
        rows, columns = map(int, self._map.shape)
        area = self.area
        row, column = divmod(point, columns)
        width, height = area.width() / columns, area.height() / rows
        return QRectF(area.left() + column * width, area.top() + row * height, width, height)


def draw_box(painter: QPainter, box: Box, area: QRectF, side: int, thin: bool = False) -> None:
    """A frame seen on any ground: dark, light, dark."""
    scale = area.width() / side
    frame = QRectF(
        area.left() + box.left * scale,
        area.top() + box.top * scale,
        (box.right - box.left) * scale,
        (box.bottom - box.top) * scale,
    )
    dark, light = (2.0, 1.0) if thin else (3.5, 1.5)
    frame.adjust(light, light, -light, -light)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((QColor(0, 0, 0, 170), dark), (QColor(255, 255, 255), light)):
        pen = QPen(color, width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(frame)
