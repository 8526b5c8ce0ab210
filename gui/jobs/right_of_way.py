"""The bars go first: work beside the window waits for them between two batches.

While a prediction is awaited, all cores are for it. Whatever else computes asks here before each
batch, so an edit waits for the rest of one batch at most, and is not slowed down by the next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE = 1.0
"""Most seconds that work waits before a batch, so that it goes on while one edits without end."""

_LOOKS = 0.05
"""Seconds after which waiting work looks whether it shall end."""

_changed = threading.Condition()
_awaited: set[int] = set()


class Interrupted(Exception):
    """Nothing has failed: nobody wants the work at hand any more, or it shall stop."""


def await_bars(owner: object, awaited: bool) -> None:
    """Say whether a prediction is awaited.

    Parameters
    ----------
    owner : object
        Who waits for it.
    awaited : bool
    """
    with _changed:
        (_awaited.add if awaited else _awaited.discard)(id(owner))
        _changed.notify_all()


def bars_first(ended: Callable[[], bool] = lambda: False) -> None:
    """Wait until no prediction is awaited, or for `PATIENCE`; called before each batch.

    Parameters
    ----------
    ended : callable
        Whether the work shall end, so that there is nothing to wait for.
    """
    due = time.monotonic() + PATIENCE
    with _changed:
        while _awaited and not ended() and time.monotonic() < due:
            _changed.wait(_LOOKS)
