"""A study as a figure: the effect with its interval, and where random controls lie.

Every measure of a prompt is a panel; no color is needed to tell what is what.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from core.ablation.study_result import StudyResult
from core.ablation.study_words import damage_sentence, points, removed_words
from core.base.paths import APP_NAME
from core.base.version import VERSION
from core.figures.figure_file import (
    DPI,
    FigureForm,
    FigureSize,
    checked_form,
    saved_figure,
)
from core.figures.figure_style import (
    HEADER_SIZE,
    INK,
    LINE,
    QUIET,
    SMALL_SIZE,
    TITLE_SIZE,
    drawable,
    styled,
)
from core.predict.export import to_json
from core.results.cell_text import one_line
from core.results.facts import RunFacts, settings_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _PANELS = 7.0, 1.9  # inches
_LINE_CHARACTERS = 148
_SPREAD = 0.16  # of controls, up and down from their row


def study_figure_bytes(
    result: StudyResult,
    measure: int,
    form: FigureForm,
    provenance: dict[str, Any],
    *,
    size: FigureSize | None = None,
    dpi: float = DPI,
    settings: bool = True,
) -> bytes:
    """The content of a figure's file.

    Parameters
    ----------
    result : StudyResult
    measure : int
        All measures of the same prompt are drawn, this one first.
    form : {"png", "svg", "pdf"}
    provenance : dict
        Goes into the file.
    size : FigureSize, optional
        On paper, in millimeters; the figure's own by default.
    dpi : float
        Pixels per inch of a PNG.
    settings : bool
        False leaves out the line that says what made the numbers.

    Raises
    ------
    InvalidInput
        If the form is unknown.
    """
    checked_form(form)
    template = result.measures[measure].template
    numbers = [n for n, other in enumerate(result.measures) if other.template == template]
    numbers.sort(key=lambda number: number != measure)
    lines = _lines(result, template)
    lines = lines if settings else lines[:-1]
    text = " ".join([*lines, *(result.measures[n].what for n in numbers), "0123456789+−–"])
    with styled(one_line(text)):
        figure = _drawn(result, numbers, lines)
        metadata = _metadata(result, form, provenance)
        return saved_figure(figure, form, size=size, dpi=dpi, metadata=metadata)


def _lines(result: StudyResult, template: int) -> list[str]:
    facts = RunFacts(title="", state="", created="", plan=result.plan, done=result.images)
    return [
        f"{removed_words(result)}. Prompt: “{result.plan.templates[template]}”.",
        (
            "Change of the share of answers in points, with Newcombe’s 95 % interval for the same "
            f"images. Circles: {len(result.controls)} random controls of as many units of the "
            "same layers."
        ),
        damage_sentence(result),
        settings_line(facts),
    ]


def _drawn(result: StudyResult, numbers: list[int], lines: list[str]) -> Figure:
    from matplotlib.figure import Figure

    wrapped = [
        part for line in lines for part in textwrap.wrap(drawable(one_line(line)), _LINE_CHARACTERS)
    ]
    below = 0.125 * len(wrapped) + 0.06  # inches
    height = _PANELS + below
    figure = Figure(figsize=(_WIDTH, height))
    figure.text(
        0.015,
        1 - 0.08 / height,
        drawable(one_line(result.title)),
        fontsize=TITLE_SIZE,
        fontweight="bold",
        va="top",
    )
    figure.text(
        0.015, 0.06 / height, "\n".join(wrapped), fontsize=SMALL_SIZE, color=QUIET, va="bottom"
    )
    grid = figure.add_gridspec(
        1,
        len(numbers),
        left=0.13,
        right=0.985,
        top=1 - 0.6 / height,
        bottom=(below + 0.42) / height,
        wspace=0.12,
    )
    reach = _reach(result, numbers)
    for place, number in enumerate(numbers):
        axes = figure.add_subplot(grid[0, place])
        _panel(axes, result, number, reach)
        if place:
            axes.set_yticklabels([])
    return figure


def _reach(result: StudyResult, numbers: list[int]) -> float:
    ends = [1.0]
    for number in numbers:
        effect = result.ablated.effects[number]
        ends += [abs(100 * (end or 0.0)) for end in (effect.low, effect.high)]
        ends += [abs(100 * size) for size in result.control_differences(number)]
    return 1.12 * max(ends)


def _panel(axes: Axes, result: StudyResult, number: int, reach: float) -> None:
    measure, effect = result.measures[number], result.ablated.effects[number]
    axes.set_title(drawable(measure.what), fontsize=HEADER_SIZE, loc="left", fontweight="bold")
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-0.6, 1.6)
    axes.axvline(0, color=LINE, linewidth=0.8, zorder=0)
    axes.set_yticks([1, 0], ["without\nthe units", "random\ncontrols"])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("points", fontsize=SMALL_SIZE, color=QUIET)
    if effect.difference is not None and effect.low is not None and effect.high is not None:
        axes.plot([100 * effect.low, 100 * effect.high], [1, 1], color=INK, linewidth=1.2, zorder=2)
        axes.plot([100 * effect.difference], [1], "o", color=INK, markersize=4.5, zorder=3)
        axes.annotate(
            points(effect.difference),
            (100 * effect.difference, 1),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=SMALL_SIZE,
        )
    sizes = result.control_differences(number)
    heights = [_SPREAD * (place % 5 - 2) / 2 for place in range(len(sizes))]
    axes.plot(
        [100 * size for size in sizes],
        heights,
        "o",
        markerfacecolor="none",
        markeredgecolor=QUIET,
        markeredgewidth=0.7,
        markersize=4,
        zorder=2,
    )


def _metadata(result: StudyResult, form: FigureForm, provenance: dict[str, Any]) -> dict[str, Any]:
    description = to_json(provenance).decode("utf-8")
    creator, title = f"{APP_NAME} {VERSION}", one_line(result.title)
    if form == "png":
        return {"Title": title, "Software": creator, "Description": description}
    if form == "svg":
        return {"Title": title, "Creator": creator, "Date": None, "Description": description}
    return {"Title": title, "Creator": creator, "Keywords": description, "CreationDate": None}
