"""Pairs of tables of two runs, made into tables of differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from core.color.terms import canonical
from core.results.intervals import newcombe, newcombe_paired
from core.results.result_types import (
    Cell,
    Difference,
    Outline,
    ResultColumn,
    ResultRow,
    ResultTable,
    Share,
)

TemplatePairs = Sequence[tuple[int, int]]
"""Which template of the first run is compared with which of the second."""

BothCounted = Callable[[tuple[int, int], Share, Share], int]
"""Images that two shares, of a pair of templates, both count."""


class _ColumnPair(NamedTuple):
    column: ResultColumn
    first: int
    second: int


def compared_tables(
    first: Sequence[ResultTable],
    second: Sequence[ResultTable],
    templates: TemplatePairs,
    both_counted: BothCounted | None,
    notes: tuple[str, ...],
) -> tuple[ResultTable, ...]:
    """Every pair of tables of one kind whose templates belong together.

    Parameters
    ----------
    first, second : sequence of ResultTable
        Of the two runs.
    both_counted : BothCounted or None
        None for independent runs.
    notes : tuple of str
        For each table.
    """
    return tuple(
        table
        for ours in first
        for theirs in second
        if ours.outline.kind == theirs.outline.kind
        for table in _compared(ours, theirs, templates, both_counted, notes)
    )


def share_difference(first: Share, second: Share, both: int | None) -> Difference:
    """Second share minus first, with Newcombe's interval.

    Parameters
    ----------
    both : int or None
        Images that both count, for shares of the same images; None for independent ones.
    """
    if both is None:
        interval = newcombe(second.count, second.total, first.count, first.total)
    else:
        second_only, first_only = second.count - both, first.count - both
        neither = first.total - both - first_only - second_only
        interval = newcombe_paired(both, second_only, first_only, neither)
    difference = None
    if first.share is not None and second.share is not None:
        difference = second.share - first.share
    return Difference(
        first=first,
        second=second,
        difference=difference,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        both=both,
    )


def _compared(
    ours: ResultTable,
    theirs: ResultTable,
    templates: TemplatePairs,
    both_counted: BothCounted | None,
    notes: tuple[str, ...],
) -> Iterator[ResultTable]:
    columns = _column_pairs(ours, theirs)
    mine, other = ours.outline.template, theirs.outline.template
    if mine is None or other is None:  # each row is a template
        rows = [(ours.rows[one], theirs.rows[two]) for one, two in templates]
    elif (mine, other) in templates:
        rows = _row_pairs(ours, theirs)
    else:
        return
    paired = both_counted is not None
    yield ResultTable(
        outline=_outline(ours.outline, theirs.outline),
        row_headers=ours.row_headers,
        columns=tuple(shown for pair in columns for shown in _shown_columns(pair.column, paired)),
        rows=tuple(
            ResultRow(
                tuple(map(_change, one.names, two.names)),
                tuple(cell for pair in columns for cell in _cells(one, two, pair, both_counted)),
                one.total,
            )
            for one, two in rows
        ),
        column_header=ours.column_header,
        notes=notes,
    )


def _row_pairs(ours: ResultTable, theirs: ResultTable) -> list[tuple[ResultRow, ResultRow]]:
    others = {row.names: row for row in theirs.rows}
    return [(row, others[row.names]) for row in ours.rows if row.names in others]


def _column_pairs(ours: ResultTable, theirs: ResultTable) -> list[_ColumnPair]:
    """Columns that show the same; a label in any spelling of a color term is the same."""
    others: dict[tuple[str, str], int] = {}
    for number, column in enumerate(theirs.columns):
        others.setdefault(_key(column), number)
    return [
        _ColumnPair(column, number, others[_key(column)])
        for number, column in enumerate(ours.columns)
        if _key(column) in others
    ]


def _key(column: ResultColumn) -> tuple[str, str]:
    return column.kind, canonical(column.id) or column.id


def _shown_columns(column: ResultColumn, paired: bool) -> list[ResultColumn]:
    replace = msgspec.structs.replace
    if column.kind == "share":
        return [replace(column, kind="difference")]
    if column.kind == "count" and paired:  # the same images
        return [column]
    return [
        replace(column, id=f"{column.id}_{which}", title=f"{column.title}, {which}")
        for which in ("first", "second")
    ]


def _cells(
    one: ResultRow, two: ResultRow, pair: _ColumnPair, both_counted: BothCounted | None
) -> list[Cell]:
    first, second = one.cells[pair.first], two.cells[pair.second]
    if pair.column.kind != "share":
        return [first] if pair.column.kind == "count" and both_counted else [first, second]
    if not isinstance(first, Share) or not isinstance(second, Share):
        return [None]
    both = None
    if both_counted is not None:
        templates = first.selection.template, second.selection.template
        both = both_counted(templates, first, second)
    return [share_difference(first, second, both)]


def _outline(ours: Outline, theirs: Outline) -> Outline:
    """That of the first, telling which template became which."""
    if ours.prompt == theirs.prompt:
        return ours
    assert theirs.template is not None
    return msgspec.structs.replace(
        ours, id=f"{ours.id}-{theirs.template + 1}", title=f"{ours.title} → “{theirs.prompt}”"
    )


def _change(ours: str, theirs: str) -> str:
    return ours if ours == theirs else f"{ours} → {theirs}"
