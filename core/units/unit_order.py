"""By what a list of units can be sorted. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.units.neuron_indices import NeuronIndices
from core.units.selectivity import CHANCE


class Order(NamedTuple):
    """One way to sort units."""

    id: str
    title: str
    """For a menu."""
    tooltip: str
    """What the number means."""
    decimals: int = 2
    """Digits after the point that are worth showing; −1 for three significant figures."""


TOWER = "tower"

ORDERS: tuple[Order, ...] = (
    Order(TOWER, "layer and number", "From the first layer of the tower to the last.", 0),
    Order(
        "selectivity",
        "color selectivity α",
        "Share of a neuron's answer to its strongest natural pictures that is lost in gray; "
        "negative for a neuron that likes gray better.",
    ),
    Order(
        "word",
        "f word",
        "Share of the weight of a neuron's strongest Stroop images whose written word is one color "
        "term; chance is 0.09.",
    ),
    Order("font", "f font", "The same for the color of the font; chance is 0.09."),
    Order("background", "f background", "The same for the background; chance is 0.09."),
    Order("color", "f font + background", "Font and background together; chance is 0.18."),
    Order("any", "f word + font + background", "All three slots together; chance is 0.27."),
    Order("population", "population code", "Number of color terms that share the neuron.", 0),
    Order("stroop", "maximum on Stroop words", "Largest value over the Stroop set.", -1),
    Order("shapes", "maximum on shapes", "Largest value over the set of shapes.", -1),
    Order("natural", "maximum on natural pictures", "Largest value over the pictures.", -1),
    Order(
        "tied",
        "tied images",
        "Images of the Stroop set that share the last value of the neuron's list; which of them "
        "are in the list was drawn by lot.",
        0,
    ),
    Order(
        "hue",
        "hue",
        "Mean hue in degrees of its neuron feature: 0° red against green, 90° yellow against blue.",
        0,
    ),
)

_BY_ID = {order.id: order for order in ORDERS}


def order_of(id: str) -> Order:
    """An order by its id."""
    return _BY_ID[id]


@dataclass(frozen=True, eq=False)
class OrderedUnits:
    """Units in the order to show them."""

    units: NDArray[np.int64]
    """Places in the census; those without a value last, in the order of the tower. Shape (M,)."""
    values: NDArray[np.float64]
    """What was sorted by, of all units of the census; NaN where undefined. Shape (U,)."""
    undefined: int
    """Units among the M that have no value."""

    def in_words(self, order: Order) -> str:
        """How many units have no value, as a sentence; empty if all have one."""
        if not self.undefined:
            return ""
        if self.undefined == len(self.units):
            return f"No neuron of the list has a value for “{order.title}”."
        units = "neuron has" if self.undefined == 1 else "neurons have"
        return f"{self.undefined:,} {units} no value for “{order.title}” and stand last."


def order_values(
    id: str, indices: NeuronIndices, hue: NDArray[np.float64] | None = None, label: str = ""
) -> NDArray[np.float64]:
    """What the units are sorted by, float64, shape (U,); NaN where undefined.

    Parameters
    ----------
    id : str
        Of one of `ORDERS`.
    hue : ndarray of float64, shape (U,), optional
        Degrees; NaN where a unit has none.
    label : str
        Color term whose f_c is meant; by default the largest of a unit's.
    """
    nothing = np.full(len(indices), np.nan)
    if id == TOWER:
        return np.arange(len(indices), dtype=np.float64)
    if id == "selectivity":
        return indices.selectivity
    if id in CHANCE:
        return nothing if indices.slots is None else indices.slots.values(id, label)
    if id == "population":
        types = indices.types
        return nothing if types is None else types.population.astype(np.float64)
    values = indices.table(hue).measures.get(id)
    return nothing if values is None else values.astype(np.float64)


def ordered(
    mask: NDArray[np.bool_], values: NDArray[np.float64], *, descending: bool = True
) -> OrderedUnits:
    """The units of a mask, sorted; equal ones stay in the order of the tower.

    Parameters
    ----------
    mask : ndarray of bool, shape (U,)
    values : ndarray of float64, shape (U,)
        NaN where undefined: such units stand last either way.
    """
    units = np.flatnonzero(mask)
    keys = values[units]
    # NaN sorts last whatever the sign.
    order = np.argsort(-keys if descending else keys, kind="stable")
    return OrderedUnits(units[order], values, int(np.count_nonzero(np.isnan(keys))))
