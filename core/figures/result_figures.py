"""Tables of results as figures.

Every column of shares is a panel of its own, so that no color is needed to tell what is what, and
bars carry their numbers. Matrices become cells in shades of gray with the numbers in them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core.base.errors import InvalidInput
from core.base.tables import write_export
from core.base.text import one_line
from core.figures.description import (
    DOTTED,
    Axis,
    Bars,
    Cells,
    Column,
    Figure,
    Fill,
    Intervals,
    Mark,
    Panel,
    Points,
    Rule,
    named_axis,
)
from core.figures.file import DPI, FigureForm, FigureSize, figure_bytes
from core.figures.style import BAR, FONT_SIZE, QUIET, TOTAL_BAR
from core.results.export import Results, results_provenance
from core.results.facts import settings_line
from core.results.result_types import Cell, Difference, ResultRow, ResultTable, Share
from core.results.text.cell_text import MATRIX_DECIMALS
from core.results.text.percent import DECIMALS, percent, points

_PANEL_WIDTH = 1.3  # inches, as all lengths here
_CELL_WIDTH = 0.5
_ROW, _NAME_LINE = 0.24, FONT_SIZE * 1.2 / 72
_NAME_CHARACTERS = 26
_SMALL = 0.15
_TITLE_TURN = 35.0
_BAR = Fill(BAR, line=QUIET)
_TOTAL_BAR = Fill(TOTAL_BAR, "rising", line=QUIET)


def can_draw(table: ResultTable) -> bool:
    """True if a table holds something to draw."""
    return bool(table.rows) and bool(_shown(table))


def result_figure(table: ResultTable, results: Results, now: datetime | None = None) -> Figure:
    """A table as a figure, with settings and provenance of the results that it belongs to.

    Raises
    ------
    InvalidInput
        If there is nothing to draw.
    """
    if not can_draw(table):
        raise InvalidInput(f"“{table.title}” has nothing to draw.")
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    return Figure(
        title=table.title,
        rows=((_matrix(table),) if table.is_matrix else _columns(table),),
        notes=(_legend(table),),
        settings=tuple(map(settings_line, results.runs)),
        provenance=results_provenance(results, moment),
        width=5.0,
        made=moment,
    )


def write_figure(
    path: Path,
    table: ResultTable,
    results: Results,
    form: FigureForm,
    *,
    size: FigureSize | None = None,
    dpi: float = DPI,
    settings: bool = True,
    now: datetime | None = None,
) -> None:
    """Draw a table into a file; see `result_figure` and `core.figures.file.figure_bytes`.

    An existing file is replaced in one step or left as it was.

    Raises
    ------
    InvalidInput
        If there is nothing to draw, or the form is unknown.
    ExportError
        If the file cannot be written.
    """
    figure = result_figure(table, results, now)
    write_export(path, figure_bytes(figure, form, size=size, dpi=dpi, settings=settings))


def _matrix(table: ResultTable) -> Panel:
    shown = _shown(table)
    cells = [[row.cells[number] for number in shown] for row in table.rows]
    values = np.array(
        [[np.nan if (value := _value(cell)) is None else value for cell in row] for row in cells]
    )
    texts = tuple(tuple(_number(cell, MATRIX_DECIMALS) for cell in row) for row in cells)
    titles = [one_line(table.columns[number].title) for number in shown]
    return Panel(
        (Cells(values, texts),),
        named_axis(titles, table.column_header, turned=_TITLE_TURN),
        _names(table),
        row_head=" / ".join(table.row_headers),
        width=_CELL_WIDTH * len(shown),
        height=_height(table),
    )


def _columns(table: ResultTable) -> tuple[Panel, ...]:
    """A panel for each column; the first one names the rows."""
    shown = _shown(table)
    names = _names(table)
    everything = [row.cells[number] for row in table.rows for number in shown]
    panels: list[Panel] = []
    for number in shown:
        column = table.columns[number]
        cells = [row.cells[number] for row in table.rows]
        beside = [Column(tuple(map(_number, cells)))]
        if column.kind == "difference":
            unit, reach = "points", _reach(everything)
            x, marks = Axis(-reach, reach), _difference_marks(cells)
            beside.append(Column(tuple(map(_both_shares, cells)), quiet=True))
        else:
            unit, end = "%", _end(everything)
            ticks = tuple((float(tick), str(tick)) for tick in (0, 25, 50, 75, 100))
            x = Axis(0.0, end, ticks=ticks if end == 100.0 else None)
            marks = _share_marks(cells, [row.total for row in table.rows], end)
            beside.append(Column(tuple(map(_published, cells)), quiet=True))
        panels.append(
            Panel(
                marks,
                x,
                replace(names, ticks=()) if panels else names,
                title=f"{column.title} ({unit})",
                row_head="" if panels else " / ".join(table.row_headers),
                beside=tuple(column for column in beside if any(column.texts)),
                width=_PANEL_WIDTH,
                height=_height(table),
            )
        )
    return tuple(panels)


def _share_marks(cells: Sequence[Cell], totals: Sequence[bool], end: float) -> tuple[Mark, ...]:
    """Bars with interval, published figure and chance; in percent."""
    shares = [(row, cell) for row, cell in enumerate(cells) if isinstance(cell, Share)]
    known = [(row, cell, cell.share) for row, cell in shares if cell.share is not None]
    bars = Bars(
        [row for row, _, _ in known],
        [100 * share for _, _, share in known],
        tuple(_TOTAL_BAR if totals[row] else _BAR for row, _, _ in known),
        width=0.62,
        lying=True,
    )
    intervals = Intervals(tuple(_interval(*one) for one in known))
    published = tuple(
        (100 * cell.published, float(row)) for row, cell in shares if cell.published is not None
    )
    marks = (bars, intervals, Points(published, "diamond"))
    chance = _common_chance(cells)
    if chance is None or 100 * chance > end:
        return marks
    return (*marks, Rule(100 * chance, dash=DOTTED))


def _difference_marks(cells: Sequence[Cell]) -> tuple[Mark, ...]:
    """Points with intervals on both sides of a line of no difference; in points."""
    rows = tuple(
        _interval(row, cell, cell.difference)
        for row, cell in enumerate(cells)
        if isinstance(cell, Difference) and cell.difference is not None
    )
    return Rule(0.0), Intervals(rows, dots=True)


def _interval(
    row: int, cell: Share | Difference, middle: float
) -> tuple[float, float, float, float]:
    return float(row), 100 * (cell.low or 0.0), 100 * middle, 100 * (cell.high or 0.0)


def _common_chance(cells: Sequence[Cell]) -> float | None:
    """The level of chance, if all shares have the same; else None."""
    chances = [cell.chance for cell in cells if isinstance(cell, Share) and cell.chance is not None]
    if not chances or max(chances) - min(chances) > 1e-9:
        return None
    return chances[0]


def _end(cells: Sequence[Cell]) -> float:
    """Where a scale of shares ends, in percent: at 100, unless all are small."""
    shares = [cell for cell in cells if isinstance(cell, Share)]
    highest = max((max(cell.high or 0.0, cell.published or 0.0) for cell in shares), default=1.0)
    return 100.0 if highest > _SMALL else max(110 * highest, 0.1)


def _reach(cells: Sequence[Cell]) -> float:
    """Where a scale of differences ends on both sides, in points."""
    ends = [
        abs(end or 0.0)
        for cell in cells
        if isinstance(cell, Difference)
        for end in (cell.low, cell.high)
    ]
    return max(110 * max(ends, default=0.0), 1.0)


def _shown(table: ResultTable) -> list[int]:
    kinds = [column.kind for column in table.columns]
    return [number for number, kind in enumerate(kinds) if kind in ("share", "difference")]


def _names(table: ResultTable) -> Axis:
    return named_axis([_row_name(row) for row in table.rows], downward=True)


def _row_name(row: ResultRow) -> str:
    name = one_line(" / ".join(row.names))
    return "\n".join(textwrap.wrap(name, _NAME_CHARACTERS)) or "–"


def _height(table: ResultTable) -> float:
    lines = [_row_name(row).count("\n") + 1 for row in table.rows]
    return sum(max(_ROW, _NAME_LINE * count + 0.05) for count in lines)


def _number(cell: Cell, decimals: int = DECIMALS) -> str:
    """What is written in or beside a cell."""
    if _value(cell) is None:
        return ""
    if isinstance(cell, Difference):
        return points(cell.difference, decimals)
    return percent(_value(cell), decimals, unit=False)


def _both_shares(cell: Cell) -> str:
    if not isinstance(cell, Difference) or cell.difference is None:
        return ""
    return " → ".join(percent(one.share, unit=False) for one in (cell.first, cell.second))


def _published(cell: Cell) -> str:
    if not isinstance(cell, Share) or cell.published is None:
        return ""
    return f"◇ {cell.published_text}"


def _value(cell: Cell) -> float | None:
    if isinstance(cell, Share):
        return cell.share
    return cell.difference if isinstance(cell, Difference) else None


def _legend(table: ResultTable) -> str:
    compared = any(column.kind == "difference" for column in table.columns)
    if table.is_matrix and compared:
        return "Difference of shares in points, second minus first; the larger, the darker."
    if table.is_matrix:
        return "Share of images in percent; the larger, the darker."
    if compared:
        return (
            "Points: difference of shares, second minus first, with Newcombe's 95 % interval; "
            "beside them the difference and both shares in percent."
        )
    parts = ["Bars: share of images, with Wilson's 95 % interval"]
    cells = [cell for row in table.rows for cell in row.cells if isinstance(cell, Share)]
    if any(cell.published is not None for cell in cells):
        parts.append(f"◇ {table.published_label[0].lower()}{table.published_label[1:]}")
    columns = zip(*(row.cells for row in table.rows), strict=True)
    if any(_common_chance(column) is not None for column in columns):
        parts.append("dotted: chance")
    return "; ".join(parts) + "."
