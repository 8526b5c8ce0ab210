"""A map of the winning label: regions with names and borders, focal marks, blank cells."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from core.figures.description import Panel, Regions
from core.scans.maps import FocalMark, focal_marks
from core.scans.regions import region_centers
from core.scans.result import NO_WINNER, ScanResult
from gui.charts.drawing import CENTER, draw_hatch, draw_mark, draw_name, draw_outlined, ink_on
from gui.charts.plot import Axis, Plot
from gui.charts.view import NONE
from gui.look.theme import Theme
from gui.studies.scan.curve_chart import axis_marks
from gui.studies.scan_chart import ScanChart

_BESIDE = 26
"""Room left of a map over hues for the marks of black, white and gray."""
_TOP, _RIGHT = 8, 12
_NAME_STEPS = 8
"""Rows by which the name of a region may leave its center to cover nothing."""
_MOST_NAME = 130.0


class MapChart(ScanChart):
    """The map of one template."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Map of the winning label", parent)
        self._winners: NDArray[np.int64] = np.zeros((0, 0), dtype=np.int64)
        self.regions = Regions(self._winners, (), (), ())
        self._marks: tuple[FocalMark, ...] = ()
        self._centers: tuple[tuple[int, int, int], ...] = ()
        self._outline: QPainterPath | None = None
        self.plot = Plot(self, zoom_x=True, zoom_y=True)
        self._cells = pg.ImageItem()
        self.plot.addItem(self._cells)
        self._across = Axis(self, "bottom", self.plot, self._column_marks)
        self._upward = Axis(self, "left", self.plot, self._row_marks, room=30.0)
        self.add_layer(self._paint_ground, z=-200.0)
        self.add_layer(self._paint_borders)
        self.add_layer(self._paint_names)
        self.add_layer(self._paint_cursor)

    def take_panel(self, panel: Panel, result: ScanResult) -> None:
        setup = result.plan.setup
        assert setup.y is not None
        (self.regions,) = (mark for mark in panel.marks if isinstance(mark, Regions))
        self._winners = self.regions.winners
        # Kept: each cell asks where it lies, and that depends on whether there are marks.
        self._marks = focal_marks(setup, result.plan.palette)
        self._centers = region_centers(self._winners)
        rows, columns = self._winners.shape
        inks = np.array([(*look.color, 255) for look in self.looks] + [(0, 0, 0, 0)], np.uint8)
        cells = inks[np.where(self._winners == NO_WINNER, len(self.looks), self._winners)]
        self._cells.setImage(cells[::-1] if self._downward else cells, autoLevels=False)
        self._cells.setRect(QRectF(-0.5, -0.5, columns, rows))
        self.plot.set_whole((-0.5, columns - 0.5), (-0.5, rows - 0.5))
        self._across.title, self._upward.title = setup.x.what.name, setup.y.what.name

    # --- places ---

    def arrange(self) -> None:
        self._outline = None
        plot = self.plot_box()
        beside = _BESIDE if self._has_beside else 0
        self.plot.place(plot)
        self._upward.place(QRectF(0, plot.top(), plot.left() - beside + 1, plot.height()))
        below = plot.bottom()
        self._across.place(QRectF(plot.left(), below, plot.width(), self.height() - below - 1))

    def ranged(self) -> None:
        self._outline = None
        super().ranged()

    def plot_box(self) -> QRectF:
        """Where the cells lie, the marks beside them left out."""
        left, metrics = 0.0, self.fontMetrics()
        if self.result is not None and self.result.plan.setup.y is not None:
            axis = self.result.plan.setup.y
            texts = [axis.what.text(choice) for choice in axis.choices] or ["100 %"]
            left = min(_MOST_NAME, max(metrics.horizontalAdvance(text) for text in texts)) + 12
            left += metrics.height()  # the name of the axis, upright
        if self._has_beside:
            left += _BESIDE
        below = 2.0 * metrics.height() + 8
        return QRectF(left, _TOP, self.width() - left - _RIGHT, self.height() - _TOP - below)

    @property
    def _has_beside(self) -> bool:
        if self.result is None:
            return False
        return self.result.plan.setup.x.what.coordinate == "hue" and bool(self._marks)

    @property
    def _downward(self) -> bool:
        """Choices are read from the top, numbers rise from the bottom."""
        y = None if self.result is None else self.result.plan.setup.y
        return y is not None and bool(y.choices)

    def _height_of(self, row: float) -> float:
        """Where a row lies in units of the plot; the inverse is the same."""
        return len(self._winners) - 1 - row if self._downward else row

    def cell_box(self, point: int) -> QRectF:
        """Where a cell lies, in whole pixels."""
        row, column = divmod(point, self._winners.shape[1])
        middle = self._height_of(row)
        corner = self.plot.map(column - 0.5, middle + 0.5).toPoint()
        opposite = self.plot.map(column + 0.5, middle - 0.5).toPoint()
        return QRectF(QPointF(corner), QPointF(opposite))

    def point_at(self, place: QPointF) -> int:
        if self.result is None or not self.plot.box.contains(place):
            return NONE
        rows, columns = self._winners.shape
        x, y = self.plot.values_at(place)
        column = min(columns - 1, max(0, round(x)))
        row = round(self._height_of(min(rows - 1, max(0, round(y)))))
        return int(row * columns + column)

    def _place(self, x: float, y: float) -> QPointF:
        """The place of coordinates in cells, 0 at the middle of the first."""
        place = self.plot.map(x, self._height_of(y))
        return place if x >= -0.5 else QPointF(self.plot.box.left() - _BESIDE / 2, place.y())

    # --- painting ---

    def _paint_ground(self, painter: QPainter) -> None:
        draw_hatch(painter, self.plot.box, self.tokens)
        painter.setPen(QColor(self.tokens.border_strong))
        painter.drawRect(self.plot.box.adjusted(-1, -1, 0, 0))

    def _paint_borders(self, painter: QPainter) -> None:
        if self._outline is None:
            self._outline = self._outlined(self.regions)
        painter.setClipRect(self.plot.box)
        for color, width in (("white", 3.0), ("black", 1.2)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawPath(self._outline)

    def _outlined(self, regions: Regions) -> QPainterPath:
        """The borders of all regions."""
        columns = self._winners.shape[1]
        path = QPainterPath()
        for row, column, upright in regions.borders:
            box = self.cell_box(row * columns + column)
            if upright:
                path.moveTo(box.topRight())
                path.lineTo(box.bottomRight())
            else:
                path.moveTo(box.bottomLeft() if self._downward else box.topLeft())
                path.lineTo(box.bottomRight() if self._downward else box.topRight())
        return path

    def _paint_names(self, painter: QPainter) -> None:
        """The focal colors with their terms, then names of regions where they cover nothing."""
        painter.setFont(self.small)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        taken = self._paint_marks(painter)
        metrics = QFontMetricsF(self.small)
        widest = max(metrics.horizontalAdvance(look.label) for look in self.looks)
        cell = self.cell_box(0)
        painter.setClipRect(self.plot.box)
        if cell.width() >= widest + 2 and cell.height() >= metrics.height():
            for point, winner in enumerate(self._winners.reshape(-1).tolist()):
                if winner != NO_WINNER:
                    look = self.looks[winner]
                    painter.setPen(ink_on(look.color))
                    painter.drawText(self.cell_box(point), CENTER, look.label)
            return
        for label, row, column in self._centers:
            text = self.looks[label].label
            size = QSizeF(metrics.horizontalAdvance(text) + 8.0, metrics.height() + 1.0)
            free = self._free_place(self._place(column, row), size, taken, (label, row, column))
            if free is not None:
                taken.append(draw_name(painter, text, free, self.tokens))

    def _paint_marks(self, painter: QPainter) -> list[QRectF]:
        """The focal colors; where marks and terms lie."""
        assert self.result is not None
        palette, plot = self.result.plan.palette, self.plot.box
        seen = plot.adjusted(-_BESIDE, 0, 0, 0)
        taken = []
        for mark in self._marks:
            center = self._place(mark.x, mark.y)
            if not seen.contains(center):
                continue
            draw_mark(painter, center, palette[mark.term])
            taken.append(QRectF(center.x() - 7, center.y() - 7, 14, 14))
            if mark.x >= -0.5:
                place = center + QPointF(8, 4)
                width = painter.fontMetrics().horizontalAdvance(mark.term)
                if place.x() + width > plot.right():
                    place -= QPointF(width + 17, 0)
                taken.append(draw_outlined(painter, mark.term, place))
        return taken

    def _free_place(
        self, center: QPointF, size: QSizeF, taken: list[QRectF], region: tuple[int, int, int]
    ) -> QPointF | None:
        """Where a region's name covers nothing: at its center, or up and down from there."""
        label, row, column = region
        step = (self._place(0, 1) - self._place(0, 0)).y()
        for way in sorted(range(-_NAME_STEPS, _NAME_STEPS + 1), key=abs):
            there = row + way
            inside = 0 <= there < len(self._winners) and self._winners[there, column] == label
            place = center + QPointF(0, way * step)
            box = QRectF(QPointF(), size)
            box.moveCenter(place)
            if inside and not any(box.intersects(other) for other in taken):
                return place
        return None

    def _paint_cursor(self, painter: QPainter) -> None:
        if self.shows_cursor:
            painter.setClipRect(self.plot.box.adjusted(-2, -2, 2, 2))
            for color, width in (("white", 4), ("black", 2)):
                painter.setPen(QPen(QColor(color), width))
                painter.drawRect(self.cell_box(self.cursor_point))

    def _column_marks(self, low: float, high: float, most: int) -> list[tuple[float, str]]:
        assert self.result is not None
        return axis_marks(self.result.plan.setup.x, low, high, most)

    def _row_marks(self, low: float, high: float, most: int) -> list[tuple[float, str]]:
        assert self.result is not None and self.result.plan.setup.y is not None
        axis = self.result.plan.setup.y
        if not axis.choices:
            return axis_marks(axis, low, high, most)
        marks = axis_marks(axis, -0.5, len(axis) - 0.5, most)
        places = [(self._height_of(row), text) for row, text in marks]
        return [(place, text) for place, text in places if low <= place <= high]

    # --- keys ---

    def step(self, key: Qt.Key) -> int | None:
        if self.result is None:
            return None
        rows, columns = self._winners.shape
        row, column = divmod(max(0, self.cursor_point), columns)
        up = -1 if self._downward else 1
        place = {
            Qt.Key.Key_Left: (row, max(0, column - 1)),
            Qt.Key.Key_Right: (row, min(columns - 1, column + 1)),
            Qt.Key.Key_Up: (min(max(row + up, 0), rows - 1), column),
            Qt.Key.Key_Down: (min(max(row - up, 0), rows - 1), column),
            Qt.Key.Key_Home: (row, 0),
            Qt.Key.Key_End: (row, columns - 1),
        }.get(key)
        return None if place is None else place[0] * columns + place[1]
