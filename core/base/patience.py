"""Refusals that pass: they are believed only after a moment.

Virus scanners, indexers and services that synchronize folders hold a new file for a moment, mostly
on Windows and on network drives. Renaming, opening or deleting it is then "access denied" or
"busy", and works a little later.
"""

from __future__ import annotations

import errno
import os
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
