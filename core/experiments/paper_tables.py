"""The paper's five tables for any model, as Markdown, from sets of a chosen number of samples."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.color.terms import COLOR_TERMS
from core.experiments.answers import ROLES, role_counts, winners
from core.models.session import ModelSession
from core.prompts import PROMPT_PRESETS
from core.stimuli.factorial import Cell, FactorialSet, ShapeSet, StroopSet, WhiteStroop

_TEMPLATES = {preset.id: preset.templates for preset in PROMPT_PRESETS}
GLOBAL_PROMPTS = _TEMPLATES["experiment-1"]
PART_PROMPTS = _TEMPLATES["experiment-2-object"] + _TEMPLATES["experiment-2-background"]
STROOP_PROMPTS = _TEMPLATES["experiment-3"]
FONT_PROMPTS = _TEMPLATES["table-3-font"]
_CELLS = [Cell(background, figure) for background in (False, True) for figure in (False, True)]


def paper_tables(session: ModelSession, samples: int, seed: int = 0) -> Iterator[str]:
    """Tables 1 to 5, one Markdown text each.

    Parameters
    ----------
    session : ModelSession
    samples : int
        Images of each combination (the paper has 500).
    seed : int
        Seed of the sets.
    """
    side = session.info.preprocessing.side
    shapes = ShapeSet(seed=seed, samples=samples, side=side)
    answers = winners(session, shapes, [*GLOBAL_PROMPTS, *PART_PROMPTS])
    yield _shape_table(1, shapes, GLOBAL_PROMPTS, answers[:1])
    yield _shape_table(2, shapes, PART_PROMPTS, answers[1:])

    stroop = StroopSet(seed=seed, samples=samples, side=side)
    stroop_answers = winners(session, stroop, STROOP_PROMPTS)
    yield _prompt_table(stroop, stroop_answers)
    white = WhiteStroop(seed=seed, samples=samples, side=side)
    yield _font_table(4, white, winners(session, white, FONT_PROMPTS)[0])
    yield _font_table(5, stroop, stroop_answers[STROOP_PROMPTS.index(FONT_PROMPTS[0])])


def _shape_table(
    number: int, shapes: ShapeSet, prompts: Sequence[str], answers: NDArray[np.int64]
) -> str:
    rows = []
    for prompt, row in zip(prompts, answers, strict=True):
        counts = role_counts(shapes, row, lambda condition: condition.cell)
        for cell in _CELLS:
            background = "chromatic" if cell.background_chromatic else "achromatic"
            figure = "chromatic" if cell.figure_chromatic else "achromatic"
            rows.append([f"`{prompt}`", background, figure, *_cells(counts, cell, "bfn")])
    header = [
        "Prompt",
        "Background",
        "Object",
        "Background named",
        "Object named",
        "Other",
        "Images",
    ]
    return _markdown(f"Table {number}: shapes", header, rows)


def _prompt_table(stroop: StroopSet, answers: NDArray[np.int64]) -> str:
    rows = []
    for prompt, row in zip(STROOP_PROMPTS, answers, strict=True):
        rows.append([f"`{prompt}`", *_cells(role_counts(stroop, row, lambda _: 0), 0, "bfwn")])
    header = ["Prompt", "Background", "Font", "Written", "None", "Images"]
    return _markdown("Table 3: prompts of the Stroop test", header, rows)


def _font_table(number: int, stimuli: FactorialSet, answers: NDArray[np.int64]) -> str:
    white = isinstance(stimuli, WhiteStroop)
    roles = "fwn" if white else "fwbn"
    by_font = role_counts(stimuli, answers, lambda condition: condition.figure)
    rows = [
        [term, *_cells(_merge_background(by_font, white), term, roles)]
        for term in COLOR_TERMS
        if term in by_font
    ]
    total = role_counts(stimuli, answers, lambda _: 0)
    rows.append(["all", *_cells(_merge_background(total, white), 0, roles)])
    names = ["Font (correct)", "Written", *([] if white else ["Background"]), "None"]
    background = "white" if white else "colored"
    title = f"Table {number}: Stroop test on {background} background, `{FONT_PROMPTS[0]}`"
    return _markdown(title, ["Font color", *names, "Images"], rows)


def _merge_background(
    counts: dict[Hashable, NDArray[np.int64]], merge: bool
) -> dict[Hashable, NDArray[np.int64]]:
    """On white the paper has no column for the background: naming it counts as none."""
    if not merge:
        return counts
    figure, background, written, none = range(len(ROLES))
    merged = {}
    for name, row in counts.items():
        merged[name] = np.array([row[figure], 0, row[written], row[none] + row[background]])
    return merged


def _cells(counts: dict[Hashable, NDArray[np.int64]], group: Hashable, roles: str) -> list[str]:
    """Percentages of the roles named by their initials, and the number of images."""
    row = counts[group]
    initials = [role[0] for role in ROLES]
    shares = [f"{row[initials.index(role)] / row.sum():.2%}" for role in roles]
    return [*shares, f"{row.sum():,}"]


def _markdown(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"**{title}**", "", "| " + " | ".join(header) + " |"]
    lines.append("|" + "---|" * len(header))
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
