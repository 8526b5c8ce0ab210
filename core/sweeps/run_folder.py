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

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from core.base.atomic import write_atomic
from core.base.checksums import decode_json, encode_json
from core.base.errors import RunError
from core.models.info import ModelInfo
from core.runs.folder import (
    DAMAGED_NAME,
    PLAN_NAME,
    WorkFolder,
    beginning,
    decode_record,
    is_folder,
    new_manifest,
    plan_binding,
    put_aside,
    read_manifest,
    write_error,
)
from core.runs.manifest import SCHEMA, BatchSize, Manifest
from core.runs.work import Span, missing_spans
from core.sweeps import shards
from core.sweeps.counts import AnswerCounts
from core.sweeps.plan import SweepPlan, differences, make_plan, version_differences
from core.sweeps.shards import COUNTED_COLUMNS, Shard, count_rows, schema

FORMAT = "clip-color-lab run"
ROWS_NAME = "rows"


class RunFolder(WorkFolder):
    """A run; make one with `create`, read one with `open`.

    Attributes
    ----------
    manifest : Manifest
        Change it only while holding the run, and call `save_manifest`.
    """

    format = FORMAT

    def __init__(self, path: Path, plan: SweepPlan, manifest: Manifest) -> None:
        super().__init__(path, manifest)
        self.plan = plan

    @classmethod
    def create(cls, path: Path, plan: SweepPlan, info: ModelInfo) -> RunFolder:
        """Begin a run in a new or empty folder."""
        run = cls(path, plan, new_manifest(FORMAT, plan, info))
        with beginning(path):
            run.rows_folder.mkdir()
            write_atomic(path / PLAN_NAME, plan_bytes(plan))
            run.save_manifest()
        return run

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Read a run; a damaged plan or manifest is put together again from what is left.

        Raises
        ------
        RunError
            If the folder is no run, its plan is that of another one, or too much of it is lost.
        """
        if not is_folder(path):
            raise RunError(f"There is no run in {path}.", "Name the folder of a run.")
        manifest = read_manifest(path, FORMAT)
        plan = _plan_of(path, manifest.plan_sha256 if manifest is not None else "")
        if manifest is None:
            manifest = _rebuilt_manifest(path, plan)
        return cls(path, plan, manifest)

    @property
    def rows_folder(self) -> Path:
        return self.path / ROWS_NAME

    def shards(self) -> list[Shard]:
        """The files of rows by name, in order; not opened."""
        return shards.list_shards(self.rows_folder, len(self.plan))

    def read(self, shard: Shard, columns: Sequence[str] | None = None) -> Any:
        """The rows of a file of this run; all columns by default.

        Raises
        ------
        RunError
            If the file is damaged, or holds rows of another run or of other images.
        """
        asked = None if columns is None else [*dict.fromkeys([*columns, "index"])]
        table = shards.read_shard(shard.path, asked)
        fault = self._foreign(shard, table)
        if fault:
            raise RunError(
                f"The file {shard.path.name} in the run {self.path} is {fault}.",
                "Resume the run: the file is put aside, and what it stands for computed.",
            )
        table = table.replace_schema_metadata(None)
        return table if columns is None else table.select(list(columns))

    def fault(self, shard: Shard) -> str | None:
        """Why a file of rows cannot be used, e.g. “damaged”; None if it can."""
        try:
            table = shards.read_shard(shard.path)
        except RunError:
            return "damaged"
        if not table.schema.equals(schema(self.plan)):
            return "of other columns"
        return self._foreign(shard, table)

    def _foreign(self, shard: Shard, table: Any) -> str | None:
        carried = shards.plan_of(table)
        if carried is not None and _binding_of(carried) != plan_binding(self.plan):
            return "of another run"
        if shard.span.stop > len(self.plan):
            return "of images that the run has not"
        if not shards.is_about(table, shard.span, len(self.plan.templates)):
            return "of other images than its name says"
        return None

    def check_resumable(self, info: ModelInfo, allow_versions: bool = False) -> None:
        """Refuse to go on with another model, other fonts, preprocessing or versions.

        The plan is made anew from its settings with the loaded model, the installed fonts and
        libraries; each part that comes out otherwise would give other numbers.

        The model is the one that would continue the run; errors are those of `check_unchanged`.
        """
        plan = self.plan
        here = make_plan(
            plan.title,
            msgspec.structs.replace(plan.stimuli, side=info.preprocessing.side),
            plan.templates,
            plan.labels,
            info,
            plan.ablation,
        )
        versions = version_differences(plan, here)
        others = [name for name in differences(plan, here) if name not in versions]
        self.check_unchanged(
            plan.model.name,
            info.name,
            _differing(others),
            _differing(versions),
            allow_versions=allow_versions,
            note=f"Resumed although {_differing(versions)}.",
        )

    def done(self) -> int:
        """Number of images finished."""
        return sum(shard.span.length for shard in self.shards())

    def missing(self) -> list[Span]:
        """Ranges of images still to do."""
        return missing_spans([shard.span for shard in self.shards()], len(self.plan))

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
        moved: dict[bool, list[Shard]] = {False: [], True: []}
        try:
            self.rows_folder.mkdir(exist_ok=True)
            shards.remove_unfinished(self.rows_folder)
            for shard in shards.named_shards(self.rows_folder):
                fault = self.fault(shard)
                if fault:
                    put_aside(self.path, shard.path)
                    moved[fault == "of another run"].append(shard)
            if _read_plan(self.path / PLAN_NAME) is None:
                write_atomic(self.path / PLAN_NAME, plan_bytes(self.plan))
        except OSError as error:
            raise write_error(self.path, error) from error
        self.manifest.plan_sha256 = plan_binding(self.plan)
        notes = []
        if moved[False]:
            images = sum(shard.span.length for shard in moved[False])
            notes.append(
                f"{_files(moved[False])} of rows could not be read and lie in “{DAMAGED_NAME}” "
                f"now; their {images:,} images are computed again."
            )
        if moved[True]:
            notes.append(
                f"{_files(moved[True])} of rows belonged to another run and lie in "
                f"“{DAMAGED_NAME}” now; none of their answers is counted."
            )
        return notes

    def rows(self, columns: Sequence[str] | None = None, condition: Any = None) -> Any:
        """Rows computed so far, by image and template.

        Parameters
        ----------
        columns : sequence of str, optional
            All by default; see `core.sweeps.shards`.
        condition : pyarrow.compute.Expression, optional
            Only rows for which it is true.
        """
        expected = schema(self.plan)
        wanted = expected.names if columns is None else list(columns)
        tables = []
        for shard in self.shards():
            if condition is None:
                tables.append(self.read(shard, wanted))
            else:  # the condition may be about other columns
                tables.append(self.read(shard).filter(condition).select(wanted))
        if not tables:
            return pa.schema([expected.field(name) for name in wanted]).empty_table()
        return pa.concat_tables(tables)

    def counts(self) -> AnswerCounts:
        """Tallies of everything done, from the rows."""
        counts = self.empty_counts()
        for shard in self.shards():
            count_rows(self.read(shard, COUNTED_COLUMNS), self.plan, counts)
        return counts

    def empty_counts(self) -> AnswerCounts:
        """Tallies of the plan's shape with nothing counted."""
        plan = self.plan
        return AnswerCounts.empty(
            len(plan.templates),
            len(plan.stimuli.combinations),
            len(plan.labels),
            len(plan.fonts),
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
    return encode_json(_PlanFile(FORMAT, SCHEMA, plan.content_hash(), plan))


class _PlanFile(msgspec.Struct):
    format: str
    schema: int
    content_hash: str
    plan: SweepPlan


def _plan_of(path: Path, bound: str) -> SweepPlan:
    """The plan of a run.

    Parameters
    ----------
    bound : str
        Which plan the manifest names; empty if it is lost, or of an earlier version.
    """
    plan = _read_plan(path / PLAN_NAME)
    if plan is not None and bound and plan_binding(plan) == bound:
        return plan
    others = []
    for shard in shards.named_shards(path / ROWS_NAME):
        carried = _carried(shards.plan_in(shard))
        if carried is None:
            continue
        if plan is not None and not bound and plan_binding(carried.plan) == plan_binding(plan):
            return plan
        if plan is None and bound in ("", plan_binding(carried.plan)):
            return carried.plan
        others.append(carried.plan)
        if bound and plan is not None:
            break  # one is enough to tell what differs
    if plan is not None and not bound and not others:
        return plan
    if plan is not None:
        found = differences(others[0], plan) if others else []
        raise RunError(
            f"The {PLAN_NAME} in {path} is not that of the run, but of another one"
            f"{': ' if found else ''}{', '.join(found)}.",
            f"Put the run’s own {PLAN_NAME} back"
            + (", or delete this one: the rows carry the plan, too." if others else "."),
        )
    if not (path / PLAN_NAME).exists():
        raise RunError(f"There is no run in {path}.", "Name the folder of a run.")
    raise RunError(
        f"The plan of the run in {path} is damaged and no image of it is left.",
        "Delete the folder and start the run again.",
    )


def _read_plan(path: Path) -> SweepPlan | None:
    """The plan of a file; None if that is missing or damaged."""
    try:
        content = decode_record(path, _PlanFile, FORMAT)
    except (OSError, ValueError):
        return None
    return content.plan if content.plan.content_hash() == content.content_hash else None


class _Carried(msgspec.Struct):
    """What each file of rows carries along."""

    plan: SweepPlan
    batch_size: BatchSize
    shard_size: BatchSize


@lru_cache(maxsize=16)  # nearly all files of a run carry the same
def _carried(content: bytes | None) -> _Carried | None:
    if content is None:
        return None
    try:
        return decode_json(content, _Carried)
    except ValueError:
        return None


@lru_cache(maxsize=16)
def _binding_of(content: bytes) -> str:
    carried = _carried(content)
    return plan_binding(carried.plan) if carried is not None else ""


def _differing(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(f"{name} differs" for name in names)
    return f"{', '.join(names[:-1])} and {names[-1]} differ"


def _files(found: Sequence[Shard]) -> str:
    return "One file" if len(found) == 1 else f"{len(found)} files"


def _rebuilt_manifest(path: Path, plan: SweepPlan) -> Manifest:
    """A manifest for a run that has lost its own."""
    found = shards.list_shards(path / ROWS_NAME, len(plan))
    done = sum(shard.span.length for shard in found)
    manifest = new_manifest(FORMAT, plan)
    manifest.state = "finished" if done == len(plan) else "paused"
    manifest.notes = ["The manifest was lost; it was put together again from the rows."]
    for shard in found:
        carried = _carried(shards.plan_in(shard))
        if carried is not None:
            manifest.batch_size, manifest.shard_size = carried.batch_size, carried.shard_size
            break
    return manifest
