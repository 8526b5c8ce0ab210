"""OKLCH: lightness, chroma and hue of sRGB colors.

Source: Björn Ottosson, "A perceptual color space for image processing" (2020), with the matrices
that go straight from linear sRGB to cone responses. CSS Color 4 uses the same space. Its way back
is the numerical inverse of the way there, so that a color that goes both ways stays the very same.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.color.terms import Rgb

MAX_CHROMA = 0.3226
"""No sRGB color has more; that of magenta is 0.3225."""

_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_CONES = np.linalg.inv(_CONES)
_FROM_LAB = np.linalg.inv(_LAB)


class Oklch(NamedTuple):
    """A color in cylindrical coordinates.

    Red has a hue of 29, yellow of 110, green of 142, blue of 264; gray has none.
    """

    lightness: float  # 0 for black to 1 for white
    chroma: float  # 0 for gray; at most `MAX_CHROMA` within sRGB
    hue: float  # degrees, 0..360


def to_oklch(rgb: Rgb) -> Oklch:
    """The coordinates of an sRGB color."""
    lightness, a, b = (_LAB @ np.cbrt(_CONES @ linear(np.array(rgb) / 255.0))).tolist()
    return Oklch(lightness, float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360.0))


def to_srgb(color: Oklch) -> Rgb | None:
    """The nearest sRGB value; None if a channel would leave 0..255 by more than rounding."""
    turn = np.radians(color.hue)
    lab = (color.lightness, color.chroma * np.cos(turn), color.chroma * np.sin(turn))
    values = 255.0 * _encoded(_FROM_CONES @ (_FROM_LAB @ np.array(lab)) ** 3)
    rounded = np.floor(values + 0.5)
    if rounded.min() < 0.0 or rounded.max() > 255.0:
        return None
    red, green, blue = (int(value) for value in rounded)
    return red, green, blue


def linear(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Channels without their gamma (IEC 61966-2-1)."""
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _encoded(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Channels with their gamma; odd about 0, so that negative ones stay negative."""
    size = np.abs(linear)
    curved = 1.055 * np.maximum(size, 0.0031308) ** (1 / 2.4) - 0.055
    return np.sign(linear) * np.where(size <= 0.0031308, 12.92 * size, curved)
