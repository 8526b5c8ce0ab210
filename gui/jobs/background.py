"""Short work beside the GUI thread: read a file, decode a picture, write an export; and
moving files to the trash of the system.

One thread, in order. Results and expected failures come back on the GUI thread; an unexpected
exception reaches `sys.excepthook` there, as if it had happened on the GUI thread.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QFile, QObject, QRunnable, QThreadPool, Signal

from core.base.atomic import patiently
from core.base.errors import LabError, expected_error
from gui.jobs.faults import surface

log = logging.getLogger(__name__)


class Background(QObject):
    """Runs functions one after another on a thread of its own."""

    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._stopped = False
        self._finished.connect(_call)

    def run(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[LabError], None],
    ) -> None:
        """Run `work` beside the GUI thread, then `done` with its result on the GUI thread.

        The work must not touch widgets. If it raises a `LabError`, `failed` receives it instead.
        """
        self._start(_Task(self, work, done, failed))

    def write(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[LabError], None],
    ) -> None:
        """`run` for files that somebody asked for: they are written even if the lab is closed."""
        self._start(_Task(self, work, done, failed, lasting=True))

    def stop(self) -> None:
        """Drop what has not begun, except what is to be written, and wait for the rest.

        Nothing is called back any more.
        """
        self._stopped = True
        self._pool.waitForDone()

    def wait(self) -> None:
        """Wait for all that was asked for so far."""
        self._pool.waitForDone()

    @property
    def stopped(self) -> bool:
        """True once `stop` was called."""
        return self._stopped

    def _start(self, task: _Task) -> None:
        if not self._stopped:
            self._pool.start(task)

    def deliver(self, call: Callable[[], None]) -> None:
        """Call something on the GUI thread, unless stopped by then."""
        self._finished.emit(lambda: None if self._stopped else call())


class _Task(QRunnable):
    def __init__(
        self,
        owner: Background,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[LabError], None],
        lasting: bool = False,
    ) -> None:
        super().__init__()
        self._owner = owner
        self._work = work
        self._done = done
        self._failed = failed
        self._lasting = lasting

    def run(self) -> None:
        if self._owner.stopped and not self._lasting:
            return
        try:
            result = self._work()
        except Exception as exception:
            error = expected_error(exception, "what was asked for")
            if error is not None:
                if self._owner.stopped:  # nobody is there to be told
                    log.warning("while the lab was closed: %s", error)
                self._owner.deliver(lambda: self._failed(error))
                return
            unexpected = exception
            self._owner.deliver(lambda: surface(unexpected))
        else:
            self._owner.deliver(lambda: self._done(result))


def _call(function: Callable[[], None]) -> None:
    function()


class TrashError(LabError):
    """Something cannot be moved to the trash."""


def move_to_trash(path: Path) -> None:
    """Move a file or folder to the trash; one that is gone already is no error.

    Raises
    ------
    TrashError
        If the system refuses it, and goes on to.
    """

    def act() -> None:
        if path.exists() and not QFile.moveToTrash(str(path)):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path))

    try:
        patiently(act, path)
    except OSError as error:
        raise TrashError(
            f"“{path.name}” cannot be moved to the trash.", f"Delete {path} by hand."
        ) from error
