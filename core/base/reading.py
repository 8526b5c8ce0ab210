"""Reading files that came from outside: ordinary files only, and no more bytes than were granted.

A pipe, a device or a socket can keep a reader waiting for ever, and a file can be as large as the
disk. Every reader of the lab opens what a user chose, or what lies in a folder a user chose, by
these functions.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from core.base.atomic import patiently

MOST_BYTES = 64 * 2**20
"""What a file that describes something may have: a plan, a manifest, preferences."""

MOST_DATA_BYTES = 2**31
"""What a file that holds data may have: a table, a list of pictures, a document with a picture."""

_PIECE = 2**20

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_regular(path: Path) -> BinaryIO:
    """Open an ordinary file for reading bytes; close it after use.

    Raises
    ------
    OSError
        If it cannot be opened, or is anything but an ordinary file (a link to one is fine). Its
        ``strerror`` is a clause for people.
    """
    return os.fdopen(_opened(path), "rb")


def read_bytes(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The content of an ordinary file; one with more than `most_bytes` is an `OSError`, too.

    Not more than this is ever held.
    """
    descriptor = _opened(path)
    try:
        size = os.fstat(descriptor).st_size
        pieces = []
        left = most_bytes + 1
        if size > most_bytes:
            raise _too_large(path, most_bytes)
        while piece := os.read(descriptor, min(left, max(size + 1, _PIECE))):
            pieces.append(piece)
            left -= len(piece)
            size -= len(piece)
            if left <= 0:  # it grew meanwhile, or never told its size
                raise _too_large(path, most_bytes)
    finally:
        os.close(descriptor)
    return b"".join(pieces)


def read_text(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """The content of an ordinary file in UTF-8, with or without a byte order mark.

    Raises what `read_bytes` does, and `UnicodeDecodeError` if it is not UTF-8.
    """
    return read_bytes(path, most_bytes).decode("utf-8-sig")


def read_start(path: Path, count: int) -> bytes:
    """The first `count` bytes of an ordinary file, or all if it has less; see `read_bytes`."""
    descriptor = _opened(path)
    try:
        return os.read(descriptor, count)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """A descriptor of an ordinary file.

    What it is, is asked before opening, because opening can set a device to work, and again
    afterwards, because the name can have got another file meanwhile. Without waiting: the opening
    of a pipe would wait for its writer.
    """
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"):  # not all on every system
        flags |= getattr(os, name, 0)
    try:
        _check(path, path.stat())
        descriptor = patiently(lambda: os.open(path, flags), path, reading=True)
    except ValueError as error:  # a NUL, or half of a character
        raise OSError(
            errno.EINVAL,
            "no file can have such a name",
            str(path).replace("\0", "\N{SYMBOL FOR NULL}"),
        ) from error
    try:
        _check(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(path: Path, status: os.stat_result) -> None:
    mode = status.st_mode
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder, not a file", str(path))
    kind = next((name for told, name in _KINDS if told(mode)), "something else")
    raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))


def _too_large(path: Path, most_bytes: int) -> OSError:
    return OSError(
        errno.EFBIG, f"it is too large; at most {most_bytes:,} bytes are read", str(path)
    )
