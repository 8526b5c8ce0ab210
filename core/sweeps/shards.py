"""The files that hold the rows of a run: each a fixed range of images, whole or not there.

A shard is written under a temporary name, flushed, read back and compared, and only then given its
name, which tells its range. It carries a checksum of all its bytes, and the plan, so that a file
found alone still says how its numbers were made. Until it is whole it lacks the ending of such
files: other programs read whatever has it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.base.atomic import sync_folder
from core.base.checksums import BLANK, MARK, seal, seal_holds
from core.base.errors import RunError
from core.base.patience import opened, remove, replace
from core.base.reading import MOST_DATA_BYTES, read_bytes
from core.runs.folder import write_error
from core.runs.work import Span

SUFFIX = ".parquet"
_NAME = re.compile(r"rows-(\d{12,})-(\d{12,})\.parquet")
_WRITING = ".writing-"
PLAN_KEY = b"clip-color-lab.plan"


class Shard(NamedTuple):
    """A file of rows and the images it is about."""

    span: Span
    path: Path


def shard_path(folder: Path, span: Span) -> Path:
    """Where the rows of a range lie."""
    return folder / f"rows-{span.start:012d}-{span.stop:012d}{SUFFIX}"


def named_shards(folder: Path) -> list[Shard]:
    """All shards of a folder by name alone, in order of their images; they may overlap."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for path in folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if match and int(match[1]) < int(match[2]):
                found.append(Shard(Span(int(match[1]), int(match[2])), path))
    return sorted(found, key=lambda shard: (shard.span.start, -shard.span.stop))


def list_shards(folder: Path, total: int) -> list[Shard]:
    """The shards of a folder that count, by name alone, in order of their images.

    Of two that overlap, the one that begins first, or else the longer, is taken. What lies beyond
    the `total` images of the run is left out.
    """
    kept: list[Shard] = []
    for shard in named_shards(folder):
        if shard.span.stop <= total and (not kept or shard.span.start >= kept[-1].span.stop):
            kept.append(shard)
    return kept


def write_shard(folder: Path, span: Span, table: Any, plan_json: bytes) -> Shard:
    """Write the rows of a range; the file is there whole, or not at all.

    Raises
    ------
    RunError
        If it cannot be written or does not read back as it was.
    """
    path = shard_path(folder, span)
    # Without the ending: a kill may leave it behind, and other programs read all that has it.
    temporary = folder / f"{_WRITING}{path.stem}"
    content = _encoded(table.replace_schema_metadata({PLAN_KEY: plan_json}))
    try:
        with opened(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if read_bytes(temporary, len(content)) != content:
            raise RunError(
                f"The rows written to {folder} do not read back as they were.",
                "Check the disk, or choose another folder.",
            )
        replace(temporary, path)
        sync_folder(folder)
    except BaseException as error:
        with contextlib.suppress(OSError):
            remove(temporary)
        if isinstance(error, OSError):
            raise write_error(folder, error) from error
        raise
    return Shard(span, path)


def _encoded(table: Any) -> bytes:
    """A table as the content of a file, with its checksum."""
    floats = [f.name for f in table.schema if pa.types.is_floating(f.type) and f.name != "area"]
    texts = [f.name for f in table.schema if pa.types.is_dictionary(f.type)]
    buffer = io.BytesIO()
    with pq.ParquetWriter(
        buffer,
        table.schema,
        compression="zstd",
        # Noise-like floats shrink best with their bytes sorted by significance.
        use_dictionary=[*texts, "area"],
        column_encoding={
            **dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
            "index": "DELTA_BINARY_PACKED",
            "sample": "DELTA_BINARY_PACKED",
        },
        write_page_checksum=True,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({MARK: BLANK})
    return seal(buffer.getvalue())


def read_shard(path: Path, columns: Sequence[str] | None = None) -> Any:
    """The rows of a file, checksums verified; as a table of pyarrow with the file's metadata.

    Raises
    ------
    RunError
        If the file is damaged.
    """
    try:
        content = read_bytes(path, MOST_DATA_BYTES)
        if not seal_holds(content):
            raise ValueError("another checksum")
        parquet = pq.ParquetFile(io.BytesIO(content), page_checksum_verification=True)
        return parquet.read(columns=None if columns is None else list(columns))
    except (OSError, pa.ArrowException, ValueError, OverflowError, MemoryError) as error:
        raise RunError(
            f"The file {path.name} of the run in {path.parent.parent} is damaged.",
            "Resume the run: what it held is computed again.",
        ) from error


def is_about(table: Any, span: Span, templates: int) -> bool:
    """True if the column ``index`` of a table is that of the rows of these images."""
    if len(table) != span.length * templates:
        return False
    column = table.column("index")
    expected = np.repeat(np.arange(span.start, span.stop), templates)
    return column.null_count == 0 and np.array_equal(column.to_numpy(), expected)


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process left half-written."""
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{_WRITING}*"):
            with contextlib.suppress(OSError):
                remove(path)


def plan_in(shard: Shard) -> bytes | None:
    """The plan that a shard carries; None if the file is damaged."""
    try:
        return plan_of(read_shard(shard.path, ()))
    except RunError:
        return None


def plan_of(table: Any) -> bytes | None:
    """The plan that a table of `read_shard` carries; None if there is none."""
    found = (table.schema.metadata or {}).get(PLAN_KEY)
    return bytes(found) if found is not None else None
