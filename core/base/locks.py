"""Locks between programs, on drives that know locks and on those that do not.

The system gives up a lock when its process ends, however it ends. Some network drives know no
locks; there a file beside the lock's names the program that holds it: its process, when that
began, and its computer. What a process of this computer left that is gone does not count. Of
another computer nothing can be known, so that its file counts until someone deletes it.

Running copies of the program have folders of their own, told apart from those of crashed copies by
locks: a folder whose lock is free was left behind, and no process number has to be believed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from pathlib import Path
from typing import Self

from filelock import FileLock, SoftFileLock, Timeout

from core.base.atomic import patiently, remove, remove_tree

OWNER_SUFFIX = "-owner"
"""Of the file that names who holds a lock where the drive knows none."""

_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS})
_NO_LOCKS_WINDOWS = frozenset({1, 50})  # invalid function, not supported
_START_SECONDS = 1.0
"""Others look for a moment whether a lock is held; to look must not keep anyone from starting."""
_LOOK_SECONDS = 0.05
_POLL_SECONDS = 0.01


class Busy(OSError):
    """Another program holds the lock; a hint says what can be done where waiting may not help."""

    def __init__(self, hint: str = "") -> None:
        super().__init__(errno.EBUSY, "another program holds the lock")
        self.hint = hint


class Lock:
    """A lock that one program holds at a time; any thread may release it.

    Its file lies in a folder that exists, and stays when the lock is released.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._owner = path.with_name(path.name + OWNER_SUFFIX)
        self._held: FileLock | SoftFileLock | None = None

    @property
    def note(self) -> str:
        """What to tell about it while it is held: a sentence, or nothing."""
        if not isinstance(self._held, SoftFileLock):
            return ""
        return (
            f"The drive of {self.path.parent} knows no locks. While this program works there, the "
            f"file “{self._owner.name}” says so; other computers should leave the folder alone."
        )

    def acquire(self, seconds: float = _START_SECONDS) -> None:
        """Take it, waiting for a moment.

        Raises
        ------
        Busy
            If another program holds it.
        OSError
            If its file cannot be written.
        """
        if not self.path.parent.is_dir():  # it would be made
            raise FileNotFoundError(errno.ENOENT, "the folder is gone", str(self.path.parent))
        folder, before = self.path.parent.stat(), self.path.exists()
        lock = FileLock(self.path, thread_local=False, fallback_to_soft=False)
        try:
            _take(lock, seconds)
        except Timeout:
            raise Busy from None
        except OSError as error:
            if not _knows_no_locks(error):
                raise
            if not before:
                with contextlib.suppress(OSError):
                    remove(self.path)
            self._held = self._by_owner(seconds)
            self._check_folder(folder)
            return
        self._held = lock
        self._check_folder(folder)
        if self._owner.exists():  # by a computer that knows no locks on this drive
            try:
                self._by_owner(seconds).release()
            except BaseException:
                self.release()
                raise

    def _check_folder(self, before: os.stat_result) -> None:
        """Give up a lock in a folder that was made again after it was moved or deleted."""
        folder = self.path.parent
        if folder.exists() and os.path.samestat(before, folder.stat()):
            return
        self.remove()
        with contextlib.suppress(OSError):
            folder.rmdir()
        raise FileNotFoundError(errno.ENOENT, "the folder is gone", str(folder))

    def release(self) -> None:
        """Let others take it. Safe in any state."""
        if self._held is not None:
            self._held.release()
            self._held = None

    def remove(self) -> None:
        """Let it go and delete its file; who waits for it begins with a new file."""
        if self._held is None:
            return
        if os.name == "nt":  # what is open cannot be deleted there
            self.release()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        self.release()

    def look(self) -> bool:
        """True if some program holds it; one that cannot be taken by anyone is not held."""
        try:
            self.acquire(_LOOK_SECONDS)
        except Busy:
            return True
        except OSError:  # a read-only folder: nobody can work there
            return False
        self.release()
        return False

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    def _by_owner(self, seconds: float) -> SoftFileLock:
        lock = SoftFileLock(self._owner, thread_local=False)
        try:
            _take(lock, seconds)
        except Timeout:
            raise Busy(
                f"If no program works there any more, on any computer, delete {self._owner}."
            ) from None
        return lock


def _take(lock: FileLock | SoftFileLock, seconds: float) -> None:
    path = Path(lock.lock_file)
    patiently(lambda: lock.acquire(timeout=seconds, poll_interval=_POLL_SECONDS), path)


def is_lock_file(name: str, lock_name: str) -> bool:
    """True for the files that a lock of that name may leave."""
    return name in (lock_name, lock_name + OWNER_SUFFIX)


def _knows_no_locks(error: OSError) -> bool:
    return error.errno in _NO_LOCKS or getattr(error, "winerror", None) in _NO_LOCKS_WINDOWS


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
