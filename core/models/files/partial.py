"""The part of a file that an interrupted download left, and what is known about the whole."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import BinaryIO

import msgspec

from core.base.atomic import opened, remove, replace, write_atomic
from core.base.errors import ModelError
from core.base.reading import read_bytes, read_start
from core.base.typed import from_json
from core.models.files.catalog import CatalogEntry, models_dir, vocabulary_place
from core.models.files.events import size_text
from core.models.files.start import START_BYTES

SPARE_BYTES = 64 * 2**20
"""Room on the disk that is left alone."""


class Known(msgspec.Struct, frozen=True):
    """What the server said about the whole file."""

    url: str = ""
    sha256: str = ""  # empty where nobody stated it
    total: int | None = None  # bytes


class Partial:
    """A file that grows at its end, with a note beside it; both survive the program's end."""

    def __init__(self, file_name: str) -> None:
        folder = models_dir() / "partial"
        self.path = folder / f"{file_name}.part"
        self._note = folder / f"{file_name}.json"

    def prepare(self) -> None:
        """Make the folder; only looking at what is there needs none."""
        self.path.parent.mkdir(exist_ok=True)

    @property
    def size(self) -> int:
        """Bytes that are there."""
        try:
            return self.path.stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return 0

    @property
    def known(self) -> Known:
        """What is known about the whole file; nothing if the note is missing or damaged."""
        try:
            return from_json(read_bytes(self._note), Known)
        except (OSError, msgspec.DecodeError):
            return Known()

    def remember(self, known: Known) -> None:
        write_atomic(self._note, msgspec.json.encode(known))

    def start(self) -> bytes:
        """Its first bytes."""
        try:
            return read_start(self.path, START_BYTES)
        except FileNotFoundError:
            return b""

    def open(self) -> BinaryIO:
        """The file, to be continued at its end."""
        return opened(self.path, "ab")

    def discard(self) -> None:
        """Delete all."""
        for file in (self.path, self._note):
            remove(file)

    def become(self, target: Path) -> None:
        """Take the place of a finished file in one step."""
        replace(self.path, target)
        remove(self._note)


def partial_size(entry: CatalogEntry) -> tuple[int, int | None]:
    """Bytes that an interrupted download of an entry left, and bytes in all where known."""
    partial = Partial(entry.file_name)
    return partial.size, partial.known.total


def discard_partial(entry: CatalogEntry) -> None:
    """Forget an interrupted download."""
    Partial(entry.file_name).discard()
    if entry.vocabulary is not None:
        Partial(vocabulary_place(None, entry).name).discard()


def check_room(folder: Path, needed: int) -> None:
    """Refuse what would fill the disk."""
    free = shutil.disk_usage(folder).free
    if needed + SPARE_BYTES > free:
        raise ModelError(
            f"There is too little room in {folder}: {size_text(needed)} are needed, "
            f"{size_text(max(free - SPARE_BYTES, 0))} can be used.",
            "Free some room, then try again; nothing is lost.",
        )
