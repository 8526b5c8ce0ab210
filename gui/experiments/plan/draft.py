"""What the user is about to run: everything of a plan but the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from core.color.terms import CSS, Palette
from core.models.info import ModelInfo
from core.network.ablation import Ablation
from core.predict.prompts import color_labels
from core.stimuli.factorial import FactorialSet, ShapeSet, StroopSet, WhiteStroop
from core.stimuli.sampling import ShapeRules, WordRules
from core.sweeps.plan import SweepPlan

SetKind = Literal["shapes", "stroop", "white-stroop"]
Gray = Literal["gray", "grey"]

SET_TITLES: dict[SetKind, str] = {
    "shapes": "Shapes",
    "stroop": "Color words",
    "white-stroop": "Color words on white",
}


class PlanDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment before it meets a model; frozen, so that an edit makes another one.

    Attributes
    ----------
    title : str
    kind : SetKind
        Which set of stimuli.
    templates, labels : tuple of str
    samples, seed, palette, geometry
        As those of the sets in `core.stimuli.factorial`.
    gray : {"gray", "grey"}
        Spelling in pictures of words.
    white_backgrounds, white_word : bool
        Of the set of words on all backgrounds; of the set of words on white.
    shapes, words
        Distributions of the geometry of either kind of figure.
    ablation : Ablation or None
        Units that are silenced.
    ablated : (str, str)
        Name and SHA-256 of the model whose units they are.
    """

    title: str = ""
    kind: SetKind = "stroop"
    templates: tuple[str, ...] = ()
    labels: tuple[str, ...] = msgspec.field(default_factory=color_labels)
    samples: int = 500
    seed: int = 0
    palette: Palette = CSS
    geometry: Literal["crossed", "independent"] = "crossed"
    gray: Gray = "gray"
    white_backgrounds: bool = True
    white_word: bool = False
    shapes: ShapeRules = ShapeRules()
    words: WordRules = msgspec.field(default_factory=WordRules)
    ablation: Ablation | None = None
    ablated: tuple[str, str] = ("", "")

    def stimuli(self, side: int) -> FactorialSet:
        """The set of stimuli at a model's side.

        Raises
        ------
        LabError
            If the set cannot be made, e.g. because two terms of the palette have one color.
        """
        if self.kind == "shapes":
            return ShapeSet(
                seed=self.seed,
                samples=self.samples,
                palette=self.palette,
                side=side,
                geometry=self.geometry,
                rules=self.shapes,
            )
        if self.kind == "stroop":
            return StroopSet(
                seed=self.seed,
                samples=self.samples,
                palette=self.palette,
                side=side,
                geometry=self.geometry,
                rules=self.words,
                gray=self.gray,
                white_backgrounds=self.white_backgrounds,
            )
        return WhiteStroop(
            seed=self.seed,
            samples=self.samples,
            palette=self.palette,
            side=side,
            geometry=self.geometry,
            rules=self.words,
            gray=self.gray,
            white_word=self.white_word,
        )

    def ablation_problem(self, info: ModelInfo) -> str:
        """Why the units cannot be silenced in a model, in a sentence; empty if they can."""
        name, weights = self.ablated
        same = weights == info.sha256 and (weights or name == info.name)
        if self.ablation is None or same:
            return ""
        return (
            f"The plan silences units of {name}; {info.name} is in use. Use {name}, or remove the "
            "ablation from the plan."
        )

    def with_prompts(self, templates: Sequence[str], labels: Sequence[str]) -> PlanDraft:
        """The same experiment with other prompts."""
        return msgspec.structs.replace(self, templates=tuple(templates), labels=tuple(labels))


def draft_of_plan(plan: SweepPlan) -> PlanDraft:
    """The draft that would make a plan again, with the units that it silences."""
    draft = draft_of(plan.stimuli, plan.templates, plan.labels)
    if plan.ablation is None:
        return draft
    model = (plan.model.name, plan.model.sha256)
    return msgspec.structs.replace(draft, ablation=plan.ablation, ablated=model)


def draft_of(stimuli: FactorialSet, templates: Sequence[str], labels: Sequence[str]) -> PlanDraft:
    """The draft that would make these stimuli and prompts again."""
    common = PlanDraft(
        templates=tuple(templates),
        labels=tuple(labels),
        samples=stimuli.samples,
        seed=stimuli.seed,
        palette=stimuli.palette,
        geometry=stimuli.geometry,
    )
    replace = msgspec.structs.replace
    if isinstance(stimuli, ShapeSet):
        return replace(common, kind="shapes", shapes=stimuli.rules)
    if isinstance(stimuli, StroopSet):
        return replace(
            common,
            kind="stroop",
            words=stimuli.rules,
            gray=stimuli.gray,
            white_backgrounds=stimuli.white_backgrounds,
        )
    return replace(
        common,
        kind="white-stroop",
        words=stimuli.rules,
        gray=stimuli.gray,
        white_word=stimuli.white_word,
    )
