"""Matrices: what is named, and what is answered, for each pair of colors or of word and color."""

from __future__ import annotations

from typing import NamedTuple

from core.color.terms import COLOR_TERMS
from core.results.notes import noted_table
from core.results.result_types import Cell, Outline, ResultColumn, ResultRow, ResultTable
from core.results.tables.role_tables import IMAGES
from core.results.tally import Tally
from core.stimuli.conditions import Condition


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
