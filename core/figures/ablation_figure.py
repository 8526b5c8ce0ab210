"""A study as a figure: the effect with its interval, and where random controls lie.

Every measure of a prompt is a panel; no color is needed to tell what is what.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.ablation.study_result import StudyResult
from core.ablation.study_words import damage_sentence, points, removed_words
from core.figures.description import (
    Axis,
    Figure,
    Intervals,
    Mark,
    Panel,
    Points,
    Rule,
    Texts,
    named_axis,
)
from core.results.facts import RunFacts, settings_line

_SPREAD = 0.16  # of controls, up and down from their row
_ROWS = ("without\nthe neurons", "random\ncontrols")


def ablation_figure(
    result: StudyResult, measure: int, provenance: dict[str, Any], now: datetime | None = None
) -> Figure:
    """A study as a figure: all measures of the same prompt, the given one first.

    The provenance is that of `core.figures.ablation_export.study_provenance`.
    """
    template = result.measures[measure].template
    numbers = [n for n, other in enumerate(result.measures) if other.template == template]
    numbers.sort(key=lambda number: number != measure)
    facts = RunFacts(title="", state="", created="", plan=result.plan, done=result.images)
    names = named_axis(_ROWS, downward=True)
    reach = _reach(result, numbers)
    panels = tuple(
        Panel(
            effect_marks(result, number),
            Axis(-reach, reach, "points"),
            names if not place else replace(names, ticks=()),
            title=result.measures[number].what,
            height=0.9,
        )
        for place, number in enumerate(numbers)
    )
    return Figure(
        title=result.title,
        rows=(panels,),
        notes=(
            f"{removed_words(result)}. Prompt: “{result.plan.templates[template]}”.",
            (
                "Change of the share of answers in points, with Newcombe’s 95 % interval for the "
                f"same images. Circles: {len(result.controls)} random controls of as many neurons "
                "of the same layers."
            ),
            damage_sentence(result),
        ),
        settings=(settings_line(facts),),
        provenance=provenance,
        width=7.0,
        made=now or datetime.now(UTC),
    )


def effect_marks(result: StudyResult, number: int) -> tuple[Mark, ...]:
    """One measure's effect and controls, in points: what page and window draw."""
    effect = result.ablated.effects[number]
    marks: list[Mark] = [Rule(0.0)]
    if effect.difference is not None and effect.low is not None and effect.high is not None:
        low, middle, high = (100 * end for end in (effect.low, effect.difference, effect.high))
        marks.append(Intervals(((0.0, low, middle, high),), dots=True))
        marks.append(Texts(((middle, 0.0, points(effect.difference)),), above=True))
    controls = tuple(
        (100 * size, 1 + _SPREAD * (place % 5 - 2) / 2)
        for place, size in enumerate(result.control_differences(number))
    )
    return (*marks, Points(controls, "ring"))


def _reach(result: StudyResult, numbers: list[int]) -> float:
    """Where the scale ends on both sides, in points."""
    ends = [1.0]
    for number in numbers:
        effect = result.ablated.effects[number]
        ends += [abs(100 * (end or 0.0)) for end in (effect.low, effect.high)]
        ends += [abs(100 * size) for size in result.control_differences(number)]
    return 1.12 * max(ends)
