"""A run on the disk: plan, manifest, and the rows computed so far.

    <run>/plan.json        the plan and its content hash
    <run>/manifest.json    state, model, sessions of work
    <run>/rows/            Parquet files, each a range of images; see `core.sweeps.shards`
    <run>/damaged/         files that could not be read when the run was resumed
    <run>/.lock            held while a process works on the run

Only data is stored and nothing that could be executed. What is done is told by the files of rows
alone, so that a kill at any moment loses at most the range being computed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from core.atomic import write_atomic
from core.errors import RunError
from core.models.info import ModelInfo
from core.sweeps import shards
from core.sweeps.counts import AnswerCounts
from core.sweeps.manifest import SCHEMA, Manifest, utc_now
from core.sweeps.plan import SweepPlan
from core.sweeps.shards import Shard, Span
from core.sweeps.work_folder import (
    DAMAGED_NAME,
    PLAN_NAME,
    WorkFolder,
    begin_folder,
    check_schema,
    pretty_json,
    put_aside,
    read_manifest,
    write_error,
)

FORMAT = "clip-color-lab run"
ROWS_NAME = "rows"


class RunFolder(WorkFolder):
    """A run; make one with `create`, read one with `open`.

    Attributes
    ----------
    path : Path
    plan : SweepPlan
    manifest : Manifest
        Change it only while holding the run, and call `save_manifest`.
    """

    format = FORMAT

    def __init__(self, path: Path, plan: SweepPlan, manifest: Manifest) -> None:
        super().__init__(path, manifest)
        self.plan = plan

    @classmethod
    def create(cls, path: Path, plan: SweepPlan, info: ModelInfo) -> RunFolder:
        """Begin a run in a new or empty folder.

        Raises
        ------
        RunError
            If the folder holds something or cannot be written.
        """
        begin_folder(path)
        try:
            (path / ROWS_NAME).mkdir()
            write_atomic(path / PLAN_NAME, plan_bytes(plan))
        except OSError as error:
            raise write_error(path, error) from error
        run = cls(
            path, plan, Manifest(format=FORMAT, title=plan.title, created=utc_now(), model=info)
        )
        run.save_manifest()
        return run

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Read a run; a damaged plan or manifest is put together again from what is left.

        Raises
        ------
        RunError
            If the folder is no run, or too much of it is lost.
        """
        if not path.is_dir():
            raise RunError(f"There is no run in {path}.", "Name the folder of a run.")
        plan = _plan_of(path)
        manifest = read_manifest(path, FORMAT)
        if manifest is None:
            manifest = _rebuilt_manifest(path, plan)
        return cls(path, plan, manifest)

    @property
    def rows_folder(self) -> Path:
        return self.path / ROWS_NAME

    def shards(self) -> list[Shard]:
        """The files of rows by name, in order; not opened."""
        return shards.list_shards(self.rows_folder)

    def done(self) -> int:
        """Number of images finished."""
        return sum(shard.span.length for shard in self.shards())

    def missing(self) -> list[Span]:
        """Ranges of images still to do."""
        return shards.missing_spans([shard.span for shard in self.shards()], len(self.plan))

    def write(self, span: Span, table: Any) -> Shard:
        """Store the rows of a range; see `core.sweeps.shards.write_shard`."""
        return shards.write_shard(self.rows_folder, span, table, self._shard_metadata())

    def repair(self) -> list[str]:
        """Put aside what cannot be read, so that it is computed again; the run must be held.

        Every file of rows is read whole, its checksums verified. A lost plan or manifest is
        written again.

        Returns
        -------
        list of str
            What was found, in sentences.

        Raises
        ------
        RunError
            If the folder cannot be written.
        """
        from core.sweeps.answer_rows import schema

        expected, templates = schema(self.plan), len(self.plan.templates)
        moved = []
        try:
            self.rows_folder.mkdir(exist_ok=True)
            shards.remove_unfinished(self.rows_folder)
            for shard in self.shards():
                if shards.shard_fault(shard, expected, templates):
                    put_aside(self.path, shard.path)
                    moved.append(shard)
            if _read_plan(self.path / PLAN_NAME) is None:
                write_atomic(self.path / PLAN_NAME, plan_bytes(self.plan))
        except OSError as error:
            raise write_error(self.path, error) from error
        if not moved:
            return []
        images = sum(shard.span.length for shard in moved)
        count = "One file" if len(moved) == 1 else f"{len(moved)} files"
        note = (
            f"{count} of rows could not be read and lie in “{DAMAGED_NAME}” now; "
            f"their {images:,} images are computed again."
        )
        return [note]

    def rows(self, columns: Sequence[str] | None = None, condition: Any = None) -> Any:
        """Rows computed so far, by image and template.

        Parameters
        ----------
        columns : sequence of str, optional
            All by default; see `core.sweeps.answer_rows`.
        condition : pyarrow.compute.Expression, optional
            Only rows for which it is true.

        Returns
        -------
        pyarrow.Table

        Raises
        ------
        RunError
            If a file is damaged.
        """
        import pyarrow as pa

        from core.sweeps.answer_rows import schema

        expected = schema(self.plan)
        wanted = expected.names if columns is None else list(columns)
        tables = []
        for shard in self.shards():
            if condition is None:
                tables.append(shards.read_shard(shard.path, wanted))
            else:  # the condition may be about other columns
                tables.append(shards.read_shard(shard.path).filter(condition).select(wanted))
        if not tables:
            return pa.schema([expected.field(name) for name in wanted]).empty_table()
        return pa.concat_tables(table.replace_schema_metadata(None) for table in tables)

    def counts(self) -> AnswerCounts:
        """Tallies of everything done, from the rows.

        Raises
        ------
        RunError
            If a file is damaged.
        """
        from core.sweeps.answer_rows import COUNTED_COLUMNS, count_rows

        counts = self.empty_counts()
        for shard in self.shards():
            count_rows(shards.read_shard(shard.path, COUNTED_COLUMNS), self.plan, counts)
        return counts

    def empty_counts(self) -> AnswerCounts:
        """Tallies of the plan's shape with nothing counted."""
        plan = self.plan
        return AnswerCounts.empty(
            len(plan.templates), len(plan.stimuli.combinations), len(plan.labels)
        )

    def _shard_metadata(self) -> bytes:
        return msgspec.json.encode(
            {
                "plan": self.plan,
                "batch_size": self.manifest.batch_size,
                "shard_size": self.manifest.shard_size,
            },
            order="deterministic",
        )


