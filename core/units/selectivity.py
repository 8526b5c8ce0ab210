"""How much of a unit's answer is color, and which color term it is about, in which slot.

Weights are activations. An activation below zero, which layers without a ReLU have, has weight 0:
an image that a unit turns away from is no evidence of what it is selective to. `negative_counts`
tells how many of a list's images lost their weight so; a unit whose images all did, or are all 0,
has no index (NaN), never a zero.

Sources
-------
I. Rafegas and M. Vanrell, "Color encoding in biologically-inspired convolutional neural networks",
Vision Research 151 (2018) 7–17, for the color selectivity.

G. Arias, R. Baldrich and M. Vanrell, "Color in Visual-Language Models: CLIP deficiencies",
section 4, equation 1, for the color-label selectivity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.base.errors import InvalidInput
from core.census.tops import DEFAULT_TOP, TopImages
from core.color.terms import COLOR_TERMS
from core.units.slot_labels import SlotLabels

GrayMethod = Literal["ratio", "clip"]
GRAY_METHODS: tuple[GrayMethod, ...] = get_args(GrayMethod)

SLOTS = ("word", "font", "background")
"""Parts of a Stroop image that have a color label."""

CHANCE = {
    "word": 1 / 11,
    "font": 1 / 11,
    "background": 1 / 11,
    "color": 2 / 11,  # font and background together
    "any": 3 / 11,
}
"""Color-label selectivity of a unit that does not care, on the Stroop set; see
`SlotSelectivity.index`."""

ROUNDING = 1e-9
"""An index this little below a threshold, or another index, reaches it: sums of shares are not
exact."""

_CHUNK = 4096  # units at a time: keeps intermediate arrays within a few MB


def weights_of(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Activations as weights: below zero and unused (NaN) count 0; same shape, float64."""
    return np.where(values > 0, values, 0.0).astype(np.float64)


