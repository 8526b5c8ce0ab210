"""The user's own folder of weights: what is in it, what comes into it and what goes out of it.

An import copies: the file it came from may lie on a stick. The copy is made under another name,
checked, and takes its place in one step, so that an import that is stopped leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import msgspec

from core.base.atomic import opened, remove, replace, sync_folder, write_atomic
from core.base.errors import ModelError
from core.base.locks import Lock
from core.base.reading import open_regular, read_bytes
from core.models.files.budget import Budget, Cancelled
from core.models.files.catalog import (
    CATALOG,
    EMBEDDED_ID,
    HUB_FILE_NAMES,
    VOCABULARY_NAME,
    CatalogEntry,
    entry_of_sha256,
    find_vocabulary,
    models_dir,
    vocabulary_beside,
    vocabulary_place,
)
from core.models.files.events import FileEvent, Progress, Stored
from core.models.files.partial import check_room
from core.models.files.weight_places import (
    SUFFIXES,
    files_of,
    is_index,
    title_of,
    weights_in,
    whole,
)
from core.models.text.vocabulary import MAX_BYTES as MAX_VOCABULARY_BYTES
from core.models.text.vocabulary import MissingVocabulary, WrongVocabulary, read_vocabulary

CONFIG_NAME = "open_clip_config.json"

_IMPORTING = ".importing-"
_PIECE = 2**20
_TICK = 0.1
_FORGET_SECONDS = 24 * 3600


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is on this computer."""

    entry: CatalogEntry | None  # None for a file of the user's own
    path: Path
    reference: str  # for `core.models.loading.load_session`
    title: str
    size: int  # bytes of the weights
    place: str  # where it lies, in words
    removable: bool  # it lies in the user's model folder; the rest is not this program's to remove
    vocabulary: Path | None = None  # the file of its own vocabulary, if it has one and that is here

    @property
    def incomplete(self) -> bool:
        """True if it cannot be used before its vocabulary is here, too."""
        needed = self.entry is not None and self.entry.vocabulary is not None
        return needed and self.vocabulary is None


def installed() -> list[Installed]:
    """All models on this computer: those of the catalog in its order, then files of one's own."""
    listed: list[tuple[Path, CatalogEntry | None]] = [
        (path, entry)
        for entry in CATALOG
        if not entry.unsupported and (path := entry.path()) is not None
    ]
    known = {path for path, _ in listed}
    listed += [(path, None) for path in _own_files(models_dir()) if path not in known]
    found = [_installed(path, entry) for path, entry in listed]
    return [model for model in found if model is not None]


def _installed(path: Path, entry: CatalogEntry | None) -> Installed | None:
    try:
        size = sum(file.stat().st_size for file in files_of(path))
    except (OSError, ModelError):  # it, or a part of it, went meanwhile
        return None
    name, beside = title_of(path), path.parent == models_dir()
    title = name if beside else f"{path.parent.name} ({name})"
    place = "in the model folder" if beside or entry is None else "in the cache of another program"
    return Installed(
        entry=entry,
        path=path,
        reference=entry.id if entry else str(path),
        title=entry.title if entry else title,
        size=size,
        place="part of the program" if entry and entry.id == EMBEDDED_ID else place,
        removable=beside or entry is None,
        vocabulary=entry.vocabulary_path() if entry else None,
    )


def _own_files(folder: Path) -> Iterator[Path]:
    """Files of weights in the model folder, and in folders that were imported whole."""
    here = set(weights_in(folder))
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name == "partial":
            continue
        if path.is_dir():
            with contextlib.suppress(OSError):  # another program's folder
                yield from weights_in(path)
        elif path in here:
            yield path


def what_to_remove(model: Installed) -> list[Path]:
    """What has to go for a user's model to be gone: its files, or the folder it came with."""
    own = models_dir()
    if not model.removable or not model.path.is_relative_to(own):
        raise ModelError(
            f"{model.title} is {model.place} and is not removed from here.",
            f"Its file is {model.path}.",
        )
    if model.path.parent != own and len(weights_in(model.path.parent)) == 1:
        return [model.path.parent]
    files = dict.fromkeys([*files_of(model.path), model.path, vocabulary_beside(model.path)])
    return [file for file in files if file.is_file()]


