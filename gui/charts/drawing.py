"""What charts are drawn with: fonts, lines, plates, marks, hatches, and places for names."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPainterStateGuard,
    QPen,
)

from core.color.spaces import contrast_color
from core.color.terms import Rgb
from core.figures.description import Curve
from gui.look.theme import Tokens

LINE = 2.2
HALO = 4.0
_FILL_ALPHA = 90

MIDDLE = Qt.AlignmentFlag.AlignVCenter
CENTER = Qt.AlignmentFlag.AlignCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def small_font(font: QFont) -> QFont:
    """A font one step smaller, with figures of equal width: that of axes and notes."""
    smaller = QFont(font)
    smaller.setPointSizeF(max(6.5, font.pointSizeF() - 1.25))
    smaller.setFeature(QFont.Tag("tnum"), 1)
    return smaller


def bold_font(font: QFont) -> QFont:
    """A font in its strong weight."""
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold


def elided(font: QFont, text: str, width: float) -> str:
    """A text cut at its end to a width in pixels."""
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, width)


def draw_curve(painter: QPainter, path: QPainterPath, curve: Curve, tokens: Tokens) -> None:
    """A line in a curve's color and pattern, with an edge that is seen on any ground."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    edge = QColor(tokens.border_strong)
    edge.setAlphaF(0.75)
    painter.setPen(QPen(edge, HALO, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawPath(path)
    ground = QPen(QColor(tokens.surface), LINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    painter.setPen(ground)
    painter.drawPath(path)
    pen = QPen(QColor(curve.color), LINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    if curve.dash:
        pen.setDashPattern(list(curve.dash))
    painter.setPen(pen)
    painter.drawPath(path)


def ink_on(color: Rgb) -> QColor:
    """Black or white, whichever can be read on a color."""
    return QColor(*contrast_color(color))


def fill_of(tokens: Tokens) -> QColor:
    """The inside of bars that stand for nothing in particular."""
    color = QColor(tokens.accent)
    color.setAlpha(_FILL_ALPHA)
    return color


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
    painter.drawText(box, CENTER, text)
    return box


def draw_mark(painter: QPainter, center: QPointF, color: Rgb, radius: float = 4.5) -> None:
    """A round mark in a color, outlined twice."""
    painter.setBrush(QColor(*color))
    painter.setPen(QPen(QColor("white"), 3.2))
    painter.drawEllipse(center, radius, radius)
    painter.setPen(QPen(QColor("black"), 1.3))
    painter.drawEllipse(center, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def draw_outlined(painter: QPainter, text: str, place: QPointF) -> QRectF:
    """Write a text that is read on any color, its line beginning at a place; where it lies."""
    path = QPainterPath()
    path.addText(place, painter.font(), text)
    painter.strokePath(path, QPen(QColor("white"), 2.6))
    painter.fillPath(path, QColor("black"))
    return path.boundingRect()


def draw_upright(painter: QPainter, text: str, box: QRectF, flags: Qt.AlignmentFlag) -> None:
    """A text that reads from below to above; `flags` place it in the box as it is turned."""
    with QPainterStateGuard(painter):
        painter.translate(box.center())
        painter.rotate(-90)
        turned = QRectF(-box.height() / 2, -box.width() / 2, box.height(), box.width())
        painter.drawText(turned, flags, text)


def box_path(box: QRectF) -> QPainterPath:
    """A rectangle as a shape."""
    path = QPainterPath()
    path.addRect(box)
    return path


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


def nice_ticks(low: float, high: float, most: int, *, degrees: bool = False) -> list[float]:
    """Round numbers within a range, at most so many; of angles if they are in degrees."""
    span = high - low
    if span <= 0 or most < 1:
        return [low]
    for step in _steps(span, degrees):
        first = -(-low // step)
        count = int((high + 1e-9 * span) // step - first) + 1
        if count <= most:
            return [(first + number) * step for number in range(count)]
    return [low, high]


def _steps(span: float, degrees: bool) -> list[float]:
    base = 10.0**-3
    while base < span / 1000:
        base *= 10
    factors = [1.0, 2.0, 2.5, 5.0]
    steps = [base * 10**power * factor for power in range(5) for factor in factors]
    if degrees and span > 90:
        steps += [30.0, 45.0, 60.0, 90.0]
        steps = sorted(step for step in steps if step != 50.0 or span != 360.0)
    return steps
