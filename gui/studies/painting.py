"""What the charts of scans have in common: fonts, label lines, names on any ground."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPainterPath, QPen

from core.color.spaces import contrast_color
from core.color.terms import Rgb
from core.scans.label_styles import LabelStyle
from gui.look.theme import Tokens

LINE = 2.2
HALO = 4.0


def small(font: QFont) -> QFont:
    """A font one step smaller, with figures of equal width."""
    smaller = QFont(font)
    smaller.setPointSizeF(max(6.5, font.pointSizeF() - 1.5))
    smaller.setFeature(QFont.Tag("tnum"), 1)
    return smaller


def draw_label_line(
    painter: QPainter, path: QPainterPath, look: LabelStyle, tokens: Tokens, alpha: float = 1.0
) -> None:
    """A line in a label's color and pattern, with an edge that is seen on any ground."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    edge = QColor(tokens.border_strong)
    edge.setAlphaF(0.75 * alpha)
    painter.setPen(QPen(edge, HALO, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawPath(path)
    ground = QPen(QColor(tokens.surface), LINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    painter.setPen(ground)
    painter.drawPath(path)
    color = QColor(*look.color)
    color.setAlphaF(alpha)
    pen = QPen(color, LINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    if look.dash:
        pen.setDashPattern(list(look.dash))
    painter.setPen(pen)
    painter.drawPath(path)


def ink_on(color: Rgb) -> QColor:
    """Black or white, whichever can be read on a color."""
    return QColor(*contrast_color(color))


def draw_hatch(painter: QPainter, box: QRectF, tokens: Tokens) -> None:
    """The ground of what is left blank."""
    painter.fillRect(box, QColor(tokens.raised))
    painter.fillRect(box, QBrush(QColor(tokens.border), Qt.BrushStyle.BDiagPattern))


def draw_name(painter: QPainter, text: str, center: QPointF, tokens: Tokens) -> QRectF:
    """A name on a small plate of its own, so that it is read on any color; the plate."""
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(text) + 8.0, metrics.height() + 1.0
    box = QRectF(center.x() - width / 2, center.y() - height / 2, width, height)
    ground = QColor(tokens.surface)
    ground.setAlphaF(0.88)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(tokens.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return box


def draw_mark(painter: QPainter, center: QPointF, color: Rgb, radius: float = 4.5) -> None:
    """A round mark in a color, outlined twice."""
    painter.setBrush(QColor(*color))
    painter.setPen(QPen(QColor("white"), 3.2))
    painter.drawEllipse(center, radius, radius)
    painter.setPen(QPen(QColor("black"), 1.3))
    painter.drawEllipse(center, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers within a range, at most so many."""
    span = high - low
    if span <= 0 or most < 1:
        return [low]
    for step in _steps(span):
        first = -(-low // step)
        count = int((high + 1e-9 * span) // step - first) + 1
        if count <= most:
            return [(first + number) * step for number in range(count)]
    return [low, high]


def _steps(span: float) -> list[float]:
    base = 10.0**-3
    while base < span / 1000:
        base *= 10
    factors = [1.0, 2.0, 2.5, 5.0]
    steps = [base * 10**power * factor for power in range(5) for factor in factors]
    if span > 90:
        steps += [30.0, 45.0, 60.0, 90.0]  # for angles
        steps = sorted(step for step in steps if step != 50.0 or span != 360.0)
    return steps
