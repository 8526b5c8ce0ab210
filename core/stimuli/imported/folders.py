"""Folders of pictures: what is used, what is refused and why, what is left aside (R23–R25)."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from core.base.errors import PictureError
from core.base.reading import read_start
from core.base.text import short_text, valid_text
from core.stimuli.imported.formats import SNIFF_BYTES, looks_like_picture, what_else

_SYSTEM_FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}
_NO_TEXT = "has a name that is no text in UTF-8"
_SYSTEM_FOLDERS = {"__macosx", "$recycle.bin", "system volume information", "lost+found"}


class Refusal(msgspec.Struct, frozen=True):
    """A file that is not used, and why, in one sentence."""

    path: Path
    reason: str


class FolderListing(msgspec.Struct, frozen=True):
    """What a folder holds, in an order that depends on the names alone."""

    paths: tuple[Path, ...]  # files that begin like pictures; decoding may still refuse one
    refused: tuple[Refusal, ...]
    ignored: int  # system helper files, such as ``.DS_Store`` or ``Thumbs.db``


class ClassListing(msgspec.Struct, frozen=True):
    """Class folders matched by name."""

    found: dict[str, FolderListing]  # by the asked name; only those with pictures
    empty: tuple[str, ...]  # asked names whose folder holds no picture
    missing: tuple[str, ...]  # asked names without a folder
    unexpected: tuple[str, ...]  # folders nobody asked for


def list_pictures(
    folder: Path, looked_at: Callable[[int], object] = lambda _files: None
) -> FolderListing:
    """List the pictures in a folder and the folders below it.

    `looked_at` is told how many files were looked at, before each; it ends the listing by raising.
    """
    _check_folder(folder)
    paths: list[Path] = []
    refused: list[Refusal] = []
    ignored = 0
    for number, path in enumerate(_files(folder, refused)):
        looked_at(number)
        if is_system_file(path.name):
            ignored += 1
            continue
        name = valid_text(path.name)
        if not is_text(path.relative_to(folder)):
            refused.append(Refusal(path, f"{name} {_NO_TEXT}. Rename it to use it."))
            continue
        try:
            start = read_start(path, SNIFF_BYTES)
        except OSError as error:
            refused.append(Refusal(path, f"{name} cannot be read: {error.strerror}."))
            continue
        if looks_like_picture(start):
            paths.append(path)
        else:
            refused.append(Refusal(path, f"{name} {what_else(start)}."))
    return FolderListing(tuple(paths), tuple(refused), ignored)


def list_classes(folder: Path, names: Sequence[str]) -> ClassListing:
    """Match class folders by name, never by order; letter case and Unicode form do not matter.

    Two folders that match one name are a `PictureError`.
    """
    _check_folder(folder)
    folders: dict[str, Path] = {}
    try:
        entries = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError as error:
        raise PictureError(f"{folder.name} cannot be read: {error.strerror}.") from error
    for path in entries:
        if _is_system_folder(path.name):
            continue
        key = _key(path.name)
        if key in folders:
            raise PictureError(
                f"The folders {folders[key].name} and {path.name} have the same class name."
            )
        folders[key] = path
    found: dict[str, FolderListing] = {}
    empty: list[str] = []
    missing: list[str] = []
    for name in names:
        match = folders.get(_key(name))
        if match is None:
            missing.append(name)
            continue
        listing = list_pictures(match)
        if listing.paths:
            found[name] = listing
        else:
            empty.append(name)
    asked = {_key(name) for name in names}
    unexpected = tuple(path.name for key, path in folders.items() if key not in asked)
    return ClassListing(found, tuple(empty), tuple(missing), unexpected)


def is_system_file(name: str) -> bool:
    """True for files that operating systems leave in folders of pictures."""
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def is_text(path: Path) -> bool:
    """False for a path that is no text in any encoding, and so cannot be written down."""
    return valid_text(str(path)) == str(path)


def _check_folder(folder: Path) -> None:
    name = valid_text(folder.name)
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError as error:
        raise PictureError(
            f"There is no folder {name} in {valid_text(str(folder.parent))}."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a name that no system would take
        reason = getattr(error, "strerror", None) or "no folder can have such a name"
        raise PictureError(f"The folder {short_text(name)} cannot be read: {reason}.") from error
    if not stat.S_ISDIR(mode):
        raise PictureError(f"{name} is a file, not a folder.", "Choose its folder.")
    if not is_text(folder):
        raise PictureError(f"The folder {name} {_NO_TEXT}.", "Rename it, then choose it again.")


def _files(folder: Path, refused: list[Refusal]) -> Iterator[Path]:
    """Files below a folder in the order of their names; folders that fail go to `refused`."""

    def note(error: OSError) -> None:
        path = Path(error.filename)
        refused.append(Refusal(path, f"{valid_text(path.name)} cannot be read: {error.strerror}."))

    for parent, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not _is_system_folder(name))
        for name in sorted(files):
            yield Path(parent, name)


def _is_system_folder(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_FOLDERS


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()
