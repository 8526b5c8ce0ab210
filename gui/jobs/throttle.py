"""Reports often enough to be followed, and no oftener."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from typing import Any

REPORT_SECONDS = 0.1
"""Least time between two reports of the same work."""


class Throttle:
    """Says which reports are due."""

    def __init__(self) -> None:
        self._due = 0.0

    def is_due(self) -> bool:
        """True at most every `REPORT_SECONDS`; the first time always."""
        now = time.monotonic()
        if now < self._due:
            return False
        self._due = now + REPORT_SECONDS
        return True


def newest(events: Generator[Any, None, None]) -> Generator[Any, None, None]:
    """Pass events on at most every `REPORT_SECONDS`, None in place of the others, the last always.

    Parameters
    ----------
    events : generator
        Closed with this one.

    Yields
    ------
    object or None
    """
    throttle = Throttle()
    held = None
    with closing(events):
        for event in events:
            held = event
            if throttle.is_due():
                yield held
                held = None
            else:
                yield None
    if held is not None:
        yield held
