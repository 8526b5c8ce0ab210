"""From what a user says of units to their numbers, by layer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from core.base.errors import InvalidInput
from core.network.ablation import units_by_layer
from core.units.neuron_indices import NeuronIndices
from core.units.neuron_types import TYPES
from core.units.query import search

UnitsByLayer = dict[str, tuple[int, ...]]


def named_type(name: str) -> str:
    """A type of unit by name, as a query spells it."""
    plain = re.sub(r"\W|_", "", name.lower())
    for known in (*TYPES, "chromatic", "achromatic"):
        if plain == known.replace(" ", ""):
            return known.replace(" ", "-")
    names = ", ".join(known.replace(" ", "-") for known in TYPES)
    raise InvalidInput(f"There is no type of neuron “{name}”.", f"Use one of {names}.")


def units_of_query(
    indices: NeuronIndices,
    queries: Sequence[str],
    layers: Sequence[str] = (),
    strongest: int | None = None,
) -> UnitsByLayer:
    """Units that any of some searches finds.

    Parameters
    ----------
    queries : sequence of str
        See `core.units.query`; an empty one finds all units.
    layers : sequence of str
        Patterns of the names of layers to keep to; none for all.
    strongest : int, optional
        Of each layer only so many units, those of the largest selectivity to a written word.

    Raises
    ------
    InvalidInput
        If a search or a pattern of layers means nothing.
    """
    table = indices.table()
    mask = np.zeros(len(indices), dtype=np.bool_)
    for query in queries:
        found = search(query, table)
        if found.problems:
            raise InvalidInput(f"The search “{query}” cannot be understood. {found.problems}")
        mask |= found.mask
    if layers:
        mask &= _within(indices, layers)
    if strongest is not None:
        mask &= _strongest(indices, mask, strongest)
    return by_layer(indices, mask)


def by_layer(indices: NeuronIndices, mask: NDArray[np.bool_]) -> UnitsByLayer:
    """Numbers of the units of a mask over a census, by layer."""
    census = indices.census
    names = tuple(layer.name for layer in census.layers)
    return units_by_layer(names, census.layer_numbers, census.unit_numbers, mask)


def _within(indices: NeuronIndices, patterns: Sequence[str]) -> NDArray[np.bool_]:
    census = indices.census
    names = [layer.name for layer in census.layers]
    places: set[int] = set()
    for pattern in patterns:
        matching = {place for place, name in enumerate(names) if fnmatchcase(name, pattern)}
        if not matching:
            raise InvalidInput(
                f"The census has no layer “{pattern}”.", f"Its layers are {', '.join(names)}."
            )
        places |= matching
    return np.isin(census.layer_numbers, sorted(places))


def _strongest(indices: NeuronIndices, mask: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    if indices.slots is None:
        raise InvalidInput(
            "The neurons have no selectivity to words.", "Take a census of Stroop words."
        )
    # A unit without top images has no index; it is the weakest of all.
    words = np.nan_to_num(indices.slots.index("word").max(axis=1), nan=-1.0)
    kept = np.zeros(len(indices), dtype=np.bool_)
    for place in range(len(indices.census.layers)):
        units = np.flatnonzero(mask & (indices.census.layer_numbers == place))
        order = np.argsort(-words[units], kind="stable")
        kept[units[order[:count]]] = True
    return kept
