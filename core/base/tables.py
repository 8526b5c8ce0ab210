"""Tables as CSV files: an exact one, and one for spreadsheets.

The *exact* form is RFC 4180: UTF-8 without a byte order mark, comma, CR LF, a header row. Numbers
have a decimal point and as many digits as it takes to read back the very same value. Undefined
is an empty cell, an empty text a lone apostrophe.

Text never acts as a formula (R47): an apostrophe is put before the ``= + - @`` that would begin
one, at the start of a text and also behind a line break or a separator of another region, where a
spreadsheet with other settings would split the cell. An apostrophe in such a place is doubled.
`read_csv` takes the guards away, so that every cell reads back exactly (R48).

The *spreadsheet* form has a byte order mark and the separator and decimal sign of a region, and
guards text alike. Neither depends on the locale of the computer.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import msgspec

from core.base.atomic import write_atomic
from core.base.errors import ExportError
from core.base.reading import MOST_DATA_BYTES, read_bytes
from core.base.text import valid_text

Cell = str | int | float | bool | None
Kind = Literal["text", "int", "float", "bool"]

_GUARD = "'"
_SEPARATORS = ",;\t"
_LINE_BREAKS = "\r\n"
# What begins a formula in one spreadsheet or another, full-width forms included; and the guard.
_STARTS = "[=+\\-@＝＋－＠']"


class Column(msgspec.Struct, frozen=True):
    """Name and kind of a column; a cell of any kind may be undefined (None)."""

    name: str
    kind: Kind = "text"


def columns(names: str) -> tuple[Column, ...]:
    """Columns by their names, e.g. ``"layer units:int"``; without a kind they hold text."""
    kinds: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    pairs = (name.partition(":") for name in names.split())
    return tuple(Column(name, kinds[kind or "text"]) for name, _, kind in pairs)


class Table(msgspec.Struct, frozen=True):
    """Rows of cells under typed columns, as many each; floats that are not finite are undefined."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row has {len(row)} cells for {len(self.columns)} columns")


class Region(msgspec.Struct, frozen=True):
    """How spreadsheets of a region read CSV files."""

    separator: str
    decimal: str

    def __post_init__(self) -> None:
        if self.separator == self.decimal or self.separator not in (",", ";", "\t"):
            raise ValueError(f"{self.separator!r} cannot separate cells")
        if self.decimal not in (".", ","):
            raise ValueError(f"{self.decimal!r} is no decimal sign")


REGIONS: dict[str, Region] = {"point": Region(",", "."), "comma": Region(";", ",")}
"""By the preference ``csv_region``."""


def to_csv(table: Table) -> bytes:
    """The exact form."""
    return _encode(table, Region(",", ".")).encode("utf-8")


def to_spreadsheet_csv(table: Table, region: Region) -> bytes:
    """The form for spreadsheets of a region."""
    return _encode(table, region).encode("utf-8-sig")


def from_csv(data: bytes, columns: Sequence[Column], name: str = "The table") -> Table:
    """Inverse of `to_csv`, with exactly these columns; `name` is the file's, for messages."""
    try:
        text = data.decode("utf-8")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExportError(f"{name} is no CSV file of this app: {error}.") from error
    expected = [column.name for column in columns]
    if not rows or [_unguarded(cell, ",") for cell in rows[0]] != expected:
        raise ExportError(f"{name} has other columns than {', '.join(expected)}.")
    cells: list[tuple[Cell, ...]] = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(columns):
            raise ExportError(f"{name} has {len(row)} cells in row {number}, not {len(columns)}.")
        try:
            cells.append(
                tuple(_parsed(cell, column.kind) for cell, column in zip(row, columns, strict=True))
            )
        except ValueError as error:
            raise ExportError(f"{name} has an unreadable cell in row {number}: {error}.") from error
    return Table(tuple(columns), tuple(cells))


def write_csv(path: Path, table: Table, region: Region | None = None) -> None:
    """Write a table in one step, in the exact form or for spreadsheets of a region."""
    write_export(path, to_csv(table) if region is None else to_spreadsheet_csv(table, region))


def read_csv(path: Path, columns: Sequence[Column]) -> Table:
    """Read the exact form; see `from_csv`."""
    try:
        data = read_bytes(path, MOST_DATA_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExportError(f"“{valid_text(path.name)}” cannot be read: {reason}.") from error
    return from_csv(data, columns, f"“{valid_text(path.name)}”")


def made_folder(folder: Path) -> Path:
    """A folder for files to write; made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            f"The folder {folder} cannot be made: {error.strerror}.", "Choose another one."
        ) from error
    return folder


def write_export(path: Path, data: bytes, chosen: Path | None = None) -> None:
    """Write a file in one step; a failure names the one that was `chosen`, which it lies beside."""
    try:
        write_atomic(path, data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExportError(
            f"“{valid_text((chosen or path).name)}” cannot be written: {reason}.",
            "Choose another folder or free some space.",
        ) from error


def _encode(table: Table, region: Region) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=region.separator, lineterminator="\r\n")
    writer.writerow([_guarded(column.name, region.separator) for column in table.columns])
    for row in table.rows:
        writer.writerow([_formatted(cell, region) for cell in row])
    return buffer.getvalue()


def _formatted(cell: Cell, region: Region) -> str:
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    if isinstance(cell, str):
        return _guarded(cell, region.separator)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return int.__repr__(cell)
    # Python's shortest text that reads back as the same double; never the locale's.
    return float.__repr__(cell).replace(".", region.decimal)


@lru_cache(maxsize=1024)  # many cells of a column are alike
def _guarded(text: str, separator: str) -> str:
    text = valid_text(text)
    guarded = re.sub(f"{_cell_start(separator)}(?={_STARTS})", rf"\g<0>{_GUARD}", text)
    if not text or text[0] in "\t" + _LINE_BREAKS:
        return _GUARD + guarded
    return guarded


def _unguarded(text: str, separator: str) -> str:
    return re.sub(f"({_cell_start(separator)}){_GUARD}", r"\1", text)


def _cell_start(separator: str) -> str:
    """Pattern of the places where a spreadsheet with other settings could see a cell begin."""
    others = _SEPARATORS.replace(separator, "") + _LINE_BREAKS
    return rf"(?:\A|[{others}])[\s\"]*"


def _parsed(text: str, kind: Kind) -> Cell:
    if not text:
        return None
    if kind == "text":
        return _unguarded(text, ",")
    if kind == "int":
        return int(text)
    if kind == "float":
        return float(text)
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"
