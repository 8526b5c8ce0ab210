"""Plots over axes: a range that is zoomed and panned, and scales in the lab's type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gui.charts.drawing import CENTER, RIGHT, draw_upright, elided
from gui.charts.view import NONE, ChartView

Marks = Callable[[float, float, int], list[tuple[float, str]]]
"""From the range that is seen and the most marks that have room to values and their texts."""

_CLOSEST = 3.0
"""Units of x or y that are still shown when zoomed in as far as possible."""


class Plot(pg.ViewBox):
    """The area between the axes: which part of the data is seen, and where it lies.

    Wheel, drag and keys change the range only along the axes that may zoom, and never beyond the
    whole.
    """

    def __init__(self, view: ChartView, zoom_x: bool = False, zoom_y: bool = False) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self.setParentItem(view.root)  # now: it listens to the scene that it comes into
        for frame in (self.background, self.borderRect):
            frame.hide()  # copied pictures would keep what is not seen of them
        self._view = view
        self._whole = ((0.0, 1.0), (0.0, 1.0))
        self._zooms = (zoom_x, zoom_y)
        self.box = QRectF()
        self.setMouseEnabled(zoom_x, zoom_y)
        self.disableAutoRange()
        if zoom_x or zoom_y:
            view.add_plot(self)
        self.sigRangeChanged.connect(self._tell_range)

    def paint(self, *_painting: object) -> None:
        self.updateMatrix()  # nothing else: a plot has no border of its own

    def _tell_range(self, *_ranges: object) -> None:
        self._view.ranged()

    def place(self, box: QRectF) -> None:
        """Let it lie at a place, in pixels of the view."""
        self.box = QRectF(box)
        self.setGeometry(box)

    def set_whole(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Set the range of everything; shown at once if it is another one than before."""
        if (x, y) == self._whole:
            return
        self._whole = (x, y)
        least = [min(_CLOSEST, high - low) for low, high in (x, y)]
        self.setLimits(
            xMin=x[0], xMax=x[1], yMin=y[0], yMax=y[1], minXRange=least[0], minYRange=least[1]
        )
        self.reset()

    def reset(self) -> None:
        """Show the whole."""
        self.setRange(xRange=self._whole[0], yRange=self._whole[1], padding=0)

    @property
    def zoomed(self) -> bool:
        """True if a part of the whole is shown."""
        return not np.allclose(self.viewRange(), self._whole)

    def zoom(self, factor: float) -> None:
        """Show more (a factor above 1) or less around the middle."""
        x, y = (factor if zooms else None for zooms in self._zooms)
        self.scaleBy(x=x, y=y)

    def reveal(self, place: float) -> None:
        """Pan along x, as little as needed to see a column of width 1."""
        left, right = self.viewRange()[0]
        self.translateBy(x=min(0.0, place - 0.5 - left) + max(0.0, place + 0.5 - right))

    def map(self, x: float, y: float) -> QPointF:
        """Where values lie, in pixels of the view."""
        (left, right), (low, high) = self.viewRange()
        box = self.box
        return QPointF(
            box.left() + box.width() * (x - left) / (right - left),
            box.bottom() - box.height() * (y - low) / (high - low),
        )

    def map_all(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """`map` for arrays of values, of any shape."""
        (left, right), (low, high) = self.viewRange()
        box = self.box
        across = box.left() + box.width() * (x - left) / (right - left)
        return across, box.bottom() - box.height() * (y - low) / (high - low)

    def values_at(self, place: QPointF) -> tuple[float, float]:
        """The inverse of `map`."""
        (left, right), (low, high) = self.viewRange()
        box = self.box
        x = left + (right - left) * (place.x() - box.left()) / max(box.width(), 1.0)
        return x, low + (high - low) * (box.bottom() - place.y()) / max(box.height(), 1.0)

    def nearest_whole(self, place: QPointF, count: int) -> int:
        """The whole number among 0..count − 1 whose column a place is in; `NONE` beside them."""
        if not self.box.left() <= place.x() < self.box.right():
            return NONE
        number = int(np.floor(self.values_at(place)[0] + 0.5))
        return number if 0 <= number < count else NONE

    def line(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> QPainterPath:
        """A line through values, shape (N,), broken where one is NaN; a lone value is a dash."""
        path = QPainterPath()
        across, down = self.map_all(x, y)
        drawing = False
        for left, top in zip(across.tolist(), down.tolist(), strict=True):
            if top != top:  # NaN
                drawing = False
            elif drawing:
                path.lineTo(left, top)
            else:
                path.moveTo(left - 1.5, top)
                path.lineTo(left, top)
                drawing = True
        return path


class Axis(pg.AxisItem):
    """A scale beside a plot: round values, their texts, a grid behind the plot, and a title.

    It zooms and pans its plot as every axis of pyqtgraph does, but draws itself.

    Parameters
    ----------
    marks : callable
        See `Marks`.
    grid : bool
        Lines through the plot in place of ticks; the one at 0 is stronger.
    room : float
        Pixels of usual type that a mark needs along the axis.
    """

    def __init__(
        self,
        view: ChartView,
        side: Literal["left", "bottom"],
        plot: Plot,
        marks: Marks,
        *,
        grid: bool = False,
        room: float = 64.0,
    ) -> None:
        super().__init__(side, parent=view.root, linkView=plot)
        self._view, self._plot, self._marks = view, plot, marks
        self._lines, self._room = grid, room
        self.title = ""
        self.setZValue(-10)

    def place(self, box: QRectF) -> None:
        """Let it lie at a place, in pixels of the view."""
        if self.orientation == "left":
            self.setWidth(box.width())
        else:
            self.setHeight(box.height())
        self.setGeometry(box)

    def boundingRect(self) -> QRectF:
        return QRectF(self.mapRectFromScene(QRectF(self._view.rect())))

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        painter.translate(-self.pos())
        painter.setFont(self._view.small)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        upright = self.orientation == "left"
        plot, box = self._plot.box, QRectF(self.geometry())
        length = plot.height() if upright else plot.width()
        low, high = self._plot.viewRange()[1 if upright else 0]
        most = max(2, int(length / self._view.large(self._room)))
        if upright:
            self._paint_upright(painter, self._marks(low, high, most), box)
        else:
            self._paint_level(painter, self._marks(low, high, most), box)
        if self.title:
            self._write_title(painter, plot, box)

    def _paint_upright(
        self, painter: QPainter, marks: list[tuple[float, str]], box: QRectF
    ) -> None:
        plot, tokens = self._plot.box, self._view.tokens
        metrics = QFontMetricsF(painter.font())
        for value, text in marks:
            y = round(self._plot.map(0.0, value).y()) + (0.5 if self._lines else 0.0)
            if self._lines:
                painter.setPen(QColor(tokens.border_strong if value == 0 else tokens.grid))
                painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(tokens.muted))
            room = QRectF(box.left(), y - metrics.height() / 2, box.width() - 6, metrics.height())
            painter.drawText(room, RIGHT, elided(painter.font(), text, room.width()))

    def _paint_level(self, painter: QPainter, marks: list[tuple[float, str]], box: QRectF) -> None:
        plot, tokens = self._plot.box, self._view.tokens
        metrics = QFontMetricsF(painter.font())
        end = -np.inf
        for value, text in marks:
            x = self._plot.map(value, 0.0).x()
            if self._lines:
                painter.setPen(QColor(tokens.border_strong if value == 0 else tokens.grid))
                painter.drawLine(QPointF(x, plot.top()), QPointF(x, box.top() + 3))
            width = metrics.horizontalAdvance(text)
            if x - width / 2 < end:
                continue  # no text over another
            end = x + width / 2 + 5
            painter.setPen(QColor(tokens.muted))
            if not self._lines:
                painter.drawLine(QPointF(x, box.top() + 1), QPointF(x, box.top() + 4))
            room = QRectF(x - width / 2 - 1, box.top() + 4, width + 2, metrics.height())
            painter.drawText(room, CENTER, text)

    def _write_title(self, painter: QPainter, plot: QRectF, box: QRectF) -> None:
        height = QFontMetricsF(painter.font()).height()
        painter.setPen(QColor(self._view.tokens.text))
        if self.orientation == "left":
            room = QRectF(box.left(), plot.top(), height, plot.height())
            draw_upright(painter, elided(painter.font(), self.title, room.height()), room, CENTER)
        else:
            room = QRectF(plot.left(), box.bottom() - height, plot.width(), height)
            painter.drawText(room, CENTER, elided(painter.font(), self.title, room.width()))
