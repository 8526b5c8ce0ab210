"""What all folders of long work have in common: a manifest, a lock, a state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

import msgspec
from filelock import FileLock, Timeout

from core.atomic import write_atomic
from core.checksums import decode_json, encode_json
from core.errors import RunError
from core.reading import read_bytes
from core.sweeps.manifest import SCHEMA, Manifest, State

PLAN_NAME = "plan.json"
MANIFEST_NAME = "manifest.json"
DAMAGED_NAME = "damaged"
_LOCK_NAME = ".lock"


Record = TypeVar("Record")

MOST_BYTES = 512 * 2**20
"""Of a file in such a folder; lists of a million pictures are the longest."""


class Plan(Protocol):
    """What folders of work are about."""

    @property
    def versions(self) -> dict[str, str | None]: ...

    def content_hash(self) -> str: ...


class OtherFormat(ValueError):
    """A file that is whole, but of another kind than was asked for."""


class _Header(msgspec.Struct):
    format: str
    schema: int


class WorkFolder:
    """A folder with a manifest, worked on by at most one process.

    Attributes
    ----------
    path : Path
    manifest : Manifest
        Change it only while holding the folder, and call `save_manifest`.
    format : str
        What the files of such folders say they are.
    """

    format: ClassVar[str]

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @property
    def state(self) -> str:
        """A `State`, or "interrupted" for work that was killed."""
        noted = self.manifest.state
        return "interrupted" if noted == "running" and not self.held else noted

    @property
    def held(self) -> bool:
        """True while some process works on the folder."""
        lock = FileLock(self.path / _LOCK_NAME)
        try:
            with lock.acquire(timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # a read-only folder: nobody can work there
            return False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other processes from working on the folder.

        Raises
        ------
        RunError
            If one does, or the folder cannot be written.
        """
        lock = FileLock(self.path / _LOCK_NAME)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise RunError(
                f"Another program is working on the run in {self.path}.",
                "Wait until it is done, or stop it.",
            ) from error
        except OSError as error:
            raise write_error(self.path, error) from error
        try:
            yield
        finally:
            lock.release()

    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file())

    def set_state(self, state: State, problem: str = "") -> None:
        """Note the state; see `save_manifest`."""
        self.manifest.state, self.manifest.problem = state, problem
        self.save_manifest()

    def rename(self, title: str) -> None:
        """Call it something else; see `save_manifest`."""
        self.manifest.title = title
        self.save_manifest()

    def save_manifest(self) -> None:
        """Write the manifest.

        Raises
        ------
        RunError
            If it cannot be written.
        """
        try:
            write_atomic(self.path / MANIFEST_NAME, encode_json(self.manifest))
        except OSError as error:
            raise write_error(self.path, error) from error


def begin_folder(path: Path) -> None:
    """Make a new folder, or take an empty one.

    Raises
    ------
    RunError
        If it holds something or cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        occupied = any(path.iterdir())
    except OSError as error:
        raise write_error(path, error) from error
    if occupied:
        raise RunError(
            f"The folder {path} is not empty.",
            "Choose a new folder, or resume the run that lies there.",
        )


def read_manifest(path: Path, format: str) -> Manifest | None:
    """The manifest of a folder; None if it is missing, damaged or of another kind.

    Raises
    ------
    RunError
        If it was written by a newer version of the app.
    """
    try:
        return decode_record(path / MANIFEST_NAME, Manifest, format)
    except (OSError, ValueError):
        return None


def decode_record(path: Path, type: type[Record], format: str) -> Record:
    """The content of a file that says its format and schema.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is damaged; `OtherFormat` if it is of another kind.
    RunError
        If it was written by a newer version of the app.
    """
    data = read_bytes(path, MOST_BYTES)
    header = decode_json(data, _Header)
    if header.format != format:
        raise OtherFormat(f"it is no {format}")
    check_schema(header.schema, path)
    return decode_json(data, type)


def plan_binding(plan: Plan) -> str:
    """SHA-256, hexadecimal, that tells a plan from every other: of its content and its versions."""
    versions = json.dumps(plan.versions, sort_keys=True)
    return sha256(f"{plan.content_hash()} {versions}".encode()).hexdigest()


def is_folder(path: Path) -> bool:
    """True for a folder; False for a path that no file system would take, too."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def check_schema(schema: int, path: Path) -> None:
    """Refuse files of versions to come.

    Raises
    ------
    RunError
    """
    if schema > SCHEMA:
        raise RunError(
            f"{path} was written by a newer version of the app.", "Open it with that version."
        )


def write_error(folder: Path, error: OSError) -> RunError:
    """An error of the file system as a sentence."""
    reason = error.strerror or str(error)
    return RunError(
        f"The run in {folder} cannot be written: {reason}.",
        "What is finished is kept. Make space or allow writing there, then resume the run.",
    )


def put_aside(folder: Path, path: Path) -> None:
    """Move a damaged file out of the way, into `DAMAGED_NAME`."""
    target_folder = folder / DAMAGED_NAME
    target_folder.mkdir(exist_ok=True)
    target, number = target_folder / path.name, 2
    while target.exists():
        target = target_folder / f"{path.stem}-{number}{path.suffix}"
        number += 1
    path.rename(target)
