"""A Gaussian blur of coverage masks.

What lies outside the picture takes part: the mask is drawn with a margin as wide as the blur
reaches, so that a figure cut by the border is blurred like any other.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from core.stimuli.coverage import Outline, coverage_mask

_REACH = 4.0
"""Standard deviations after which the bell is cut; 0.006 % of it lies beyond."""


def blurred_mask(outline: Outline, side: int, sigma: float) -> NDArray[np.uint8]:
    """Coverage of an outline, as in `core.stimuli.coverage`, convolved with a Gaussian.

    The standard deviation `sigma` is in pixels and above 0. The weights are the Gaussian at whole
    pixels, cut at four standard deviations and made to sum to one; the result, uint8 (side, side),
    is rounded to nearest.
    """
    margin = ceil(_REACH * sigma)
    moved = [contour + margin for contour in outline]
    mask = coverage_mask(moved, side + 2 * margin).astype(np.float64)
    weights = _weights(side, margin, sigma)
    return np.asarray(np.rint(weights @ mask @ weights.T), dtype=np.uint8)


@lru_cache(maxsize=8)
def _weights(side: int, margin: int, sigma: float) -> NDArray[np.float64]:
    """Row i holds the weights of the pixels that pixel i of the picture gathers."""
    places = np.arange(side + 2 * margin)
    distance = places[None, :] - (np.arange(side) + margin)[:, None]
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    weights[np.abs(distance) > margin] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    weights.setflags(write=False)  # shared by the cache
    return weights
