"""Why a unit is of its type, in words: the numbers that decided, beside their thresholds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.color.terms import COLOR_TERMS
from core.units.neuron_types import (
    ANY_WORD,
    COLOR,
    COLOR_WORD,
    DEAD,
    MULTIMODAL,
    NOT_ACTIVATED,
    NeuronTypes,
    UnitMeasures,
    classify,
    tied_text,
)
from core.units.selectivity import equal_to_largest
from core.units.thresholds import TypeThresholds


def reason(measures: UnitMeasures, unit: int, thresholds: TypeThresholds | None = None) -> str:
    """Why a unit has the type that `classify` gives it, in one or two sentences.

    ``"Color word (red): the word is red in 0.62 of the weight of its top images (at least 0.5)."``
    """
    limits = thresholds or TypeThresholds()
    one = measures.of(np.array([unit]))
    types = classify(one, limits)
    code, label = int(types.codes[0]), int(types.labels[0])
    stroop = float(one.stroop[0])
    natural = None if one.natural is None else float(one.natural[0])
    slots = one.slots
    name = types.title(0)
    title = name[:1].upper() + name[1:]
    shared = _population(int(types.population[0]))

    if code == DEAD:
        sets = "" if natural is None else " and none of the natural images"
        return f"{title}: no image of the Stroop set{sets} activates it."
    if code == NOT_ACTIVATED:
        assert natural is not None
        return (
            f"{title}: its Stroop maximum {stroop:.3g} is less than {limits.activated:g} × its "
            f"maximum on natural images, {natural:.3g}."
        )
    if types.tied:
        return f"{title}: {_shared(one, types, limits)}{shared}"
    term = COLOR_TERMS[label]
    word, font, background = (
        float(slot[0, label]) for slot in (slots.word, slots.font, slots.background)
    )
    if code == MULTIMODAL:
        return (
            f"{title}: word {word:.2f}, font {font:.2f} and background {background:.2f} of {term} "
            f"add up to {word + font + background:.2f} (at least {limits.multimodal:g}), each "
            f"being at least {limits.multimodal_slot:g}.{shared}"
        )
    if code == COLOR_WORD:
        return (
            f"{title}: the word is {term} in {word:.2f} of the weight of its top images (at least "
            f"{limits.word:g}).{shared}"
        )
    if code == COLOR:
        kind = "chromatic" if types.chromatic[0] else "achromatic"
        return (
            f"{title}, {kind}: font {font:.2f} and background {background:.2f} of {term} add up "
            f"to {font + background:.2f} (at least {limits.color:g}).{shared}"
        )
    if one.unknown[0]:
        return (
            f"{title}: {_no_label(one)} Its maximum over a set is not a number, because no image "
            "of it was seen or the census is damaged; tests that need it are not made."
        )
    start = f"{title}: {_no_label(one)}"
    if stroop <= 0:
        return start
    if one.shapes is None:
        return f"{start} Whether it answers to any word cannot be told without the set of shapes."
    shapes = float(one.shapes[0])
    than = "at least" if code == ANY_WORD else "less than"
    return (
        f"{start} Its Stroop maximum {stroop:.3g} is {than} {limits.any_word:g} × that on shapes, "
        f"{shapes:.3g}."
    )


def _no_label(one: UnitMeasures) -> str:
    if not one.slots.defined[0]:
        return "it has no color-label indices, because no image of the Stroop set activates it."
    word, color = _largest(one.slots.word[0]), _largest(one.slots.as_color[0])
    return f"no label reaches a cut-off (at most word {word}, font + background {color})."


def _shared(one: UnitMeasures, types: NeuronTypes, limits: TypeThresholds) -> str:
    # The terms share their index, so any of them has its number.
    terms, code = types.tied[0], int(types.codes[0])
    name, index, least = {
        MULTIMODAL: ("word + font + background", one.slots.in_any, limits.multimodal),
        COLOR_WORD: ("word", one.slots.word, limits.word),
        COLOR: ("font + background", one.slots.as_color, limits.color),
    }[code]
    names = [COLOR_TERMS[term] for term in terms]
    return (
        f"{name} is {index[0, terms[0]]:.2f} (at least {least:g}) for {', '.join(names[:-1])} and "
        f"{names[-1]} alike, so that it has no single label."
    )


def _largest(indices: NDArray[np.float64]) -> str:
    return f"{largest_text(indices)} {indices.max():.2f}"


def largest_text(indices: NDArray[np.float64]) -> str:
    """The term of the largest of a unit's eleven indices, or those that share it; none is NaN."""
    terms = np.flatnonzero(equal_to_largest(indices))
    return COLOR_TERMS[terms[0]] if len(terms) == 1 else tied_text(terms.tolist())


def _population(count: int) -> str:
    return f" {count} labels share it (population code)." if count > 1 else ""
