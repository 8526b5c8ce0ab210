"""The gray version of a picture: Rec. 601 luma on gamma-encoded values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# 0.299, 0.587 and 0.114 in units of 2^-16; their sum is exactly one, so that gray stays as it is.
_WEIGHTS = (19595, 38470, 7471)


def gray_version(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Replace each color by the gray of its luma.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (..., 3), sRGB

    Returns
    -------
    ndarray of uint8, shape (..., 3), sRGB
        Three equal channels, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) rounded to nearest. What
        is gray already comes back unchanged.
    """
    red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
    luma = red * _WEIGHTS[0] + green * _WEIGHTS[1] + blue * _WEIGHTS[2] + 0x8000
    return np.repeat((luma >> 16).astype(np.uint8)[..., None], 3, axis=-1)
