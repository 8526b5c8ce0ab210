"""The factorial sets of the experiments: every subject in every allowed pair of colors.

A set is a specification, not a list: image i is worked out from i alone. The order of a set is

    index = sample × len(combinations) + combination

with combinations in the order subject, figure color, background color (each as in `SHAPES` and
`COLOR_TERMS`). So a set with fewer samples is the beginning of the same set with more, a run that
was cut short holds all combinations alike, and the images of one mask follow each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

import msgspec

from core.base.errors import InvalidInput
from core.color.terms import CSS, Palette, spelled
from core.stimuli.conditions import (
    Cell,
    Condition,
    Layout,
    shape_layout,
    stroop_layout,
    white_layout,
)
from core.stimuli.sampling import MAX_SEED, Geometry, ShapeRules, WordRules, sample_geometry
from core.stimuli.stimulus import MAX_SIDE, ObjectStimulus, ShapeName, ShapeStimulus, WordStimulus

__all__ = ["Cell", "Condition", "FactorialSet", "Item", "ShapeSet", "StroopSet", "WhiteStroop"]


class Item(msgspec.Struct, frozen=True):
    """One image of a set; ``index == sample * len(combinations) + combination``."""

    index: int
    combination: int
    sample: int
    condition: Condition
    stimulus: ObjectStimulus


MAX_SAMPLES = 2**31
"""Rows number the samples in 32 bits."""


class _FactorialSet(msgspec.Struct, frozen=True, kw_only=True):
    """What the sets share.

    In ``crossed`` geometry sample k of a subject has the same geometry in all colors; in
    ``independent`` geometry each image has its own.
    """

    seed: int = 0
    samples: int = 500  # images of each combination, 1..`MAX_SAMPLES`
    palette: Palette = CSS  # eleven different colors
    side: int = 224  # of the pictures in pixels: the model's own input size
    geometry: Literal["crossed", "independent"] = "crossed"

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= MAX_SEED:
            raise InvalidInput(
                f"The seed {self.seed} cannot be used.", f"It runs from 0 to {MAX_SEED}."
            )
        if not 1 <= self.samples <= MAX_SAMPLES:
            raise InvalidInput(
                f"A set cannot have {self.samples:,} samples of each combination.",
                f"Ask for at least one and at most {MAX_SAMPLES:,}.",
            )
        if not 8 <= self.side <= MAX_SIDE:
            raise InvalidInput(
                f"The side is {self.side} pixels.", f"It must lie between 8 and {MAX_SIDE}."
            )
        if self.geometry not in ("crossed", "independent"):
            raise InvalidInput(
                f"“{self.geometry}” is no kind of geometry.", "Use “crossed” or “independent”."
            )
        seen: dict[tuple[int, int, int], str] = {}
        for term, rgb in self.palette.colors.items():
            if rgb in seen:
                raise InvalidInput(
                    f"In palette “{self.palette.name}” {seen[rgb]} and {term} are the same color.",
                    "A set needs eleven different colors: objects would vanish otherwise.",
                )
            seen[rgb] = term

    def __len__(self) -> int:
        return self.samples * len(self.combinations)

    @property
    def combinations(self) -> tuple[Condition, ...]:
        """All conditions, in the order of the set."""
        return self._layout.conditions

    @property
    def subjects(self) -> tuple[str, ...]:
        """The shapes or words of the set, in order."""
        return self._layout.subjects

    def locate(self, index: int) -> tuple[int, int]:
        """Combination and sample number of an image."""
        if not 0 <= index < len(self):
            raise InvalidInput(
                f"The set has no image {index}.", f"Its images run from 0 to {len(self) - 1}."
            )
        sample, combination = divmod(index, len(self.combinations))
        return combination, sample

    def geometry_index(self, index: int) -> int:
        """Number of an image's coverage mask, from 0; equal for images of the same mask.

        It never falls along the set, so a mask can be dropped as soon as the number changes.
        """
        combination, sample = self.locate(index)
        if self.geometry == "independent":
            return index
        return sample * len(self.subjects) + self._layout.subject_numbers[combination]

    def spec(self, index: int) -> Item:
        """The image of that index.

        Raises
        ------
        InvalidInput
            If the set has no image of that index.
        FontError
            If a face of the set is missing or lacks a character.
        """
        combination, sample = self.locate(index)
        condition = self.combinations[combination]
        colors = (condition.figure, condition.background)
        stimulus = self._figure(condition, sample, None if self.geometry == "crossed" else colors)
        return Item(index, combination, sample, condition, stimulus)

    def __iter__(self) -> Iterator[Item]:
        return (self.spec(index) for index in range(len(self)))

    def index_of(self, condition: Condition, sample: int) -> int:
        """Index of one sample of a condition; the inverse of `spec`."""
        numbers = self._layout.numbers
        if condition not in numbers:
            raise InvalidInput(
                f"The set has no {condition.figure} “{condition.subject}” on "
                f"{condition.background}."
            )
        if not 0 <= sample < self.samples:
            raise InvalidInput(
                f"The set has no sample {sample}.", f"They run from 0 to {self.samples - 1}."
            )
        return sample * len(numbers) + numbers[condition]

    @property
    def _layout(self) -> Layout:
        raise NotImplementedError

    def _figure(
        self, condition: Condition, sample: int, colors: tuple[str, str] | None
    ) -> ObjectStimulus:
        raise NotImplementedError

    def _common(self, condition: Condition, place: Geometry) -> dict[str, Any]:
        """What shapes and words are drawn with alike."""
        return {
            "figure_color": self.palette[condition.figure],
            "background_color": self.palette[condition.background],
            "center_x": place.center_x,
            "center_y": place.center_y,
            "size": place.size,
            "rotation": place.rotation,
            "side": self.side,
        }


class ShapeSet(_FactorialSet, frozen=True, kw_only=True, tag="shapes", tag_field="set"):
    """8 shapes × 11 backgrounds × 10 other colors: 880 combinations, 440,000 images."""

    rules: ShapeRules = ShapeRules()

    @property
    def _layout(self) -> Layout:
        return shape_layout()

    def _figure(
        self, condition: Condition, sample: int, colors: tuple[str, str] | None
    ) -> ShapeStimulus:
        place = sample_geometry(self.rules, condition.subject, self.seed, sample, colors=colors)
        return ShapeStimulus(
            shape=cast(ShapeName, condition.subject), **self._common(condition, place)
        )


class _WordSet(_FactorialSet, frozen=True, kw_only=True):
    """What the sets of words share; `gray` is how that word is written."""

    rules: WordRules = msgspec.field(default_factory=WordRules)
    gray: Literal["gray", "grey"] = "gray"

    def __post_init__(self) -> None:
        super().__post_init__()
        spelled("gray", self.gray)  # refuses any other spelling

    def _figure(
        self, condition: Condition, sample: int, colors: tuple[str, str] | None
    ) -> WordStimulus:
        written = spelled(condition.subject, self.gray)
        place = sample_geometry(
            self.rules, condition.subject, self.seed, sample, colors=colors, written=written
        )
        assert place.font is not None
        return WordStimulus(word=written, font=place.font, **self._common(condition, place))


class StroopSet(_WordSet, frozen=True, kw_only=True, tag="stroop", tag_field="set"):
    """11 words × 10 other font colors × 9 other backgrounds: 990 combinations, 495,000 images.

    Without white backgrounds: 900 combinations, 450,000 images.
    """

    white_backgrounds: bool = True

    @property
    def _layout(self) -> Layout:
        return stroop_layout(self.white_backgrounds)


class WhiteStroop(_WordSet, frozen=True, kw_only=True, tag="white-stroop", tag_field="set"):
    """The Stroop test on white: 90 combinations, 45,000 images.

    Without the word "white" its images are the very images of `StroopSet` on white; with it, in its
    10 other font colors, they are 100 combinations, 50,000 images.
    """

    white_word: bool = False

    @property
    def _layout(self) -> Layout:
        return white_layout(self.white_word)


FactorialSet = ShapeSet | StroopSet | WhiteStroop
