"""A value and its image's place among ties as one integer, and lists of them as plain arrays.

    bits 63..32   the float32 value, its bits made to sort as a signed integer
    bits 31..0    the image's number, scrambled by a seeded one-to-one mapping

Imports no torch, so that a census can be looked at without it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.census.tops import TopImages

SUM_UNIT = 2.0**-20
"""Sums of values are integers of this unit, so that a mean does not depend on the order."""

UNUSED = -(2**63)
"""Key of an empty place: below that of every finite value."""

_LOW = 0xFFFFFFFF
_MULTIPLIERS = (0x9E3779B1, 0x85EBCA6B)  # odd, hence invertible modulo 2^32

ListState = dict[str, NDArray[Any]]
"""Lists of U units as stored: keys int64 (U, K), positions int32 (U, K), excess and sums int64
(U,), and images: number of images and seed, int64 (2,)."""


def decoded(state: ListState) -> TopImages:
    """The lists of a state as values and images."""
    keys = state["keys"]
    images, seed = (int(value) for value in state["images"])
    used = keys != UNUSED
    values = np.where(used, _floats((keys >> 32).astype(np.int32)), np.float32("nan"))
    sums = state["sums"].astype(np.float64) * SUM_UNIT
    return TopImages(
        values=values.astype(np.float32),
        images=np.where(used, unscrambled(keys & _LOW, seed), -1),
        positions=state["positions"],
        maximum=values[:, 0].astype(np.float32),
        mean=sums / images if images else np.full(len(keys), np.nan),
        excess=state["excess"],
        total=images,
    )


def scrambled(numbers: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """A seeded one-to-one mapping of 0..2^32 − 1 onto itself.

    Rounds of multiplication by odd numbers and of folding the upper half onto the lower, each of
    which can be undone.
    """
    first, second = _seed_words(seed)
    values = (numbers.astype(np.uint64) ^ np.uint64(first)) & np.uint64(_LOW)
    for multiplier in _MULTIPLIERS:
        values = (values * np.uint64(multiplier)) & np.uint64(_LOW)
        values ^= values >> np.uint64(16)
        values = (values + np.uint64(second)) & np.uint64(_LOW)
    return values.astype(np.int64)


def unscrambled(keys: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """The inverse of `scrambled`."""
    first, second = _seed_words(seed)
    values = keys.astype(np.uint64)
    for multiplier in reversed(_MULTIPLIERS):
        values = (values - np.uint64(second)) & np.uint64(_LOW)
        values ^= values >> np.uint64(16)
        values = (values * np.uint64(pow(multiplier, -1, 2**32))) & np.uint64(_LOW)
    return (values ^ np.uint64(first)).astype(np.int64)


def _seed_words(seed: int) -> tuple[int, int]:
    words = np.random.SeedSequence(seed).generate_state(2, np.uint32)
    return int(words[0]), int(words[1])


def _floats(sortable: NDArray[np.int32]) -> NDArray[np.float32]:
    bits = sortable ^ ((sortable >> 31) & np.int32(0x7FFFFFFF))
    return bits.view(np.float32)