def plan_bytes(plan: SweepPlan) -> bytes:
    """The content of ``plan.json``."""
    return pretty_json(
        {"format": FORMAT, "schema": SCHEMA, "content_hash": plan.content_hash(), "plan": plan}
    )


def _plan_of(path: Path) -> SweepPlan:
    plan = _read_plan(path / PLAN_NAME)
    if plan is not None:
        return plan
    for shard in shards.list_shards(path / ROWS_NAME):
        carried = _carried(shard)
        if carried is not None:
            return carried.plan
    if not (path / PLAN_NAME).exists():
        raise RunError(f"There is no run in {path}.", "Name the folder of a run.")
    raise RunError(
        f"The plan of the run in {path} is damaged and no image of it is left.",
        "Delete the folder and start the run again.",
    )


def _read_plan(path: Path) -> SweepPlan | None:
    """The plan of a file; None if that is missing or damaged.

    Raises
    ------
    RunError
        If the file was written by a newer version of the app.
    """
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != FORMAT:
            return None
        check_schema(int(content["schema"]), path)
        plan = msgspec.convert(content["plan"], SweepPlan)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return plan if plan.content_hash() == content.get("content_hash") else None


class _Carried(msgspec.Struct):
    """What each file of rows carries along."""

    plan: SweepPlan
    batch_size: int
    shard_size: int


def _carried(shard: Shard) -> _Carried | None:
    content = shards.plan_in(shard)
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=_Carried)
    except msgspec.DecodeError:
        return None


def _rebuilt_manifest(path: Path, plan: SweepPlan) -> Manifest:
    """A manifest for a run that has lost its own."""
    found = shards.list_shards(path / ROWS_NAME)
    done = sum(shard.span.length for shard in found)
    manifest = Manifest(
        format=FORMAT,
        title=plan.title,
        state="finished" if done == len(plan) else "paused",
        created=utc_now(),
        notes=["The manifest was lost; it was put together again from the rows."],
    )
    for shard in found:
        carried = _carried(shard)
        if carried is not None:
            manifest.batch_size, manifest.shard_size = carried.batch_size, carried.shard_size
            break
    return manifest
