"""What goes first: the bars, and then the window.

While a prediction is awaited, all cores are for it. Whatever else computes asks here before each
batch, so an edit waits for the rest of one batch at most, and is not slowed down by the next. All
threads beside the window stand back behind it besides.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QThread, Signal

log = logging.getLogger(__name__)

PATIENCE = 1.0
"""Most seconds that work waits before a batch, so that it goes on while one edits without end."""

_LOOKS = 0.05
"""Seconds after which waiting work looks whether it shall end."""

_changed = threading.Condition()
_awaited: set[int] = set()


class Interrupted(Exception):
    """Nothing has failed: nobody wants the work at hand any more, or it shall stop."""


def await_bars(owner: object, awaited: bool) -> None:
    """Say whether somebody awaits a prediction."""
    with _changed:
        (_awaited.add if awaited else _awaited.discard)(id(owner))
        _changed.notify_all()


def bars_first(ended: Callable[[], bool] = lambda: False) -> None:
    """Wait until no prediction is awaited, or for `PATIENCE`; called before each batch.

    When the work has `ended` meanwhile, there is nothing to wait for.
    """
    due = time.monotonic() + PATIENCE
    with _changed:
        while _awaited and not ended() and time.monotonic() < due:
            _changed.wait(_LOOKS)


def lower_priority(niceness: int) -> None:
    """Let the present thread stand back; threads that it starts inherit that (Linux).

    A niceness of 0 is not at all, 19 is behind everything else.
    """
    if sys.platform == "linux":
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
        except OSError as error:  # a container may forbid it; the lab works all the same
            log.info("a thread keeps its priority: %s", error)


def limit_torch(threads: int) -> None:
    """Limit the threads that torch uses for the present thread; 0 leaves the choice to torch."""
    if "torch" in sys.modules:  # it comes with the first model
        from core.models.threads import limit_threads  # waits for whoever is importing torch

        limit_threads(threads)


class Worker(QThread):
    """A thread beside the window; its signals reach the GUI thread queued.

    Parameters
    ----------
    niceness : int
        How far the thread stands back (Linux).
    bars_first : bool
        Let the bars go first, before and between the steps of the work.
    threads : int or None
        Processor threads that torch may use, 0 for its own choice; None if torch is not asked.

    Signals
    -------
    crashed(exception)
        An unexpected exception; the thread goes on working.
    """

    crashed = Signal(object)

    def __init__(
        self,
        name: str,
        niceness: int,
        *,
        bars_first: bool = True,
        threads: int | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.niceness = niceness
        self._bars_first = bars_first
        self._lock = threading.Condition()  # guards what changes
        self._threads = threads
        self._quit = False

    def set_threads(self, threads: int) -> None:
        """Change how many threads torch may use, from the next piece of work on."""
        with self._lock:
            self._threads = threads
