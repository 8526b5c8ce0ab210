"""One folder for each running copy of the program, told apart from those of crashed copies.

A running copy holds a lock that the system gives up when the process ends, however it ends. So a
folder whose lock is free was left behind, and no process number has to be believed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from pathlib import Path
from typing import Self

from core.base.locks import Lock
from core.base.patience import remove_tree

_LOCK_SUFFIX = ".lock"


class Claim:
    """A folder that belongs to this process until it is released.

    Its lock lies beside it, so that the lock exists before the folder does.
    """

    def __init__(self, folder: Path, lock: Lock) -> None:
        self.folder = folder
        self._lock = lock

    def release(self, *, remove: bool) -> None:
        """Give the folder up, and delete it if nothing in it is needed any more."""
        if remove:
            with contextlib.suppress(OSError):
                remove_tree(self.folder)
        if remove and not self.folder.exists():
            self._lock.remove()
        else:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release(remove=False)


def claim_new(parent: Path) -> Claim:
    """Make a folder for this process."""
    parent.mkdir(parents=True, exist_ok=True)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{secrets.token_hex(3)}"
    lock = _lock_of(parent / name)
    lock.acquire()
    claim = Claim(parent / name, lock)
    try:
        claim.folder.mkdir()
    except OSError:
        claim.release(remove=True)
        raise
    return claim


def claim_left_behind(parent: Path) -> list[Claim]:
    """Claim every folder whose process is gone, oldest first.

    Two copies that start at the same time never get the same folder. What is not to be kept
    has to be released.
    """
    try:
        folders = sorted(entry for entry in parent.iterdir() if entry.is_dir())
    except OSError:
        return []
    claims = [claim for folder in folders if (claim := _try_claim(folder))]
    # Released and deleted by another copy between listing and claiming.
    gone = [claim for claim in claims if not claim.folder.is_dir()]
    for claim in gone:
        claim.release(remove=True)
    return [claim for claim in claims if claim not in gone]


def _try_claim(folder: Path) -> Claim | None:
    lock = _lock_of(folder)
    try:
        lock.acquire(0)
    except OSError:  # held by a running copy, or not to be opened at all
        return None
    return Claim(folder, lock)


def _lock_of(folder: Path) -> Lock:
    return Lock(folder.with_name(folder.name + _LOCK_SUFFIX))
