"""Kinds of tables, each from the counts of a run.

What the answers name: the paper's tables 1 to 5, and their like for any prompt. Words by face, how
often each label is the answer at all, and how sure the answers are: a share over all images hides
what lies within, as reading nine words of eleven always and one never looks like reading nine times
out of ten. Matrices: what is named, and what is answered, for each pair of colors or of word and
color.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from core.base.text import marked
from core.color.terms import COLOR_TERMS, canonical
from core.results.notes import has_published, noted_table
from core.results.published import (
    CHROMATICITIES,
    Chromaticity,
    PublishedShare,
    published_label,
    published_tables,
)
from core.results.result_types import Cell, Outline, ResultColumn, ResultRow, ResultTable
from core.results.tally import Group, RowTally, Tally
from core.stimuli.conditions import Condition
from core.stimuli.factorial import ShapeSet
from core.stimuli.fonts import font_faces

WHITE_IS_NONE = "Naming white, the background, counts as none, as in the paper."


class RoleColumn(msgspec.Struct, frozen=True):
    """A column of the share of answers that name one of some roles."""

    id: str
    title: str
    tooltip: str
    roles: tuple[str, ...]


def _column(role: str, title: str, tooltip: str, *more: str) -> RoleColumn:
    return RoleColumn(role, title, tooltip, (role, *more))


SHAPE_COLUMNS = (
    _column("background", "Background", "The answer is the color of the background."),
    _column("figure", "Object", "The answer is the color of the object."),
    _column("none", "Other", "The answer is another color."),
)
PROMPT_COLUMNS = (
    _column("background", "Background", "The answer is the color of the background."),
    _column("figure", "Font", "The answer is the color of the letters."),
    _column("written", "Written", "The answer is the written word."),
    _column("none", "None", "The answer is neither shown nor written."),
)
_CORRECT = _column("figure", "Font (correct)", "The answer is the color of the letters.")
FONT_COLUMNS = (_CORRECT, PROMPT_COLUMNS[2], PROMPT_COLUMNS[0], PROMPT_COLUMNS[3])
_WHITE_NONE = _column(
    "none", "None", "The answer is neither written nor the color of the letters.", "background"
)
WHITE_PROMPT_COLUMNS = (PROMPT_COLUMNS[1], PROMPT_COLUMNS[2], _WHITE_NONE)
WHITE_FONT_COLUMNS = (_CORRECT, PROMPT_COLUMNS[2], _WHITE_NONE)

IMAGES = ResultColumn("images", "Images", "Number of images that the row is about.", "count")

Published = Mapping[str, PublishedShare]


def cells_table(tally: Tally, outline: Outline) -> ResultTable:
    """Shapes: answers by chromaticity of background and object (tables 1 and 2)."""
    assert outline.template is not None
    groups = tally.groups(lambda condition: tuple(map(_chromaticity, condition.cell)))
    rows = []
    for background in CHROMATICITIES:
        for figure in CHROMATICITIES:
            published = _published(tally, outline, outline.template, background, figure)
            group = groups[background, figure]
            rows.append(_row(tally, outline.template, group, SHAPE_COLUMNS, published))
    return _table(tally, outline, ("Background", "Object"), SHAPE_COLUMNS, rows)


def prompts_table(tally: Tally, outline: Outline, within: Sequence[int]) -> ResultTable:
    """Words: answers for each prompt (table 3), of the combinations `within`."""
    white = outline.kind == "prompts-white"
    columns = WHITE_PROMPT_COLUMNS if white else PROMPT_COLUMNS
    rows = []
    for number, template in enumerate(tally.plan.templates):
        group = Group((template,), tuple(within))
        published = _published(tally, outline, number)
        rows.append(_row(tally, number, group, columns, published))
    extra = (WHITE_IS_NONE,) if white else ()
    return _table(tally, outline, ("Prompt",), columns, rows, extra)


def terms_table(
    tally: Tally,
    outline: Outline,
    part: Literal["figure", "subject"],
    header: str,
    within: Sequence[int],
) -> ResultTable:
    """Words: answers for one prompt by a part that has the terms in turn, and in total.

    The part is the color of the letters (tables 4 and 5) or the written word.
    """
    groups = tally.groups(lambda condition: (getattr(condition, part),), within)
    ordered = [groups[(term,)] for term in COLOR_TERMS if (term,) in groups]
    return role_rows_table(tally, outline, header, ordered, within)


def role_rows_table(
    tally: Tally,
    outline: Outline,
    header: str,
    groups: Sequence[Group],
    within: Sequence[int],
) -> ResultTable:
    """A row for each group of combinations of words, and one for all of `within`."""
    assert outline.template is not None
    white = outline.kind.endswith("-white")
    columns = WHITE_FONT_COLUMNS if white else FONT_COLUMNS
    rows = [_row(tally, outline.template, group, columns, {}) for group in groups]
    everything = Group(("all",), tuple(within))
    published = _published(tally, outline, outline.template)
    rows.append(_row(tally, outline.template, everything, columns, published, total=True))
    extra = (WHITE_IS_NONE,) if white else ()
    return _table(tally, outline, (header,), columns, rows, extra)


def _row(
    tally: Tally,
    template: int,
    group: Group,
    columns: Sequence[RoleColumn],
    published: Published,
    total: bool = False,
) -> ResultRow:
    sums: RowTally = tally.row(template, group)
    shares = (sums.named(*column.roles, published=published.get(column.id)) for column in columns)
    cells: tuple[Cell, ...] = (*shares, sums.total)
    return ResultRow(group.names, cells, total)


def _table(
    tally: Tally,
    outline: Outline,
    row_headers: tuple[str, ...],
    columns: Sequence[RoleColumn],
    rows: Sequence[ResultRow],
    extra: tuple[str, ...] = (),
) -> ResultTable:
    shown = [ResultColumn(column.id, column.title, column.tooltip) for column in columns]
    label = ""
    if has_published(outline) and tally.paper_labels:
        label = published_label(tally.plan.model.name, tally.plan.model.sha256)
    return noted_table(
        tally, outline, row_headers, (*shown, IMAGES), rows, extra, published_label=label
    )


def _published(
    tally: Tally, outline: Outline, template: int, *cell: Chromaticity
) -> Mapping[str, PublishedShare]:
    if not has_published(outline) or not tally.paper_labels:
        return {}
    return published_tables()[outline.paper].shares(tally.plan.templates[template], *cell)


def _chromaticity(chromatic: bool) -> Chromaticity:
    return "chromatic" if chromatic else "achromatic"


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


class Axes(NamedTuple):
    """What a matrix of a kind of set is laid out by: titles of rows and columns."""

    row: str
    column: str
    is_words: bool

    def of(self, condition: Condition) -> tuple[str, str]:
        """Row and column of a condition."""
        if self.is_words:
            return condition.subject, condition.figure
        return condition.figure, condition.background


SHAPE_AXES = Axes("Object", "Background", False)
WORD_AXES = Axes("Written word", "Font color", True)


def role_matrix(tally: Tally, outline: Outline, axes: Axes, role: str, named: str) -> ResultTable:
    """Share of the answers that name one role, for each pair.

    `role` is one of `core.predict.roles.ROLES`, `named` the role in words: “the written word”.
    """
    assert outline.template is not None
    groups = tally.groups(axes.of)
    lines = _present([row for row, _ in groups])
    across = _present([column for _, column in groups])
    columns = tuple(
        ResultColumn(term, term, f"{axes.column} {term}: the answer names {named}.")
        for term in across
    )
    rows = []
    for line in lines:
        cells: list[Cell] = []
        for term in across:
            group = groups.get((line, term))
            cells.append(tally.row(outline.template, group).named(role) if group else None)
        rows.append(ResultRow((line,), tuple(cells)))
    extra = (f"Rows: {axes.row.lower()}; columns: {axes.column.lower()}.",)
    return noted_table(tally, outline, (axes.row,), columns, rows, extra, column_header=axes.column)


def answer_matrix(tally: Tally, outline: Outline, axes: Axes) -> ResultTable:
    """Share of each answer, for each pair."""
    assert outline.template is not None
    labels = tally.plan.labels
    columns = tuple(
        ResultColumn(label, label, f"The answer is “{label}”, whatever it names.")
        for label in labels
    )
    groups = tally.groups(axes.of)
    rows = []
    for line in _present([row for row, _ in groups]):
        for term in COLOR_TERMS:
            group = groups.get((line, term))
            if group is not None:
                sums = tally.row(outline.template, group)
                shares = (sums.answered(label) for label in range(len(labels)))
                rows.append(ResultRow(group.names, (*shares, sums.total)))
    headers = (axes.row, axes.column)
    return noted_table(tally, outline, headers, (*columns, IMAGES), rows, column_header="Answer")


def _present(terms: list[str]) -> list[str]:
    return [term for term in COLOR_TERMS if term in terms]
