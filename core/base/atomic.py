"""Files that are either wholly written or not touched at all.

The content goes to a temporary file in the same folder, is flushed to the disk and then takes the
place of the old file in one step. A full disk, a crash or a kill leaves the old file as it was.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from core.base.patience import opened, remove, replace

_PREFIX = ".writing-"


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path`, replacing what is there in one step.

    Permissions of a replaced file are kept, and a symbolic link goes on pointing to its target.
    What another program refuses for a moment is tried again; see `core.base.patience`.

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
