"""Curves of label probabilities along one parameter, with the winners below."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPainterStateGuard,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.scans.label_styles import LabelStyle, label_styles
from core.scans.result import NO_WINNER, ScanResult
from gui.look.theme import Theme, type_scale
from gui.studies.painting import draw_hatch, draw_label_line, ink_on, nice_ticks, small

_LEFT = 46
_STRIP, _STRIP_GAP = 17, 3
_TICKS = 34
_MARK_ROWS = 3
_LEAST_SHARE = 0.04
"""A label whose probability stays below this everywhere is not named beside the curves."""


class CurveChart(QWidget):
    """Draws one template's curves and the winners of all templates.

    The arrow keys move the cursor, Enter chooses.

    Signals
    -------
    pointed(point)
        The cursor is at a point; −1 when it left.
    chosen(point)
        A point was clicked.
    template_chosen(row)
        The strip of another template was clicked.
    """

    pointed = Signal(int)
    chosen = Signal(int)
    template_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.result: ScanResult | None = None
        self.template = 0
        self.cursor_point = -1
        self.message = ""
        self._looks: tuple[LabelStyle, ...] = ()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Curves of label probabilities")
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(560, 170)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 170)

    def show_result(self, result: ScanResult | None, template: int, message: str = "") -> None:
        """Draw a result, or say why there is none."""
        self.result, self.message = result, message
        if result is not None:
            self.template = min(template, len(result.plan.templates) - 1)
            self._looks = label_styles(result.plan.labels, result.plan.palette)
            if self.cursor_point >= result.plan.setup.points:
                self.cursor_point = -1
        self.update()

    # --- places ---

    def plot_box(self) -> QRectF:
        """Where the curves lie."""
        strips = len(self.result.plan.templates) if self.result else 1
        below = strips * (self._large(_STRIP) + _STRIP_GAP) + self._large(_TICKS)
        above = 6 + (self._mark_height() * _MARK_ROWS if self._own_thresholds() else 0)
        right = self._names_width()
        left = self._large(_LEFT)
        return QRectF(
            left, above, max(40, self.width() - left - right), self.height() - above - below
        )

    def strip_box(self, row: int) -> QRectF:
        """Where the winners of a template lie."""
        plot = self.plot_box()
        height = self._large(_STRIP)
        top = plot.bottom() + _STRIP_GAP + row * (height + _STRIP_GAP)
        return QRectF(plot.left(), top, plot.width(), height)

    def _large(self, length: int) -> int:
        """A length that goes with the size of the type."""
        return round(length * type_scale(self.font()))

    def place_of(self, point: int) -> float:
        """Horizontal place of a point."""
        return self._places(self.plot_box())[point]

    def _places(self, plot: QRectF) -> list[float]:
        """Horizontal places of all points."""
        assert self.result is not None
        step = plot.width() / len(self.result.plan.setup.x)
        return [
            plot.left() + step * (point + 0.5) for point in range(len(self.result.plan.setup.x))
        ]

    def point_at(self, x: float) -> int:
        """The point at a horizontal place; −1 beside the curves."""
        if self.result is None:
            return -1
        plot, count = self.plot_box(), len(self.result.plan.setup.x)
        place = int((x - plot.left()) // (plot.width() / count))
        return place if 0 <= place < count else -1

    # --- painting ---

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            tokens = self._theme.tokens
            if self.result is None or self.message:
                painter.setPen(QColor(tokens.muted))
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(self.rect().adjusted(24, 8, -24, -8), flags, self.message)
                return
            self._paint_grid(painter)
            self._paint_curves(painter)
            self._paint_thresholds(painter)
            for row in range(len(self.result.plan.templates)):
                self._paint_strip(painter, row)
            self._paint_axis(painter)
            self._paint_names(painter)
            self._paint_cursor(painter)
            if self.hasFocus():
                painter.setPen(QPen(QColor(tokens.accent), 1.5))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)

    def _paint_grid(self, painter: QPainter) -> None:
        plot, tokens = self.plot_box(), self._theme.tokens
        painter.setFont(small(self.font()))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = round(plot.bottom() - share * plot.height()) + 0.5
            painter.setPen(QColor(tokens.border_strong if share == 0 else tokens.grid))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(tokens.muted))
            box = QRectF(0, y - 15, plot.left() - 6, 30)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, flags, f"{share:.0%}".replace("%", "\u00a0%"))

    def _paint_curves(self, painter: QPainter) -> None:
        result = self.result
        assert result is not None
        plot = self.plot_box()
        values = result.tally.probabilities[:, self.template]
        winners = set(result.tally.winners[:, self.template].tolist())
        if result.plan.setup.repetitions > 1:
            self._paint_bands(painter, plot)
        # Winners last, so that they lie above the others.
        order = sorted(range(len(self._looks)), key=lambda n: (n in winners, -n))
        with QPainterStateGuard(painter):
            painter.setClipRect(plot.adjusted(-1, -3, 1, 3))
            for number in order:
                path = self._path(values[:, number], plot)
                draw_label_line(painter, path, self._looks[number], self._theme.tokens)

    def _path(self, values: np.ndarray, plot: QRectF) -> QPainterPath:
        path = QPainterPath()
        drawing = False
        for x, value in zip(self._places(plot), values.tolist(), strict=True):
            if math.isnan(value):
                drawing = False
                continue
            place = QPointF(x, plot.bottom() - value * plot.height())
            if drawing:
                path.lineTo(place)
            else:
                # A lone point must be seen as well.
                path.moveTo(place - QPointF(1.5, 0))
                path.lineTo(place)
            drawing = True
        return path

    def _paint_bands(self, painter: QPainter, plot: QRectF) -> None:
        assert self.result is not None
        low, high = self.result.tally.intervals()
        painter.setPen(Qt.PenStyle.NoPen)
        for number, look in enumerate(self._looks):
            upper, lower = [], []
            for point, x in enumerate(self._places(plot)):
                top, bottom = high[point, self.template, number], low[point, self.template, number]
                if not np.isnan(top):
                    upper.append(QPointF(x, plot.bottom() - top * plot.height()))
                    lower.append(QPointF(x, plot.bottom() - bottom * plot.height()))
            color = QColor(*look.color)
            color.setAlphaF(0.22)
            painter.setBrush(color)
            painter.drawPolygon(QPolygonF(upper + lower[::-1]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _own_thresholds(self) -> list[tuple[float, str]]:
        """Values of the thresholds of the template, and what to write."""
        result = self.result
        if result is None:
            return []
        axis = result.plan.setup.x
        return [
            (found.value, axis.what.text(found.value % 360.0 if axis.around else found.value))
            for found in result.thresholds
            if found.template == self.template
        ]

    def _mark_height(self) -> int:
        return self.fontMetrics().height() - 2

    def _paint_thresholds(self, painter: QPainter) -> None:
        result = self.result
        assert result is not None
        axis, plot, tokens = result.plan.setup.x, self.plot_box(), self._theme.tokens
        painter.setFont(small(self.font()))
        metrics = painter.fontMetrics()
        ends = [-1.0e9] * _MARK_ROWS
        bottom = self.strip_box(self.template).bottom()
        for value, text in self._own_thresholds():
            place = (value - axis.low) / axis.step
            if place > len(axis) - 0.5:  # between the last and the first of a whole turn
                place -= len(axis)
            x = plot.left() + plot.width() * (place + 0.5) / len(axis)
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

    def _paint_strip(self, painter: QPainter, row: int) -> None:
        result = self.result
        assert result is not None
        box, tokens = self.strip_box(row), self._theme.tokens
        winners = result.tally.winners[:, row].tolist()
        font = small(self.font())
        font.setBold(row == self.template)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text if row == self.template else tokens.muted))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, box.top(), box.left() - 6, box.height()), flags, str(row + 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        start = 0
        for stop in range(1, len(winners) + 1):
            if stop < len(winners) and winners[stop] == winners[start]:
                continue
            left = box.left() + box.width() * start / len(winners)
            right = box.left() + box.width() * stop / len(winners)
            part = QRectF(round(left), box.top(), round(right) - round(left), box.height())
            self._paint_run(painter, part, winners[start])
            start = stop
        painter.setPen(QPen(QColor(tokens.accent if row == self.template else tokens.border), 1))
        painter.drawRect(box)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _paint_run(self, painter: QPainter, part: QRectF, winner: int) -> None:
        """Points with the same winner side by side."""
        if winner == NO_WINNER:
            draw_hatch(painter, part, self._theme.tokens)
            return
        look = self._looks[winner]
        painter.fillRect(part, QColor(*look.color))
        painter.setPen(ink_on(look.color))
        if painter.fontMetrics().horizontalAdvance(look.label) + 4 <= part.width():
            painter.drawText(part, Qt.AlignmentFlag.AlignCenter, look.label)
        painter.setPen(QColor(self._theme.tokens.border_strong))
        painter.drawLine(part.topLeft(), part.bottomLeft())

    def _paint_axis(self, painter: QPainter) -> None:
        result = self.result
        assert result is not None
        axis, tokens, plot = result.plan.setup.x, self._theme.tokens, self.plot_box()
        bottom = self.strip_box(len(result.plan.templates) - 1).bottom()
        painter.setFont(small(self.font()))
        metrics = painter.fontMetrics()
        painter.setPen(QColor(tokens.muted))
        if axis.choices:
            end = -1.0
            for point, choice in enumerate(axis.choices):
                text = metrics.elidedText(axis.what.text(choice), Qt.TextElideMode.ElideRight, 110)
                width = metrics.horizontalAdvance(text)
                left = self.place_of(point) - width / 2
                if left >= end:
                    painter.drawText(QPointF(left, bottom + 2 + metrics.ascent()), text)
                    end = left + width + 8
        else:
            high = axis.high
            for tick in nice_ticks(axis.low, high, max(2, int(plot.width() / 70))):
                place = (tick - axis.low) / axis.step + 0.5
                x = plot.left() + plot.width() * min(place / len(axis), 1.0)
                painter.drawLine(QPointF(x, bottom + 1), QPointF(x, bottom + 4))
                text = f"{tick:g}{axis.what.unit}"
                box = QRectF(x - 40, bottom + 4, 80, metrics.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, text)
        box = QRectF(
            plot.left(), self.height() - metrics.height() - 1, plot.width(), metrics.height()
        )
        painter.setPen(QColor(tokens.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, axis.what.name)

    def _named(self) -> list[int]:
        """Labels that are named beside the curves."""
        if self.result is None:
            return []
        values = self.result.tally.probabilities[:, self.template]
        if np.isnan(values).all():
            return []
        highest = np.nanmax(values, axis=0)
        return [n for n in range(len(self._looks)) if highest[n] >= _LEAST_SHARE]

    def _names_width(self) -> int:
        metrics = self.fontMetrics()
        widths = [metrics.horizontalAdvance(look.label) for look in self._looks]
        return min(160, max(widths, default=40)) + 40

    def _paint_names(self, painter: QPainter) -> None:
        """Names at the right end, each as near to the end of its curve as there is room."""
        assert self.result is not None
        plot, tokens = self.plot_box(), self._theme.tokens
        values = self.result.tally.probabilities[:, self.template]
        painter.setFont(small(self.font()))
        height = painter.fontMetrics().height()
        wanted = []
        for number in self._named():
            known = values[~np.isnan(values[:, number]), number]
            wanted.append((plot.bottom() - float(known[-1]) * plot.height(), number))
        wanted.sort()
        places = spread([y for y, _ in wanted], height, plot.top() - 2, plot.bottom() + 4)
        for y, (_, number) in zip(places, wanted, strict=True):
            look = self._looks[number]
            path = QPainterPath(QPointF(plot.right() + 7, y))
            path.lineTo(QPointF(plot.right() + 29, y))
            draw_label_line(painter, path, look, tokens)
            painter.setPen(QColor(tokens.text))
            box = QRectF(
                plot.right() + 34, y - height / 2, self.width() - plot.right() - 36, height
            )
            text = painter.fontMetrics().elidedText(
                look.label, Qt.TextElideMode.ElideRight, int(box.width())
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_cursor(self, painter: QPainter) -> None:
        if self.result is None or self.cursor_point < 0:
            return
        plot, x = self.plot_box(), self.place_of(self.cursor_point)
        bottom = self.strip_box(len(self.result.plan.templates) - 1).bottom()
        painter.setPen(QPen(QColor(self._theme.tokens.accent), 1.6))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, bottom))

    # --- pointer and keys ---

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.point_at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.underMouse():
            self._point(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self.result is None:
            return
        y = event.position().y()
        for row in range(len(self.result.plan.templates)):
            if self.strip_box(row).top() <= y <= self.strip_box(row).bottom():
                if row != self.template:
                    self.template_chosen.emit(row)
                    return
        point = self.point_at(event.position().x())
        if point >= 0:
            self.chosen.emit(point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.result is None:
            super().keyPressEvent(event)
            return
        last, key = len(self.result.plan.setup.x) - 1, event.key()
        present = self.cursor_point
        moves = {
            Qt.Key.Key_Left: max(0, present - 1),
            Qt.Key.Key_Right: min(last, present + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if key in moves:
            self._point(moves[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and present >= 0:
            self.chosen.emit(present)
        elif key == Qt.Key.Key_Escape and present >= 0:
            self._point(-1)
        else:
            super().keyPressEvent(event)

    def _point(self, point: int) -> None:
        if point != self.cursor_point:
            self.cursor_point = point
            self.update()
            self.pointed.emit(point)


def spread(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Places in rising order moved apart until neighbors are `gap` away, within low..high."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else max(place, low + gap / 2))
    limit = high - gap / 2
    for number in range(len(moved) - 1, -1, -1):
        moved[number] = min(moved[number], limit)
        limit = moved[number] - gap
    return moved
