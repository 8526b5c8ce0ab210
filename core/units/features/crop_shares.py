"""How much of a crop the figure takes up, for all crops of a census.

An image's labels count for a unit whatever the unit can see of it. As an option a slot counts only
if its part of the picture, the figure or the background, takes up a minimum of the crop.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.stimuli.factorial import FactorialSet
from core.stimuli.render import render_coverage

MINIMUM_SHARE = 0.01
"""Least share of a crop for a slot to count, where that is asked for."""


def measure_shares(
    stimuli: FactorialSet,
    images: NDArray[np.int64],
    boxes: NDArray[np.integer],
    shares: NDArray[np.float32],
) -> Iterator[float]:
    """Share of each crop that the figure covers, step by step; the rest is background.

    Each mask is drawn once, whatever the number of crops. The share of the work that is done comes
    out after every mask, so that a caller can stop.

    Parameters
    ----------
    images : ndarray of int64, shape (M,)
        Numbers of the images; −1 for none.
    boxes : ndarray of int, shape (M, 4)
        Left, top, right, bottom of the crops in pixels, cut off at the picture's border.
    shares : ndarray of float32, shape (M,)
        Takes the result, 0..1; NaN for no image and for an empty box.

    Raises
    ------
    FontError
        If a word cannot be drawn in its font.
    """
    shares[:] = np.nan
    used = np.flatnonzero(images >= 0)
    numbers = mask_numbers(stimuli, images[used])
    order = np.argsort(numbers, kind="stable")
    used, numbers = used[order], numbers[order]
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    sums = np.zeros((stimuli.side + 1, stimuli.side + 1))
    for start, rows in zip(starts, np.split(used, starts[1:]), strict=False):
        coverage = render_coverage(stimuli.spec(int(images[rows[0]])).stimulus)
        sums[1:, 1:] = coverage.cumsum(axis=0, dtype=np.int64).cumsum(axis=1)
        left, top, right, bottom = boxes[rows].T
        covered = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        area = (right - left) * (bottom - top)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares[rows] = np.where(area > 0, covered / (255.0 * area), np.nan)
        yield (start + len(rows)) / len(used)


def counted(
    shares: NDArray[np.float32], minimum: float = MINIMUM_SHARE
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where the figure and where the background takes up at least the minimum of a crop.

    Parameters
    ----------
    shares : ndarray of float32, any shape
        Of the figure, 0..1; NaN counts for neither.
    minimum : float
        0..1.

    Returns
    -------
    figure, background : ndarray of bool, same shape
    """
    # Rounding must not decide about a crop that is covered just enough.
    return shares >= minimum - 1e-6, 1.0 - shares >= minimum - 1e-6


def mask_numbers(stimuli: FactorialSet, images: NDArray[np.int64]) -> NDArray[np.int64]:
    """`FactorialSet.geometry_index` of many images: equal for images of the same mask."""
    if stimuli.geometry == "independent":
        return images
    numbers = {subject: number for number, subject in enumerate(stimuli.subjects)}
    subject = np.array([numbers[condition.subject] for condition in stimuli.combinations])
    samples, combinations = np.divmod(images, len(subject))
    return np.asarray(samples * len(numbers) + subject[combinations], dtype=np.int64)
