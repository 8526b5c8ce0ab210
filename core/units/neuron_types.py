"""What kind of unit each one is, after section 4 of the paper, with every threshold in the open.

The paper (G. Arias, R. Baldrich and M. Vanrell, "Color in Visual-Language Models: CLIP
deficiencies") names five types without their limits. Here every unit gets exactly one of seven,
tested in the order of `TYPES`. Types are never stored: they are worked out anew from maxima and
indices whenever a threshold moves.

Ties matter: a unit that sees only flat background takes one value on thousands of images. Had ties
been broken by the order of the set, the hundred that got into its list could all show one word, and
it would pass for a color-word unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.color.terms import CHROMATIC, COLOR_TERMS
from core.units.selectivity import ROUNDING, SlotSelectivity, equal_to_largest
from core.units.thresholds import TypeThresholds

TypeName = Literal[
    "dead", "not activated", "color multimodal", "color word", "color", "any word", "other"
]
TYPES: tuple[TypeName, ...] = get_args(TypeName)
"""In the order in which they are tested; a unit's code is its place here."""

DEAD, NOT_ACTIVATED, MULTIMODAL, COLOR_WORD, COLOR, ANY_WORD, OTHER = range(len(TYPES))

NO_LABEL = -1

_IS_CHROMATIC = np.array([term in CHROMATIC for term in COLOR_TERMS])


@dataclass(frozen=True, eq=False)
class UnitMeasures:
    """What the type of U units depends on."""

    slots: SlotSelectivity
    """Over the top images of the Stroop set."""
    stroop: NDArray[np.float32]
    """Each unit's maximum over the Stroop set. Shape (U,)."""
    natural: NDArray[np.float32] | None = None
    """Its maximum over the natural images; None before there is a census of them. Shape (U,)."""
    shapes: NDArray[np.float32] | None = None
    """Its maximum over the set of shapes, the same colors without text. Shape (U,)."""

    def __post_init__(self) -> None:
        for maxima in (self.stroop, self.natural, self.shapes):
            if maxima is not None and maxima.shape != (len(self.slots),):
                raise ValueError(f"{maxima.shape} maxima for {len(self.slots)} neurons")

    def __len__(self) -> int:
        """Number of units."""
        return len(self.stroop)

    def of(self, units: NDArray[np.int64] | NDArray[np.bool_] | slice) -> UnitMeasures:
        """The measures of some units, in the order asked for."""
        return UnitMeasures(
            self.slots.of(units),
            self.stroop[units],
            None if self.natural is None else self.natural[units],
            None if self.shapes is None else self.shapes[units],
        )

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Units with a maximum that is no number, bool, shape (U,): no test can be made on it."""
        maxima = [one for one in (self.stroop, self.natural, self.shapes) if one is not None]
        return np.asarray(np.isnan(maxima).any(axis=0))

    def in_words(self) -> str:
        """Which types cannot be told, and why; empty if all can."""
        parts = []
        unknown = int(np.count_nonzero(self.unknown))
        if unknown:
            parts.append(
                f"{unknown:,} of {len(self):,} {'neurons have' if unknown > 1 else 'neuron has'} a "
                "maximum over a set that is not a number, because no image of it was seen or the "
                "census is damaged; tests that need it are not made, and what is left is “other”."
            )
        if self.natural is None:
            parts.append(
                "Without natural images a neuron is called dead if the Stroop set does not "
                "activate it, and none “not activated”."
            )
        if self.shapes is None:
            parts.append("Without the set of shapes no neuron is called “any word”.")
        return " ".join(parts)


@dataclass(frozen=True, eq=False)
class NeuronTypes:
    """The types of U units."""

    codes: NDArray[np.uint8]
    """Places in `TYPES`. Shape (U,)."""
    labels: NDArray[np.int8]
    """Color term of a multimodal, color-word or color unit, as a place in `COLOR_TERMS`; −1 for the
    other types, and where several terms share the largest index: there is no single label then.
    Shape (U,).
    """
    chromatic: NDArray[np.bool_]
    """True where the label, or any of those that share the largest index, is a chromatic color.
    Shape (U,).
    """
    population: NDArray[np.uint8]
    """Number of labels for which the index that decided the type is at least
    `TypeThresholds.population`; 0 for types without a label. Shape (U,).
    """
    tied: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """By unit: the terms, two or more, that share the largest index, as places in `COLOR_TERMS`."""

    def __len__(self) -> int:
        """Number of units."""
        return len(self.codes)

    def title(self, unit: int) -> str:
        """A unit's type with its label, e.g. ``"color word (red)"``."""
        name: str = TYPES[self.codes[unit]]
        label = self.label_text(unit)
        return f"{name} ({label})" if label else name

    def label_text(self, unit: int) -> str:
        """A unit's label, e.g. ``"red"``, or ``"red or blue, tied"``; empty without one."""
        if unit in self.tied:
            return tied_text(self.tied[unit])
        label = self.labels[unit]
        return "" if label < 0 else COLOR_TERMS[label]

    def in_words(self) -> str:
        """How many units have no single label; empty if none."""
        if not self.tied:
            return ""
        units = "neuron has" if len(self.tied) == 1 else "neurons have"
        return (
            f"{len(self.tied):,} {units} no single color: several terms share the largest index "
            "exactly."
        )


