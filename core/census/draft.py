"""A census before it is taken: which layers, which sets, how many images. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from core.census.data import CensusData, SetData
from core.census.plan import PictureSet
from core.census.sets import KIND_TITLES, CensusOfSets
from core.color.terms import CSS, Palette
from core.network.layer import Layer, Summary, block_outputs, main_convolutions
from core.stimuli.factorial import ShapeSet, StroopSet

LayerChoiceId = Literal["default", "convolutions", "all"]

FEW_PICTURES = 5000
"""Fewer natural pictures than that say little about what moves a unit most."""


class LayerChoice(NamedTuple):
    """Layers to record together."""

    id: LayerChoiceId
    title: str
    layers: tuple[Layer, ...]

    @property
    def units(self) -> int:
        """Units of all its layers."""
        return sum(layer.units for layer in self.layers)


def layer_choices(layers: Sequence[Layer]) -> tuple[LayerChoice, ...]:
    """What a model's layers offer for a census; the first is the one to propose."""
    seen = tuple(layer for layer in layers if layer.observable)
    default = tuple(layer for layer in seen if layer.is_default) or block_outputs(seen) or seen
    choices = [LayerChoice("default", "Outputs of the blocks", default)]
    convolutions = main_convolutions(seen)
    if convolutions:
        choices.append(LayerChoice("convolutions", "All convolutions", convolutions))
    if len(seen) > len(default) and seen != convolutions:
        choices.append(LayerChoice("all", "Every layer that can be observed", seen))
    return tuple(choice for choice in choices if choice.layers)


class CensusDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the user has chosen; frozen, so that an edit makes another one."""

    title: str = ""
    """Empty for a name that is made up."""
    layers: LayerChoiceId = "default"
    summary: Summary = "max"
    """How a map becomes one value."""
    stroop: int = 20
    shapes: int = 20
    """Samples of each combination; 0 leaves the set out."""
    seed: int = 0
    """Of the images and of the order of tied ones."""
    palette: Palette = CSS
    gray: Literal["gray", "grey"] = "gray"
    """Spelling in pictures of words."""

    def stroop_set(self, side: int) -> StroopSet | None:
        """The words, for a model of that side; errors as of the set."""
        if not self.stroop:
            return None
        return StroopSet(
            seed=self.seed, samples=self.stroop, palette=self.palette, side=side, gray=self.gray
        )

    def shape_set(self, side: int) -> ShapeSet | None:
        """The shapes, for a model of that side; errors as of the set."""
        if not self.shapes:
            return None
        return ShapeSet(seed=self.seed, samples=self.shapes, palette=self.palette, side=side)


def warnings(draft: CensusDraft, pictures: PictureSet | None) -> tuple[str, ...]:
    """What will stay undefined with this choice, as sentences."""
    found = []
    if not draft.stroop:
        found.append("Without Stroop words no neuron has a type or a color label.")
    if not draft.shapes:
        found.append("Without shapes no neuron can be called “any word”.")
    if pictures is None:
        found.append(
            "Without natural pictures color selectivity, hues and “not activated” stay undefined."
        )
    elif len(pictures) < FEW_PICTURES:
        found.append(
            f"{len(pictures):,} natural pictures are few: {FEW_PICTURES:,} or more are recommended."
        )
    return tuple(found)


def unfinished(census: CensusData) -> str:
    """What a census still lacks, and whether it was cancelled, as a sentence; empty if complete.

    Looks into its folder.

    Raises
    ------
    RunError
        If a set that has not begun cannot be read.
    """
    whole = CensusOfSets.open(census.path)
    parts = []
    for kind in whole.kinds:
        found = census.sets.get(kind)
        if found is None:
            parts.append(f"{KIND_TITLES[kind]}: none of {len(whole.folder(kind).plan):,} images")
        elif found.partial:
            parts.append(f"{KIND_TITLES[kind]}: {found.done:,} of {found.total:,} images")
    pictures = census.sets.get("pictures")
    if pictures is not None and _gray_missing(pictures):
        parts.append("the gray pass")
    state = "Cancelled before" if whole.record.cancelled else "Not finished"
    return f"{state}: {', '.join(parts)}." if parts else ""


def _gray_missing(found: SetData) -> bool:
    if found.gray is None or found.gray.shape[1] < found.tops.capacity:
        return True
    return bool((np.isnan(found.gray) & found.tops.used).any())
