"""The paper's experiments, ready to run: which pictures, which prompts, which tables.

The entries stand in ``resources/presets/experiments.toml``.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import msgspec

from core.base.errors import InvalidInput
from core.base.paths import resources_dir
from core.base.typed import from_toml
from core.color.terms import CSS, Palette
from core.predict.prompts import PROMPT_PRESETS
from core.results.published import SetName
from core.stimuli.factorial import FactorialSet, ShapeSet, StroopSet, WhiteStroop
from core.stimuli.sampling import ShapeRules, WordRules

SAMPLE_CHOICES = (1, 5, 20, 50, 500)
"""Samples of each combination to offer: previews, and the paper's own number."""

SETS: dict[SetName, type[FactorialSet]] = {
    "shapes": ShapeSet,
    "stroop": StroopSet,
    "white-stroop": WhiteStroop,
}


_TEMPLATES = {preset.id: preset.templates for preset in PROMPT_PRESETS}


class ExperimentPreset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One experiment of the paper."""

    id: str
    title: str
    question: str  # what it asks, in one sentence for users
    set: SetName
    prompts: tuple[str, ...]  # ids of prompt presets
    tables: tuple[str, ...]  # ids of the paper's tables that it gives; see `core.results.published`

    @property
    def templates(self) -> tuple[str, ...]:
        """What is asked of every image."""
        return tuple(text for name in self.prompts for text in _TEMPLATES[name])


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    experiment: tuple[ExperimentPreset, ...]


def experiment(id: str) -> ExperimentPreset:
    """The preset of an id."""
    for preset in experiments():
        if preset.id == id:
            return preset
    raise InvalidInput(
        f"There is no experiment “{id}”.",
        f"Choose one of {', '.join(preset.id for preset in experiments())}.",
    )


def stimuli_for(
    preset: ExperimentPreset,
    *,
    samples: int = 500,
    seed: int = 0,
    palette: Palette = CSS,
    side: int = 224,
    geometry: Literal["crossed", "independent"] = "crossed",
    gray: Literal["gray", "grey"] = "gray",
    white_backgrounds: bool = True,
    white_word: bool = False,
    rules: ShapeRules | WordRules | None = None,
) -> FactorialSet:
    """The set of stimuli of an experiment; the settings are those of the sets.

    Some are for one kind of set: `gray` for words, `white_backgrounds` for “stroop”, `white_word`
    for “white-stroop”. Rules of another kind of figure are refused.
    """
    settings: dict[str, Any] = {
        "samples": samples,
        "seed": seed,
        "palette": palette,
        "side": side,
        "geometry": geometry,
    }
    wanted = ShapeRules if preset.set == "shapes" else WordRules
    if rules is not None:
        if not isinstance(rules, wanted):
            raise InvalidInput(f"The rules for {preset.title} are for another kind of stimulus.")
        settings["rules"] = rules
    if preset.set != "shapes":
        settings["gray"] = gray
    if preset.set == "stroop":
        settings["white_backgrounds"] = white_backgrounds
    if preset.set == "white-stroop":
        settings["white_word"] = white_word
    return SETS[preset.set](**settings)


@cache
def experiments() -> tuple[ExperimentPreset, ...]:
    """All presets, in the order to show."""
    path = resources_dir() / "presets" / "experiments.toml"
    try:
        presets = from_toml(path.read_bytes(), _File).experiment
        unknown = {name for preset in presets for name in preset.prompts} - set(_TEMPLATES)
        if unknown:
            raise ValueError(f"there are no prompts {', '.join(sorted(unknown))}")
        return presets
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"The experiments in {path.name} cannot be read: {error}.",
            "Install the program again.",
        ) from error


EXPERIMENTS: tuple[ExperimentPreset, ...] = experiments()
