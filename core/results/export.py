"""Results as files, each with its settings and provenance.

csv          one long table, exact; provenance beside it
spreadsheet  the same for spreadsheets of a region; provenance beside it
parquet      the same long table; provenance in the file's metadata
json         every table with all its cells, and provenance
latex        the tables as they look, with settings and notes; provenance in comments
markdown     the same
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from core.base.errors import InvalidInput
from core.base.tables import REGIONS, Region, Table, to_csv, to_spreadsheet_csv, write_export
from core.base.text import one_line, valid_text
from core.predict.export import provenance_path, to_json
from core.results.comparison.compare import Comparison
from core.results.facts import RunFacts, run_facts, run_provenance
from core.results.published import published_source
from core.results.result_types import Cell, Difference, ResultTable, Share
from core.results.text.latex import latex_document
from core.results.text.long_table import long_table
from core.results.text.markdown import markdown_document

if TYPE_CHECKING:
    from core.sweeps.run_folder import RunFolder

FORMAT = "clip-color-lab results"
SCHEMA = 1

Form = Literal["csv", "spreadsheet", "parquet", "json", "latex", "markdown"]
FORMS: tuple[Form, ...] = get_args(Form)
SUFFIXES: dict[Form, str] = {
    "csv": ".csv",
    "spreadsheet": ".csv",
    "parquet": ".parquet",
    "json": ".json",
    "latex": ".tex",
    "markdown": ".md",
}
PARQUET_KEY = b"clip-color-lab.provenance"
"""Where the provenance stands in a Parquet file's metadata, as JSON."""


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """What is exported."""

    title: str
    tables: tuple[ResultTable, ...]
    runs: tuple[RunFacts, ...]
    """One, or the two of a comparison."""
    differs: tuple[str, ...] = ()
    """What differs between the two."""


def results_of_run(
    run: RunFolder, tables: Sequence[ResultTable], done: int | None = None
) -> Results:
    """Tables of one run about `done` images, by default all that are stored, ready to export."""
    facts = run_facts(run, done)
    return Results(title=facts.title, tables=tuple(tables), runs=(facts,))


def results_of_comparison(
    first: RunFolder,
    second: RunFolder,
    comparison: Comparison,
    tables: Sequence[ResultTable] | None = None,
) -> Results:
    """Tables of a comparison, all by default, ready to export."""
    return Results(
        title=f"{comparison.first} and {comparison.second}",
        tables=comparison.tables if tables is None else tuple(tables),
        runs=(
            run_facts(first, comparison.first_images),
            run_facts(second, comparison.second_images),
        ),
        differs=comparison.differs,
    )


def write_results(
    path: Path, results: Results, form: Form, region: Region = REGIONS["point"]
) -> tuple[Path, ...]:
    """Write results as a file; an existing one is replaced in one step or left as it was.

    `region` is for the form “spreadsheet”. Of the files written, the second holds the provenance of
    a CSV file.

    Raises
    ------
    InvalidInput
        If the form is unknown.
    ExportError
        If a file cannot be written.
    """
    if form not in FORMS:
        raise InvalidInput(f"“{form}” is no form of export.", f"Use one of {', '.join(FORMS)}.")
    written: tuple[Path, ...] = (path,)
    if form in ("csv", "spreadsheet"):
        beside = provenance_path(path)
        write_export(beside, to_json(results_provenance(results)))
        written = (path, beside)
    write_export(path, results_bytes(results, form, region))
    return written


def results_bytes(results: Results, form: Form, region: Region = REGIONS["point"]) -> bytes:
    """The content of the file of a form; see `write_results`."""
    if form == "json":
        return to_json(results_json(results))
    if form in ("latex", "markdown"):
        document = latex_document if form == "latex" else markdown_document
        text = document(results.title, results.tables, results.runs)
        return (text + _comment(form, results_provenance(results))).encode("utf-8")
    table = long_table(results.tables, results.runs)
    if form == "parquet":
        return _parquet(table, to_json(results_provenance(results)))
    return to_csv(table) if form == "csv" else to_spreadsheet_csv(table, region)


def results_provenance(results: Results, now: datetime | None = None) -> dict[str, Any]:
    """How the numbers came about, for `core.predict.export.to_json`; `now` is aware."""
    return {
        "format": f"{FORMAT}, provenance",
        "schema": SCHEMA,
        "title": results.title,
        "runs": [run_provenance(run, now) for run in results.runs],
        "differs": list(results.differs),
        "tables": [
            {"id": table.id, "title": table.title, "notes": list(table.notes)}
            for table in results.tables
        ],
        "published": msgspec.to_builtins(published_source()),
    }


def results_json(results: Results, now: datetime | None = None) -> dict[str, Any]:
    """The JSON form, for `core.predict.export.to_json`."""
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "provenance": results_provenance(results, now),
        "tables": [_table_json(table) for table in results.tables],
    }


def _table_json(table: ResultTable) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(table.outline),
        "paper": table.outline.paper or None,
        "prompt": table.outline.prompt or None,
        "row_headers": list(table.row_headers),
        "columns": msgspec.to_builtins(table.columns),
        "published_label": table.published_label or None,
        "notes": list(table.notes),
        "rows": [
            {
                "names": list(row.names),
                "sums_up": row.total,
                "cells": [_cell_json(cell) for cell in row.cells],
            }
            for row in table.rows
        ],
    }


def _cell_json(cell: Cell) -> Any:
    if isinstance(cell, Share):
        return {
            "count": cell.count,
            "images": cell.total,
            "share": cell.share,
            "low": cell.low,
            "high": cell.high,
            "chance": cell.chance,
            "mean_margin": cell.mean_margin,
            "published": cell.published,
            "published_as": cell.published_text or None,
            "published_source": cell.published_source or None,
            "difference": cell.difference,
        }
    if isinstance(cell, Difference):
        return {
            "first": _cell_json(cell.first),
            "second": _cell_json(cell.second),
            "difference": cell.difference,
            "low": cell.low,
            "high": cell.high,
            "both": cell.both,
        }
    return cell


def _comment(form: Form, provenance: dict[str, Any]) -> str:
    """The provenance as JSON in a comment, for the end of a text."""
    # Two hyphens in a row could end a comment; JSON may write them otherwise.
    text = to_json(provenance).decode("utf-8").replace("--", "\\u002d\\u002d")
    if form == "markdown":
        return f"\n<!-- provenance\n{text}-->\n"
    # Some of Unicode's line breaks may stand inside JSON's strings, but would end the comment.
    lines = "\n".join(f"% {one_line(line)}" for line in text.split("\n") if line)
    return f"\n% provenance\n{lines}\n"


def _parquet(table: Table, provenance: bytes) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
    schema = pa.schema(
        [(column.name, kinds[column.kind]) for column in table.columns],
        metadata={PARQUET_KEY: provenance},
    )
    columns = [
        pa.array(
            [valid_text(cell) if isinstance(cell, str) else cell for cell in values],
            type=schema.field(number).type,
        )
        for number, values in enumerate(zip(*table.rows, strict=True))
    ]
    arrow = pa.table(columns, schema=schema) if columns else schema.empty_table()
    buffer = io.BytesIO()
    pq.write_table(arrow, buffer, compression="zstd")
    return buffer.getvalue()
