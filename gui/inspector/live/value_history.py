"""The value of one unit while the stimulus changes, as a line."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.units.unit_words import number_text
from gui.look.theme import Theme, number_font

LENGTH = 200
"""Values that are kept."""

_POINTS = 8.0


class ValueHistory(QWidget):
    """The latest values from left to right; a dashed line marks the best in the census."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.values: deque[float] = deque(maxlen=LENGTH)
        self.best: float | None = None
        self.setFont(number_font(_POINTS))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "The unit's value each time the stimulus changed, the latest on the right.\n"
            "The dashed line is its best in the census."
        )
        theme.changed.connect(self.update)
        self.clear()

    def clear(self) -> None:
        """Forget all values."""
        self.values.clear()
        self.setAccessibleName("No values yet")
        self.update()

    def add(self, value: float, best: float | None) -> None:
        """Add the value for another stimulus."""
        self.values.append(value)
        self.best = best
        low, high = number_text(min(self.values)), number_text(max(self.values))
        self.setAccessibleName(f"Values between {low} and {high}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, 54)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            tokens = self._theme.tokens
            metrics = QFontMetricsF(self.font())
            marks = [0.0, *self.values, *([self.best] if self.best is not None else [])]
            low, high = min(marks), max(marks)
            texts = [number_text(high), number_text(low)]
            margin = max(metrics.horizontalAdvance(text) for text in texts) + 5
            area = QRectF(margin, metrics.height() / 2, 0, 0)
            area.setRight(self.width() - 4)
            area.setBottom(self.height() - metrics.height() / 2)
            span = high - low or 1.0

            def place(value: float) -> float:
                return area.bottom() - (value - low) / span * area.height()

            painter.setPen(QPen(QColor(tokens.grid), 1))
            for value in {low, high, 0.0}:
                painter.drawLine(
                    QPointF(area.left(), place(value)), QPointF(area.right(), place(value))
                )
            painter.setPen(QColor(tokens.muted))
            for text, value in zip(texts, (high, low), strict=True):
                if value == high or high > low:
                    box = QRectF(
                        0, place(value) - metrics.height() / 2, margin - 5, metrics.height()
                    )
                    painter.drawText(box, Qt.AlignmentFlag.AlignRight, text)
            if self.best is not None:
                pen = QPen(QColor(tokens.muted), 1, Qt.PenStyle.DashLine)
                painter.setPen(pen)
                y = place(self.best)
                painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            if self.values:
                step = area.width() / (LENGTH - 1)
                start = area.right() - (len(self.values) - 1) * step
                points = [QPointF(start + i * step, place(v)) for i, v in enumerate(self.values)]
                painter.setPen(QPen(QColor(tokens.accent), 1.6))
                painter.drawPolyline(QPolygonF(points))
                painter.setBrush(QColor(tokens.accent))
                painter.drawEllipse(points[-1], 2.6, 2.6)
