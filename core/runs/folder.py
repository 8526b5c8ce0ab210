"""What all folders of long work have in common: a lock, and most a manifest with a state."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

import msgspec

from core.base.atomic import is_unfinished, remove, remove_tree, replace, write_atomic
from core.base.checksums import decode_json, encode_json
from core.base.errors import RunError
from core.base.locks import Busy, Lock, is_lock_file
from core.base.paths import data_dir
from core.base.reading import read_bytes
from core.models.info import ModelInfo
from core.runs.manifest import SCHEMA, Manifest, State, utc_now

PLAN_NAME = "plan.json"
MANIFEST_NAME = "manifest.json"
DAMAGED_NAME = "damaged"
_LOCK_NAME = ".lock"


Record = TypeVar("Record")

MOST_BYTES = 512 * 2**20
"""Of a file in such a folder; lists of a million pictures are the longest."""


class Listed(Protocol):
    """An entry of a list of folders."""

    @property
    def path(self) -> Path: ...

    @property
    def created(self) -> str: ...


Entry = TypeVar("Entry", bound=Listed)


class Plan(Protocol):
    """What folders of work are about."""

    @property
    def title(self) -> str: ...

    @property
    def versions(self) -> dict[str, str | None]: ...

    def content_hash(self) -> str: ...


class OtherFormat(ValueError):
    """A file that is whole, but of another kind than was asked for."""


class OtherVersions(RunError):
    """Nothing but the versions of libraries keeps the work at `path` from going on."""

    def __init__(self, noun: str, path: Path, title: str, what: str) -> None:
        super().__init__(
            f"The {noun} “{title}” was started with other software: {what}.",
            "Use that software again, or resume with the option to allow other versions.",
        )
        self.path = path


class _Header(msgspec.Struct):
    format: str
    schema: int


class LockedFolder:
    """A folder on which at most one program works."""

    noun: ClassVar[str] = "run"
    """What lies in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def held(self) -> bool:
        """True while some process works on the folder."""
        return Lock(self.path / _LOCK_NAME).look()

    @contextmanager
    def hold(self) -> Iterator[list[str]]:
        """Keep other processes from working on the folder.

        Yields
        ------
        list of str
            What to tell about that, in sentences.

        Raises
        ------
        RunError
            If one does, or the folder cannot be written.
        """
        lock = Lock(self.path / _LOCK_NAME)
        try:
            lock.acquire()
        except Busy as error:
            raise _busy_error(self.noun, self.path, error) from error
        except OSError as error:
            raise write_error(self.path, error) from error
        try:
            if not self.path.is_dir():  # moved to the trash just then
                raise RunError(f"The {self.noun} in {self.path} is gone.")
            yield [lock.note] if lock.note else []
        finally:
            lock.release()


class WorkFolder(LockedFolder):
    """A folder with a manifest, worked on by at most one process.

    Attributes
    ----------
    manifest : Manifest
        Change it only while holding the folder, and call `save_manifest`.
    format : str
        What the files of such folders say they are.
    """

    format: ClassVar[str]

    def __init__(self, path: Path, manifest: Manifest) -> None:
        super().__init__(path)
        self.manifest = manifest

    @property
    def state(self) -> str:
        """A `State`, or "interrupted" for work that was killed."""
        noted = self.manifest.state
        return "interrupted" if noted == "running" and not self.held else noted

    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file())

    def set_state(self, state: State, problem: str = "") -> None:
        """Note the state; see `save_manifest`."""
        self.manifest.state, self.manifest.problem = state, problem
        self.save_manifest()

    def check_unchanged(
        self, began: str, here: str, others: str, versions: str, *, allow_versions: bool, note: str
    ) -> None:
        """Refuse to go on with what is not as it was when the work began.

        Parameters
        ----------
        began, here : str
            Names of the model then and now.
        others, versions : str
            What else differs, a clause, and which versions of libraries do; empty if none.
        allow_versions : bool
            Let versions differ, with a note in the manifest.

        Raises
        ------
        OtherVersions
            If nothing but versions of libraries is in the way.
        RunError
            Naming what else differs.
        """
        if others:
            raise RunError(
                f"The {self.noun} “{self.manifest.title}” cannot be resumed with {here}: {others}.",
                f"Load {began} as it was, or start a new {self.noun}.",
            )
        if versions and not allow_versions:
            raise OtherVersions(self.noun, self.path, self.manifest.title, versions)
        if versions:
            self.manifest.notes.append(note)

    def rename(self, title: str) -> None:
        """Call it something else; errors as for `hold` and `save_manifest`."""
        with self.hold():  # whoever works on it keeps the manifest in memory
            self.manifest = read_manifest(self.path, self.format) or self.manifest
            self.manifest.title = title
            self.save_manifest()

    def save_manifest(self) -> None:
        """Write the manifest."""
        write_record(self.path / MANIFEST_NAME, self.manifest)


