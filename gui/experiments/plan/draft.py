"""What the user is about to run: everything of a plan but the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from core.color.terms import CSS, Palette
from core.experiments.presets import SETS
from core.models.info import ModelInfo
from core.network.ablation import Ablation
from core.predict.prompts import color_labels
from core.results.published import SetName
from core.stimuli.factorial import FactorialSet, ShapeSet
from core.stimuli.sampling import ShapeRules, WordRules
from core.sweeps.plan import SweepPlan

Gray = Literal["gray", "grey"]

SET_TITLES: dict[SetName, str] = {
    "shapes": "Shapes",
    "stroop": "Color words",
    "white-stroop": "Color words on white",
}


class PlanDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An experiment before it meets a model; frozen, so that an edit makes another one.

    What has the name of a setting in `core.stimuli.factorial` is that setting.

    Attributes
    ----------
    shapes, words
        The rules of a set of shapes, and of words.
    ablated : (str, str)
        Name and SHA-256 of the model whose units they are.
    """

    title: str = ""
    kind: SetName = "stroop"
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
        made = SETS[self.kind]
        rules: Any = self.shapes if made is ShapeSet else self.words
        return made(side=side, rules=rules, **_shared_fields(self, made))

    def ablation_problem(self, info: ModelInfo) -> str:
        """Why the units cannot be silenced in a model, in a sentence; empty if they can."""
        name, weights = self.ablated
        same = weights == info.sha256 and (weights or name == info.name)
        if self.ablation is None or same:
            return ""
        return (
            f"The plan silences neurons of {name}; {info.name} is in use. Use {name}, or remove "
            "the ablation from the plan."
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
    kind = next(kind for kind, made in SETS.items() if isinstance(stimuli, made))
    rules: dict[str, Any] = {"shapes" if kind == "shapes" else "words": stimuli.rules}
    return PlanDraft(
        kind=kind,
        templates=tuple(templates),
        labels=tuple(labels),
        **rules,
        **_shared_fields(stimuli, type(stimuli)),
    )


def _shared_fields(source: PlanDraft | FactorialSet, made: type[FactorialSet]) -> dict[str, Any]:
    """What a draft and a kind of set call by the same name."""
    names = set(made.__struct_fields__) & set(PlanDraft.__struct_fields__)
    return {name: getattr(source, name) for name in names}
