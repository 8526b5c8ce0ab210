"""An opponent color space, worked out on gamma-encoded sRGB in 0..1."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.color.terms import HUE_CORNERS

MINIMUM_CHROMA = 0.1
MAXIMUM_LIGHTNESS = 0.95
"""A pixel with less chroma, or with |O1| above this, has no hue worth counting."""

_ROUNDING = 1e-9  # must not decide about values that lie on a limit


class Opponent(NamedTuple):
    """Opponent color space; each ndarray of float64, shape (...)."""

    o1: NDArray[np.float64]
    """Lightness, −1..1."""
    o2: NDArray[np.float64]
    """Red against green, −1..1."""
    o3: NDArray[np.float64]
    """Yellow against blue, −1..1."""

    @property
    def hue(self) -> NDArray[np.float64]:
        """Angle of (O2, O3) in degrees, 0..360 (360 excluded); 0 where there is no chroma."""
        degrees = np.degrees(np.arctan2(self.o3, self.o2)) % 360.0
        return np.asarray(np.where(degrees >= 360.0, 0.0, degrees))

    @property
    def chroma(self) -> NDArray[np.float64]:
        """Length of (O2, O3)."""
        return np.hypot(self.o2, self.o3)

    @property
    def has_hue(self) -> NDArray[np.bool_]:
        """Where the chroma is large enough, and the color neither black nor white."""
        return (self.chroma >= MINIMUM_CHROMA - _ROUNDING) & (
            np.abs(self.o1) <= MAXIMUM_LIGHTNESS + _ROUNDING
        )


def opponent(rgb: NDArray[np.floating]) -> Opponent:
    """Gamma-encoded sRGB, 0..1, shape (..., 3), to the opponent space."""
    red, green, blue = (rgb[..., channel].astype(np.float64) for channel in range(3))
    return Opponent((red + green + blue - 1.5) / 1.5, red - green, (red + green - 2.0 * blue) / 2.0)


HUE_NAMES: tuple[tuple[float, str], ...] = tuple(
    (float(opponent(np.array(corner, dtype=np.float64)).hue), name)
    for name, corner in HUE_CORNERS.items()
)
"""Where the corners of the RGB cube lie: degrees and name, angles growing.

So a circle of hues can be read without colors.
"""
