"""Where the name of a region of a map is best written: deep inside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.scans.result import NO_WINNER

_LEAST_SHARE = 0.004
"""Regions below this share of all cells go without a name."""


def region_centers(winners: NDArray[np.int64]) -> tuple[tuple[int, int, int], ...]:
    """One place for the name of each connected region, the largest regions first.

    Parameters
    ----------
    winners : ndarray of int64, shape (rows, columns)

    Returns
    -------
    tuple of (label, row, column)
        A cell that lies deepest in its region, the first of equal ones.
    """
    found: list[tuple[int, int, int, int]] = []
    left = winners != NO_WINNER
    for row, column in np.argwhere(left).tolist():
        if not left[row, column]:
            continue
        region = _grown(winners, row, column)
        left &= ~region
        size = int(region.sum())
        if size >= max(2, _LEAST_SHARE * winners.size):
            deep_row, deep_column = _deepest(region)
            found.append((size, int(winners[row, column]), deep_row, deep_column))
    found.sort(key=lambda one: -one[0])
    return tuple((label, row, column) for _size, label, row, column in found)


def _grown(winners: NDArray[np.int64], row: int, column: int) -> NDArray[np.bool_]:
    """The cells connected with one, through sides."""
    same = winners == winners[row, column]
    region = np.zeros(winners.shape, dtype=np.bool_)
    region[row, column] = True
    edge = [(row, column)]
    rows, columns = winners.shape
    while edge:
        r, c = edge.pop()
        for near_row, near_column in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            if not (0 <= near_row < rows and 0 <= near_column < columns):
                continue
            if same[near_row, near_column] and not region[near_row, near_column]:
                region[near_row, near_column] = True
                edge.append((near_row, near_column))
    return region


def _deepest(region: NDArray[np.bool_]) -> tuple[int, int]:
    """Peel the region until nothing is left; what goes last lies deepest."""
    layer = np.pad(region, 1)
    last = region
    while layer.any():
        last = layer[1:-1, 1:-1]
        peeled = layer.copy()
        peeled[1:, :] &= layer[:-1, :]
        peeled[:-1, :] &= layer[1:, :]
        peeled[:, 1:] &= layer[:, :-1]
        peeled[:, :-1] &= layer[:, 1:]
        layer = peeled
    rest = np.argwhere(last)
    middle = rest[np.abs(rest - rest.mean(axis=0)).sum(axis=1).argmin()]
    return int(middle[0]), int(middle[1])