def tied_text(terms: Sequence[int]) -> str:
    """Terms that share the largest index, e.g. ``"red or blue, tied"``."""
    names = [COLOR_TERMS[term] for term in terms]
    return f"{', '.join(names[:-1])} or {names[-1]}, tied"


def classify(measures: UnitMeasures, thresholds: TypeThresholds | None = None) -> NeuronTypes:
    """The type of every unit.

    Undefined indices (NaN) reach no threshold: 0/0 never gets a color.

    Parameters
    ----------
    thresholds : TypeThresholds, optional
        The defaults if not given.
    """
    limits = thresholds or TypeThresholds()
    slots, count = measures.slots, len(measures)
    codes = np.full(count, OTHER, dtype=np.uint8)
    labels = np.full(count, NO_LABEL, dtype=np.int8)
    population = np.zeros(count, dtype=np.uint8)
    chromatic = np.zeros(count, dtype=np.bool_)
    shared = np.zeros((count, len(COLOR_TERMS)), dtype=np.bool_)

    codes[_only_words(measures, limits)] = ANY_WORD
    # From the last test to the first, so that an earlier one has the last word.
    as_color = slots.as_color
    in_any = as_color + slots.word
    each = np.minimum(np.minimum(slots.word, slots.font), slots.background)
    every_slot = each >= limits.multimodal_slot - ROUNDING
    for code, index, least, allowed in (
        (COLOR, as_color, limits.color, None),
        (COLOR_WORD, slots.word, limits.word, None),
        (MULTIMODAL, in_any, limits.multimodal, every_slot),
    ):
        passing = index >= least - ROUNDING
        if allowed is not None:
            passing &= allowed
        rows = np.flatnonzero(passing.any(axis=1))
        # The order of the terms must not decide between equals.
        best = passing[rows] & equal_to_largest(np.where(passing[rows], index[rows], -1.0))
        single = np.count_nonzero(best, axis=1) == 1
        codes[rows], labels[rows] = code, np.where(single, best.argmax(axis=1), NO_LABEL)
        chromatic[rows] = (best & _IS_CHROMATIC).any(axis=1)
        shared[rows] = best & ~single[:, None]
        strong = index[rows] >= limits.population - ROUNDING
        population[rows] = np.count_nonzero(strong, axis=1)

    for code, found in ((NOT_ACTIVATED, _weak(measures, limits)), (DEAD, _dead(measures))):
        codes[found], labels[found], population[found] = code, NO_LABEL, 0
        chromatic[found] = shared[found] = False
    tied = {
        int(unit): tuple(map(int, np.flatnonzero(shared[unit])))
        for unit in np.flatnonzero(shared.any(axis=1))
    }
    return NeuronTypes(codes, labels, chromatic, population, tied)


def _dead(measures: UnitMeasures) -> NDArray[np.bool_]:
    silent = measures.stroop <= 0
    return silent if measures.natural is None else silent & (measures.natural <= 0)


def _weak(measures: UnitMeasures, limits: TypeThresholds) -> NDArray[np.bool_]:
    if measures.natural is None:
        return np.zeros(len(measures), dtype=np.bool_)
    return measures.stroop < limits.activated * measures.natural.astype(np.float64)


def _only_words(measures: UnitMeasures, limits: TypeThresholds) -> NDArray[np.bool_]:
    if measures.shapes is None:
        return np.zeros(len(measures), dtype=np.bool_)
    enough = measures.stroop >= limits.any_word * measures.shapes.astype(np.float64)
    return np.asarray(enough & (measures.stroop > 0))
