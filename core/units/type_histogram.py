"""How many units of each layer are of each type: figure 5 of the paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.units.neuron_types import COLOR, TYPES, NeuronTypes

CATEGORIES = (
    "dead",
    "not activated",
    "color multimodal",
    "color word",
    "chromatic color",
    "achromatic color",
    "any word",
    "other",
)
"""The types in the order they are tested, with colors parted as in the paper."""

_CHROMATIC = CATEGORIES.index("chromatic color")
_OF_TYPE = np.array(
    [code if code <= COLOR else code + 1 for code in range(len(TYPES))], dtype=np.uint8
)


@dataclass(frozen=True, eq=False)
class TypeHistogram:
    """Units by layer and category."""

    layers: tuple[str, ...]
    counts: NDArray[np.int64]
    """In the order of `CATEGORIES`; a row adds up to the units of its layer exactly. Shape (layers,
    categories).
    """

    @property
    def units(self) -> NDArray[np.int64]:
        """Units of each layer, int64, shape (layers,)."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def percent(self) -> NDArray[np.float64]:
        """Counts in percent of their layer, float64, same shape; NaN for a layer without units."""
        with np.errstate(invalid="ignore"):
            return 100.0 * self.counts / self.units[:, None]


def categories_of(types: NeuronTypes) -> NDArray[np.uint8]:
    """Each unit's place in `CATEGORIES`, uint8, shape (U,)."""
    categories = _OF_TYPE[types.codes]
    categories[(types.codes == COLOR) & ~types.chromatic] = _CHROMATIC + 1
    return categories


def type_histogram(
    types: NeuronTypes, layer_of: NDArray[np.integer], layers: tuple[str, ...]
) -> TypeHistogram:
    """Count the units of each layer by category.

    Parameters
    ----------
    types : NeuronTypes
        Of U units.
    layer_of : ndarray of int, shape (U,)
        Each unit's layer as a place in `layers`.
    layers : tuple of str
        In the order to show; layers without units give a row of zeros.
    """
    width = len(CATEGORIES)
    cells = layer_of.astype(np.int64) * width + categories_of(types)
    counts = np.bincount(cells, minlength=len(layers) * width).reshape(len(layers), width)
    return TypeHistogram(layers, counts.astype(np.int64))
