"""Words by face, how often each label is the answer at all, and how sure the answers are.

A share over all images hides what lies within: reading nine words of eleven always and one never
looks like reading nine times out of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from core.base.text import marked
from core.color.terms import canonical
from core.results.notes import noted_table
from core.results.result_types import Cell, Outline, ResultColumn, ResultRow, ResultTable
from core.results.tables.role_tables import IMAGES, role_rows_table
from core.results.tally import Group, Tally
from core.stimuli.conditions import Condition
from core.stimuli.factorial import ShapeSet
from core.stimuli.fonts import font_faces


def faces_table(tally: Tally, outline: Outline, within: Sequence[int]) -> ResultTable:
    """Words: answers for one prompt by the face of the letters, and in total of `within`."""
    known = font_faces()
    groups = [
        Group((known[face].title if face in known else face,), tuple(within), (number,))
        for number, face in enumerate(tally.plan.fonts)
    ]
    return role_rows_table(tally, outline, "Face", groups, within)


class _Part(NamedTuple):
    """A part of an image whose color or word a label can name."""

    column: ResultColumn
    field: str


def _part(id: str, title: str, what: str, field: str) -> _Part:
    tip = f"Of the images {what}, those to which the label is the answer."
    return _Part(ResultColumn(id, title, tip), field)


_SHAPE_PARTS = (
    _part("figure", "On objects of it", "whose object has this color", "figure"),
    _part("background", "On backgrounds of it", "whose background has this color", "background"),
)
_WORD_PARTS = (
    _part("written", "Where it is written", "that show this word", "subject"),
    _part("figure", "In letters of it", "whose letters have this color", "figure"),
    _part("background", "On backgrounds of it", "whose background has this color", "background"),
)
_ALL = ResultColumn("answered", "Of all answers", "Answers that are this label.")


def labels_table(tally: Tally, outline: Outline) -> ResultTable:
    """How often each label is the answer: of all images, and where it would be right."""
    assert outline.template is not None
    parts = _SHAPE_PARTS if isinstance(tally.plan.stimuli, ShapeSet) else _WORD_PARTS
    everything = tally.row(outline.template, tally.group())
    rows, never = [], []
    for number, label in enumerate(tally.plan.labels):
        share = everything.answered(number)
        if everything.total and not share.count:
            never.append(f"“{marked(label)}”")
        term = canonical(label)
        cells: list[Cell] = [share]
        for part in parts:
            group = tally.group(where=_shows(part, term))
            sums = tally.row(outline.template, group)
            cells.append(sums.answered(number) if group.combinations else None)
        rows.append(ResultRow((marked(label),), tuple(cells)))
    extra = (f"Never the answer: {', '.join(never)}.",) if never else ()
    columns = (_ALL, *(part.column for part in parts))
    return noted_table(tally, outline, ("Label",), columns, rows, extra)


def _shows(part: _Part, term: str | None) -> Callable[[Condition], bool]:
    return lambda condition: term is not None and getattr(condition, part.field) == term


_QUALITY_COLUMNS = (
    ResultColumn(
        "tied", "Exact ties", "Several labels share the largest cosine; the first in the list wins."
    ),
    ResultColumn(
        "close",
        "Too close to call",
        "The two largest cosines are so near that the size of a batch may decide.",
    ),
    ResultColumn(
        "margin",
        "Mean margin",
        "Mean difference of the probabilities of answer and runner-up, 0 to 1.",
        "number",
    ),
    IMAGES,
)


def quality_table(tally: Tally, outline: Outline) -> ResultTable:
    """Ties, answers too close to call, and margins of each prompt."""
    rows = []
    for number, template in enumerate(tally.plan.templates):
        sums = tally.row(number, tally.group(template))
        cells = (sums.tied(), sums.too_close(), sums.mean_margin, sums.total)
        rows.append(ResultRow((template,), cells))
    return noted_table(tally, outline, ("Prompt",), _QUALITY_COLUMNS, rows)
