"""Which units to look at: what a click on a figure means. Imports no torch."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.color.terms import COLOR_TERMS
from core.units.neuron_indices import NeuronIndices
from core.units.selectivity_histogram import BINS, bins_of
from core.units.type_histogram import CATEGORIES

NEGATIVE, UNDEFINED = -1, -2
"""Bins of `core.units.selectivity_histogram.bins_of` besides 0..9."""


class UnitFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Units that meet all that is given; every unit if nothing is."""

    layers: tuple[str, ...] = ()
    """Names; a unit may lie in any of them."""
    category: str = ""
    """One of `core.units.type_histogram.CATEGORIES`."""
    label: str = ""
    """Color term of the unit's type."""
    selectivity_bin: int | None = None
    """Bin of the histogram of color selectivities: 0..9, `NEGATIVE` or `UNDEFINED`."""
    selective: bool = False
    """Only units that reach the cut-off of the color selectivity."""
    hue: tuple[float, float] | None = None
    """Degrees from and up to (end excluded), going up, across 0° if need be."""

    def mask(
        self, indices: NeuronIndices, hue: NDArray[np.float64] | None = None
    ) -> NDArray[np.bool_]:
        """Units that pass, bool, shape (U,).

        Parameters
        ----------
        hue : ndarray of float64, shape (U,), optional
            Each unit's hue in degrees; NaN where it has none. Without it no unit has a hue.
        """
        census = indices.census
        mask = np.ones(len(indices), dtype=np.bool_)
        if self.layers:
            chosen = np.array([layer.name in self.layers for layer in census.layers])
            mask &= chosen[census.layer_numbers]
        if self.category:
            codes = indices.categories
            mask &= False if codes is None else codes == CATEGORIES.index(self.category)
        if self.label:
            types = indices.types
            mask &= False if types is None else types.labels == COLOR_TERMS.index(self.label)
        if self.selectivity_bin is not None:
            mask &= bins_of(indices.selectivity) == self.selectivity_bin
        if self.selective:
            mask &= indices.selective
        if self.hue is not None:
            low, high = self.hue
            # NaN lies nowhere.
            mask &= False if hue is None else (hue - low) % 360.0 < (high - low) % 360.0
        return mask

    def in_words(self) -> str:
        """What passes, e.g. ``"layer3.4 · color word"``; empty if every unit does."""
        parts = []
        if len(self.layers) > 2:
            parts.append(f"{self.layers[0]} … {self.layers[-1]}")
        elif self.layers:
            parts.append(" and ".join(self.layers))
        if self.category:
            parts.append(self.category)
        if self.label:
            parts.append(self.label)
        if self.selectivity_bin is not None:
            parts.append(bin_words(self.selectivity_bin))
        if self.selective:
            parts.append("color selective")
        if self.hue is not None:
            parts.append(f"hue {self.hue[0]:g}–{self.hue[1]:g}°")
        return " · ".join(parts)


def bin_words(number: int) -> str:
    """A bin of the histogram of color selectivities in words."""
    if number == UNDEFINED:
        return "color selectivity undefined"
    if number == NEGATIVE:
        return "color selectivity below 0"
    return f"color selectivity {number / BINS:g}–{(number + 1) / BINS:g}"
