"""Maps as Qt's images: shades of gray, and veils over pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage


def map_image(values: NDArray[np.float32], low: float, high: float) -> QImage:
    """A map, float32, shape (H, W), in shades of gray: up to `low` black, from `high` on white.

    Both are equal for a map without contrast, which is mid gray.
    """
    data = np.ascontiguousarray(_levels(values, low, high))
    height, width = data.shape
    return QImage(data.data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def veil_image(values: NDArray[np.float32], low: float, high: float, strength: float) -> QImage:
    """A veil of mid gray over a picture, thinnest where a map, float32, shape (H, W), is strongest.

    `strength` is the opacity where it is weakest, 0..1; a map without contrast has no veil.
    """
    height, width = values.shape
    data = np.zeros((height, width, 4), dtype=np.uint8)
    if high > low:
        hidden = 1.0 - _levels(values, low, high) / 255.0
        data[..., :3] = 128
        data[..., 3] = np.rint(255.0 * strength * hidden)
    return QImage(data.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def _levels(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    if not high > low:
        return np.full(values.shape, 128, dtype=np.uint8)
    share = (values.astype(np.float64) - low) / (high - low)
    return np.asarray(np.rint(255.0 * np.clip(share, 0.0, 1.0)), dtype=np.uint8)
