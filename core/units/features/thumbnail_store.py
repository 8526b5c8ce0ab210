"""Small pictures kept on the disk, so that they need not be worked out again.

One SQLite file of bounded size; what was not used for longest goes first. Each picture has a
checksum. It is a cache: a file that is damaged or cannot be written is begun anew or done without.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
import zlib
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

FILE_NAME = "neuron-features.sqlite"
DEFAULT_BYTES = 512 * 2**20

_SCHEMA = 2
# A damaged file gives text that is none, and values of other types than were put in.
_FAILURES = (sqlite3.Error, zlib.error, ValueError, TypeError, OverflowError)
_CHUNK = 400  # names in one question, below SQLite's oldest limit

Thumbnail = NDArray[np.uint8] | None
"""A picture, uint8, shape (h, w, 3), sRGB; None where there is none, which is kept too."""


class ThumbnailStore:
    """Thumbnails by a key and a number; for the thread that opened it.

    Parameters
    ----------
    path : Path
        The file; its folder must exist.
    most_bytes : int
        Of the pictures, compressed.
    """

    def __init__(self, path: Path, most_bytes: int = DEFAULT_BYTES) -> None:
        self._path = path
        self._most = most_bytes
        self._connection = self._opened()

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, key: str, numbers: Iterable[int]) -> dict[int, Thumbnail]:
        """Those of some thumbnails that are kept."""
        found: dict[int, Thumbnail] = {}
        wanted = list(numbers)
        if self._connection is None:
            return found
        try:
            for start in range(0, len(wanted), _CHUNK):
                part = wanted[start : start + _CHUNK]
                marks = ",".join("?" * len(part))
                rows = self._connection.execute(
                    "SELECT number, height, width, pixels, digest FROM thumbnails "  # noqa: S608 - marks
                    f"WHERE key = ? AND number IN ({marks})",
                    (key, *part),
                )
                for number, height, width, pixels, digest in rows:
                    if digest != _digest(key, number, height, width, pixels):
                        raise ValueError("a picture does not match its checksum")
                    found[number] = _unpacked(height, width, pixels)
            if found:
                with self._connection:
                    self._connection.execute(
                        "UPDATE keys SET used = ? WHERE key = ?", (time.time(), key)
                    )
        except _FAILURES as error:
            self._begin_anew(error)
            return {}
        return found

    def put(self, key: str, thumbnails: Mapping[int, Thumbnail]) -> None:
        """Keep some thumbnails."""
        if self._connection is None or not thumbnails:
            return
        rows = []
        for number, picture in thumbnails.items():
            row = key, number, *_packed(picture)
            rows.append((*row, _digest(*row)))
        size = sum(len(row[-2]) for row in rows)
        try:
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO thumbnails VALUES (?, ?, ?, ?, ?, ?)", rows
                )
                self._connection.execute(
                    "INSERT INTO keys VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE "
                    "SET used = excluded.used, bytes = bytes + excluded.bytes",
                    (key, time.time(), size),
                )
                self._make_room()
        except _FAILURES as error:
            self._begin_anew(error)

    def _make_room(self) -> None:
        """Drop the keys that were not used for longest; the present one too if it is too much."""
        assert self._connection is not None
        kept = self._connection.execute("SELECT key, bytes FROM keys ORDER BY used").fetchall()
        total = sum(size for _key, size in kept)
        for key, size in kept:
            if total <= self._most:
                return
            self._connection.execute("DELETE FROM thumbnails WHERE key = ?", (key,))
            self._connection.execute("DELETE FROM keys WHERE key = ?", (key,))
            total -= size

    def _opened(self) -> sqlite3.Connection | None:
        try:
            return _connected(self._path)
        except _FAILURES as error:
            if not _is_damage(error):
                log.warning("the cache of thumbnails cannot be used: %s", error)
                return None
            log.warning("the cache of thumbnails is damaged and started anew: %s", error)
        self._remove()
        try:
            return _connected(self._path)
        except sqlite3.Error as error:
            log.warning("the cache of thumbnails cannot be used: %s", error)
            return None

    def _begin_anew(self, error: Exception) -> None:
        """Go on without what cannot be read, or without any if the disk is full or read-only."""
        log.warning("the cache of thumbnails failed: %s", error)
        self.close()
        if _is_damage(error):
            self._remove()
            self._connection = self._opened()

    def _remove(self) -> None:
        for suffix in ("", "-journal"):
            with contextlib.suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink()


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=2.0)
    try:
        # It can be lost to a power cut: no need to wait for the disk.
        connection.execute("PRAGMA synchronous = OFF")
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
        with connection:
            if schema not in (0, _SCHEMA):
                connection.execute("DROP TABLE IF EXISTS thumbnails")
                connection.execute("DROP TABLE IF EXISTS keys")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS thumbnails (key TEXT, number INTEGER, "
                "height INTEGER, width INTEGER, pixels BLOB, digest BLOB, "
                "PRIMARY KEY (key, number))"
            )
            connection.execute(
                "CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, used REAL, bytes INTEGER)"
            )
            connection.execute(f"PRAGMA user_version = {_SCHEMA}")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_damage(error: Exception) -> bool:
    """False if the disk is full, read-only, locked or gone: the file may be whole."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return not isinstance(error, sqlite3.OperationalError) or code == sqlite3.SQLITE_ERROR


def _digest(*row: object) -> bytes:
    """A checksum of all cells of a row but itself."""
    return sha256(repr(row).encode("utf-8", "surrogatepass")).digest()


def _packed(picture: Thumbnail) -> tuple[int, int, bytes]:
    if picture is None:
        return 0, 0, b""
    height, width = picture.shape[:2]
    return height, width, zlib.compress(np.ascontiguousarray(picture).tobytes(), 1)


def _unpacked(height: int, width: int, pixels: bytes) -> Thumbnail:
    if not height:
        return None
    content = np.frombuffer(zlib.decompress(pixels), dtype=np.uint8)
    return content.reshape(height, width, 3)
