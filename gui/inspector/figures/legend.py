"""The categories of units with their color, pattern, letter, name and number."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core.units.category_styles import ORDER, STACK
from core.units.type_histogram import TypeHistogram
from core.units.unit_filter import UnitFilter
from gui.inspector.figures.category_paint import paint_category, paint_letter
from gui.look.theme import Theme

_SWATCH = 18
_PADDING = 6
_LEAST_WIDTH = 128
_ROW = 23


class Legend(QWidget):
    """Entries in as many columns as there is room for; a click lists the units of a category.

    Signals
    -------
    chosen(filter)
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._counts: list[int] | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend")
        theme.changed.connect(self.update)

    def show_histogram(self, histogram: TypeHistogram | None) -> None:
        """Show the numbers of units; None for none."""
        self._counts = None
        if histogram is not None:
            totals = histogram.counts.sum(axis=0)
            self._counts = [int(totals[column]) for column in ORDER]
        self.setAccessibleDescription("; ".join(map(self._text, range(len(STACK)))))
        self.setFixedHeight(self._rows() * _ROW)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(3 * _LEAST_WIDTH, self._rows() * _ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_WIDTH, self._rows() * _ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self._rows() * _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        with QPainter(self) as painter:
            font = self.font()
            small = self.font()
            small.setPointSizeF(max(6.5, font.pointSizeF() - 1.25))
            for number, style in enumerate(STACK):
                place = self._place(number)
                swatch = QRectF(place.left(), place.top() + 3, _SWATCH, _SWATCH - 3)
                paint_category(painter, style, swatch, tokens)
                paint_letter(painter, style, swatch, small)
                painter.setFont(font)
                painter.setPen(QColor(tokens.text))
                room = place.adjusted(_SWATCH + _PADDING, 0, -4, 0)
                shown = self.fontMetrics().elidedText(
                    self._text(number), Qt.TextElideMode.ElideRight, int(room.width())
                )
                painter.drawText(
                    room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown
                )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self._entry(event)
        hand = number >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)
        if hand:
            text = f"{self._text(number)}\n{STACK[number].tip}"
            QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self._entry(event)
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(UnitFilter(category=STACK[number].category))

    def _text(self, number: int) -> str:
        title = STACK[number].title
        return title if self._counts is None else f"{title}  {self._counts[number]:,}"

    def _columns(self) -> int:
        metrics = self.fontMetrics()
        widest = max(metrics.horizontalAdvance(self._text(place)) for place in range(len(STACK)))
        least = max(_LEAST_WIDTH, widest + _SWATCH + 2 * _PADDING)
        return max(1, min(len(STACK), self.width() // least))

    def _rows(self) -> int:
        return -(-len(STACK) // self._columns())

    def _place(self, number: int) -> QRectF:
        columns = self._columns()
        width = self.width() / columns
        row, column = divmod(number, columns)
        return QRectF(column * width, row * _ROW, width, _ROW)

    def _entry(self, event: QMouseEvent) -> int:
        for number in range(len(STACK)):
            if self._place(number).contains(event.position()):
                return number
        return -1