def import_path(
    source: Path,
    entry: CatalogEntry | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Generator[FileEvent, None, None]:
    """Copy a file of weights, or a folder that holds some, into the model folder.

    A vocabulary of the model's own has to lie beside the weights, and is copied with them. Split
    weights are taken whole, whichever of their files is named, and get a folder of their own. There
    is a `Stored` for each file; closing the generator leaves what is not finished undone.

    Parameters
    ----------
    source : Path
        A folder with an ``open_clip_config.json`` is one model and is copied with it; of any other
        folder each file of weights is taken as a model of its own.
    entry : CatalogEntry, optional
        The model that a file has to be, or whose vocabulary it is. Without it, files of the catalog
        are recognized by their hash or by the name that the hub or the catalog gives them.
    cancelled : callable, optional
        Whether it is not wanted any more; asked between events, too, while a file is tried.

    Raises
    ------
    ModelError
        If something is no file of weights, damaged, not what was asked for, or does not fit on the
        disk.
    """
    source = source.expanduser().absolute()  # a hub's cache keeps the name in a link
    if not source.exists():
        raise ModelError(f"There is no file {source}.", "Check the name and the folder.")
    if source.is_file():
        if source.name.endswith(VOCABULARY_NAME):
            yield from _import_vocabulary(source, entry)
        else:
            yield from _import_file(whole(source), entry, Budget(cancelled))
        return
    try:
        files = weights_in(source)
    except OSError as error:
        raise ModelError(
            f"The folder {source.name} cannot be read: {error.strerror or error}."
        ) from error
    if not files:
        raise ModelError(
            f"The folder {source.name} holds no file of weights ({', '.join(SUFFIXES)}).",
            "Choose a folder in which they lie directly.",
        )
    if entry is not None and len(files) > 1:
        raise ModelError(
            f"The folder {source.name} holds {len(files)} files of weights.",
            f"Choose the file of {entry.title}.",
        )
    config = source / CONFIG_NAME
    for file in files:
        with_config = config if len(files) == 1 and config.is_file() else None
        yield from _import_file(whole(file), entry, Budget(cancelled), with_config)


def _import_file(
    source: Path, asked: CatalogEntry | None, budget: Budget, config: Path | None = None
) -> Iterator[FileEvent]:
    """Import one file of weights, or split weights by their index."""
    folder = models_dir()
    parts = files_of(source)
    split = is_index(source)
    if split and asked is not None:
        raise ModelError(
            f"{source.name} names {len(parts)} parts; {asked.title} lies in one file.",
            "Import it without naming a model.",
        )
    if split and config is None and (source.parent / CONFIG_NAME).is_file():
        config = source.parent / CONFIG_NAME
    if source.is_relative_to(folder):
        raise ModelError(
            f"{source.name} lies in the model folder already.", "Choose it in the list."
        )
    try:
        size = sum(part.stat().st_size for part in parts)
    except OSError as error:
        raise ModelError(f"{source.name} cannot be read: {error.strerror}.") from error
    check_room(folder, size)
    _forget_killed(folder)
    temporary = folder / f"{_IMPORTING}{secrets.token_hex(6)}"
    copy = temporary / source.name
    vocabulary_copy = vocabulary_beside(copy)
    try:
        temporary.mkdir()
        sha256 = yield from _copy(parts, temporary, size, source.name)
        if split:
            write_atomic(copy, read_bytes(source))
        yield Progress("checking", size, size, note=source.name)
        entry = asked or entry_of_sha256(sha256)
        guessed = None if entry else _named(source)
        entry = entry or guessed
        if entry is not None and entry.sha256 and sha256 != entry.sha256:
            if asked is not None:
                raise ModelError(
                    f"{source.name} ({size:,} bytes, SHA-256 {sha256}) is not the file of "
                    f"{entry.title} that was published (SHA-256 {entry.sha256}).",
                    "Get it again, or import it without naming a model if you trust it.",
                )
            entry = None
        vocabulary = find_vocabulary(source)
        twin = _twin(size, sha256)
        if twin is not None:
            if vocabulary is not None and find_vocabulary(twin) is None:
                _check_with(twin, vocabulary, entry, sha256, source.name, budget)
            yield _stored(twin, entry if entry and entry.path() == twin else None, sha256, True)
            return
        if config is not None and entry is None:
            write_atomic(temporary / CONFIG_NAME, read_bytes(config))
        try:
            _check_with(copy, vocabulary, entry, sha256, source.name, budget)
        except (Cancelled, MissingVocabulary, WrongVocabulary):
            raise
        except ModelError:
            if entry is None or entry is not guessed:
                raise
            entry = None  # it only has the name of another
            _check_with(copy, vocabulary, None, sha256, source.name, budget)
        with _naming(folder):
            if entry is not None:
                target = folder / f"{Path(entry.file_name).stem}{source.suffix.lower()}"
                if entry.sha256:
                    target = folder / entry.file_name
                _move(copy, target)
            elif split or config is not None:
                target = _free(folder / (source.parent.name or source.stem))
                replace(temporary, target)
                target = target / source.name
            else:
                target = _free(folder / source.name)
                _move(copy, target)
        sync_folder(folder)
        yield _stored(target, entry, sha256, False)
    except OSError as error:
        raise ModelError(
            f"{source.name} cannot be copied to {folder}: {error.strerror or error}.",
            "Check the room and the rights of the folder.",
        ) from error
    finally:
        left_over = [temporary / part.name for part in parts]
        for left in (*left_over, copy, vocabulary_copy, temporary / CONFIG_NAME):
            with contextlib.suppress(OSError):
                remove(left)
        with contextlib.suppress(OSError):
            temporary.rmdir()


@contextlib.contextmanager
def _naming(folder: Path) -> Iterator[None]:
    """Keep other imports from taking the same free name."""
    lock = Lock(folder / f"{_IMPORTING}lock")
    lock.acquire()
    try:
        yield
    finally:
        lock.remove()


def _move(copy: Path, target: Path) -> None:
    """Put a checked copy into its place, its vocabulary first."""
    vocabulary = vocabulary_beside(copy)
    if vocabulary.is_file():
        replace(vocabulary, vocabulary_beside(target))
    replace(copy, target)


def _import_vocabulary(source: Path, entry: CatalogEntry | None) -> Iterator[FileEvent]:
    """Copy the vocabulary of a model of the catalog."""
    if entry is None or entry.vocabulary is None:
        raise ModelError(
            f"{source.name} is a vocabulary, not a file of weights.",
            "Import the weights; what lies beside them under this name is copied with them.",
        )
    found = read_vocabulary(source, entry.vocabulary.entries, entry.title)
    target = vocabulary_place(None, entry)
    if source != target:
        write_atomic(target, read_bytes(source))
    yield Stored(
        path=target,
        reference=entry.id,
        title=f"The vocabulary of {entry.title}",
        sha256=found.sha256,
        size=target.stat().st_size,
    )


def _forget_killed(folder: Path) -> None:
    """Remove what an import left that was killed with its program."""
    for left in folder.glob(f"{_IMPORTING}*"):
        if time.time() - left.stat().st_mtime > _FORGET_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _copy(
    parts: tuple[Path, ...], folder: Path, size: int, name: str
) -> Generator[FileEvent, None, str]:
    """Copy and hash in one go; the hash is that of `core.models.files.weight_files.WeightsFile`."""
    digest, done, due = hashlib.sha256(), 0, 0.0
    began = time.monotonic()
    for part in parts:
        with open_regular(part) as reader, opened(folder / part.name, "xb") as writer:
            while done <= size and (piece := reader.read(_PIECE)):
                digest.update(piece)
                writer.write(piece)
                done += len(piece)
                now = time.monotonic()
                if now >= due:
                    due = now + _TICK
                    rate = done / max(now - began, 1e-3)
                    yield Progress("copying", done, size, rate, name)
            writer.flush()
            os.fsync(writer.fileno())
    if done != size:
        raise ModelError(f"{name} changed while it was copied.", "Try again.")
    return digest.hexdigest()


def _check_with(
    weights: Path,
    vocabulary: Path | None,
    entry: CatalogEntry | None,
    sha256: str,
    name: str,
    budget: Budget,
) -> None:
    """Refuse a copy that could not be loaded; the vocabulary is copied to weights that need it.

    The user knows the weights, and their hash, by the name that is given.
    """
    from core.models.loading import check_weights  # it imports torch
    from core.models.text.tokens import reads_own_vocabulary

    if entry is not None and entry.unsupported:
        raise ModelError(f"{name} holds {entry.title}. {entry.unsupported}")
    needed = False
    beside = vocabulary_beside(weights)
    try:
        if vocabulary is not None:
            write_atomic(beside, read_bytes(vocabulary, MAX_VOCABULARY_BYTES))
        architecture = check_weights(weights, entry, sha256, budget)
        needed = reads_own_vocabulary(architecture.config["text_cfg"])
    except MissingVocabulary as error:
        raise MissingVocabulary(
            f"{name} needs its vocabulary, a {VOCABULARY_NAME}, which is not beside it.",
            f"Put it into the same folder as {vocabulary_beside(Path(name))} or "
            f"{VOCABULARY_NAME}, and import the weights again.",
        ) from error
    finally:
        if vocabulary is not None and not needed:
            beside.unlink(missing_ok=True)


def _named(source: Path) -> CatalogEntry | None:
    """The entry whose name a file has, here or in the cache of the hub."""
    for entry in CATALOG[1:]:
        if source.stem.lower() == Path(entry.file_name).stem.lower():
            return entry
        folders = {
            f"models--{entry.hub_repository.replace('/', '--')}",
            entry.hub_repository.rpartition("/")[2],
        }
        if source.name in HUB_FILE_NAMES and folders & set(source.parts):
            return entry
    return None


def _twin(size: int, sha256: str) -> Path | None:
    """A file of the model folder with the same content."""
    for path in _own_files(models_dir()):
        with contextlib.suppress(ModelError, OSError):  # it cannot be used, or went meanwhile
            parts = files_of(path)
            if sum(part.stat().st_size for part in parts) == size and _hash(parts) == sha256:
                return path
    return None


def _hash(parts: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        with open_regular(part) as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    return digest.hexdigest()


def _free(path: Path) -> Path:
    """A name that nothing has yet, and that is not kept for a model of the catalog."""
    kept = {Path(entry.file_name).stem.lower() for entry in CATALOG}
    number, found = 2, path
    while found.exists() or found.stem.lower() in kept:
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return found


def _stored(path: Path, entry: CatalogEntry | None, sha256: str, duplicate: bool) -> Stored:
    return Stored(
        path=path,
        reference=entry.id if entry else str(path),
        title=entry.title if entry else title_of(path),
        sha256=sha256,
        size=sum(part.stat().st_size for part in files_of(path)),
        duplicate=duplicate,
    )
