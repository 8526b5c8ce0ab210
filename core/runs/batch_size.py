"""The number of images of a batch at which an image takes least time, on this very computer."""

from __future__ import annotations

from collections.abc import Callable

from core.base.memory import is_out_of_memory

SMALLEST = 8
"""No smaller batch is chosen where it fits into memory: it would last, and a moment in which the
computer is busy must not decide about hours."""

_SLOWEST_BATCH = 0.25
"""Seconds: a batch is what cancelling, and the live panes, have to wait for."""
_WORTHWHILE = 0.97
"""A larger batch is taken only if it brings the time of an image below this share."""
_TRIES = 3


def quickest_batch_size(timed: Callable[[int], float], limit: int) -> int:
    """Search for the batch size at which an image takes least time.

    Sizes are doubled from `SMALLEST` on while that pays and no batch takes longer than a quarter of
    a second; one that does not fit into memory ends the search. Of several tries of a size the
    quickest counts, since other work can only slow one down.

    Parameters
    ----------
    timed : callable
        Seconds that a batch of a size takes.
    limit : int
        Largest size, at least 1.

    Returns
    -------
    int
        Below `SMALLEST` only if the limit is, or memory does not suffice.
    """
    best, best_time, size = 0, float("inf"), min(SMALLEST, limit)
    while size <= limit:
        try:
            seconds = min(timed(size) for _ in range(_TRIES))
        except Exception as error:
            if not is_out_of_memory(error) or size == 1:
                raise
            if best:
                break
            size, limit = size // 2, size // 2
            continue
        if seconds / size < best_time * _WORTHWHILE:
            best, best_time = size, seconds / size
        if 2 * seconds > _SLOWEST_BATCH:
            break
        size *= 2
    return best
