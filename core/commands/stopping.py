"""Ctrl+C, and a request of the system to end, between two batches of a sweep."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from core.commands import STOPPED

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Stop:
    """Whether the user wants the work to stop.

    Attributes
    ----------
    requested : bool
    """

    def __init__(self) -> None:
        self.requested = False


@contextmanager
def stop_between_batches() -> Iterator[Stop]:
    """Turn the first Ctrl+C inside the block into a wish; the second one ends the process.

    It ends as if it were killed, because that is what a run on the disk is made to survive, and
    the work since its last file is lost. A request to end the process, and a terminal that goes
    away, count like Ctrl+C. The earlier handlers come back at the end. Outside the main thread
    nothing is caught.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        # Nothing is written through `sys.stderr` here: the signal may have come in the middle of
        # just that.
        if stop.requested:
            with suppress(OSError):
                os.write(2, b"Stopped at once; what was computed since the last file is lost.\n")
            os._exit(STOPPED)
        stop.requested = True

    before = {}
    for name in _NAMES:
        number = getattr(signal, name, None)
        # What the caller ignores stays ignored: `nohup` does that with SIGHUP.
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
            before[number] = signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
