"""Random geometry that depends on nothing but (seed, combination, sample index) (R33).

There is no shared random stream: every sample owns a key of the counter-based generator Philox
(Salmon et al. 2011), so any sample can be drawn alone, in any order and in any process.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import cast

import msgspec
import numpy as np

from core.base.errors import InvalidInput
from core.color.terms import COLOR_TERMS, Palette, canonical
from core.stimuli.coverage import bounds, placed, shape_outline
from core.stimuli.fonts import font_face, stimulus_fonts
from core.stimuli.lettering import word_outline
from core.stimuli.stimulus import ObjectStimulus, ShapeName, ShapeStimulus

MAX_SEED = 2**63 - 1

Range = tuple[float, float]
"""Lowest and highest value of a uniform distribution."""


class ShapeRules(msgspec.Struct, frozen=True, tag="shape", tag_field="kind"):
    """How shapes are placed.

    The center is uniform among the positions that leave the whole shape inside the picture. The
    size is the longer side of the upright box around the *rotated* shape.
    """

    size: Range = (0.3, 0.7)  # fraction of the side
    rotation: Range = (0.0, 360.0)  # degrees, counter-clockwise

    def __post_init__(self) -> None:
        _check_range(self.size, 0.01, 1.0, "shape sizes")
        _check_range(self.rotation, -360.0, 360.0, "rotations")


class WordRules(msgspec.Struct, frozen=True, tag="word", tag_field="kind"):
    """How words are set: horizontally, wholly inside the picture.

    The width is uniform in its range. Where a word would become taller than the range's upper
    end, its own range stops at the width at which it is exactly that tall; a word taller than
    that at any width of the range is drawn at that width. Each face is as likely as the others.
    """

    width: Range = (0.3, 0.9)  # of the word's ink, fraction of the side
    fonts: tuple[str, ...] = msgspec.field(default_factory=stimulus_fonts)

    def __post_init__(self) -> None:
        _check_range(self.width, 0.01, 1.0, "word widths")
        if not self.fonts:
            raise InvalidInput("The set of words has no font.", "Choose at least one font.")
        if len(set(self.fonts)) != len(self.fonts):
            raise InvalidInput("A font is listed twice for the set of words.", "List it once.")
        for font in self.fonts:
            font_face(font)  # an unknown face is refused here, not in the middle of a run


class Geometry(msgspec.Struct, frozen=True):
    """Where a figure lies; the fields are those of the stimulus specifications.

    Center and size are fractions of the side, the rotation degrees, counter-clockwise.
    """

    center_x: float
    center_y: float
    size: float
    rotation: float
    font: str | None  # id of the face of a word; None for shapes


@lru_cache(maxsize=1024)  # crossed sets ask for one geometry in a row of color combinations
def sample_geometry(
    rules: ShapeRules | WordRules,
    subject: str,
    seed: int,
    index: int,
    *,
    colors: tuple[str, str] | None = None,
    written: str | None = None,
) -> Geometry:
    """Draw the geometry of one sample.

    Parameters
    ----------
    subject : str
        Name of the shape, or the word.
    seed : int
        0..`MAX_SEED`.
    index : int
        Number of the sample, from 0.
    colors : tuple of str, optional
        Object and background term, where each color combination has a geometry of its own. By
        default all color combinations of a subject share theirs.
    written : str, optional
        How the word is spelled in the picture, if not as `subject`: both spellings of gray share
        the same random numbers.

    Raises
    ------
    InvalidInput
        If the shape is unknown, or the seed or index is out of range.
    FontError
        If a face is missing or lacks a character of the word.
    """
    if not 0 <= seed <= MAX_SEED:
        raise InvalidInput(f"The seed {seed} cannot be used.", f"It runs from 0 to {MAX_SEED}.")
    if index < 0:
        raise InvalidInput(f"There is no sample {index}.", "Samples are counted from 0.")
    names = (subject, *(colors or ()))
    if isinstance(rules, ShapeRules):
        return _shape_geometry(rules, subject, _uniforms(seed, ("shape", *names), index))
    return _word_geometry(rules, written or subject, _uniforms(seed, ("word", *names), index))


def random_figure(figure: ObjectStimulus, seed: int, palette: Palette) -> ObjectStimulus:
    """The same shape or word in random colors, at a random place and size.

    Place, size and a shape's rotation are drawn as in the sets of the experiments, the same ones
    for the same seed, 0..`MAX_SEED`. The two colors are different terms, and
    neither is the color that the word names. What the figure is, the font of a word and the side
    are kept; nothing else of `figure` counts.
    """
    if isinstance(figure, ShapeStimulus):
        subject: str = figure.shape
        named = None
        place = sample_geometry(ShapeRules(), subject, seed, 0)
    else:
        subject, named = figure.word, canonical(figure.word)
        place = sample_geometry(WordRules(fonts=(figure.font,)), subject, seed, 0)
    front, back = _colors(seed, subject, named)
    return msgspec.structs.replace(
        figure,
        figure_color=palette[front],
        background_color=palette[back],
        center_x=place.center_x,
        center_y=place.center_y,
        size=place.size,
        rotation=place.rotation,
    )


def _colors(seed: int, subject: str, named: str | None) -> tuple[str, str]:
    terms = [term for term in COLOR_TERMS if term != named]
    pairs = [(front, back) for front in terms for back in terms if front != back]
    digest = blake2b(f"{seed}\x1f{subject}\x1fcolors".encode(), digest_size=8).digest()
    return pairs[int.from_bytes(digest, "little") % len(pairs)]


def _shape_geometry(rules: ShapeRules, name: str, draws: tuple[float, ...]) -> Geometry:
    turn, scale, x, y = draws
    rotation = _between(rules.rotation, turn)
    outline = shape_outline(cast(ShapeName, name))
    left, top, right, bottom = bounds(placed(outline, (0.0, 0.0), 1.0, rotation))
    size = _between(rules.size, scale) / max(right - left, bottom - top)
    # The specification places the center of the unrotated box, about which the shape turns; the
    # box around the rotated shape lies off that center where the shape is not symmetric.
    return Geometry(
        center_x=_inside(left * size, right * size, x),
        center_y=_inside(top * size, bottom * size, y),
        size=size,
        rotation=rotation,
        font=None,
    )


def _word_geometry(rules: WordRules, word: str, draws: tuple[float, ...]) -> Geometry:
    choice, scale, x, y = draws
    font = rules.fonts[int(choice * len(rules.fonts))]
    low, high = rules.width
    height = _height(word, font)
    widest = min(high, high / height)
    width = _between((min(low, widest), widest), scale)
    return Geometry(
        center_x=_inside(-width / 2, width / 2, x),
        center_y=_inside(-width * height / 2, width * height / 2, y),
        size=width,
        rotation=0.0,
        font=font,
    )


@lru_cache(maxsize=4096)
def _height(word: str, font: str) -> float:
    """Height of a word's ink box over its width."""
    _, top, _, bottom = bounds(word_outline(word, font))
    return bottom - top


def _uniforms(seed: int, names: tuple[str, ...], index: int) -> tuple[float, ...]:
    """Four numbers in [0, 1) that belong to this seed, these names and this index alone."""
    text = "\x1f".join((str(seed), *names))
    key = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little")
    # The index counts in the second word, so that no sample runs into the next one's numbers.
    # Raw words are used, because NumPy keeps those, not its distributions, the same for ever.
    words = np.random.Philox(key=key, counter=index << 64).random_raw(4)
    return tuple(float(word >> 11) * 2.0**-53 for word in words.tolist())


def _between(span: Range, share: float) -> float:
    low, high = span
    return low + (high - low) * share


def _inside(low: float, high: float, share: float) -> float:
    """A center such that an extent from `low` to `high` about it lies within 0..1."""
    return _between((-low, 1.0 - high), share)


def _check_range(span: Range, lowest: float, highest: float, what: str) -> None:
    low, high = span
    if not lowest <= low <= high <= highest:  # also refuses NaN
        raise InvalidInput(
            f"The range of {what}, {low:g} to {high:g}, is not possible.",
            f"It must rise and lie between {lowest:g} and {highest:g}.",
        )
