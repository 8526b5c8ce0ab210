"""Every change the designer makes to the document, each as one named undo step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QObject

from core.base.errors import LabError
from core.color.terms import Palette, Rgb, spelled
from core.predict.prompts import PROMPT_PRESETS, Template
from core.stimuli.presets import StimulusPreset
from core.stimuli.sampling import random_figure
from core.stimuli.stimulus import (
    DEFAULT_FONT,
    SHAPES,
    ObjectStimulus,
    PictureStimulus,
    ShapeName,
    ShapeStimulus,
    Stimulus,
    WordStimulus,
)
from gui.context.lab_context import LabContext
from gui.designer.edits import (
    as_shape,
    as_word,
    centered,
    fitted_inside,
    next_seed,
    recolored,
    swapped,
    turned_to,
    with_reset_geometry,
)


class StimulusEditor(QObject):
    """Turns what the user does into steps of the document.

    It remembers the last shape, word and picture, so that switching kinds there and back loses
    nothing.
    """

    def __init__(self, lab: LabContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._document = lab.document
        self._last_figure: ObjectStimulus | None = None
        self._shape: ShapeName = "circle"
        self._word: tuple[str, str] | None = None
        self._picture: PictureStimulus | None = None
        self.remember(self._document.stimulus)
        self._document.replaced.connect(self._forget_picture)

    # ---- what there is ----

    @property
    def figure(self) -> ObjectStimulus | None:
        """The present shape or word at the model's side; None for a picture."""
        stimulus = self._lab.view.stimulus
        return None if isinstance(stimulus, PictureStimulus) else stimulus

    @property
    def has_picture(self) -> bool:
        """True if there is a picture to go back to."""
        return self._picture is not None

    def remember(self, stimulus: Stimulus) -> None:
        """Keep what another kind would lose."""
        if isinstance(stimulus, PictureStimulus):
            self._picture = stimulus
            return
        self._last_figure = stimulus
        if isinstance(stimulus, ShapeStimulus):
            self._shape = stimulus.shape
        else:
            self._word = (stimulus.word, stimulus.font)

    def _forget_picture(self) -> None:
        if not isinstance(self._document.stimulus, PictureStimulus):
            self._picture = None  # it belonged to another document

    # ---- kind, shape, word ----

    def make_shape(self, shape: ShapeName | None = None) -> None:
        """Make the figure a shape with its present colors and geometry; the last one by default."""
        figure = self._base()
        wanted = shape or self._shape
        name = "shape" if isinstance(self._document.stimulus, ShapeStimulus) else "make a shape"
        self._document.change(name, stimulus=as_shape(figure, wanted))

    def make_word(self) -> None:
        """Make the figure a word with its present colors and geometry."""
        gray = self._lab.settings.gray_spelling
        word, font = self._word or (spelled(self._figure_term(), gray), DEFAULT_FONT)
        self._document.change("make a word", stimulus=as_word(self._base(), word, font))

    def make_picture(self) -> bool:
        """Go back to the last picture; False if there is none."""
        if self._picture is None:
            return False
        self._document.change("make a picture", stimulus=self._picture)
        return True

    def write(self, word: str, merge: str = "") -> None:
        """Change the word."""
        if isinstance(self._document.stimulus, WordStimulus):
            self._change("word", merge, word=word)

    def set_font(self, font: str) -> None:
        """Change the word's face."""
        if isinstance(self._document.stimulus, WordStimulus):
            self._change("font", "", font=font)

    # ---- colors ----

    def set_figure_color(self, rgb: Rgb, merge: str = "") -> None:
        """Change the color of the shape or of the font."""
        if not isinstance(self._document.stimulus, PictureStimulus):
            is_word = isinstance(self._document.stimulus, WordStimulus)
            self._change("font color" if is_word else "object color", merge, figure_color=rgb)

    def set_background_color(self, rgb: Rgb, merge: str = "") -> None:
        """Change the background; of a picture, what transparent pixels are put on."""
        self._change("background color", merge, background_color=rgb)

    def set_palette(self, palette: Palette, merge: str = "", name: str = "palette") -> None:
        """Change what the terms mean; colors of the stimulus that are terms follow."""
        state = self._document.state
        stimulus = recolored(state.stimulus, state.palette, palette)
        self._document.change(name, merge or None, palette=palette, stimulus=stimulus)

    # ---- the whole figure ----

    def put_figure(self, name: str, figure: ObjectStimulus, merge: str = "") -> None:
        """Replace the figure, as a drag or a key does."""
        self._put(name, figure, merge)

    def set_geometry(self, name: str, field: str, value: float) -> None:
        """Change one number of the figure."""
        figure = self.figure
        if figure is None:
            return
        if field == "rotation":
            self._put(name, turned_to(figure, value), f"field {field}")
        else:
            changed = msgspec.structs.replace(figure, **{field: value})
            self._put(name, changed, f"field {field}")

    def swap_colors(self) -> None:
        self._edit("swap colors", swapped)

    def center(self) -> None:
        self._edit("center object", centered)

    def fit_inside(self) -> None:
        self._edit("bring object inside", fitted_inside)

    def reset_geometry(self) -> None:
        self._edit("reset object", with_reset_geometry)

    def randomize(self) -> None:
        """Draw the figure of the next seed."""
        self.randomize_from(next_seed(self._document.state.seed))

    def randomize_from(self, seed: int) -> None:
        """Draw the figure of a seed; for a picture, only keep the seed."""
        state, figure = self._document.state, self.figure
        if figure is None:
            self._document.change("seed", seed=seed)
            return
        try:
            drawn = random_figure(figure, seed, state.palette)
        except LabError as error:
            self._lab.report(error)
            return
        self._document.change("randomize", seed=seed, stimulus=self._at_document_side(drawn))

    def use_preset(self, preset: StimulusPreset) -> None:
        """Set the stimulus and the prompts of a condition of the paper."""
        state = self._document.state
        side, gray = state.stimulus.side, self._lab.settings.gray_spelling
        wanted = [entry for entry in PROMPT_PRESETS if entry.id in preset.prompts]
        texts = dict.fromkeys(text for entry in wanted for text in entry.templates)
        templates = tuple(Template(text) for text in texts)
        self._document.change(
            f"preset “{preset.title}”",
            stimulus=preset.stimulus(state.palette, side, gray),
            prompts=msgspec.structs.replace(state.prompts, templates=templates),
        )

    def end_step(self) -> None:
        """What follows is another undo step."""
        self._document.end_merge()

    # ---- inside ----

    def _base(self) -> ObjectStimulus:
        """The figure whose colors and geometry another kind takes over."""
        stimulus = self._document.stimulus
        if not isinstance(stimulus, PictureStimulus):
            return stimulus
        if self._last_figure is not None:
            return self._last_figure
        palette = self._document.state.palette
        return ShapeStimulus(
            shape=SHAPES[0],
            figure_color=palette["black"],
            background_color=stimulus.background_color,
            side=stimulus.side,
        )

    def _figure_term(self) -> str:
        return self._document.state.palette.term_of(self._base().figure_color) or "purple"

    def _edit(self, name: str, edit: Callable[[Any], ObjectStimulus]) -> None:
        figure = self.figure
        if figure is not None:
            self._put(name, edit(figure))

    def _put(self, name: str, stimulus: Stimulus, merge: str = "") -> None:
        self._document.change(name, merge or None, stimulus=self._at_document_side(stimulus))

    def _change(self, name: str, merge: str, **fields: object) -> None:
        self._document.change_stimulus(name, merge or None, **fields)

    def _at_document_side(self, stimulus: Stimulus) -> Stimulus:
        """A model's side is its own affair: it must not enter the document by an edit."""
        side = self._document.stimulus.side
        return stimulus if stimulus.side == side else msgspec.structs.replace(stimulus, side=side)
