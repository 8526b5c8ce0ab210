"""What is to be said about a unit beside the stimulus on the canvas. Imports no torch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.census.data import CensusData
from core.census.sets import Kind
from core.network.layer import Layer

_NOUNS: dict[Kind, str] = {
    "stroop": "a Stroop word",
    "shapes": "a shape",
    "pictures": "a natural picture",
}


class Best(NamedTuple):
    """The largest value that a census has found for a unit."""

    value: float
    kind: Kind
    """The set that has it, the first of equals."""


def unit_of(census: CensusData, layer: str, number: int) -> int | None:
    """A unit's place in a census by its layer's name and its number; None if it is not there."""
    for place, known in enumerate(census.layers):
        if known.name == layer and 0 <= number < known.units:
            return int(np.searchsorted(census.layer_numbers, place)) + number
    return None


def best_of(census: CensusData, unit: int) -> Best | None:
    """The largest value of a unit over all sets; None if no image was seen."""
    best: Best | None = None
    for kind, found in census.sets.items():
        value = float(found.tops.maximum[unit])
        if not np.isnan(value) and (best is None or value > best.value):
            best = Best(value, kind)
    return best


def share_of_best(value: float, best: Best | None) -> float | None:
    """A value as a share of the unit's best; None where there is no such share."""
    return value / best.value if best is not None and best.value > 0 else None


def best_in_words(value: float, best: Best | None) -> str:
    """A value beside the unit's best, e.g. ``"This is 83 % of its best, 3.87 for a shape."``."""
    if best is None:
        return "The census has seen no image yet: there is no best to compare with."
    which = f"{number_text(best.value)} for {_NOUNS[best.kind]}"
    share = share_of_best(value, best)
    if share is None:
        return f"Its best in the census is {which}: nothing activates it, so there is no share."
    if value < 0:
        return f"The value is negative; its best in the census is {which}."
    percent = f"{100 * share:.0f} %"
    if share > 1 and percent != "100 %":
        return f"This is {percent} of its best, more than for any image of the census ({which})."
    return f"This is {percent} of its best, {which}."


def number_text(value: float) -> str:
    """A value with three significant figures, with a true minus sign."""
    if not np.isfinite(value):
        return "undefined"
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-3 <= size < 99.95:
        text = f"{value:#.3g}"
    elif 1 <= size < 1e6:
        text = f"{value:,.0f}"
    else:
        text = f"{value:.2e}"
    return text.replace("-", "−")


def constant_in_words(layer: Layer, low: float, high: float) -> str:
    """What a map without any contrast is, as a sentence; empty for others."""
    if layer.positions == 1 or low != high:
        return ""
    return f"The map is the same everywhere: {number_text(low)}."
