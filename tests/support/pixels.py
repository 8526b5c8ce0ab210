"""Pictures of Qt as pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def to_array(image: QImage) -> NDArray[np.uint8]:
    """The pixels of an image, uint8, shape (H, W, 3), sRGB; alpha is dropped."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), dtype=np.uint8).reshape(
        plain.height(), plain.bytesPerLine()
    )
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()
