"""A picture as large as there is room for, in a frame, or a sentence where there is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from core.base.tables import Column, Table
from gui.charts.view import ChartView
from gui.look.theme import Theme
from gui.widgets.images import to_image

_SMOOTH_FROM = 24
"""Pixels of the sides from which on a picture can be smooth."""


class PictureView(ChartView):
    """Shows sRGB pixels, uint8, shape (H, W, 3); a subclass may draw over them in `paint_over`.

    Pixels are seen as squares; where it is `smooth`, only those of very small pictures.
    """

    def __init__(
        self, theme: Theme, name: str, parent: QWidget | None = None, *, smooth: bool = False
    ) -> None:
        super().__init__(theme, name, parent)
        self.pixels: NDArray[np.uint8] | None = None
        self._image = QImage()
        self._instead = ""
        self._smooth = smooth
        self.add_layer(self._paint)

    def show_picture(self, pixels: NDArray[np.uint8] | None, instead: str = "") -> None:
        """Show a picture, or a text where there is none."""
        self.pixels, self._instead = pixels, instead
        self._image = QImage() if pixels is None else to_image(pixels)
        self.refresh()

    @property
    def area(self) -> QRectF:
        """The square in which the picture lies."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, 0, side, side)

    def paint_over(self, painter: QPainter, area: QRectF) -> None:
        """Draw over the picture, below its frame."""

    def table(self) -> Table | None:
        """The pixels."""
        if self.pixels is None:
            return None
        columns = tuple(Column(name, "int") for name in ("row", "column", "red", "green", "blue"))
        rows = tuple(
            (*place, *self.pixels[place].tolist()) for place in np.ndindex(self.pixels.shape[:2])
        )
        return Table(columns, rows)

    def _paint(self, painter: QPainter) -> None:
        tokens, area = self.tokens, self.area
        if self.pixels is None:
            painter.fillRect(area, QColor(tokens.canvas))
            painter.setPen(QColor(tokens.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area.adjusted(6, 6, -6, -6), int(flags), self._instead)
        else:
            smooth = self._smooth and self._image.width() >= _SMOOTH_FROM
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(area, self._image)
            self.paint_over(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QColor(tokens.border_strong))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area.adjusted(0, 0, -1, -1))