@contextmanager
def moving(path: Path, noun: str) -> Iterator[None]:
    """Make sure that no program works on a folder, whole or damaged, while it is moved.

    Parameters
    ----------
    noun : str
        What lies in it.

    Raises
    ------
    RunError
        If a program works on it, or on one of the folders in it that have locks of their own.
    """
    folders = [path, *sorted(lock.parent for lock in path.glob(f"*/{_LOCK_NAME}*"))]
    with contextlib.ExitStack() as held:
        for folder in dict.fromkeys(folders):
            lock = Lock(folder / _LOCK_NAME)
            try:
                lock.acquire()
            except Busy as error:
                raise _busy_error(noun, path, error) from error
            except OSError:  # a full disk or a read-only folder: nobody can work there
                continue
            held.callback(lock.release)
        if os.name == "nt":  # a file that is open cannot be moved there, not even by us
            held.close()
        yield


def new_manifest(format: str, plan: Plan, model: ModelInfo | None = None) -> Manifest:
    """The manifest of a folder that is begun now."""
    return Manifest(
        format=format,
        title=plan.title,
        created=utc_now(),
        model=model,
        plan_sha256=plan_binding(plan),
    )


def folder_of_all(name: str) -> Path:
    """A folder of the user's data, created on first use."""
    try:
        folder = data_dir() / name
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"The folder of the {name} cannot be made: {error.strerror or error}.",
            "Free some space, or allow writing in your data folder.",
        ) from error
    return folder


