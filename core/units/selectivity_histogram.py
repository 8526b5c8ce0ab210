"""How color selective the units of each block are: figure 2 of the paper.

No published cut-off could be verified, so the whole histogram is shown: ten equal bins from 0 to 1,
a bin of their own for negative values, and units without an index counted beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10

ROUNDING = 1e-5
"""Selectivities this close to 0 count as 0: color and gray activations of a gray picture may differ
in their last bits, which says nothing about color."""


@dataclass(frozen=True, eq=False)
class SelectivityHistogram:
    """Units by group and color selectivity α."""

    groups: tuple[str, ...]
    """Layers or blocks."""
    counts: NDArray[np.int64]
    """Bin i holds i / 10 ≤ α < (i + 1) / 10; the last one 1 as well. Shape (groups, 10)."""
    negative: NDArray[np.int64]
    """Units with α < 0: they like gray better. Shape (groups,)."""
    undefined: NDArray[np.int64]
    """Units without α. With the others they add up to the units of a group exactly. Shape
    (groups,).
    """

    @property
    def defined(self) -> NDArray[np.int64]:
        """Units with α in each group, int64, shape (groups,)."""
        return np.asarray(self.counts.sum(axis=1) + self.negative)

    @property
    def units(self) -> NDArray[np.int64]:
        """Units of each group, int64, shape (groups,)."""
        return self.defined + self.undefined

    @property
    def percent(self) -> NDArray[np.float64]:
        """Negatives, then the ten bins, in percent of the group's units with α, shape (groups, 11).

        NaN for a group in which no unit has α.
        """
        columns = np.column_stack([self.negative, self.counts])
        with np.errstate(invalid="ignore"):
            return 100.0 * columns / self.defined[:, None]


def bins_of(selectivity: NDArray[np.float64]) -> NDArray[np.int8]:
    """Each unit's bin: 0..9, −1 for negative values, −2 for undefined ones; int8, shape (U,)."""
    near_zero = np.abs(selectivity) <= ROUNDING
    values = np.where(near_zero, 0.0, selectivity)
    undefined = np.isnan(values)
    # The tolerance puts 1 − 0.9, which comes out a little below 0.1, into the bin of 0.1.
    bins = np.floor(np.where(undefined, 0.0, values) * BINS + 1e-9).clip(-1, BINS - 1)
    return np.where(undefined, -2, bins).astype(np.int8)


def selectivity_histogram(
    selectivity: NDArray[np.float64], group_of: NDArray[np.integer], groups: tuple[str, ...]
) -> SelectivityHistogram:
    """Count the units of each group by color selectivity.

    Parameters
    ----------
    selectivity : ndarray of float64, shape (U,)
        NaN where undefined.
    group_of : ndarray of int, shape (U,)
        Each unit's group as a place in `groups`.
    groups : tuple of str
        In the order to show.
    """
    width = BINS + 2
    cells = group_of.astype(np.int64) * width + bins_of(selectivity) + 2
    table = np.bincount(cells, minlength=len(groups) * width).reshape(len(groups), width)
    return SelectivityHistogram(
        groups=groups,
        counts=table[:, 2:].astype(np.int64),
        negative=table[:, 1].astype(np.int64),
        undefined=table[:, 0].astype(np.int64),
    )


def selective_counts(
    selectivity: NDArray[np.float64],
    cut_off: float,
    group_of: NDArray[np.integer],
    groups: tuple[str, ...],
) -> NDArray[np.int64]:
    """Units of each group whose selectivity is at least the cut-off, int64, shape (groups,).

    Undefined values reach no cut-off.
    """
    reached = np.asarray(group_of)[selectivity >= cut_off]
    return np.bincount(reached, minlength=len(groups)).astype(np.int64)
