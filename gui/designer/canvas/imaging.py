"""Pictures of Qt as pixels and files, without scaling, smoothing or color conversion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage, QImageWriter, QPixmap

from core.base.errors import PictureError


def to_array(image: QImage) -> NDArray[np.uint8]:
    """The pixels of an image, uint8, shape (H, W, 3), sRGB; alpha is dropped."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), dtype=np.uint8).reshape(
        plain.height(), plain.bytesPerLine()
    )
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()


def to_png(image: QImage) -> bytes:
    """An image as PNG, alpha included; may be called beside the GUI thread.

    Raises
    ------
    PictureError
        If the image is empty or there is no memory for it.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(image):
        raise PictureError("The clipboard's picture cannot be read.", "Copy it again.")
    data: QByteArray = buffer.data()
    return bytes(data.data())


def tinted(coverage: NDArray[np.uint8], color: QColor, scale: float) -> QPixmap:
    """A coverage mask, uint8, shape (side, side), as a pixmap of one color.

    Parameters
    ----------
    scale : float
        The screen's scale factor: device pixels a widget unit.
    """
    side = coverage.shape[0]
    data = np.empty((side, side, 4), dtype=np.uint8)
    data[..., 0], data[..., 1], data[..., 2] = color.red(), color.green(), color.blue()
    data[..., 3] = coverage
    image = QImage(data.data, side, side, 4 * side, QImage.Format.Format_RGBA8888).copy()
    image.setDevicePixelRatio(scale)
    return QPixmap.fromImage(image)
