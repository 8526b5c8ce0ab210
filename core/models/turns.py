"""A lock whose waiters take turns in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """A reentrant lock that is handed on in order.

    With a plain lock, a thread that lets go and takes it again at once keeps all others out for as
    long as it likes. Here it goes to the end of the queue, so whoever waits waits for one turn of
    each of the others at most.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queue: deque[threading.Lock] = deque()
        self._owner: int | None = None
        self._depth = 0

    def acquire(self) -> None:
        """Wait for the turn; a thread that has it takes it once more."""
        thread = threading.get_ident()
        with self._guard:
            if self._owner in (None, thread):
                self._owner = thread
                self._depth += 1
                return
            gate = threading.Lock()
            gate.acquire()
            self._queue.append(gate)
        gate.acquire()  # opened by whoever had the turn before
        self._owner, self._depth = thread, 1

    def release(self) -> None:
        """Give back one taking, in one's own turn; the last one hands the turn on."""
        with self._guard:
            if self._owner != threading.get_ident():
                raise RuntimeError("it is another thread's turn")
            self._depth -= 1
            if self._depth:
                return
            if self._queue:
                self._owner = -1  # taken, by the thread that is woken
                self._queue.popleft().release()
            else:
                self._owner = None

    @property
    def waiting(self) -> int:
        """Number of threads that wait for their turn."""
        with self._guard:
            return len(self._queue)

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()
