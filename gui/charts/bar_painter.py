"""Layout and painting of horizontal bars, apart from any widget.

The same code draws the bars on the screen and into a copied picture. A row has a name, one bar or
several, a value at the end of the bar, a note on what the name stands for, and cells at the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from core.color.terms import Rgb
from gui.charts.drawing import CENTER, LEFT, MIDDLE, RIGHT, bold_font, ink_on, small_font
from gui.look.theme import Tokens

_GAP = 7.0
_LABEL_SHARE = 0.3
_NOTE_SHARE = 0.42
_MIN_BAR = 3.0
_LEAST_FULL = 180.0
_INSIDE_MARGIN = 6.0
_MIN_TICK_DISTANCE = 44.0
_PENDING_OPACITY = 0.28
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Bar:
    """One bar."""

    share: float
    """Of the full length, 0..1."""
    look: Rgb | Literal["hatched", "hollow", "filled"] = "filled"
    """The color of what it stands for; else ``"hatched"`` for what has no color, and ``"hollow"``
    and ``"filled"`` for two that are compared, so that no hue tells them apart.
    """


@dataclass(frozen=True)
class Row:
    """One row of bars."""

    name: str
    bars: tuple[Bar, ...] = ()
    """One below another; without any the name is a heading over the whole width."""
    value: str = ""
    """Behind the bar."""
    note: str = ""
    """What the name stands for, e.g. ``"written word"``; empty for nothing."""
    cells: tuple[str, ...] = ()
    """Right-aligned, in columns."""
    weight: Literal["strong", "plain", "noted", "calm", "wrong"] = "plain"
    """``"strong"`` is set in bold, ``"calm"`` in the muted color, ``"noted"`` likewise but for name
    and value, ``"wrong"`` in the color of faults.
    """


@dataclass(frozen=True)
class BarLayout:
    """What is the same for all rows, so that bars stay comparable from one edit to the next."""

    value: str
    """The widest value."""
    cells: tuple[str, ...] = ()
    """The widest text of each column."""
    heads: tuple[str, ...] = ()
    """Titles of the columns, under them."""
    bars: tuple[str, ...] = ("share",)
    """What each of a row's bars is, for the numbers."""
    axis: bool = False
    """True for a scale of percent below the rows and a grid behind them."""
    padding: float = 5.0
    """Pixels between the rows."""


@dataclass(frozen=True)
class Columns:
    """Horizontal places of one chart's columns, in pixels.

    Attributes
    ----------
    label : width of the right-aligned names
    bar : left end of all bars
    full : length of a bar of 100 %
    note : width kept for the note behind the value
    cells : (left, right) of each column of cells
    right : right edge
    edge : right edge of bars and what stands behind them
    """

    label: float
    bar: float
    full: float
    note: float
    cells: tuple[tuple[float, float], ...]
    right: float
    edge: float


