"""The tables that a sweep gives: which ones, and their numbers.

A run gives every table its set allows. For shapes: answers by chromaticity (the paper's tables 1
and 2) and matrices of object and background. For words: answers by prompt (table 3) and by font
color (tables 4 and 5), for all backgrounds, without white ones, and on white, as far as the set
holds them, and the same by written word and by face; and matrices of word and font color. For both:
how often each label is the answer, ties and margins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Literal, NamedTuple

from core.results.published import published_tables
from core.results.result_types import Outline, ResultTable
from core.results.tables import (
    SHAPE_AXES,
    WORD_AXES,
    Axes,
    answer_matrix,
    cells_table,
    faces_table,
    labels_table,
    prompts_table,
    quality_table,
    role_matrix,
    terms_table,
)
from core.results.tally import Tally
from core.stimuli.factorial import FactorialSet, ShapeSet, StroopSet
from core.sweeps.counts import AnswerCounts
from core.sweeps.plan import SweepPlan

Backgrounds = Literal["all", "colored", "white"]

_ON: dict[Backgrounds, str] = {
    "all": "on all backgrounds",
    "colored": "without white backgrounds",
    "white": "on white",
}
LABELS = "How often each label is the answer"
_FONT_TABLE: dict[Backgrounds, str] = {"all": "table-5", "colored": "table-5", "white": "table-4"}


_Build = Callable[[Tally, Outline], ResultTable]
_BY: dict[str, tuple[str, Callable[..., ResultTable]]] = {
    "prompts": ("prompt", prompts_table),
    "fonts": ("font color", partial(terms_table, part="figure", header="Font color")),
    "words": ("written word", partial(terms_table, part="subject", header="Written word")),
    "faces": ("face", faces_table),
}
"""Kinds of tables of words: by what, and how."""


class _Recipe(NamedTuple):
    outline: Outline
    build: _Build


def outlines(plan: SweepPlan) -> tuple[Outline, ...]:
    """The tables that a plan gives, without numbers, those of the paper first."""
    return tuple(recipe.outline for recipe in _recipes(plan))


def result_tables(
    plan: SweepPlan, counts: AnswerCounts, ids: Collection[str] | None = None
) -> tuple[ResultTable, ...]:
    """The tables of a sweep, whole or still running.

    Parameters
    ----------
    counts : AnswerCounts
        Of that plan.
    ids : collection of str, optional
        Only the tables of these ids, see `outlines`; all by default.
    """
    tally = Tally(plan, counts)
    return tuple(
        recipe.build(tally, recipe.outline)
        for recipe in _recipes(plan)
        if ids is None or recipe.outline.id in ids
    )


def _recipes(plan: SweepPlan) -> list[_Recipe]:
    recipes = _shape_recipes(plan) if isinstance(plan.stimuli, ShapeSet) else _word_recipes(plan)
    recipes.append(_recipe(plan, "ties", "Ties and margins", quality_table, None))
    # Those without a number in the paper come last; sorting is stable.
    return sorted(recipes, key=lambda recipe: (not recipe.outline.paper, recipe.outline.paper))


def _shape_recipes(plan: SweepPlan) -> list[_Recipe]:
    roles = {"figure": "the object", "background": "the background"}
    recipes = []
    for template, text in enumerate(plan.templates):
        paper = _paper_table("table-1", (text,)) or _paper_table("table-2", (text,))
        recipes += [
            _recipe(plan, "cells", "Answers by chromaticity", cells_table, template, paper),
            *_matrices(plan, template, SHAPE_AXES, roles, "object and background"),
            _recipe(plan, "labels", LABELS, labels_table, template),
        ]
    return recipes


def _word_recipes(plan: SweepPlan) -> list[_Recipe]:
    subsets = _subsets(plan.stimuli)
    widest = next(iter(subsets))
    roles = {"written": "the written word", "figure": "the font's color"}

    def by(kind: str, on: Backgrounds, template: int | None, paper: str = "") -> _Recipe:
        what, build = _BY[kind]
        title = f"Answers by {what}, words {_ON[on]}"
        return _recipe(
            plan, f"{kind}-{on}", title, partial(build, within=subsets[on]), template, paper
        )

    recipes = []
    for on in subsets:
        prompt_table = "table-3" if on == widest != "white" else ""
        recipes.append(by("prompts", on, None, _paper_table(prompt_table, plan.templates)))
    for template, text in enumerate(plan.templates):
        for on in subsets:
            recipes.append(by("fonts", on, template, _paper_table(_FONT_TABLE[on], (text,))))
        for on in subsets:
            if on in (widest, "white"):  # the colored ones are nearly all of the widest
                recipes += [by("words", on, template), by("faces", on, template)]
        recipes.append(_recipe(plan, "labels", LABELS, labels_table, template))
        named = f"word and font color, {_ON[widest]}"
        recipes += _matrices(plan, template, WORD_AXES, roles, named, f"-{widest}")
    return recipes


def _matrices(
    plan: SweepPlan, template: int, axes: Axes, roles: dict[str, str], by: str, suffix: str = ""
) -> list[_Recipe]:
    recipes = []
    for role, named in roles.items():
        title = f"{named[0].upper()}{named[1:]} named, by {by}"
        build = partial(role_matrix, axes=axes, role=role, named=named)
        recipes.append(_recipe(plan, f"matrix-{role}{suffix}", title, build, template))
    kind, build = f"answers{suffix or '-pairs'}", partial(answer_matrix, axes=axes)
    return [*recipes, _recipe(plan, kind, f"All answers by {by}", build, template)]


def _subsets(stimuli: FactorialSet) -> dict[Backgrounds, tuple[int, ...]]:
    """Combinations by background, the widest subset first; only those the set holds."""
    everything = tuple(range(len(stimuli.combinations)))
    white = tuple(n for n in everything if stimuli.combinations[n].background == "white")
    if not isinstance(stimuli, StroopSet):
        return {"white": everything}
    if not stimuli.white_backgrounds:
        return {"colored": everything}
    colored = tuple(n for n in everything if stimuli.combinations[n].background != "white")
    return {"all": everything, "colored": colored, "white": white}


def _recipe(
    plan: SweepPlan, kind: str, base: str, build: _Build, template: int | None, paper: str = ""
) -> _Recipe:
    prompt = "" if template is None else plan.templates[template]
    title = base if template is None else f"{base}: “{prompt}”"
    if paper:
        title = f"{paper.replace('-', ' ').capitalize()}. {title}"
    outline = Outline(
        id=kind if template is None else f"{kind}-{template + 1}",
        kind=kind,
        title=title,
        template=template,
        prompt=prompt,
        paper=paper,
    )
    return _Recipe(outline, build)


def _paper_table(id: str, templates: tuple[str, ...]) -> str:
    """The id, if the paper's table has one of the templates; else empty."""
    return id if id and set(templates) & set(published_tables()[id].templates) else ""
