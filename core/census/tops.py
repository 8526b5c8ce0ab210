"""The strongest images of every unit as plain arrays, from which every index is worked out.

Lists are longer than any index needs, so that the number of images an index looks at can move
later without another sweep. What a list had to leave out is counted: on synthetic sets thousands of
images may share the last value, and which of them got in is then chance.

As they are stored, a value and its image's place among ties are one integer:

    bits 63..32   the float32 value, its bits made to sort as a signed integer
    bits 31..0    the image's number, scrambled by a seeded one-to-one mapping

Imports no torch, so that a census can be looked at without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.base.errors import InvalidInput

DEFAULT_TOP = 100
"""Images that an index looks at unless told otherwise."""

SUM_UNIT = 2.0**-20
"""Sums of values are integers of this unit, so that a mean does not depend on the order."""

UNUSED = -(2**63)
"""Key of an empty place: below that of every finite value."""

_LOW = 0xFFFFFFFF
_MULTIPLIERS = (0x9E3779B1, 0x85EBCA6B)  # odd, hence invertible modulo 2^32

ListState = dict[str, NDArray[Any]]
"""Lists of U units as stored: keys int64 (U, K), positions int32 (U, K), excess and sums int64
(U,), and images: number of images and seed, int64 (2,)."""


@dataclass(frozen=True, eq=False)
class TopImages:
    """Lists of the K strongest images for U units."""

    values: NDArray[np.float32]
    """Shape (U, K). Activations, falling along a row; NaN where a list is not full."""
    images: NDArray[np.int64]
    """Shape (U, K). Numbers of the images in their set; −1 where a list is not full."""
    positions: NDArray[np.int32]
    """Shape (U, K). Where in the unit's map the value stands: row × columns + column."""
    maximum: NDArray[np.float32]
    """Shape (U,). Over the whole set; NaN if no image was seen."""
    mean: NDArray[np.float64]
    """Shape (U,). Over the whole set; NaN if no image was seen."""
    excess: NDArray[np.int64]
    """Shape (U,). Images of the set with exactly the last value of the list that did not fit
    into it."""
    total: int
    """Images seen."""

    def __post_init__(self) -> None:
        lists = {self.values.shape, self.images.shape, self.positions.shape}
        units = {self.maximum.shape, self.mean.shape, self.excess.shape}
        if len(lists) != 1 or self.values.ndim != 2 or units != {self.values.shape[:1]}:
            raise ValueError(f"the arrays do not fit together: {lists}, {units}")

    def __len__(self) -> int:
        """Number of units."""
        return len(self.values)

    @property
    def capacity(self) -> int:
        """K, the length of the lists."""
        return int(self.values.shape[1])

    @property
    def used(self) -> NDArray[np.bool_]:
        """Which places of the lists hold an image; bool, shape (U, K)."""
        return self.images >= 0

    @property
    def counts(self) -> NDArray[np.int64]:
        """Images in each list, int64, shape (U,)."""
        return np.asarray(np.count_nonzero(self.used, axis=1), dtype=np.int64)

    def first(self, n: int) -> TopImages:
        """The n strongest images of each unit, with what these shorter lists leave out.

        Raises
        ------
        InvalidInput
            If n is less than 1, or more than the lists hold although the set has more images.
        """
        if n == self.capacity:
            return self
        _check_number(self, n)
        tied = tied_counts(self, n)
        return replace(
            self,
            values=self.values[:, :n],
            images=self.images[:, :n],
            positions=self.positions[:, :n],
            excess=tied.left_out,
        )

    def of(self, units: NDArray[np.int64] | NDArray[np.bool_] | slice) -> TopImages:
        """The lists of some units, in the order asked for."""
        return replace(self, **{name: getattr(self, name)[units] for name in UNIT_ARRAYS})


UNIT_ARRAYS = ("values", "images", "positions", "maximum", "mean", "excess")
"""The fields of `TopImages` that have a row for each unit."""


class TiedCounts(NamedTuple):
    """Who shares the last value of a list; each ndarray of int64, shape (U,)."""

    sharing: NDArray[np.int64]
    """Images of the whole set with exactly that value; 0 for an empty list."""
    inside: NDArray[np.int64]
    """Those of them that are in the list."""

    @property
    def left_out(self) -> NDArray[np.int64]:
        """Images that are as strong as the last of the list and missing from it by chance."""
        return self.sharing - self.inside

    def in_words(self, unit: int) -> str:
        """What ties mean for one unit's list; empty if they decide nothing."""
        if not self.left_out[unit]:
            return ""
        return (
            f"{self.sharing[unit]:,} images of the set share the last value of the list; "
            f"{self.inside[unit]:,} of them were drawn by lot."
        )


def tied_counts(tops: TopImages, n: int = DEFAULT_TOP) -> TiedCounts:
    """How many images of the set share the n-th value, and how many of them are among the first n.

    Exact, also where the tied images reach beyond the stored list. A list shorter than n is judged
    by its last entry.

    Raises
    ------
    InvalidInput
        If n is less than 1, or more than the lists hold although the set has more images.
    """
    _check_number(tops, n)
    if not tops.capacity or not len(tops):
        nothing = np.zeros(len(tops), dtype=np.int64)
        return TiedCounts(nothing, nothing.copy())
    counts = tops.counts
    rows = np.arange(len(tops))
    last = tops.values[rows, np.maximum(np.minimum(counts, n), 1) - 1]
    # An empty list has NaN there, which equals nothing.
    equal = tops.values == last[:, None]
    beyond = tops.values[:, -1] == last
    sharing = np.count_nonzero(equal, axis=1) + np.where(beyond, tops.excess, 0)
    inside = np.count_nonzero(equal[:, :n], axis=1)
    return TiedCounts(sharing.astype(np.int64), inside.astype(np.int64))


def _check_number(tops: TopImages, n: int) -> None:
    if n < 1:
        raise InvalidInput(f"An index cannot look at {n} images.", "Ask for at least one.")
    if n > tops.capacity and tops.total > tops.capacity:
        raise InvalidInput(
            f"The census kept the {tops.capacity} strongest images of each neuron, not {n}.",
            f"Ask for at most {tops.capacity}.",
        )


# --- lists as they are stored ---


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
