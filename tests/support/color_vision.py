"""What people with one kind of cone missing see, and how far apart two colors look.

Source: G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A physiologically-based model for
simulation of color vision deficiency", IEEE Transactions on Visualization and Computer Graphics
15 (2009) 1291–1298; the matrices of severity 1.0, which act on linear RGB.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]

DEFICIENCIES: dict[str, NDArray[np.float64]] = {
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
VISIONS = ("normal", *DEFICIENCIES)

_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.9505], [1.0], [1.089]])
"""Linear sRGB to XYZ, as shares of the white of D65 (IEC 61966-2-1)."""


def seen(rgb: Rgb, vision: str) -> NDArray[np.float64]:
    """A color as it looks with a kind of vision: linear RGB, 0..1."""
    share = np.array(rgb) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    if vision == "normal":
        return linear
    return np.clip(DEFICIENCIES[vision] @ linear, 0, 1)


def distance(one: Rgb, other: Rgb, vision: str) -> float:
    """Distance in CIELAB (CIE 1976) of two colors; about 2 can just be told apart side by side."""
    return float(np.linalg.norm(_lab(seen(one, vision)) - _lab(seen(other, vision))))


def _lab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = _XYZ @ linear
    limit = 6 / 29
    x, y, z = np.where(shares > limit**3, np.cbrt(shares), shares / (3 * limit**2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
