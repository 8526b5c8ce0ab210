"""What is known of a unit, line by line and in words, undefined values included.

Imports no torch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.census.sets import KIND_TITLES, Kind
from core.units.category_styles import STACK, CategoryStyle
from core.units.features.hue import CircularMean
from core.units.features.neuron_feature import NeuronFeature
from core.units.features.unit_pictures import UnitInSet
from core.units.neuron_indices import NeuronIndices, first_gray
from core.units.selectivity import SLOTS, color_selectivity, negative_counts
from core.units.type_histogram import CATEGORIES
from core.units.type_reasons import largest_text, reason
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
