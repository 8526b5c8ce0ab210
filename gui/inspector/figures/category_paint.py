"""Categories of units as painted: a color, a pattern and a letter, for bars and legends alike."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen

from core.units.category_styles import CategoryStyle, Pattern
from gui.look.theme import Tokens

_DARK_INK, _LIGHT_INK = "#14171b", "#ffffff"
_DARK_GROUNDS = ("not activated", "dead")
_PATTERN_ALPHA = 120

_BRUSHES: dict[Pattern, Qt.BrushStyle] = {
    "level": Qt.BrushStyle.HorPattern,
    "rising": Qt.BrushStyle.BDiagPattern,
    "crossed": Qt.BrushStyle.DiagCrossPattern,
    "dots": Qt.BrushStyle.Dense6Pattern,
    "upright": Qt.BrushStyle.VerPattern,
}


def ink_of(style: CategoryStyle) -> QColor:
    """The color of a letter on the category's own color."""
    return QColor(_LIGHT_INK if style.category in _DARK_GROUNDS else _DARK_INK)


def paint_category(painter: QPainter, style: CategoryStyle, box: QRectF, tokens: Tokens) -> None:
    """Fill a box with color and pattern, and draw its outline."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(box, QColor(style.color))
    brush = _BRUSHES.get(style.pattern)
    if brush is not None:
        ink = ink_of(style)
        ink.setAlpha(_PATTERN_ALPHA)
        painter.fillRect(box, QBrush(ink, brush))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # The outline carries what is as light or dark as the ground.
    painter.setPen(QPen(QColor(tokens.border_strong), 1.0))
    painter.drawRect(box)


def paint_letter(painter: QPainter, style: CategoryStyle, box: QRectF, font: QFont) -> None:
    """Write the letter into a box that has room for it, on a plate that keeps it readable."""
    metrics = QFontMetricsF(font)
    wide, high = metrics.horizontalAdvance(style.letter) + 6, metrics.capHeight() + 6
    if box.width() < wide or box.height() < high:
        return
    plate = QRectF(0, 0, wide, high)
    plate.moveCenter(box.center())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(style.color))
    painter.drawRoundedRect(plate, 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(ink_of(style))
    painter.setFont(font)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, style.letter)
