"""Work that is only wanted while nothing newer is: one thread, the newest request of each channel.

Answers to edits are of this kind: predictions, maps, scans, thumbnails. A request takes the place
of the one of its channel that waits, and ends the one at work where that yields. So each request
does its work in a generator: a yield is where it may end, and where the bars may go first.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal

from PySide6.QtCore import Signal

from gui.jobs import priority
from gui.jobs.faults import UnexpectedFault, told_error
from gui.jobs.priority import Interrupted, await_bars, bars_first


@dataclass(frozen=True)
class Channel:
    """How the requests of a part of the window are treated.

    Attributes
    ----------
    rank : int
        Smaller ones come first, those of one rank in the order in which they were asked for. A
        channel that was passed over comes next, so that none waits for ever.
    gives_way : bool
        What is at work ends for a channel of a smaller rank, and begins anew after it.
    tells_all : bool
        What a request found is told although it was overtaken, too.
    awaited : bool
        All other work beside the window waits for it between two batches.
    """

    rank: int = 1
    gives_way: bool = False
    tells_all: bool = False
    awaited: bool = False


@dataclass(frozen=True, eq=False)
class Request:
    """Something to do.

    Attributes
    ----------
    work : callable
        Given the request, does it in the thread, event by event; None is an event that is not told.
    what : str
        The work in words, as in “There is not enough memory for the scan.”
    about : object
        Whatever the one who asks wants to know it by.
    abandoned : threading.Event
        Set when nobody wants it any more.
    """

    channel: str
    work: Callable[[Request], Generator[Any, None, None]]
    what: str
    about: Any = None
    abandoned: threading.Event = field(default_factory=threading.Event)

    def go_on(self) -> None:
        """Let the bars go first where the work has nothing to yield yet.

        Raises
        ------
        Interrupted
            If nobody wants it any more.
        """
        bars_first(self.abandoned.is_set)
        if self.abandoned.is_set():
            raise Interrupted


def once(function: Callable[[], Any]) -> Generator[Any, None, None]:
    """Work of one step, which yields what the function returns."""
    yield function()


class LatestWorker(priority.Worker):
    """Its signals are about requests that were not overtaken.

    Parameters
    ----------
    channels : mapping of str to Channel
        Those that are not treated as any other.
    at_end : callable, optional
        Called in the thread when it ends.
    closing : str
        What closing the window may have to wait for.
    **worker
        As for a `Worker`.

    Signals
    -------
    reported(request, event)
    ended(request)
    failed(request, error)
        With a `LabError`; an `UnexpectedFault` comes with `crashed`.
    """

    reported = Signal(object, object)
    ended = Signal(object)
    failed = Signal(object, object)
    _told = Signal(object, str, object)

    def __init__(
        self,
        name: str,
        niceness: int,
        channels: Mapping[str, Channel] | None = None,
        *,
        at_end: Callable[[], None] = lambda: None,
        closing: str = "work ends",
        **worker: Any,
    ) -> None:
        super().__init__(name, niceness, **worker)
        self.closing = closing
        self._channels = channels or {}
        self._at_end = at_end
        self._waiting: dict[str, Request] = {}
        self._latest: dict[str, Request] = {}
        self._current: Request | None = None
        self._passed_over: set[str] = set()
        self._told.connect(self._pass_on)

    # --- called on any thread ---

    def ask(
        self,
        channel: str,
        work: Callable[[Request], Generator[Any, None, None]],
        what: str,
        about: Any = None,
    ) -> None:
        """Do something; see `Request`. The thread starts with the first request."""
        request = Request(channel, work, what, about)
        with self._lock:
            if self._quit:
                return
            self._abandon(channel)
            self._latest[channel] = self._waiting[channel] = request
            self._change()
        if not self.isRunning():
            self.start()

    def withdraw(self, channel: str) -> None:
        """Drop what waits or is at work for a channel."""
        with self._lock:
            self._abandon(channel)
            self._latest.pop(channel, None)
            self._waiting.pop(channel, None)
            self._passed_over.discard(channel)
            self._change()

    def busy(self, channel: str) -> bool:
        """True while the latest request of a channel is not answered."""
        return channel in self._latest

    def gathering(self) -> AbstractContextManager[object]:
        """What is asked for while it is open is taken up together."""
        return self._lock

    def request_stop(self) -> None:
        """End the thread after the step at work, without waiting."""
        with self._lock:
            self._quit = True
            self._latest.clear()
            if self._current is not None:
                self._current.abandoned.set()
            self._change()

    def stop(self) -> None:
        """End the thread and wait for it; nothing is told any more. Safe in any state."""
        self.request_stop()
        self.wait()

    def _abandon(self, channel: str) -> None:
        for request in (self._waiting.get(channel), self._current):
            if request is not None and request.channel == channel:
                request.abandoned.set()

    def _change(self) -> None:
        asked = {*self._waiting, *((self._current.channel,) if self._current else ())}
        awaited = any(self._channel(name).awaited for name in asked)
        await_bars(self, awaited and not self._quit)
        self._lock.notify()

    def _channel(self, name: str) -> Channel:
        return self._channels.get(name, Channel())

    # --- runs in the thread ---

    def run(self) -> None:
        """Answer requests until told to end."""
        priority.lower_priority(self.niceness)
        try:
            while (request := self._next()) is not None:
                self._work_on(request)
                del request  # while it waits, it keeps no model in memory
                with self._lock:
                    self._current = None
                    self._change()
        finally:
            self._at_end()

    def take(self, channel: str, wanted: Callable[[Request], bool]) -> Request | None:
        """Take over a request that waits, from within the work of another one."""
        with self._lock:
            request = self._waiting.get(channel)
            if request is None or not wanted(request):
                return None
            self._passed_over.discard(channel)
            return self._waiting.pop(channel)

    def put_back(self, request: Request) -> None:
        """Let a request wait again, unless a newer one does."""
        with self._lock:
            if not request.abandoned.is_set():
                self._waiting.setdefault(request.channel, request)

    def tell(self, request: Request, event: object) -> None:
        """Tell something from within a step, or about a request that was taken over."""
        self._told.emit(request, "reported", event)

    def end(self, request: Request) -> None:
        """A request that was taken over is answered."""
        self._told.emit(request, "ended", None)

    def _next(self) -> Request | None:
        with self._lock:
            self._lock.wait_for(lambda: self._quit or bool(self._waiting))
            if self._quit:
                return None
            passed = [name for name in self._waiting if name in self._passed_over]
            name = min(passed or self._waiting, key=lambda name: self._channel(name).rank)
            request = self._current = self._waiting.pop(name)
            self._passed_over = set(self._waiting)
            self._change()
            threads = self._threads
        if threads is not None:
            priority.limit_torch(threads)
        return request

    def _work_on(self, request: Request) -> None:
        try:
            if self._is_over(request):
                return
            with contextlib.closing(request.work(request)) as events:
                for event in events:
                    if event is not None:
                        self.tell(request, event)
                    if self._is_over(request):
                        return
            self.end(request)
        except Interrupted:
            pass
        except Exception as exception:
            error = told_error(exception, request.what)
            fault = exception if isinstance(error, UnexpectedFault) else None
            self._told.emit(request, "failed", (error, fault))

    def _is_over(self, request: Request) -> bool:
        if self._bars_first:
            bars_first(request.abandoned.is_set)
        return request.abandoned.is_set() or self._gives_way(request)

    def _gives_way(self, request: Request) -> bool:
        channel = self._channel(request.channel)
        with self._lock:
            urgent = any(self._channel(name).rank < channel.rank for name in self._waiting)
            if channel.gives_way and urgent:
                self._waiting.setdefault(request.channel, request)
                return True
        return False

    # --- on the GUI thread ---

    def _pass_on(
        self, request: Request, how: Literal["reported", "ended", "failed"], value: Any
    ) -> None:
        with self._lock:
            wanted = self._latest.get(request.channel) is request
            if wanted and how != "reported":
                del self._latest[request.channel]
            wanted = wanted or (self._channel(request.channel).tells_all and not self._quit)
        if how == "failed":
            error, fault = value
            if wanted:
                self.failed.emit(request, error)
            if fault is not None:
                self.crashed.emit(fault)
        elif wanted and how == "reported":
            self.reported.emit(request, value)
        elif wanted:
            self.ended.emit(request)
