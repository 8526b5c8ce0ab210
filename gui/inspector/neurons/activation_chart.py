"""What a unit does with its strongest images, in color and in gray."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.units.unit_words import number_text
from gui.look.theme import Theme, number_font

_POINTS = 8.0


class ActivationChart(QWidget):
    """Values by rank: a line in color, dots in gray at the same positions."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.values: NDArray[np.float32] = np.empty(0, np.float32)
        self.gray: NDArray[np.float32] = np.empty(0, np.float32)
        self.setFont(number_font(_POINTS))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "Line: the unit's values for its strongest images, strongest first.\n"
            "Dots: its values at the same positions when the images are gray.\n"
            "The more the dots lie below the line, the more the unit needs color."
        )
        theme.changed.connect(self.update)

    def show_values(self, values: NDArray[np.float32], gray: NDArray[np.float32]) -> None:
        """Show lists of values, float32, shape (N,); NaN where there is none."""
        used = ~np.isnan(values)
        self.values, self.gray = values[used], gray[used]
        measured = self.gray[~np.isnan(self.gray)]
        text = "No values"
        if len(self.values):
            text = f"In color from {number_text(float(self.values[0]))} down to "
            text += number_text(float(self.values[-1]))
            if len(measured):
                text += f", in gray {number_text(float(measured.mean()))} on average"
        self.setAccessibleName("Values of the strongest images")
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(110, 64)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 64)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not len(self.values):
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            tokens = self._theme.tokens
            metrics = QFontMetricsF(self.font())
            measured = self.gray[~np.isnan(self.gray)]
            marks = np.concatenate([self.values, measured, [0.0]])
            low, high = float(marks.min()), float(marks.max())
            span = high - low or 1.0
            margin = metrics.horizontalAdvance(number_text(high)) + 4
            area = QRectF(margin, 5, self.width() - margin - 4, self.height() - 10)

            def points(values: NDArray[np.float32]) -> list[QPointF]:
                step = area.width() / max(len(values) - 1, 1)
                rise = area.height() / span
                return [
                    QPointF(area.left() + i * step, area.bottom() - (float(v) - low) * rise)
                    for i, v in enumerate(values)
                    if not np.isnan(v)
                ]

            zero = area.bottom() - (0.0 - low) / span * area.height()
            painter.setPen(QPen(QColor(tokens.grid), 1))
            painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))
            painter.setPen(QColor(tokens.muted))
            top = QRectF(0, area.top() - metrics.height() / 2, margin - 4, metrics.height())
            top.moveTop(max(0.0, top.top()))
            painter.drawText(top, Qt.AlignmentFlag.AlignRight, number_text(high))
            if zero - area.top() > 1.5 * metrics.height():
                base = QRectF(0, zero - metrics.height() / 2, margin - 4, metrics.height())
                base.moveBottom(min(float(self.height()), base.bottom()))
                painter.drawText(base, Qt.AlignmentFlag.AlignRight, "0")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.border_strong))
            for point in points(self.gray):
                painter.drawEllipse(point, 1.6, 1.6)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.accent), 1.8))
            line = points(self.values)
            if len(line) == 1:
                line.append(QPointF(area.right(), line[0].y()))
            painter.drawPolyline(QPolygonF(line))
