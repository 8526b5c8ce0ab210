"""The stimulus with one unit's map over it, and the box of pixels that its strongest place sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.network.receptive_field import Box
from gui.inspector.pixels import picture_image, veil_image
from gui.look.theme import Theme

_LEAST, _USUAL = 96, 190
STRENGTH = 0.85
"""Opacity of the veil where the unit is weakest."""


class StimulusOverlay(QWidget):
    """Shows the very pixels that the map was made of.

    Where the unit is strong the picture shows as it is; where it is weak a gray veil covers it.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pixels: NDArray[np.uint8] | None = None
        self._map: NDArray[np.float32] | None = None
        self.box: Box | None = None
        self.veiled = True
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(_LEAST, _LEAST)
        theme.changed.connect(self.update)
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self._pixels = self._map = self.box = None
        self.setAccessibleName("No map is shown")
        self.setToolTip("")
        self.update()

    def show_map(
        self,
        pixels: NDArray[np.uint8],
        values: NDArray[np.float32] | None,
        box: Box | None,
        text: str,
    ) -> None:
        """Show a picture with a map.

        Parameters
        ----------
        pixels : ndarray of uint8, shape (side, side, 3), sRGB
        values : ndarray of float32, shape (h, w), or None
            None if the unit's value has no place in the picture.
        box : Box or None
            What the strongest place depends on, in pixels of the picture.
        text : str
            What is shown, in words.
        """
        self._pixels, self._map, self.box = pixels, values, box
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.update()

    def set_veiled(self, veiled: bool) -> None:
        """Lay the map over the picture, or leave that away."""
        self.veiled = veiled
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_USUAL, _USUAL)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return width

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            side = min(self.width(), self.height())
            area = QRectF((self.width() - side) / 2, 0, side, side)
            tokens = self._theme.tokens
            if self._pixels is None:
                painter.fillRect(area, QColor(tokens.canvas))
                return
            painter.drawImage(area, picture_image(self._pixels))
            if self._map is not None and self.veiled:
                low, high = float(self._map.min()), float(self._map.max())
                painter.drawImage(area, veil_image(self._map, low, high, STRENGTH))
            painter.setPen(QColor(tokens.border_strong))
            painter.drawRect(area.adjusted(0, 0, -1, -1))
            if self.box is not None:
                draw_box(painter, self.box, area, self._pixels.shape[0])


def draw_box(painter: QPainter, box: Box, area: QRectF, side: int, thin: bool = False) -> None:
    """A frame seen on any ground: dark, light, dark."""
    scale = area.width() / side
    frame = QRectF(
        area.left() + box.left * scale,
        area.top() + box.top * scale,
        (box.right - box.left) * scale,
        (box.bottom - box.top) * scale,
    )
    dark, light = (2.0, 1.0) if thin else (3.5, 1.5)
    frame.adjust(light, light, -light, -light)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((QColor(0, 0, 0, 170), dark), (QColor(255, 255, 255), light)):
        pen = QPen(color, width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(frame)
