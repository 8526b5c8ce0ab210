"""How labels are told apart in curves and maps: by color, by line pattern, and by name."""

from __future__ import annotations

from dataclasses import dataclass

from core.color.terms import Palette, Rgb, canonical

DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (7, 3),
    (2, 2),
    (8, 2, 2, 2),
    (12, 3),
    (4, 2, 1, 2, 1, 2),
)
"""Lengths of strokes and gaps by turns, in widths of the line; empty for an unbroken line."""

_OTHERS: tuple[Rgb, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (213, 94, 0),
    (120, 94, 240),
)
"""For labels that name no color: hues that color-blind people can tell apart."""


@dataclass(frozen=True)
class LabelStyle:
    """The look of one label."""

    label: str
    color: Rgb
    """The palette's color for color terms."""
    own: bool
    """True if the label names that color."""
    dash: tuple[float, ...]
    """One of `DASHES`."""


def label_styles(labels: tuple[str, ...], palette: Palette) -> tuple[LabelStyle, ...]:
    """The looks of labels, by their place among them."""
    looks = []
    others = 0
    for number, label in enumerate(labels):
        term = canonical(label)
        if term is None:
            color = _OTHERS[others % len(_OTHERS)]
            others += 1
        else:
            color = palette[term]
        looks.append(LabelStyle(label, color, term is not None, DASHES[number % len(DASHES)]))
    return tuple(looks)