def negative_counts(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Images of each of U lists that are given no weight because their activation is negative."""
    return np.asarray(np.count_nonzero(values < 0, axis=1), dtype=np.int64)


def check_gray_method(method: str) -> None:
    """Refuse what is none of `GRAY_METHODS` with an `InvalidInput`."""
    if method not in GRAY_METHODS:
        raise InvalidInput(
            f"“{method}” is no way to measure color selectivity.",
            f"Use one of {', '.join(GRAY_METHODS)}.",
        )


def color_selectivity(
    values: NDArray[np.float32], gray: NDArray[np.float32], variant: GrayMethod = "ratio"
) -> NDArray[np.float64]:
    """Color selectivity α: the share of a unit's answer that is lost without color.

    Parameters
    ----------
    values : ndarray of float32, shape (U, N)
        Activations by the top images; NaN where a list is not full.
    gray : ndarray of float32, shape (U, N)
        Activations by the gray versions of the same images at the same positions. NaN where it was
        not measured.
    variant : {"ratio", "clip"}
        ``"ratio"``: 1 − Σ gray / Σ values. ``"clip"``: mean of 1 − clip(gray / value, 0, 1) over
        the images.

    Returns
    -------
    ndarray of float64, shape (U,)
        At most 1; the ratio is negative for a unit that likes gray better. Images with a value of
        0 or less count in neither sum, negative gray activations count as 0. NaN where no image
        activates the unit, or a gray activation is missing.

    Raises
    ------
    InvalidInput
        If the variant is unknown.
    """
    check_gray_method(variant)
    if values.shape != gray.shape:
        raise ValueError(f"{values.shape} color and {gray.shape} gray activations do not fit")
    result = np.empty(len(values))
    for start in range(0, len(values), _CHUNK):
        rows = slice(start, start + _CHUNK)
        result[rows] = _selectivity(values[rows], gray[rows], variant)
    return result


def _selectivity(
    values: NDArray[np.float32], gray: NDArray[np.float32], variant: GrayMethod
) -> NDArray[np.float64]:
    counted = values > 0
    weights = np.where(counted, values, 0).astype(np.float64)
    # A NaN stays one: what was not measured must not pass for zero.
    without = np.where(counted, np.maximum(gray, 0), 0).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        if variant == "ratio":
            return np.asarray(1 - without.sum(axis=1) / weights.sum(axis=1))
        kept = np.where(counted, np.minimum(without / weights, 1), 0)
        return np.asarray(1 - kept.sum(axis=1) / np.count_nonzero(counted, axis=1))


def equal_to_largest(index: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which entries of each row share its largest, but for rounding; bool, same shape.

    Rows of NaN have none.
    """
    return np.asarray(index >= index.max(axis=-1, keepdims=True) - ROUNDING)


def label_selectivity(
    values: NDArray[np.float32],
    slots: Sequence[NDArray[np.integer]],
    n_labels: int = len(COLOR_TERMS),
) -> list[NDArray[np.float64]]:
    """Color-label selectivity f_c: the share of a unit's weight on images with label c.

    Parameters
    ----------
    values : ndarray of float32, shape (U, N)
        Activations by the top images; NaN where a list is not full.
    slots : sequence of ndarray of int, shape (U, N)
        Labels of those images, one array for each slot: 0..n_labels − 1; −1 for none. An image
        without a label still counts in the whole.

    Returns
    -------
    list of ndarray of float64, shape (U, n_labels)
        Of each slot: 0..1, a row's sum is at most 1. A row is NaN where no image activates the
        unit.
    """
    for labels in slots:
        if values.shape != labels.shape:
            raise ValueError(f"{values.shape} activations and {labels.shape} labels do not fit")
    units, width = len(values), n_labels + 1
    results = [np.empty((units, n_labels)) for _ in slots]
    for start in range(0, units, _CHUNK):
        rows = slice(start, start + _CHUNK)
        weights = weights_of(values[rows])
        firsts = np.arange(1, len(weights) * width, width)[:, None]
        for labels, result in zip(slots, results, strict=True):
            cells = labels[rows] + firsts
            sums = np.bincount(cells.ravel(), weights.ravel(), len(weights) * width)
            sums = sums.reshape(len(weights), width)
            with np.errstate(divide="ignore", invalid="ignore"):
                result[rows] = sums[:, 1:] / sums.sum(axis=1, keepdims=True)
    return results


@dataclass(frozen=True, eq=False)
class SlotSelectivity:
    """Color-label selectivity of U units in the three slots of the Stroop set."""

    word: NDArray[np.float64]
    font: NDArray[np.float64]
    background: NDArray[np.float64]
    """`word`, `font` and `background`: by `COLOR_TERMS`. For each unit and label the three add up
    to at most 1, because an image's word, font and background always differ. NaN where no image
    activates the unit. Shape (U, 11).
    """

    def __post_init__(self) -> None:
        if not self.word.shape == self.font.shape == self.background.shape:
            raise ValueError("the three slots have different shapes")

    def __len__(self) -> int:
        """Number of units."""
        return len(self.word)

    @property
    def as_color(self) -> NDArray[np.float64]:
        """Font and background together: the label as a color, in whichever part."""
        return self.font + self.background

    @property
    def in_any(self) -> NDArray[np.float64]:
        """All three slots together."""
        return self.word + self.font + self.background

    @property
    def defined(self) -> NDArray[np.bool_]:
        """Which units have indices, bool, shape (U,)."""
        return np.asarray(~np.isnan(self.word).any(axis=1))

    def index(self, slot: str) -> NDArray[np.float64]:
        """The indices by the name of a slot or of several together.

        Parameters
        ----------
        slot : {"word", "font", "background", "color", "any"}
            ``"color"`` is font and background together, ``"any"`` all three.

        Raises
        ------
        InvalidInput
            If there is no such slot.
        """
        if slot not in CHANCE:
            raise InvalidInput(
                f"There is no slot “{slot}”.", "Use word, font, background, color or any."
            )
        name = {"color": "as_color", "any": "in_any"}.get(slot, slot)
        return np.asarray(getattr(self, name))

    def values(self, slot: str, term: str = "") -> NDArray[np.float64]:
        """The index of a color term, by default each unit's largest; shape (U,)."""
        index = self.index(slot)
        # A row without indices is NaN throughout, and so is its largest.
        return index[:, COLOR_TERMS.index(term)] if term else index.max(axis=1)

    def of(self, units: NDArray[np.int64] | NDArray[np.bool_] | slice) -> SlotSelectivity:
        """The indices of some units, in the order asked for."""
        return SlotSelectivity(self.word[units], self.font[units], self.background[units])


def slot_selectivity(
    tops: TopImages,
    labels: SlotLabels,
    n: int = DEFAULT_TOP,
    counted: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None,
) -> SlotSelectivity:
    """Color-label selectivity over the n strongest images of a factorial set.

    Parameters
    ----------
    labels : SlotLabels
        Of the set that the lists were made from.
    counted : pair of ndarray of bool, shape (U, K or n), optional
        Where the figure (word and font) and where the background takes up enough of the crop to
        count; see `core.units.features.crop_shares`. By default an image's labels always count.

    Raises
    ------
    InvalidInput
        If the lists are shorter than n although the set has more images.
    """
    top = tops.first(n)
    codes = labels.at(top.images)
    if counted is not None:
        figure, background = (mask[:, : top.capacity] for mask in counted)
        codes = (
            np.where(figure, codes[0], np.int8(-1)),
            np.where(figure, codes[1], np.int8(-1)),
            np.where(background, codes[2], np.int8(-1)),
        )
    return SlotSelectivity(*label_selectivity(top.values, codes))
