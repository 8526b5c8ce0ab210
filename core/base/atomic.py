"""Files that are either wholly written or not touched at all.

The content goes to a temporary file in the same folder, is flushed to the disk and then takes the
place of the old file in one step. A full disk, a crash or a kill leaves the old file as it was.

Virus scanners, indexers and services that synchronize folders hold a new file for a moment, mostly
on Windows and on network drives. Renaming, opening or deleting it is then "access denied" or
"busy", and works a little later: such a refusal is believed only after a moment.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal, TypeVar

Result = TypeVar("Result")

PASSING = frozenset({errno.EACCES, errno.EBUSY, errno.EAGAIN, errno.ETXTBSY})
"""Windows calls a file that another program holds "access denied", too."""
WAITS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
"""Seconds before each further try."""


def patiently(act: Callable[[], Result], path: Path, *, reading: bool = False) -> Result:
    """Do something with a file; try again for about two seconds while it is refused.

    Parameters
    ----------
    act : callable
        May be called again after it has raised. What it raises to the end, or for a reason that
        does not pass, is raised.
    path : Path
        What it is done with.
    reading : bool
        It is only read; otherwise its folder is changed.
    """
    for wait in WAITS:
        try:
            return act()
        except OSError as error:
            if error.errno not in PASSING or _forbidden(path, reading):
                raise
        pause(wait)
    return act()


def opened(path: Path, mode: Literal["xb", "wb", "ab"]) -> BinaryIO:
    """A file opened for writing."""
    return patiently(lambda: path.open(mode), path)


def replace(source: Path, target: Path) -> None:
    """Give a file or folder another name, in one step; a file in its place goes."""
    patiently(lambda: source.replace(target), target)


def remove(path: Path) -> None:
    """Delete a file that may be gone already."""
    patiently(lambda: path.unlink(missing_ok=True), path)


def remove_tree(path: Path) -> None:
    """Delete a folder with all it holds; it may be gone already."""

    def act() -> None:
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            if path.exists():  # another program deletes from it, too
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path)) from None

    patiently(act, path)


def pause(seconds: float) -> None:
    """Wait before the next try."""
    time.sleep(seconds)


def _forbidden(path: Path, reading: bool) -> bool:
    """True if the rights say no, so that waiting is of no use; Windows keeps them elsewhere."""
    if os.name != "posix":
        return False
    if reading:
        return not os.access(path, os.R_OK)
    return not os.access(path.parent, os.W_OK | os.X_OK)


_PREFIX = ".writing-"


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path`, replacing what is there in one step.

    Permissions of a replaced file are kept, and a symbolic link goes on pointing to its target.
    What another program refuses for a moment is tried again; see `patiently`.

    Raises
    ------
    OSError
        If the file cannot be written; the old file is then unchanged and nothing is left behind.
    """
    target = path.resolve() if path.is_symlink() else path
    # A short name of its own: the target's may already be as long as the file system allows.
    temporary = target.parent / f"{_PREFIX}{secrets.token_hex(8)}"
    try:
        with opened(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            with contextlib.suppress(OSError):  # some file systems have no permissions
                shutil.copymode(target, temporary)
        replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            remove(temporary)
        raise
    sync_folder(target.parent)


def is_unfinished(name: str) -> bool:
    """True for the names of files that a killed process left half-written."""
    return name.startswith(_PREFIX)


def sync_folder(folder: Path) -> None:
    """Make the renaming itself survive a power cut, where the system offers that."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # some network file systems refuse; the data is safe anyway
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
