"""Imported pictures, kept as the very bytes they came as, under their hash (R27)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from core.base.atomic import write_atomic
from core.base.errors import PictureError
from core.base.reading import read_bytes
from core.base.text import valid_text
from core.stimuli.imported.budget import MAX_BYTES

_SHA256 = re.compile(r"[0-9a-f]{64}")


class PictureStore:
    """A folder of pictures by content, created with the first picture."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, source: Path | bytes, name: str = "") -> str:
        """Keep a picture's bytes; their SHA-256, hexadecimal."""
        name = name or (source.name if isinstance(source, Path) else "The picture")
        data = read_picture(source) if isinstance(source, Path) else source
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in self:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                write_atomic(self.folder / sha256, data)
            except OSError as error:
                raise PictureError(
                    f"{name} cannot be kept: {error.strerror}.", "Is the disk full?"
                ) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of a picture; a `PictureError` if it is not there, or they have changed."""
        if sha256 not in self:
            raise PictureError(
                f"The picture {sha256[:12]} is not on this computer.", "Import its file again."
            )
        data = read_picture(self.folder / sha256)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise PictureError(
                f"The kept picture {sha256[:12]} is damaged.", "Import its file again."
            )
        return data

    def __contains__(self, sha256: object) -> bool:
        # The pattern also keeps a name from a document out of other folders.
        return (
            isinstance(sha256, str)
            and _SHA256.fullmatch(sha256) is not None
            and (self.folder / sha256).is_file()
        )


def read_picture(path: Path) -> bytes:
    """The bytes of a picture file of at most a gigabyte."""
    name = valid_text(path.name)
    try:
        return read_bytes(path, MAX_BYTES)
    except FileNotFoundError as error:
        raise PictureError(f"There is no picture {name} any more.") from error
    except IsADirectoryError as error:
        raise PictureError(f"{name} is a folder, not a picture.") from error
    except OSError as error:
        raise PictureError(f"{name} cannot be read: {error.strerror}.") from error
