"""What is known of a unit, line by line and in words, and why it is of its type.

Undefined values are told, too. Imports no torch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.census.sets import KIND_TITLES, Kind
from core.color.terms import COLOR_TERMS
from core.units.category_styles import STACK, CategoryStyle
from core.units.features.hue import CircularMean
from core.units.features.neuron_feature import NeuronFeature
from core.units.features.unit_pictures import UnitInSet
from core.units.neuron_indices import NeuronIndices, first_gray
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
from core.units.selectivity import SLOTS, color_selectivity, equal_to_largest, negative_counts
from core.units.thresholds import TypeThresholds
from core.units.type_histogram import CATEGORIES
from core.units.unit_words import number_text

_STYLES = {style.category: style for style in STACK}


class TypeFact(NamedTuple):
    """The type of a unit."""

    style: CategoryStyle
    label: str
    """Color term, or those that share the largest index; empty without."""

    @property
    def short(self) -> str:
        """For a tile: the label, or the type where there is none."""
        return self.label or self.style.title.lower()

    @property
    def title(self) -> str:
        """E.g. ``"Color word (red)"``."""
        return f"{self.style.title} ({self.label})" if self.label else self.style.title


def type_of(indices: NeuronIndices, unit: int) -> TypeFact | None:
    """The type of a unit; None without the Stroop set."""
    if indices.types is None or indices.categories is None:
        return None
    style = _STYLES[CATEGORIES[indices.categories[unit]]]
    return TypeFact(style, indices.types.label_text(unit))


def type_reason(indices: NeuronIndices, unit: int) -> str:
    """Why a unit is of its type, in words."""
    if indices.measures is None:
        return "The census has not seen the Stroop set, so that neurons have no types."
    return reason(indices.measures, unit, indices.thresholds)


class Selectivity(NamedTuple):
    """The color selectivity of a unit on one set."""

    alpha: float | None
    sentence: str
    """What it means, or why there is none."""


def selectivity_of(indices: NeuronIndices, kind: Kind, unit: int) -> Selectivity:
    """The color selectivity of a unit on a set, in words."""
    found = indices.census.sets[kind]
    if found.gray is None:
        why = "the strongest images were not seen in gray yet"
        return Selectivity(None, f"No color selectivity: {why}.")
    top, one = indices.thresholds.top, slice(unit, unit + 1)
    values, gray = found.tops.of(one).first(top).values, first_gray(found, top, one)
    alpha = float(color_selectivity(values, gray, indices.thresholds.gray_method)[0])
    if np.isnan(alpha):
        silent = not (values > 0).any()
        why = "no image of the set activates the neuron"
        why = why if silent else "not all of its images were seen in gray yet"
        return Selectivity(None, f"No color selectivity: {why}.")
    if alpha < -0.005:
        words = "the neuron answers more strongly to the gray versions."
    else:
        words = f"{100 * max(alpha, 0.0):.0f} % of the answer is lost without color."
    text = f"{alpha:.2f}".replace("-", "−")
    sentence = f"α = {text} ({indices.thresholds.gray_method}): {words}"
    negative = int(negative_counts(values)[0])
    if negative:
        images = "image has" if negative == 1 else "images have"
        sentence += f" {negative} {images} a negative value and no weight."
    return Selectivity(alpha, sentence)


def tied_in_words(indices: NeuronIndices, kind: Kind, unit: int) -> str:
    """How many images share the last value of a unit's list."""
    tied = indices.tied[kind]
    top = indices.thresholds.top
    sharing = int(tied.sharing[unit])
    if not sharing:
        return "No ties: the list is empty."
    if not int(tied.left_out[unit]):
        return f"No ties at the end of its first {top} images."
    return tied.in_words(unit)


def hue_in_words(hue: CircularMean | None, has_images: bool) -> str:
    """The hue of a neuron feature in words."""
    if not has_images:
        return "No hue: there is no neuron feature."
    if hue is None:
        return "No hue: the neuron feature is black, white or gray."
    if hue.direction is None:
        return "No mean hue: the hues of the neuron feature cancel out."
    spread = "" if hue.length > 0.9 else f", spread out (concentration {hue.length:.2f})"
    return f"Hue {hue.direction:.0f}°{spread}."


def undefined_in_feature(feature: NeuronFeature) -> str:
    """How much of a neuron feature is undefined; empty for nothing, or for no feature at all."""
    missing = 100.0 * (1.0 - float(feature.defined.mean()))
    if not missing or not feature.images:
        return ""
    return f"{max(missing, 1.0):.0f} % of the feature's pixels are undefined (gray)."


def maximum_in_words(indices: NeuronIndices, kind: Kind, unit: int) -> str:
    """The maximum and the mean over a set."""
    found = indices.census.sets[kind]
    maximum = float(found.tops.maximum[unit])
    if np.isnan(maximum):
        return "No image was seen yet."
    mean = number_text(float(found.tops.mean[unit]))
    seen = f"{found.done:,} of {found.total:,}" if found.partial else f"{found.done:,}"
    return f"Maximum {number_text(maximum)}, mean {mean} over {seen} images."


def set_lines(
    indices: NeuronIndices, kind: Kind, unit: int, part: UnitInSet | None = None
) -> list[str]:
    """What a set tells of a unit, in sentences; with its pictures once they are drawn."""
    lines = [
        maximum_in_words(indices, kind, unit),
        selectivity_of(indices, kind, unit).sentence,
    ]
    if part is not None:
        lines.append(hue_in_words(part.hue, bool(part.feature.images)))
        lines += filter(None, [undefined_in_feature(part.feature)])
        if part.unreadable:
            pictures = "picture" if part.unreadable == 1 else "pictures"
            lines.append(f"{part.unreadable:,} {pictures} could not be read.")
        if part.changed:
            some = "picture is" if part.changed == 1 else "pictures are"
            lines.append(
                f"{part.changed:,} {some} not shown: changed since the census has seen "
                f"{'it' if part.changed == 1 else 'them'}."
            )
    lines.append(tied_in_words(indices, kind, unit))
    return lines


def summary_lines(indices: NeuronIndices, unit: int, hue: float | None = None) -> list[str]:
    """A unit in a few lines, for a tooltip; its hue in degrees, NaN without one, if it is known."""
    lines = [indices.census.name_of(unit)]
    found = type_of(indices, unit)
    lines.append(found.title if found is not None else "No type without the Stroop set")
    alpha = float(indices.selectivity[unit])
    lines.append(
        "Color selectivity undefined"
        if np.isnan(alpha)
        else f"Color selectivity α {alpha:.2f}".replace("-", "−")
    )
    slots = indices.slots
    if slots is not None:
        parts = [
            f"{name} {largest_text(index)} {index.max():.2f}"
            for name, index in ((name, slots.index(name)[unit]) for name in SLOTS)
            if not np.isnan(index).any()
        ]
        lines.append("Largest f: " + ", ".join(parts) if parts else "No color-label indices")
    if hue is not None:
        lines.append("No hue" if np.isnan(hue) else f"Hue {hue:.0f}°")
    for kind, data in indices.census.sets.items():
        maximum = float(data.tops.maximum[unit])
        lines.append(f"Maximum on {KIND_TITLES[kind].lower()}: {number_text(maximum)}")
    return lines


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
