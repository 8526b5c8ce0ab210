"""Small curves: values at whole places over a scale that names its ends and 0 at most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.units.unit_words import number_text
from gui.charts.plot import Axis, Plot
from gui.charts.view import NONE, ChartView
from gui.look.theme import Theme

_DOT, _END = 1.6, 2.6
_AXIS_PADDING = 9.0
_LEAST_GAP = 1.3
"""Heights of a text between two values that are named."""


class Sparkline(ChartView):
    """A line of values, dots at the same places, and a dashed line across.

    A subclass says in `words_of` and `table` what a point is. Width and height are in pixels of
    usual type; the height is fixed. `ends` marks the last value.
    """

    def __init__(
        self,
        theme: Theme,
        name: str,
        width: int,
        height: int,
        parent: QWidget | None = None,
        *,
        ends: bool = False,
    ) -> None:
        super().__init__(theme, name, parent)
        self.line: NDArray[np.float64] = np.empty(0)
        self.dots: NDArray[np.float64] = np.empty(0)
        self.rule: float | None = None
        self._ends = ends
        self._places = 0
        self._named: list[float] = []
        self.plot = Plot(self)
        self._scale = Axis(self, "left", self.plot, self._marks, grid=True)
        self.add_layer(self._paint)
        self.set_least(width, height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(
        self,
        line: NDArray[np.float64],
        dots: NDArray[np.float64] | None = None,
        rule: float | None = None,
        places: int | None = None,
    ) -> None:
        """Show values, shape (N,), dots at the same places, NaN where there is none, and a rule.

        So many `places` have room, N by default; the last value stands at the right end.
        """
        self.line, self.rule = line, rule
        self.dots = np.full(line.shape, np.nan) if dots is None else dots
        self._places = len(line) if places is None else places
        marks = [0.0, *line, *self.dots[~np.isnan(self.dots)], *([] if rule is None else [rule])]
        low, high = float(min(marks)), float(max(marks))
        last = max(self._places - 1, 1)
        self.plot.set_whole((0.0, float(last)), (low, high if high > low else low + 1.0))
        if self.cursor_point >= len(line):
            self.point_to(NONE)
        self.refresh()

    # --- of the kit ---

    @property
    def blank(self) -> bool:
        return not len(self.line)

    def arrange(self) -> None:
        metrics = QFontMetricsF(self.small)
        edge = metrics.height() / 2
        height = max(self.height() - 2 * edge, 1)
        low, high = self.plot.viewRange()[1]
        self._named = [high]
        for value in (0.0, low):
            gaps = [abs(value - other) * height / (high - low) for other in self._named]
            if min(gaps) >= _LEAST_GAP * metrics.height():
                self._named.append(value)
        texts = [metrics.horizontalAdvance(number_text(value)) for value in self._named]
        left = max(texts) + _AXIS_PADDING
        self.plot.place(QRectF(left, edge, max(self.width() - left - 5, 1), height))
        self._scale.place(QRectF(0, edge, left, height))

    def point_at(self, place: QPointF) -> int:
        return max(self.plot.nearest_whole(place, self._places) - self._first, NONE)

    @property
    def count(self) -> int:
        return len(self.line)

    # --- inside ---

    @property
    def _first(self) -> int:
        """The place of the first value."""
        return self._places - len(self.line)

    def _marks(self, _low: float, _high: float, _most: int) -> list[tuple[float, str]]:
        return [(value, number_text(value)) for value in self._named]

    def _paint(self, painter: QPainter) -> None:
        tokens, plot = self.tokens, self.plot
        places = np.arange(len(self.line), dtype=float) + self._first
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.rule is not None:
            y = plot.map(0.0, self.rule).y()
            painter.setPen(QPen(QColor(tokens.muted), 1.0, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(plot.box.left(), y), QPointF(plot.box.right(), y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.border_strong))
        for x, value in zip(places, self.dots, strict=True):
            if not np.isnan(value):
                painter.drawEllipse(plot.map(x, value), _DOT, _DOT)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tokens.accent), 1.8))
        painter.drawPath(plot.line(places, self.line))
        painter.setBrush(QColor(tokens.accent))
        if self._ends or len(self.line) == 1:
            painter.drawEllipse(plot.map(places[-1], self.line[-1]), _END, _END)
        if self.shows_cursor:
            place = plot.map(places[self.cursor_point], self.line[self.cursor_point])
            painter.drawEllipse(place, _END, _END)
            painter.setPen(QPen(QColor(tokens.muted), 1.0))
            painter.drawLine(
                QPointF(place.x(), plot.box.top()), QPointF(place.x(), plot.box.bottom())
            )
