"""The small square that shows a color beside its name."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from core.color.terms import Rgb
from gui.look.theme import Tokens

SIDE = 16
_SQUARE = 12
_SCALE = 3


def swatch_icon(color: Rgb, tokens: Tokens) -> QIcon:
    """A square of a color whose outline is seen on any ground, with room to the text behind it."""
    pixmap = QPixmap(SIDE * _SCALE, SIDE * _SCALE)
    pixmap.setDevicePixelRatio(_SCALE)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setPen(QPen(QColor(tokens.border_strong), 1.0))
        painter.setBrush(QColor(*color))
        painter.drawRect(QRectF(0.5, (SIDE - _SQUARE) / 2 + 0.5, _SQUARE - 1, _SQUARE - 1))
    icon = QIcon()
    # The same when its row is selected: a color never changes with the state of a list.
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        icon.addPixmap(pixmap, mode)
    return icon
