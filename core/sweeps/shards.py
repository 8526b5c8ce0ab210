"""The rows of a run, one for each image and template, and the files that hold them.

    index        int64     place of the image in the set
    sample       int32     number of the sample of its combination
    subject      string    shape or written word (as a color term)
    figure       string    color of the object or font
    background   string
    font         string    face of the word; undefined for shapes
    area         float32   share of the picture that the figure covers, 0..1
    template     string
    answer       string    the label with the largest cosine
    role         string    what it names: figure, background, written or none; where two coincide,
                           both, as in background+written
    cosine       float32   of the answer
    margin       float32   probability over the runner-up; undefined with one label
    ties         int16     labels that share the largest cosine exactly; 1 without a tie
    close        bool      too close to call: the batch size may decide
    p_<label>    float32   probability of each label

Strings are dictionary-encoded. Rows are sorted by image, then by template as planned.

A file, a shard, is about a fixed range of images and is there whole or not at all. It is written
under a temporary name, flushed, read back and compared, and only then given its name, which tells
its range. It carries a checksum of all its bytes, and the plan, so that a file found alone still
says how its numbers were made. Until it is whole it lacks the ending of such files: other programs
read whatever has it.
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
from numpy.typing import NDArray

from core.base.atomic import opened, remove, replace, sync_folder
from core.base.checksums import BLANK, MARK, seal, seal_holds
from core.base.errors import RunError
from core.base.reading import MOST_DATA_BYTES, read_bytes
from core.predict.roles import JOINT_ROLES, joint_role_table, role_table
from core.predict.scoring import Scores
from core.runs.folder import write_error
from core.runs.work import Span
from core.sweeps.counts import AnswerCounts
from core.sweeps.plan import SweepPlan

PROBABILITY_PREFIX = "p_"
SUFFIX = ".parquet"
_NAME = re.compile(r"rows-(\d{12,})-(\d{12,})\.parquet")
_WRITING = ".writing-"
PLAN_KEY = b"clip-color-lab.plan"


def schema(plan: SweepPlan) -> Any:
    """The Arrow schema of a plan's rows."""
    text = pa.dictionary(pa.int16(), pa.string())
    return pa.schema(
        [
            ("index", pa.int64()),
            ("sample", pa.int32()),
            ("subject", text),
            ("figure", text),
            ("background", text),
            ("font", text),
            ("area", pa.float32()),
            ("template", text),
            ("answer", text),
            ("role", text),
            ("cosine", pa.float32()),
            ("margin", pa.float32()),
            ("ties", pa.int16()),
            ("close", pa.bool_()),
            *((PROBABILITY_PREFIX + label, pa.float32()) for label in plan.labels),
        ]
    )


class RowBuffer:
    """Collects the answers to a range of images and makes their rows."""

    def __init__(self, plan: SweepPlan) -> None:
        self._plan = plan
        self._schema = schema(plan)
        conditions = plan.stimuli.combinations
        self._roles = joint_role_table(role_table(conditions, plan.labels))
        self._subject = _coded([condition.subject for condition in conditions])
        self._figure = _coded([condition.figure for condition in conditions])
        self._background = _coded([condition.background for condition in conditions])
        self._batches: list[tuple[NDArray[np.float32], NDArray[np.object_], Scores]] = []

    def add(self, areas: NDArray[np.float32], fonts: NDArray[np.object_], scores: Scores) -> None:
        """Append a batch of B images; see `core.sweeps.compositor.Composed`."""
        self._batches.append((areas, fonts, scores))

    def take(self, start: int) -> Any:
        """The rows of all that was added, the first being image `start`; empties the buffer."""
        batches, self._batches = self._batches, []
        areas = np.concatenate([batch[0] for batch in batches])
        fonts = np.concatenate([batch[1] for batch in batches])
        scores = _joined([batch[2] for batch in batches])
        templates = len(self._plan.templates)
        index = np.arange(start, start + len(areas))
        samples, combinations = np.divmod(index, len(self._roles))
        winners = scores.winners.reshape(-1)
        combination = np.repeat(combinations, templates)
        columns = [
            pa.array(np.repeat(index, templates)),
            pa.array(np.repeat(samples, templates).astype(np.int32)),
            *(
                _dictionary(codes[combination], names)
                for codes, names in (self._subject, self._figure, self._background)
            ),
            _font_column(np.repeat(fonts, templates), list(self._plan.fonts)),
            pa.array(np.repeat(areas, templates)),
            _dictionary(np.tile(np.arange(templates), len(areas)), self._plan.templates),
            _dictionary(winners, self._plan.labels),
            _dictionary(self._roles[combination, winners], JOINT_ROLES),
            pa.array(scores.cosines.reshape(-1)),
            pa.array(scores.margins.reshape(-1), from_pandas=True),  # NaN is undefined
            pa.array(scores.ties.reshape(-1).astype(np.int16)),
            pa.array(scores.close.reshape(-1)),
            *(
                pa.array(np.ascontiguousarray(scores.probabilities[..., label]).reshape(-1))
                for label in range(len(self._plan.labels))
            ),
        ]
        return pa.table(columns, schema=self._schema)

    def __len__(self) -> int:
        """Number of images in the buffer."""
        return sum(len(batch[0]) for batch in self._batches)


