"""A map of the winning label: regions with names and borders, focal marks, blank cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
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
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.scans.label_styles import LabelStyle, label_styles
from core.scans.maps import FocalMark, borders, focal_marks, winner_map
from core.scans.plan import Axis
from core.scans.regions import region_centers
from core.scans.result import NO_WINNER, ScanResult
from gui.look.theme import Theme
from gui.studies.painting import (
    draw_hatch,
    draw_mark,
    draw_name,
    ink_on,
    nice_ticks,
    small,
)

_BESIDE = 26
"""Room left of a map over hues for the marks of black, white and gray."""
_TOP, _RIGHT = 8, 12
_NAME_STEPS = 8
"""Rows by which the name of a region may leave its center to cover nothing."""


class MapChart(QWidget):
    """Draws the map of one template.

    The arrow keys move the cursor, Enter chooses.

    Signals
    -------
    pointed(point)
        The cursor is at a cell; −1 when it left.
    chosen(point)
        A cell was clicked.
    """

    pointed = Signal(int)
    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.result: ScanResult | None = None
        self.template = 0
        self.cursor_point = -1
        self.message = ""
        self._winners: NDArray[np.int64] = np.zeros((0, 0), dtype=np.int64)
        self._looks: tuple[LabelStyle, ...] = ()
        self._marks: tuple[FocalMark, ...] = ()
        self._picture: QPixmap | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Map of the winning label")
        theme.changed.connect(self._redraw)

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
            self._winners = winner_map(result, self.template)
            # Kept: each cell asks where it lies, and that depends on whether there are marks.
            self._marks = focal_marks(result.plan.setup, result.plan.palette)
            if self.cursor_point >= result.plan.setup.points:
                self.cursor_point = -1
        self._redraw()

    # --- places ---

    def plot_box(self) -> QRectF:
        """Where the cells lie, the marks beside them left out."""
        left, metrics = 0.0, self.fontMetrics()
        if self.result is not None and self.result.plan.setup.y is not None:
            axis = self.result.plan.setup.y
            texts = [axis.what.text(choice) for choice in axis.choices] or ["100 %"]
            left = min(130, max(metrics.horizontalAdvance(text) for text in texts)) + 12
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

    def cell_box(self, point: int) -> QRectF:
        """Where a cell lies, in whole pixels."""
        rows, columns = self._winners.shape
        row, column = divmod(point, columns)
        plot = self.plot_box()
        left = round(plot.left() + plot.width() * column / columns)
        right = round(plot.left() + plot.width() * (column + 1) / columns)
        if not self._downward:
            row = rows - 1 - row
        top = round(plot.top() + plot.height() * row / rows)
        bottom = round(plot.top() + plot.height() * (row + 1) / rows)
        return QRectF(left, top, right - left, bottom - top)

    def point_at(self, place: QPointF) -> int:
        """The cell at a place; −1 beside the map."""
        plot = self.plot_box()
        if self.result is None or not plot.contains(place):
            return -1
        rows, columns = self._winners.shape
        column = min(columns - 1, int((place.x() - plot.left()) / plot.width() * columns))
        row = min(rows - 1, int((place.y() - plot.top()) / plot.height() * rows))
        if not self._downward:
            row = rows - 1 - row
        return row * columns + column

    def _place(self, x: float, y: float) -> QPointF:
        """The place of coordinates in cells, 0 at the middle of the first."""
        rows, columns = self._winners.shape
        plot = self.plot_box()
        across = plot.left() - _BESIDE / 2
        if x >= -0.5:
            across = plot.left() + plot.width() * (x + 0.5) / columns
        if self._downward:
            y = rows - 1 - y
        return QPointF(across, plot.bottom() - plot.height() * (y + 0.5) / rows)

    # --- painting ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._redraw()

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            tokens = self._theme.tokens
            if self.result is None or self.message:
                painter.setPen(QColor(tokens.muted))
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(self.rect().adjusted(24, 8, -24, -8), flags, self.message)
                return
            if self._picture is None:
                self._picture = self._drawn()
            painter.drawPixmap(0, 0, self._picture)
            if self.cursor_point >= 0:
                box = self.cell_box(self.cursor_point)
                painter.setPen(QPen(QColor("white"), 4))
                painter.drawRect(box)
                painter.setPen(QPen(QColor("black"), 2))
                painter.drawRect(box)
            if self.hasFocus():
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(QPen(QColor(tokens.accent), 1.5))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)

    def _drawn(self) -> QPixmap:
        """All but the cursor."""
        scale = self.devicePixelRatioF()
        picture = QPixmap(self.size() * scale)
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setFont(small(self.font()))
            self._paint_cells(painter)
            self._paint_borders(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            marks = self._paint_marks(painter)
            self._paint_names(painter, marks)
            self._paint_axes(painter)
        return picture

    def _paint_cells(self, painter: QPainter) -> None:
        tokens, plot = self._theme.tokens, self.plot_box()
        draw_hatch(painter, plot, tokens)
        inks = [QColor(*look.color) for look in self._looks]
        for point, winner in enumerate(self._winners.reshape(-1).tolist()):
            if winner != NO_WINNER:
                painter.fillRect(self.cell_box(point), inks[winner])
        painter.setPen(QColor(tokens.border_strong))
        painter.drawRect(plot.adjusted(-1, -1, 0, 0))

    def _paint_borders(self, painter: QPainter) -> None:
        assert self.result is not None
        columns = self._winners.shape[1]
        path = QPainterPath()
        for row, column, upright in borders(self._winners, self.result.plan.setup.x.around):
            box = self.cell_box(row * columns + column)
            if upright:
                path.moveTo(box.topRight())
                path.lineTo(box.bottomRight())
            else:
                path.moveTo(box.bottomLeft() if self._downward else box.topLeft())
                path.lineTo(box.bottomRight() if self._downward else box.topRight())
        for color, width in (("white", 3.0), ("black", 1.2)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawPath(path)

    def _paint_marks(self, painter: QPainter) -> list[QRectF]:
        """The focal colors with their terms; where they lie."""
        assert self.result is not None
        palette = self.result.plan.palette
        taken = []
        for mark in self._marks:
            center = self._place(mark.x, mark.y)
            draw_mark(painter, center, palette[mark.term])
            taken.append(QRectF(center.x() - 7, center.y() - 7, 14, 14))
            if mark.x >= -0.5:
                taken.append(self._write_outlined(painter, mark.term, center + QPointF(8, 4)))
        return taken

    def _write_outlined(self, painter: QPainter, text: str, place: QPointF) -> QRectF:
        """Write a text that is read on any color; where it lies."""
        path = QPainterPath()
        width = painter.fontMetrics().horizontalAdvance(text)
        if place.x() + width > self.plot_box().right():
            place = QPointF(place.x() - width - 17, place.y())
        path.addText(place, painter.font(), text)
        painter.strokePath(path, QPen(QColor("white"), 2.6))
        painter.fillPath(path, QColor("black"))
        return path.boundingRect()

    def _paint_names(self, painter: QPainter, marks: list[QRectF]) -> None:
        """Names of regions; where cells are large enough, in each of them."""
        metrics = painter.fontMetrics()
        widest = max(metrics.horizontalAdvance(look.label) for look in self._looks)
        cell = self.cell_box(0)
        if cell.width() >= widest + 2 and cell.height() >= metrics.height():
            for point, winner in enumerate(self._winners.reshape(-1).tolist()):
                if winner != NO_WINNER:
                    look = self._looks[winner]
                    painter.setPen(ink_on(look.color))
                    flags = Qt.AlignmentFlag.AlignCenter
                    painter.drawText(self.cell_box(point), flags, look.label)
            return
        taken = list(marks)
        for label, row, column in region_centers(self._winners):
            text = self._looks[label].label
            center = self._place(column, row)
            size = QSizeF(metrics.horizontalAdvance(text) + 8.0, metrics.height() + 1.0)
            free = self._free_place(center, size, taken, (label, row, column))
            if free is not None:
                taken.append(draw_name(painter, text, free, self._theme.tokens))

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

    def _paint_axes(self, painter: QPainter) -> None:
        assert self.result is not None
        setup, plot, tokens = self.result.plan.setup, self.plot_box(), self._theme.tokens
        assert setup.y is not None
        metrics = painter.fontMetrics()
        painter.setPen(QColor(tokens.muted))
        end = -1.0
        for place, text in self._marks_of(setup.x, max(2, int(plot.width() / 64))):
            x = self._place(place, 0).x()
            width = metrics.horizontalAdvance(text)
            if x - width / 2 >= end:
                box = QRectF(x - width / 2 - 1, plot.bottom() + 2, width + 2, metrics.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
                end = x + width / 2 + 4
        edge = plot.left() - (_BESIDE if self._has_beside else 0) - 5
        for place, text in self._marks_of(setup.y, max(2, int(plot.height() / 30))):
            y = self._place(0, place).y()
            box = QRectF(0, y - 9, edge, 18)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, 125)
            painter.drawText(box, flags, shown)
        painter.setPen(QColor(tokens.text))
        box = QRectF(plot.left(), self.height() - metrics.height() - 1, plot.width(), 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, setup.x.what.name)
        with QPainterStateGuard(painter):
            painter.translate(metrics.height() / 2 + 1, plot.center().y())
            painter.rotate(-90)
            box = QRectF(-plot.height() / 2, -metrics.height() / 2, plot.height(), metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, setup.y.what.name)

    def _marks_of(self, axis: Axis, most: int) -> list[tuple[float, str]]:
        """Places in cells and what to write there."""
        if axis.choices:
            return [(float(n), axis.what.text(choice)) for n, choice in enumerate(axis.choices)]
        unit = axis.what.unit
        return [
            ((tick - axis.low) / axis.step, f"{tick:g}{unit}")
            for tick in nice_ticks(axis.low, axis.high, most)
            if (tick - axis.low) / axis.step <= len(axis) - 0.5
        ]

    # --- pointer and keys ---

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.point_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(-1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.underMouse():
            self._point(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            point = self.point_at(event.position())
            if point >= 0:
                self.chosen.emit(point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.result is None:
            super().keyPressEvent(event)
            return
        rows, columns = self._winners.shape
        present, key = max(0, self.cursor_point), event.key()
        row, column = divmod(present, columns)
        up = -1 if self._downward else 1
        moves = {
            Qt.Key.Key_Left: (row, max(0, column - 1)),
            Qt.Key.Key_Right: (row, min(columns - 1, column + 1)),
            Qt.Key.Key_Up: (min(max(row + up, 0), rows - 1), column),
            Qt.Key.Key_Down: (min(max(row - up, 0), rows - 1), column),
            Qt.Key.Key_Home: (row, 0),
            Qt.Key.Key_End: (row, columns - 1),
        }
        if key in moves:
            row, column = moves[Qt.Key(key)]
            self._point(row * columns + column)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(present)
        elif key == Qt.Key.Key_Escape and self.cursor_point >= 0:
            self._point(-1)
        else:
            super().keyPressEvent(event)

    def _point(self, point: int) -> None:
        if point != self.cursor_point:
            self.cursor_point = point
            self.update()
            self.pointed.emit(point)
