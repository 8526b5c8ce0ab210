"""Results as one long table: a row for each cell, the form that programs like best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.base.tables import Cell as PlainCell
from core.base.tables import Column, Table, columns
from core.results.facts import RunFacts
from core.results.result_types import (
    Cell,
    Difference,
    ResultColumn,
    ResultRow,
    ResultTable,
    Share,
)

_RUN_COLUMNS = columns(
    "run model weights_sha256 plan_sha256 seed:int palette images_done:int images_planned:int"
)
_PLACE_COLUMNS = columns(
    "table title paper_table prompt row_header row second_row_header second_row sums_up:bool "
    "column column_title"
)
_SHARE_COLUMNS = columns(
    "count:int images:int share:float low:float high:float chance:float mean_margin:float"
)
_PUBLISHED_COLUMNS = columns("published:float published_as published_source difference:float")
_DIFFERENCE_COLUMNS = columns(
    "difference:float difference_low:float difference_high:float both_count:int"
)
_VALUE = Column("value", "float")


def _prefixed(prefix: str, plain: Sequence[Column]) -> tuple[Column, ...]:
    return tuple(Column(f"{prefix}_{column.name}", column.kind) for column in plain)


RESULT_COLUMNS: tuple[Column, ...] = (
    *_RUN_COLUMNS,
    *_PLACE_COLUMNS,
    *_SHARE_COLUMNS,
    *_PUBLISHED_COLUMNS,
    _VALUE,
)
"""Columns of a run's results; give them to `core.base.tables.read_csv`.

Shares, intervals, margins and differences are fractions of 1. `value` is that of columns that hold
no shares, such as the number of images.
"""

COMPARISON_COLUMNS: tuple[Column, ...] = (
    *_prefixed("first", _RUN_COLUMNS),
    *_prefixed("second", _RUN_COLUMNS),
    *_PLACE_COLUMNS,
    *_prefixed("first", _SHARE_COLUMNS),
    *_prefixed("second", _SHARE_COLUMNS),
    *_DIFFERENCE_COLUMNS,
    _VALUE,
)
"""Columns of a comparison of two runs; differences are second minus first."""


def long_table(tables: Sequence[ResultTable], runs: Sequence[RunFacts]) -> Table:
    """The cells of all tables, one a row.

    Parameters
    ----------
    runs : sequence of RunFacts
        One run, or the two of a comparison.

    Returns
    -------
    Table
        Under `RESULT_COLUMNS`, or `COMPARISON_COLUMNS` for two runs. Cells that cannot be are left
        out.
    """
    compared = len(runs) == 2
    common = tuple(cell for run in runs for cell in _run_cells(run))
    rows = tuple(
        (*common, *place, *(_compared_cells(cell) if compared else _cells(cell)))
        for place, cell in _placed(tables)
    )
    return Table(COMPARISON_COLUMNS if compared else RESULT_COLUMNS, rows)


def _placed(tables: Sequence[ResultTable]) -> Iterator[tuple[tuple[PlainCell, ...], Cell]]:
    for table in tables:
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                if cell is not None:
                    yield _place(table, row, column), cell


def _run_cells(run: RunFacts) -> tuple[PlainCell, ...]:
    plan = run.plan
    return (
        *(run.title, plan.model.name, plan.model.sha256 or None, plan.content_hash()),
        *(plan.stimuli.seed, plan.stimuli.palette.name, run.done, run.total),
    )


def _place(table: ResultTable, row: ResultRow, column: ResultColumn) -> tuple[PlainCell, ...]:
    outline = table.outline
    second = len(table.row_headers) > 1
    # Where each row is a prompt, its name is the prompt.
    prompt = outline.prompt if outline.template is not None else row.names[0]
    return (
        *(outline.id, outline.title, outline.paper or None, prompt),
        *(table.row_headers[0], row.names[0]),
        *((table.row_headers[1], row.names[1]) if second else (None, None)),
        *(row.total, column.id, column.title),
    )


def _share_cells(share: Share) -> tuple[PlainCell, ...]:
    return (
        *(share.count, share.total, share.share, share.low, share.high),
        *(share.chance, share.mean_margin),
    )


def _cells(cell: Cell) -> tuple[PlainCell, ...]:
    if isinstance(cell, Share):
        published = (
            *(cell.published, cell.published_text or None, cell.published_source or None),
            cell.difference,
        )
        return (*_share_cells(cell), *published, None)
    blank = (None,) * (len(_SHARE_COLUMNS) + len(_PUBLISHED_COLUMNS))
    return (*blank, _value(cell))


def _compared_cells(cell: Cell) -> tuple[PlainCell, ...]:
    if isinstance(cell, Difference):
        return (
            *(*_share_cells(cell.first), *_share_cells(cell.second)),
            *(cell.difference, cell.low, cell.high, cell.both, None),
        )
    return (*(None,) * (2 * len(_SHARE_COLUMNS) + len(_DIFFERENCE_COLUMNS)), _value(cell))


def _value(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None