COUNTED_COLUMNS = ("index", "template", "answer", "margin", "ties", "close", "font")
"""The columns that `count_rows` needs."""


def count_rows(table: Any, plan: SweepPlan, counts: AnswerCounts) -> None:
    """Add the rows of a table to tallies.

    Parameters
    ----------
    table : pyarrow.Table
        Whole images, sorted; at least `COUNTED_COLUMNS`.
    """
    templates = len(plan.templates)
    if not len(table):
        return

    def column(name: str) -> NDArray[Any]:
        values = table.column(name).to_numpy()
        return np.asarray(values).reshape(-1, templates)

    counts.add(
        column("index")[:, 0] % len(plan.stimuli.combinations),
        codes(table.column("answer"), plan.labels).reshape(-1, templates),
        column("margin"),
        column("ties").astype(np.int64),
        column("close").astype(np.bool_),
        codes(table.column("font"), tuple(plan.fonts))[::templates],
    )


def face_codes(fonts: NDArray[np.object_], plan: SweepPlan) -> NDArray[np.int64]:
    """Places of faces in the plan's fonts; int64, same shape, −1 for none."""
    places = {face: place for place, face in enumerate(plan.fonts)}
    return np.array([places.get(font, -1) for font in fonts], np.int64)


def codes(column: Any, names: Sequence[str]) -> NDArray[np.int64]:
    """Indices into `names` of a dictionary-encoded text column; int64, shape (rows,).

    −1 where there is no text, or one that is none of the names.
    """
    position = {name: number for number, name in enumerate(names)}
    parts = [np.empty(0, np.int64)]
    for chunk in column.chunks:
        found = [position.get(name, -1) for name in chunk.dictionary.to_pylist()]
        # The last place stands for no text at all.
        lookup = np.array([*found, -1], np.int64)
        parts.append(lookup[chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)])
    return np.concatenate(parts)


def _coded(names: list[str]) -> tuple[NDArray[np.int16], list[str]]:
    different = list(dict.fromkeys(names))
    return np.array([different.index(name) for name in names], dtype=np.int16), different


def _dictionary(numbers: NDArray[Any], names: Sequence[str]) -> Any:
    return pa.DictionaryArray.from_arrays(
        pa.array(numbers.astype(np.int16)), pa.array(list(names), pa.string())
    )


def _font_column(fonts: NDArray[np.object_], faces: list[str]) -> Any:
    number: dict[str | None, int | None] = {face: place for place, face in enumerate(faces)}
    indices = pa.array([number.get(font) for font in fonts], pa.int16())
    return pa.DictionaryArray.from_arrays(indices, pa.array(faces, pa.string()))


def _joined(parts: list[Scores]) -> Scores:
    names = Scores.__dataclass_fields__
    return Scores(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


# --- files ---


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