class FolderTaken(RunError):
    """A folder in which something was to begin holds something already."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The folder {path} is not empty.",
            "Choose a new folder, or resume what lies there.",
        )


@contextmanager
def beginning(path: Path) -> Iterator[None]:
    """Make a new folder, or take an empty one, to write its first files.

    Of several programs that begin in one folder only one comes to write. If that fails, what it
    wrote goes again.

    Raises
    ------
    FolderTaken
        If it holds something.
    RunError
        If it cannot be made or written.
    """
    lock, before = Lock(path / _LOCK_NAME), path.exists()
    if before and not path.is_dir():
        raise RunError(f"{path} is no folder.", "Name a new folder, or an empty one.")
    try:
        path.mkdir(parents=True, exist_ok=True)
        if _is_occupied(path):
            raise FolderTaken(path)
        lock.acquire()
    except Busy as error:
        raise FolderTaken(path) from error
    except OSError as error:
        _give_back(path, before)
        raise write_error(path, error) from error
    try:
        if _is_occupied(path):
            raise FolderTaken(path)
        yield
    except FolderTaken:
        raise
    except BaseException as error:
        _clear(path)
        lock.remove()
        _give_back(path, before)
        if isinstance(error, OSError):
            raise write_error(path, error) from error
        raise
    finally:
        lock.release()


def _is_occupied(path: Path) -> bool:
    return not all(
        is_lock_file(entry.name, _LOCK_NAME) or is_unfinished(entry.name)
        for entry in path.iterdir()
    )


def _give_back(path: Path, before: bool) -> None:
    """Delete a folder that was made in vain."""
    if not before:
        with contextlib.suppress(OSError):
            path.rmdir()


def _busy_error(noun: str, path: Path, error: Busy) -> RunError:
    return RunError(
        f"Another program is working on the {noun} in {path}.",
        f"Wait until it is done, or stop it. {error.hint}".strip(),
    )


def _clear(folder: Path) -> None:
    """Delete what lies in a folder, but not its lock."""
    with contextlib.suppress(OSError):
        for entry in folder.iterdir():
            if not is_lock_file(entry.name, _LOCK_NAME):
                remove_tree(entry) if entry.is_dir() else remove(entry)


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


def write_record(path: Path, content: object) -> None:
    """Write a file of a folder, whole or not at all.

    Raises
    ------
    RunError
        If it cannot be written.
    """
    try:
        write_atomic(path, encode_json(content))
    except OSError as error:
        raise write_error(path.parent, error) from error


def read_description(
    path: Path, type: type[Record], format: str, *, noun: str, what: str = "", hint: str = ""
) -> Record:
    """The content of the file that makes a folder what it is.

    Parameters
    ----------
    type, format
        As for `decode_record`.
    noun : str
        What lies in the folder.
    what, hint : str
        What the file is called where it is damaged, and what then helps.

    Raises
    ------
    RunError
        If it is missing, damaged or of another kind.
    """
    folder = path.parent
    try:
        return decode_record(path, type, format)
    except (FileNotFoundError, OtherFormat) as error:
        raise RunError(
            f"There is no {noun} in {folder}.", f"Name the folder of a {noun}."
        ) from error
    except (OSError, ValueError) as error:
        raise RunError(
            f"The {what or path.name} of the {noun} in {folder} is damaged.",
            hint or f"Start the {noun} again.",
        ) from error


def list_folders(
    folder: Path | None,
    usual: str,
    names: Collection[str],
    kind: Callable[..., Entry],
    look: Callable[[Path], Entry],
) -> list[Entry]:
    """What is shown of all folders in one that hold a file of some name, newest first.

    Parameters
    ----------
    folder : Path or None
        None for that of `folder_of_all`, whose name is `usual`.
    kind : callable
        Makes an entry of ``path``, ``title`` and ``problem`` for what cannot be read.
    look : callable
        Makes one of a folder, or raises a `RunError`.
    """
    found = []
    try:
        parent = folder if folder is not None else folder_of_all(usual)
        paths = sorted(p for p in parent.iterdir() if any((p / name).exists() for name in names))
    except (OSError, RunError):
        return []
    for path in paths:
        try:
            found.append(look(path))
        except RunError as error:
            found.append(kind(path=path, title=path.name, problem=str(error)))
    return sorted(found, key=lambda entry: (entry.created, entry.path.name), reverse=True)


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
    """Refuse files of versions to come."""
    if schema > SCHEMA:
        raise RunError(
            f"{path} was written by a newer version of the app.", "Open it with that version."
        )


def write_error(folder: Path, error: OSError) -> RunError:
    """An error of the file system as a sentence."""
    reason = error.strerror or str(error)
    return RunError(
        f"The folder {folder} cannot be written: {reason}.",
        "What is finished is kept. Make space or allow writing there, then resume it.",
    )


def check_parts(nouns: str, into: Path, other: Path, differing: Sequence[str]) -> None:
    """Refuse to merge what is not one plan's; `differing` says in what, `nouns` what lies there."""
    if differing:
        raise RunError(
            f"The {nouns} in {into} and {other} are not parts of one: {', '.join(differing)}.",
            f"Merge only {nouns} with the same settings.",
        )


def put_aside(folder: Path, path: Path) -> None:
    """Move a damaged file out of the way, into `DAMAGED_NAME`."""
    target_folder = folder / DAMAGED_NAME
    target_folder.mkdir(exist_ok=True)
    target, number = target_folder / path.name, 2
    while target.exists():
        target = target_folder / f"{path.stem}-{number}{path.suffix}"
        number += 1
    replace(path, target)
