"""Frozen, serializable specifications of a stimulus.

Every length is a fraction of the picture's side, so that one specification means the same at any
model's input size. The y axis points down, as in images; angles are in degrees, counter-clockwise
as seen on the screen.

The *ink box* of a figure is the smallest upright box around its outline before rotation. A figure
is placed by the center of that box, scaled by it and rotated about its center.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from core.base.errors import InvalidInput
from core.base.text import character_names
from core.color.terms import Rgb, check_rgb

ShapeName = Literal[
    "triangle", "square", "circle", "rectangle", "pentagon", "hexagon", "star", "plus"
]
SHAPES: tuple[ShapeName, ...] = get_args(ShapeName)

DEFAULT_FONT = "roboto-bold"
MAX_SIDE = 1024
MAX_WORD_LENGTH = 60
MAX_BLUR = 0.5


class _Object(msgspec.Struct, frozen=True, kw_only=True):
    """What shapes and words share: a figure of one color on a background of one color."""

    figure_color: Rgb
    background_color: Rgb
    center_x: float = 0.5  # of the ink box, fraction of the side
    center_y: float = 0.5  # down
    size: float = 0.5  # width of the ink box; of shapes its longer side; fraction of the side
    rotation: float = 0.0  # degrees, counter-clockwise
    side: int = 224  # of the square picture in pixels
    blur: float = 0.0  # standard deviation of a Gaussian blur of the coverage, fraction of the side

    def __post_init__(self) -> None:
        check_rgb(self.figure_color, "the object")
        check_rgb(self.background_color, "the background")
        _check_range(self.center_x, -1.0, 2.0, "The center x")
        _check_range(self.center_y, -1.0, 2.0, "The center y")
        _check_range(self.size, 0.005, 4.0, "The size")
        _check_range(self.rotation, -36000.0, 36000.0, "The rotation")
        _check_range(self.side, 8, MAX_SIDE, "The side")
        _check_range(self.blur, 0.0, MAX_BLUR, "The blur")


class ShapeStimulus(_Object, frozen=True, kw_only=True, tag="shape", tag_field="kind"):
    """One shape on a homogeneous background."""

    shape: ShapeName

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.shape not in SHAPES:
            raise InvalidInput(
                f"There is no shape “{self.shape}”.", f"The shapes are {', '.join(SHAPES)}."
            )


class WordStimulus(_Object, frozen=True, kw_only=True, tag="word", tag_field="kind"):
    """One word on a homogeneous background."""

    word: str  # 1..`MAX_WORD_LENGTH` characters on one line
    font: str = DEFAULT_FONT  # id of a bundled face, see `core.stimuli.fonts`

    def __post_init__(self) -> None:
        super().__post_init__()
        check_word(self.word)


class PictureStimulus(msgspec.Struct, frozen=True, kw_only=True, tag="picture", tag_field="kind"):
    """An imported picture, seen through the model's own resize and crop."""

    sha256: str  # of the original file's bytes; its key in `PictureStore`
    name: str
    background_color: Rgb = (255, 255, 255)  # what transparent pixels are put on
    side: int = 224  # of the square picture the model gets, in pixels

    def __post_init__(self) -> None:
        check_rgb(self.background_color, "the background")
        _check_range(self.side, 8, MAX_SIDE, "The side")


Stimulus = ShapeStimulus | WordStimulus | PictureStimulus
ObjectStimulus = ShapeStimulus | WordStimulus
"""What shows an object, which has a place, a size and a color; see the glossary."""


def plain(stimulus: Stimulus) -> dict[str, Any]:
    """A stimulus for files, as plain values.

    Blur is written only where there is some, so that files without it stay what they were before
    stimuli could be blurred.
    """
    values: dict[str, Any] = msgspec.to_builtins(stimulus)
    if not values.get("blur", 1.0):
        del values["blur"]
    return values


def check_word(word: str) -> None:
    """Raise `InvalidInput` unless a stimulus can hold the word, whatever its font draws."""
    if not word.strip():
        raise InvalidInput("The word is empty.", "Type at least one visible character.")
    if len(word) > MAX_WORD_LENGTH:
        raise InvalidInput(
            f"The word has {len(word)} characters.",
            f"A word stimulus holds at most {MAX_WORD_LENGTH}.",
        )
    unseen = [character for character in word if not character.isprintable()]
    if unseen:
        one = len(unseen) == 1
        held = "an invisible or control character" if one else "invisible or control characters"
        raise InvalidInput(
            f"The word holds {held} ({character_names(unseen)}), which cannot be drawn.",
            f"Remove {'it' if one else 'them'}.",
        )


def _check_range(value: float, low: float, high: float, what: str) -> None:
    if not low <= value <= high:  # also refuses NaN
        raise InvalidInput(f"{what} is {value:g}.", f"It must lie between {low:g} and {high:g}.")
