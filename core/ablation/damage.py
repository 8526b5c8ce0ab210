"""Can a model without some units still name a plain color? If not, what it lost is more than words.

Every basic color fills the whole picture, in the values of each built-in palette, and the model is
asked with the prompts of the experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.color.terms import COLOR_TERMS, PALETTES, canonical

if TYPE_CHECKING:
    from core.models.session import ModelSession
    from core.sweeps.plan import SweepPlan


class Patch(msgspec.Struct, frozen=True):
    """A plain picture of a color."""

    term: str
    palette: str
    rgb: tuple[int, int, int]


class DamageCheck(msgspec.Struct, frozen=True):
    """How many plain color patches were named rightly."""

    templates: tuple[str, ...]
    correct: tuple[int, ...]
    """For each template, patches that were named rightly."""
    patches: int
    """Patches shown, to each template."""

    def __post_init__(self) -> None:
        # A ValueError, so that a file that breaks this counts as damaged.
        if len(self.correct) != len(self.templates):
            raise ValueError("templates and their right answers must be as many")
        if not all(0 <= count <= self.patches for count in self.correct):
            raise ValueError("there cannot be more right answers than patches")

    @property
    def total(self) -> int:
        """Answers given in all."""
        return self.patches * len(self.templates)

    @property
    def share(self) -> float | None:
        """Share of right answers; None if no label is a color."""
        return sum(self.correct) / self.total if self.total else None


def plain_patches(labels: Sequence[str]) -> tuple[Patch, ...]:
    """The basic colors that can be named with some labels, in all built-in palettes."""
    nameable = {canonical(label) for label in labels}
    return tuple(
        Patch(term, palette.name, palette[term])
        for palette in PALETTES.values()
        for term in COLOR_TERMS
        if term in nameable
    )


def check_damage(
    plan: SweepPlan,
    session: ModelSession,
    embed: Callable[[Any], NDArray[np.float32]],
) -> DamageCheck:
    """Ask a model, with or without some units, for the names of plain patches.

    Parameters
    ----------
    plan : SweepPlan
        Its templates and labels are asked.
    embed : callable
        From inputs of the model to rows of unit norm, e.g. an `AblatedTower`.
    """
    from core.predict.scoring import Scorer

    patches = plain_patches(plan.labels)
    if not patches:
        return DamageCheck(plan.templates, (0,) * len(plan.templates), 0)
    side = session.info.preprocessing.side
    pictures = np.empty((len(patches), side, side, 3), np.uint8)
    for number, patch in enumerate(patches):
        pictures[number] = patch.rgb
    answers = Scorer(plan, session).score(embed(session.to_input(pictures))).winners
    terms = np.array([canonical(label) or "" for label in plan.labels])
    right = terms[answers] == np.array([patch.term for patch in patches])[:, None]
    return DamageCheck(plan.templates, tuple(int(n) for n in right.sum(axis=0)), len(patches))
