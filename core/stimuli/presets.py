"""The gallery: one stimulus for each condition of the paper, with the prompts that belong to it.

The entries stand in ``resources/presets/gallery.toml``.
"""

from __future__ import annotations

from functools import cache

import msgspec

from core.base.errors import InvalidInput
from core.base.paths import resources_dir
from core.base.typed import from_toml
from core.color.terms import CSS, Palette, canonical, spelled
from core.stimuli.stimulus import ObjectStimulus, ShapeName, ShapeStimulus, WordStimulus

_SHAPE_SIZE = 0.5
_WORD_WIDTH = 0.8


class StimulusPreset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the gallery: a shape or a word.

    It shows the experiment, the condition, and one sentence on what to look for.
    """

    id: str  # unique slug
    group: str
    title: str
    explanation: str
    shape: ShapeName | None = None
    word: str | None = None  # a color word follows the spelling of gray
    figure: str  # a color term, as the background
    background: str
    prompts: tuple[str, ...]  # ids of `core.predict.prompts.PROMPT_PRESETS` to load with it

    def __post_init__(self) -> None:
        if (self.shape is None) == (self.word is None):
            raise InvalidInput(
                f"Preset “{self.id}” must have either a shape or a word.", "Give one of the two."
            )

    def stimulus(
        self, palette: Palette = CSS, side: int = 224, gray: str = "gray"
    ) -> ObjectStimulus:
        """The stimulus, centered; a color that is none of the terms is refused."""
        figure, background = palette[self.figure], palette[self.background]
        if self.word is None:
            assert self.shape is not None
            return ShapeStimulus(
                shape=self.shape,
                figure_color=figure,
                background_color=background,
                size=_SHAPE_SIZE,
                side=side,
            )
        term = canonical(self.word)
        return WordStimulus(
            word=self.word if term is None else spelled(term, gray),
            figure_color=figure,
            background_color=background,
            size=_WORD_WIDTH,
            side=side,
        )


class _Gallery(msgspec.Struct, forbid_unknown_fields=True):
    preset: tuple[StimulusPreset, ...]


@cache
def stimulus_presets() -> tuple[StimulusPreset, ...]:
    """All entries of the gallery, grouped, in the order to show."""
    path = resources_dir() / "presets" / "gallery.toml"
    try:
        return from_toml(path.read_bytes(), _Gallery).preset
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidInput(
            f"The preset stimuli in {path.name} cannot be read: {error}.",
            "Install the program again.",
        ) from error
