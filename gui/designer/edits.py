"""What the designer does to a figure, as plain functions from stimulus to stimulus.

All lengths are fractions of the picture's side, y down; angles are degrees, counter-clockwise.
Values are clamped to what a stimulus may hold, so that no gesture can fail halfway.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from core.color.terms import Palette, Rgb
from core.stimuli.render import ink_bounds
from core.stimuli.sampling import MAX_SEED
from core.stimuli.stimulus import (
    DEFAULT_FONT,
    ObjectStimulus,
    ShapeName,
    ShapeStimulus,
    Stimulus,
    WordStimulus,
)

F = TypeVar("F", bound=ObjectStimulus)

SMALLEST_SIZE, LARGEST_SIZE = 0.02, 4.0
LOWEST_CENTER, HIGHEST_CENTER = -1.0, 2.0
RESET_CENTER, RESET_SIZE, RESET_ROTATION = 0.5, 0.5, 0.0


def moved_to(figure: F, x: float, y: float) -> F:
    """The figure with its center at (x, y)."""
    return msgspec.structs.replace(
        figure,
        center_x=_clamp(x, LOWEST_CENTER, HIGHEST_CENTER),
        center_y=_clamp(y, LOWEST_CENTER, HIGHEST_CENTER),
    )


def nudged(figure: F, columns: int, rows: int) -> F:
    """The figure moved by whole pixels of its picture."""
    step = 1.0 / figure.side
    return moved_to(figure, figure.center_x + columns * step, figure.center_y + rows * step)


def resized(figure: F, size: float) -> F:
    """The figure at another size, about its center."""
    return msgspec.structs.replace(figure, size=_clamp(size, SMALLEST_SIZE, LARGEST_SIZE))


def turned_to(figure: F, degrees: float) -> F:
    """The figure at another angle."""
    return msgspec.structs.replace(figure, rotation=upright(degrees))


def centered(figure: F) -> F:
    """The figure in the middle of the picture."""
    return moved_to(figure, RESET_CENTER, RESET_CENTER)


def with_reset_geometry(figure: F) -> F:
    """The figure in the middle, at half the side, neither rotated nor blurred."""
    upright_figure = turned_to(resized(centered(figure), RESET_SIZE), RESET_ROTATION)
    return msgspec.structs.replace(upright_figure, blur=0.0)


def fitted_inside(figure: F) -> F:
    """The figure moved, and shrunk if it must be, until it lies wholly inside the picture.

    Raises
    ------
    FontError
        If a word cannot be drawn in its font.
    """
    left, top, right, bottom = ink_bounds(figure)
    extent = max(right - left, bottom - top)
    if extent > 1.0:
        # About the center; a hair smaller, so that rounding leaves nothing outside.
        figure = resized(figure, figure.size / extent * (1.0 - 1e-9))
        left, top, right, bottom = ink_bounds(figure)
    dx = max(0.0, -left) - max(0.0, right - 1.0)
    dy = max(0.0, -top) - max(0.0, bottom - 1.0)
    return moved_to(figure, figure.center_x + dx, figure.center_y + dy)


def swapped(figure: F) -> F:
    """The figure with its color and its background exchanged."""
    return msgspec.structs.replace(
        figure, figure_color=figure.background_color, background_color=figure.figure_color
    )


def upright(degrees: float) -> float:
    """The same angle within -180 (excluded) to 180 degrees."""
    turned = degrees % 360.0
    return turned - 360.0 if turned > 180.0 else turned


def as_shape(figure: ObjectStimulus, shape: ShapeName) -> ShapeStimulus:
    """A shape with the colors and the geometry of `figure`."""
    return ShapeStimulus(shape=shape, **_shared(figure))


def as_word(figure: ObjectStimulus, word: str, font: str = DEFAULT_FONT) -> WordStimulus:
    """A word with the colors and the geometry of `figure`."""
    return WordStimulus(word=word, font=font, **_shared(figure))


def recolored(stimulus: Stimulus, before: Palette, after: Palette) -> Stimulus:
    """The stimulus with each color that is a term of one palette exchanged for the other's."""

    def exchange(rgb: Rgb) -> Rgb:
        term = before.term_of(rgb)
        return rgb if term is None else after[term]

    changes: dict[str, Any] = {"background_color": exchange(stimulus.background_color)}
    if isinstance(stimulus, ShapeStimulus | WordStimulus):
        changes["figure_color"] = exchange(stimulus.figure_color)
    return msgspec.structs.replace(stimulus, **changes)


def next_seed(seed: int) -> int:
    """The seed after this one; the last is followed by the first."""
    return seed + 1 if seed < MAX_SEED else 0


def _shared(figure: ObjectStimulus) -> dict[str, Any]:
    geometry = ("center_x", "center_y", "size", "rotation", "side", "blur")
    names = ("figure_color", "background_color", *geometry)
    return {name: getattr(figure, name) for name in names}


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
