"""Qt's images: the exact pixels of an array, and the small square beside the name of a color."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QIcon, QImage, QPainter, QPen, QPixmap

from core.color.terms import Rgb
from gui.look.theme import Tokens

SWATCH_SIDE = 14
_SCALE = 3


def swatch_icon(color: Rgb | None, tokens: Tokens) -> QIcon:
    """A square of a color with an outline seen on any ground; hatched for labels without one."""
    pixmap = QPixmap(SWATCH_SIDE * _SCALE, SWATCH_SIDE * _SCALE)
    pixmap.setDevicePixelRatio(_SCALE)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        box = QRectF(1, 1, SWATCH_SIDE - 2, SWATCH_SIDE - 2)
        painter.setPen(QPen(QColor(tokens.border_strong), 1.0))
        if color is None:
            painter.setBrush(QColor(tokens.accent_soft))
            painter.drawRect(box)
            painter.setBrush(QBrush(QColor(tokens.accent), Qt.BrushStyle.BDiagPattern))
        else:
            painter.setBrush(QColor(*color))
        painter.drawRect(box)
    icon = QIcon()
    # The same square when its row is selected: a color never changes with the state of a list.
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        icon.addPixmap(pixmap, mode)
    return icon


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """An image of exactly these pixels, uint8, shape (H, W, 3), sRGB; no scaling, no conversion."""
    data = np.ascontiguousarray(pixels)
    height, width = data.shape[:2]
    # The copy owns its memory: the array may go away.
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
