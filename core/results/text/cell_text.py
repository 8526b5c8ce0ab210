"""Cells as text, for tables that people read."""

from __future__ import annotations

from core.results.result_types import Cell, Difference, ResultTable, Share
from core.results.text.percent import (
    DECIMALS,
    UNDEFINED,
    percent,
    percent_range,
    points,
    points_range,
)

MATRIX_DECIMALS = 1
"""Matrices have many columns: one digit after the point, and no intervals."""


def table_rows(
    table: ResultTable, *, intervals: bool = True, published: bool = True
) -> tuple[list[str], list[list[str]]]:
    """Header and body of a table as text; shares in percent, differences in points.

    Each row is as long as the header, row names first. Matrices never show intervals.
    """
    decimals = MATRIX_DECIMALS if table.is_matrix else DECIMALS
    with_interval = intervals and not table.is_matrix
    header = list(table.row_headers)
    beside = []
    for number, column in enumerate(table.columns):
        header.append(column.title + _unit(column.kind))
        cells = [row.cells[number] for row in table.rows]
        has_published = published and any(_published(cell) for cell in cells)
        beside.append(has_published)
        if has_published:
            header.append(f"{table.published_label} (difference)")
    body = []
    for row in table.rows:
        line = list(row.names)
        for cell, has_published in zip(row.cells, beside, strict=True):
            line.append(cell_text(cell, decimals, with_interval))
            if has_published:
                line.append(published_text(cell, decimals))
        body.append(line)
    return header, body


def cell_text(cell: Cell, decimals: int = DECIMALS, interval: bool = True) -> str:
    """A cell without units, e.g. ``59.53 [59.39–59.67]`` or ``60.00 → 62.00: +2.00``."""
    if isinstance(cell, Share):
        text = percent(cell.share, decimals, unit=False)
        if interval and cell.share is not None:
            text += f" [{percent_range(cell.low, cell.high, decimals, unit=False)}]"
        return text
    if isinstance(cell, Difference):
        shares = [percent(one.share, decimals, unit=False) for one in (cell.first, cell.second)]
        text = f"{shares[0]} → {shares[1]}: {points(cell.difference, decimals)}"
        if interval and cell.difference is not None:
            text += f" [{points_range(cell.low, cell.high, decimals)}]"
        return text
    if cell is None:
        return UNDEFINED
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.4f}"


def published_text(cell: Cell, decimals: int = DECIMALS) -> str:
    """The published figure as printed, and the difference, e.g. ``59.5 (−0.10)``."""
    if not isinstance(cell, Share) or not cell.published_text:
        return ""
    return f"{cell.published_text} ({points(cell.difference, decimals)})"


def _published(cell: Cell) -> bool:
    return isinstance(cell, Share) and bool(cell.published_text)


def _unit(kind: str) -> str:
    return " (%)" if kind in ("share", "difference") else ""
