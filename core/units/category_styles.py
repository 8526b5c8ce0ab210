"""How the categories of units are drawn: a color, a pattern and a letter each.

Pattern and letter tell them apart where colors cannot. The screen and exported figures share this
table.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from core.units.type_histogram import CATEGORIES

Pattern = Literal["plain", "level", "rising", "crossed", "dots", "upright"]
"""Lines that lie level, rise to the right, cross, or stand upright; dots; or nothing."""


class CategoryStyle(NamedTuple):
    """One category."""

    category: str
    """Of `core.units.type_histogram.CATEGORIES`."""
    letter: str
    """Stands in its part of a bar where there is room."""
    title: str
    """For legends."""
    color: str
    """``#rrggbb``, the same on light and dark ground."""
    pattern: Pattern
    tip: str
    """What it means, in a sentence."""


STACK: tuple[CategoryStyle, ...] = (
    CategoryStyle(
        "achromatic color",
        "A",
        "Achromatic color",
        "#aeb4bc",
        "plain",
        "Black, white or gray: font or background of most of its strongest Stroop images.",
    ),
    CategoryStyle(
        "chromatic color",
        "C",
        "Chromatic color",
        "#e08a2e",
        "level",
        "One of the eight chromatic colors as font or background, whatever the word.",
    ),
    CategoryStyle(
        "color word",
        "W",
        "Color word",
        "#4c86e8",
        "rising",
        "One written color word, whatever its font and background.",
    ),
    CategoryStyle(
        "color multimodal",
        "M",
        "Color multimodal",
        "#cf9cf5",
        "crossed",
        "One color in all its forms: as the word, as the font and as the background.",
    ),
    CategoryStyle(
        "any word",
        "T",
        "Any word",
        "#23a8b8",
        "dots",
        "Text of any color: far stronger on words than on shapes in the same colors.",
    ),
    CategoryStyle(
        "other",
        "O",
        "Other",
        "#d9dde2",
        "plain",
        "None of the types; with it every bar reaches 100 %.",
    ),
    CategoryStyle(
        "not activated",
        "N",
        "Not activated",
        "#707883",
        "upright",
        "The Stroop set moves it far less than natural pictures do.",
    ),
    CategoryStyle(
        "dead",
        "D",
        "Dead",
        "#3a3f46",
        "plain",
        "No image activates it at all.",
    ),
)
"""From the bottom of a bar to its top."""

ORDER: tuple[int, ...] = tuple(CATEGORIES.index(style.category) for style in STACK)
"""Columns of a `TypeHistogram` in the order of `STACK`."""
