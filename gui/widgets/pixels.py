"""Pixels as Qt's images, without scaling, smoothing or color conversion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """An image of exactly these pixels, uint8, shape (H, W, 3), sRGB."""
    data = np.ascontiguousarray(pixels)
    height, width = data.shape[:2]
    # The copy owns its memory: the array may go away.
    return QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
