"""What reading a model may cost, so that no file can keep the program at work for ever.

A file of weights is a structure that somebody else made: a few hundred bytes can describe a tree of
2⁶⁰ names. Each reader of such a file tells its budget of every step; the budget ends it, in words,
when there were too many, when they took too long, or when nobody wants the model any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from core.base.errors import ModelError

MOST_VISITS = 4_000_000
"""Steps through the structure of a file; the largest CLIPs need some ten thousand."""

MOST_SECONDS = 60.0
"""Time for these steps; reading and hashing numbers is not counted, as a disk may be slow."""

MOST_BYTES = 256 * 10**9
"""Numbers of one model; the largest CLIPs in single precision have 72 GB."""

MOST_TENSORS = 100_000
MOST_DIMENSIONS = 16
MOST_ELEMENTS = 2**40
MOST_NAME = 1000
"""Characters of a tensor's name."""

_LOOK_EACH = 256


class Cancelled(ModelError):
    """Nobody wants the model any more."""

    def __init__(self) -> None:
        super().__init__("Reading the model was cancelled.")


class Budget:
    """Counts what one model costs; for one thread.

    `cancelled` says whether nobody wants the model any more.
    """

    def __init__(
        self,
        cancelled: Callable[[], bool] | None = None,
        visits: int = MOST_VISITS,
        seconds: float = MOST_SECONDS,
    ) -> None:
        self._cancelled = cancelled or (lambda: False)
        self._left = visits
        self._seconds = seconds
        self._due = visits
        self.begin()

    def begin(self) -> None:
        """Start the clock anew: another structure is walked through from here on."""
        self._end = time.monotonic() + self._seconds

    def visit(self, count: int = 1) -> None:
        """Pay for steps through a structure.

        Raises
        ------
        ModelError
            If they were too many or took too long; a clause to put after the name of the file.
        Cancelled
        """
        self._left -= count
        if self._left <= self._due:
            self._due = self._left - _LOOK_EACH
            self.look()
            if self._left < 0 or time.monotonic() > self._end:
                raise ModelError(
                    "describes far more than any model has",
                    "It is damaged, or was made to keep you waiting.",
                )

    def look(self) -> None:
        """Raise `Cancelled` if the model is not wanted any more; for steps that cost otherwise."""
        if self._cancelled():
            raise Cancelled
