"""Curves of label probabilities along one parameter, with the winners below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from core.figures.description import Curve, Panel, Rule
from core.scans.result import NO_WINNER, ScanResult
from gui.charts.drawing import (
    CENTER,
    MIDDLE,
    RIGHT,
    bold_font,
    draw_curve,
    draw_hatch,
    elided,
    ink_on,
    nice_ticks,
    spread,
)
from gui.charts.plot import Axis, Plot
from gui.charts.view import NONE
from gui.look.theme import Theme
from gui.studies.scan_chart import ScanChart

if TYPE_CHECKING:
    from core.scans.plan import Axis as ScanAxis

_LEFT = 46
_STRIP, _STRIP_GAP = 17, 3
_TICKS = 34
_MARK_ROWS = 3
_MOST_TICK = 110
_BAND_ALPHA = 0.22
_LEAST_SHARE = 0.04
"""A label whose probability stays below this everywhere is not named beside the curves."""


class CurveChart(ScanChart):
    """One template's curves over the winners of all templates."""

    template_chosen = Signal(int)  # row
    """The strip of another template was clicked."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Curves of label probabilities", parent)
        self.curves: tuple[Curve, ...] = ()
        self.thresholds: tuple[Rule, ...] = ()
        self.plot = Plot(self, zoom_x=True)
        self._shares = Axis(self, "left", self.plot, _share_marks, grid=True, room=20.0)
        self._scale = Axis(self, "bottom", self.plot, self._marks, room=70.0)
        self.add_layer(self._paint_curves)
        self.add_layer(self._paint_thresholds)
        self.add_layer(self._paint_strips)
        self.add_layer(self._paint_names)
        self.add_layer(self._paint_cursor)

    def take_panel(self, panel: Panel, result: ScanResult) -> None:
        axis = result.plan.setup.x
        self.curves = tuple(mark for mark in panel.marks if isinstance(mark, Curve))
        self.thresholds = tuple(mark for mark in panel.marks if isinstance(mark, Rule))
        self.plot.set_whole((-0.5, len(axis) - 0.5), (0.0, 1.0))
        self._scale.title = axis.what.name

    # --- places ---

    def arrange(self) -> None:
        plot = self.plot_box()
        self.plot.place(plot)
        self._shares.place(QRectF(0, plot.top(), plot.left(), plot.height()))
        below = self.strip_box(self._templates - 1).bottom()
        self._scale.place(QRectF(plot.left(), below, plot.width(), self.height() - below - 1))

    @property
    def _templates(self) -> int:
        return len(self.result.plan.templates) if self.result else 1

    def plot_box(self) -> QRectF:
        """Where the curves lie."""
        below = self._templates * (self.large(_STRIP) + _STRIP_GAP) + self.large(_TICKS)
        above = 6 + (self._mark_height() * _MARK_ROWS if self._own_thresholds() else 0)
        left, right = self.large(_LEFT), self._names_width()
        width = max(40, self.width() - left - right)
        return QRectF(left, above, width, max(10, self.height() - above - below))

    def strip_box(self, row: int) -> QRectF:
        """Where the winners of a template lie."""
        plot, height = self.plot_box(), self.large(_STRIP)
        top = plot.bottom() + _STRIP_GAP + row * (height + _STRIP_GAP)
        return QRectF(plot.left(), top, plot.width(), height)

    def place_of(self, point: float) -> float:
        """Horizontal place of a point, or of a place between two."""
        return self.plot.map(point, 0.0).x()

    def point_at(self, place: QPointF) -> int:
        if self.result is None:
            return NONE
        return self.plot.nearest_whole(place, len(self.result.plan.setup.x))

    # --- painting ---

    def _paint_curves(self, painter: QPainter) -> None:
        result, box = self.result, self.plot.box
        assert result is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(box.adjusted(-1, -3, 1, 3))
        for curve in self.curves:
            if curve.band is not None:
                self._paint_band(painter, curve)
        winners = set(result.tally.winners[:, self.template].tolist())
        # Winners last, so that they lie above the others.
        for number in sorted(range(len(self.curves)), key=lambda n: (n in winners, -n)):
            curve = self.curves[number]
            path = self.plot.line(self._points(curve.x), curve.y)
            draw_curve(painter, path, curve, self.tokens)

    def _paint_band(self, painter: QPainter, curve: Curve) -> None:
        assert curve.band is not None
        low, high = curve.band
        known = ~np.isnan(high)
        points = self._points(curve.x)[known]
        across = np.concatenate([points, points[::-1]])
        ends = np.concatenate([high[known], low[known][::-1]])
        color = QColor(curve.color)
        color.setAlphaF(_BAND_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        places = zip(*(part.tolist() for part in self.plot.map_all(across, ends)), strict=True)
        painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in places]))

    def _points(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places in points of values along the axis."""
        assert self.result is not None
        axis = self.result.plan.setup.x
        return values if axis.choices else (values - axis.low) / axis.step

    def _own_thresholds(self) -> list[tuple[float, str]]:
        """Places of the thresholds of the template in points, and what to write."""
        if self.result is None:
            return []
        axis = self.result.plan.setup.x
        found = []
        for rule in self.thresholds:
            place = float(self._points(np.array(rule.value)))
            if place > len(axis) - 0.5:  # between the last and the first of a whole turn
                place -= len(axis)
            found.append((place, rule.text))
        return found

    def _mark_height(self) -> int:
        return self.fontMetrics().height() - 2

    def _paint_thresholds(self, painter: QPainter) -> None:
        plot, tokens = self.plot.box, self.tokens
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.small)
        metrics = painter.fontMetrics()
        ends = [-1.0e9] * _MARK_ROWS
        bottom = self.strip_box(self.template).bottom()
        for place, text in self._own_thresholds():
            x = self.place_of(place)
            if not plot.left() <= x <= plot.right():
                continue
            width = metrics.horizontalAdvance(text)
            row = next((r for r in range(_MARK_ROWS) if ends[r] + 5 <= x - width / 2), None)
            top = plot.top()
            if row is not None:
                left = max(0.0, x - width / 2)
                ends[row] = left + width
                top = 4.0 + (row + 1) * self._mark_height()
                painter.setPen(QColor(tokens.text))
                painter.drawText(QPointF(left, top - 3), text)
            painter.setPen(QPen(QColor(tokens.text), 1.0, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))

    def _paint_strips(self, painter: QPainter) -> None:
        for row in range(self._templates):
            self._paint_strip(painter, row)

    def _paint_strip(self, painter: QPainter, row: int) -> None:
        assert self.result is not None
        box, tokens, shown = self.strip_box(row), self.tokens, row == self.template
        winners = self.result.tally.winners[:, row].tolist()
        painter.setFont(bold_font(self.small) if shown else self.small)
        painter.setPen(QColor(tokens.text if shown else tokens.muted))
        painter.drawText(QRectF(0, box.top(), box.left() - 6, box.height()), RIGHT, str(row + 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        start = 0
        for stop in range(1, len(winners) + 1):
            if stop < len(winners) and winners[stop] == winners[start]:
                continue
            left = max(round(self.place_of(start - 0.5)), box.left())
            right = min(round(self.place_of(stop - 0.5)), box.right())
            if right > left:
                part = QRectF(left, box.top(), right - left, box.height())
                self._paint_run(painter, part, winners[start])
            start = stop
        painter.setPen(QPen(QColor(tokens.accent if shown else tokens.border), 1))
        painter.drawRect(box)

    def _paint_run(self, painter: QPainter, part: QRectF, winner: int) -> None:
        """Points with the same winner side by side."""
        if winner == NO_WINNER:
            draw_hatch(painter, part, self.tokens)
            return
        look = self.looks[winner]
        painter.fillRect(part, QColor(*look.color))
        painter.setPen(ink_on(look.color))
        if painter.fontMetrics().horizontalAdvance(look.label) + 4 <= part.width():
            painter.drawText(part, CENTER, look.label)
        painter.setPen(QColor(self.tokens.border_strong))
        painter.drawLine(part.topLeft(), part.bottomLeft())

    def _marks(self, low: float, high: float, most: int) -> list[tuple[float, str]]:
        assert self.result is not None
        texts = axis_marks(self.result.plan.setup.x, low, high, most)
        return [(place, elided(self.small, text, _MOST_TICK)) for place, text in texts]

    def _names_width(self) -> int:
        metrics = self.fontMetrics()
        widths = [metrics.horizontalAdvance(look.label) for look in self.looks]
        return min(160, max(widths, default=40)) + 40

    def _paint_names(self, painter: QPainter) -> None:
        """Names at the right end, each as near to the end of its curve as there is room."""
        plot, font = self.plot.box, self.small
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        height = QFontMetricsF(font).height()
        known = [(curve.y[~np.isnan(curve.y)], curve) for curve in self.curves]
        named = [
            (self.plot.map(0.0, float(y[-1])).y(), curve)
            for y, curve in known
            if len(y) and y.max() >= _LEAST_SHARE
        ]
        named.sort(key=lambda pair: pair[0])
        places = spread([y for y, _ in named], height, plot.top() - 2, plot.bottom() + 4)
        for y, (_, curve) in zip(places, named, strict=True):
            path = QPainterPath(QPointF(plot.right() + 7, y))
            path.lineTo(QPointF(plot.right() + 29, y))
            draw_curve(painter, path, curve, self.tokens)
            painter.setPen(QColor(self.tokens.text))
            left = plot.right() + 34
            box = QRectF(left, y - height / 2, self.width() - left - 2, height)
            painter.drawText(box, MIDDLE, elided(font, curve.name, box.width()))

    def _paint_cursor(self, painter: QPainter) -> None:
        if self.shows_cursor:
            x, plot = self.place_of(self.cursor_point), self.plot.box
            bottom = self.strip_box(self._templates - 1).bottom()
            if plot.left() <= x <= plot.right():
                painter.setPen(QPen(QColor(self.tokens.accent), 1.6))
                painter.drawLine(QPointF(x, plot.top()), QPointF(x, bottom))

    # --- pointer and keys ---

    def click(self, place: QPointF) -> None:
        for row in range(self._templates):
            strip = self.strip_box(row)
            if strip.top() <= place.y() <= strip.bottom() and row != self.template:
                self.template_chosen.emit(row)
                return
        super().click(place)

    @property
    def count(self) -> int:
        return 0 if self.result is None else len(self.result.plan.setup.x)


def axis_marks(axis: ScanAxis, low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Places of a scan's axis between two, in its points, and what to write there."""
    if axis.choices:
        return [
            (float(number), axis.what.text(choice))
            for number, choice in enumerate(axis.choices)
            if low <= number <= high
        ]
    first = max(axis.low, axis.low + low * axis.step)
    # The end of a whole turn lies on the edge, half a step behind the last point.
    last = min(axis.high, axis.low + (high + 0.5) * axis.step)
    return [
        (min((tick - axis.low) / axis.step, high), f"{tick:g}{axis.what.unit}")
        for tick in nice_ticks(first, last, most, degrees=axis.what.unit == "°")
    ]


def _share_marks(_low: float, _high: float, _most: int) -> list[tuple[float, str]]:
    return [(share, f"{share:.0%}".replace("%", "\u00a0%")) for share in (0, 0.25, 0.5, 0.75, 1)]