class BarPainter:
    """Draws rows with one font, one layout and the colors of the chrome.

    Bars take the palette's colors, whatever the theme.
    """

    def __init__(self, font: QFont, tokens: Tokens, layout: BarLayout) -> None:
        self.font = QFont(font)
        self.font.setFeature(QFont.Tag("tnum"), 1)
        self.bold = bold_font(self.font)
        self.small = small_font(self.font)
        self.metrics = QFontMetricsF(self.font)
        self.bold_metrics = QFontMetricsF(self.bold)
        self.small_metrics = QFontMetricsF(self.small)
        self.tokens = tokens
        self.layout = layout
        self.row_height = round(self.metrics.height() + layout.padding)
        self.axis_height = round(self.small_metrics.height() + 6.0) if layout.axis else 0
        self._inset = 1.0 + layout.padding / 2
        self._inks = {
            "strong": QColor(tokens.text),
            "plain": QColor(tokens.text),
            "noted": QColor(tokens.text),
            "calm": QColor(tokens.muted),
            "wrong": QColor(tokens.danger),
        }

    def height(self, count: int) -> int:
        """Height of a chart of `count` rows, in pixels."""
        return int(count * self.row_height + self.axis_height)

    def columns(self, rows: Sequence[Row], width: float) -> Columns:
        """Divide a width among the columns.

        The length of a bar of 100 % depends on names, notes and width only, never on the values.
        """
        # Any row may come first and then stands in bold.
        named = [row for row in rows if row.bars]
        label = max((self.bold_metrics.horizontalAdvance(row.name) for row in named), default=0.0)
        label = min(label + 1.0, width * _LABEL_SHARE)
        note = max((self.note_width(row.note) for row in named), default=0.0)
        note = min(note, width * _NOTE_SHARE)
        value = self.bold_metrics.horizontalAdvance(self.layout.value) if self.layout.value else 0.0
        right = edge = width - 2.0
        cells: list[tuple[float, float]] = []
        for number in reversed(range(len(self.layout.cells))):
            room = self.bold_metrics.horizontalAdvance(self.layout.cells[number])
            if self.layout.heads:
                head = self.small_metrics.horizontalAdvance(self.layout.heads[number])
                room = max(room, head)
            cells.insert(0, (edge - room, edge))
            edge -= room + _GAP
        bar = label + _GAP
        room = edge - bar - (_GAP + value if value else 0.0)
        full = room - (note + _GAP if note else 0.0)
        # Where it is narrow the bars keep the room, and a note may go into its own long bar.
        full = max(full, min(room, _LEAST_FULL), _MIN_TICK_DISTANCE / 2)
        return Columns(label, bar, full, note, tuple(cells), right, edge)

    def note_width(self, note: str) -> float:
        """Width of the pointer and the text of a note; 0 without one."""
        return self._pointer_width() + self.metrics.horizontalAdvance(note) if note else 0.0

    def paint(
        self,
        painter: QPainter,
        rows: Sequence[Row],
        columns: Columns,
        *,
        clip: tuple[float, float] | None = None,
        pending: bool = False,
        marked: int = -1,
    ) -> None:
        """Draw a chart whose left upper corner is the origin.

        Only rows that touch the `clip`, from top to bottom, are drawn. Rows that are `pending`,
        not those of the present state, are ghosts without numbers. `marked` is the row under
        the pointer.
        """
        top, bottom = clip if clip is not None else (0.0, float(self.height(len(rows))))
        first = max(0, int(top // self.row_height))
        last = min(len(rows), int(bottom // self.row_height) + 1)
        painter.setFont(self.font)
        if 0 <= marked < len(rows) and not pending:
            band = QRectF(0, marked * self.row_height, columns.right + 2, self.row_height)
            painter.fillRect(band, QColor(self.tokens.raised))
        if self.layout.axis:
            self._paint_grid(painter, len(rows), columns)
        if pending:
            painter.setOpacity(_PENDING_OPACITY)
        for index in range(first, last):
            ground = QColor(self.tokens.raised if index == marked else self.tokens.surface)
            y = index * self.row_height
            if rows[index].bars:
                self._paint_row(painter, rows[index], y, columns, None if pending else ground)
            else:
                self._paint_heading(painter, rows[index], y, columns)
        painter.setOpacity(1.0)

    def _paint_grid(self, painter: QPainter, count: int, columns: Columns) -> None:
        bottom = count * self.row_height
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(self.small)
        step = 1 if columns.full / 4 >= _MIN_TICK_DISTANCE else 2
        if columns.full / 2 < _MIN_TICK_DISTANCE:
            step = 4
        for tick in _TICKS[::step]:
            x = round(columns.bar + tick * columns.full) + 0.5
            painter.setPen(QColor(self.tokens.border_strong if tick == 0.0 else self.tokens.grid))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom + 3))
            text = f"{tick:.0%}".replace("%", "\u00a0%") if tick else "0"
            box = QRectF(x - 30, bottom + 3, 60, self.axis_height - 3)
            painter.setPen(QColor(self.tokens.muted))
            painter.drawText(box, CENTER, text)
        for (left, right), head in zip(columns.cells, self.layout.heads, strict=False):
            box = QRectF(left - 20, bottom + 3, right - left + 20, self.axis_height - 3)
            painter.drawText(box, RIGHT, head)
        painter.setFont(self.font)

    def _paint_heading(self, painter: QPainter, row: Row, y: float, columns: Columns) -> None:
        painter.setFont(self.font)
        painter.setPen(self._inks[row.weight])
        box = QRectF(0, y, columns.right, self.row_height)
        painter.drawText(box, LEFT, _cut(self.metrics, row.name, box.width()))

    def _paint_row(
        self, painter: QPainter, row: Row, y: float, columns: Columns, ground: QColor | None
    ) -> None:
        """Draw one row; `ground` is the color behind its text, None for a ghost without text."""
        strong = row.weight == "strong"
        metrics = self.bold_metrics if strong else self.metrics
        ink = self._inks["plain" if ground is None else row.weight]
        written = self.bold_metrics if strong and ground is not None else self.metrics
        painter.setFont(self.bold if written is self.bold_metrics else self.font)
        painter.setPen(ink)
        box = QRectF(0, y, columns.label, self.row_height)
        painter.drawText(box, RIGHT, _cut(written, row.name, columns.label))
        length = self._paint_bars(painter, row, y, columns)
        if ground is None:
            return
        end = columns.bar + length
        if row.value:
            x = end + _GAP
            box = QRectF(x, y, metrics.horizontalAdvance(row.value) + 2, self.row_height)
            painter.fillRect(box.adjusted(-2, 2, 0, -2), ground)  # no grid line through a number
            painter.setPen(ink)
            painter.drawText(box, MIDDLE, row.value)
            end = box.right()
        painter.setFont(self.font)
        if row.note:
            self._place_note(painter, row, y, columns, length, end, ground)
        painter.setPen(self._inks["calm" if row.weight == "noted" else row.weight])
        for (left, right), cell in zip(columns.cells, row.cells, strict=False):
            painter.drawText(QRectF(left, y, right - left, self.row_height), RIGHT, cell)

    def _paint_bars(self, painter: QPainter, row: Row, y: float, columns: Columns) -> float:
        """Draw the bars; the length of the last. The least bar still shows color and outline."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        left, top = round(columns.bar) + 0.5, y + self._inset + 0.5
        height = (self.row_height - 2 * self._inset) / len(row.bars) - 1
        length = 0.0
        for number, bar in enumerate(row.bars):
            length = max(_MIN_BAR, round(bar.share * columns.full))
            box = QRectF(left, top + number * (height + 1), length, height)
            self._paint_bar(painter, bar, box)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        return length

    def _paint_bar(self, painter: QPainter, bar: Bar, box: QRectF) -> None:
        tokens = self.tokens
        # The outline carries the bar where its own color is that of the chart's ground.
        painter.setPen(QPen(QColor(tokens.border_strong), 1.0))
        if bar.look == "hollow":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)
        elif bar.look == "filled":
            painter.fillRect(box, QColor(tokens.accent))
        elif bar.look == "hatched":
            painter.setBrush(QColor(tokens.accent_soft))
            painter.drawRect(box)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(QColor(tokens.accent), Qt.BrushStyle.BDiagPattern))
            painter.drawRect(box.adjusted(1, 1, 0, 0))
        else:
            painter.setBrush(QColor(*bar.look))
            painter.drawRect(box)

    def _place_note(
        self,
        painter: QPainter,
        row: Row,
        y: float,
        columns: Columns,
        length: float,
        left: float,
        ground: QColor,
    ) -> None:
        """Put a note behind the value, or into its bar if that alone has the room."""
        wanted = self.note_width(row.note) + 1.0
        left += _GAP - 2
        room = columns.edge - left
        if wanted > room and wanted + 2 * _INSIDE_MARGIN <= length:
            left = columns.bar + length - wanted - _INSIDE_MARGIN
            box = QRectF(left - 2, y + self._inset + 2, wanted + 4, self.row_height)
            box.setHeight(self.row_height - 2 * self._inset - 3)
            look, ink = row.bars[-1].look, QColor(self.tokens.text)
            if isinstance(look, tuple):
                ink = ink_on(look)
            else:
                painter.fillRect(box, QColor(self.tokens.accent_soft))
            self._paint_note(painter, row.note, left, y, wanted, ink)
            return
        width = min(wanted, room)
        painter.fillRect(QRectF(left - 2, y + 2, width + 4, self.row_height - 4), ground)
        self._paint_note(painter, row.note, left, y, width, QColor(self.tokens.text))

    def _paint_note(
        self, painter: QPainter, note: str, x: float, y: float, width: float, ink: QColor
    ) -> None:
        # Drawn, not written: the interface font has no such character.
        center = y + self.row_height / 2
        half = self.metrics.xHeight() * 0.5
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        pointer = [
            QPointF(x, center),
            QPointF(x + 1.5 * half, center - half),
            QPointF(x + 1.5 * half, center + half),
        ]
        painter.drawPolygon(QPolygonF(pointer))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(ink)
        offset = self._pointer_width()
        shown = _cut(self.metrics, note, width - offset + 1)
        box = QRectF(x + offset, y, max(width - offset, 0) + 4, self.row_height)
        painter.drawText(box, MIDDLE, shown)

    def _pointer_width(self) -> float:
        return self.metrics.xHeight() * 0.75 + 4.0


def _cut(metrics: QFontMetricsF, text: str, width: float) -> str:
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
