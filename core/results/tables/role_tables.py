"""Tables of what the answers name: the paper's tables 1 to 5, and their like for any prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from core.color.terms import COLOR_TERMS
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
