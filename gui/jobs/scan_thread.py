"""Scans beside the window: one thread, the latest request of each kind.

Each part of the window that asks has a channel. A new request of a channel takes the place of the
one that waits, and ends the one at work after its batch. Channels that were asked first are
answered first; the model is that of the window, or one of its own.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QThread, Signal

from core.base.errors import LabError, ModelError
from core.base.memory import expected_error
from core.base.settings import Settings
from core.scans.state import PinnedModel
from gui.jobs.inference import ModelRequest
from gui.jobs.priority import limit_torch, lower_priority
from gui.jobs.right_of_way import bars_first

if TYPE_CHECKING:
    from core.predict.prediction import Session
    from core.scans.embedding import Embedder

log = logging.getLogger(__name__)

NICENESS = 18
"""Far behind the live predictions, which may come in the middle of a batch, and just before the
sweeps (Linux)."""
REPORT_SECONDS = 0.1
"""Least time between two reports of the same request."""

_EMBEDDERS = 1
"""Each keeps its model in memory."""
_MODELS = 2


class Tools:
    """What a request may use, in the thread: embedders and models that are kept between requests.

    Parameters
    ----------
    load : callable
        How to load a model; see `gui.jobs.inference.Inference`.

    Attributes
    ----------
    abandoned : threading.Event
        Set when the request at work is not wanted any more, which ends a load as well.
    """

    def __init__(self, load: Callable[[ModelRequest], Session]) -> None:
        self._load = load
        self._embedders: OrderedDict[int, tuple[Session, Embedder]] = OrderedDict()
        self._models: OrderedDict[tuple[PinnedModel, str, str], Session] = OrderedDict()
        self.abandoned = threading.Event()

    def embedder(self, session: Session) -> Embedder:
        """The embedder of a session."""
        from core.scans.embedding import make_embedder

        known = self._embedders.get(id(session))
        if known is None:
            known = session, make_embedder(session)
            self._embedders[id(session)] = known
            while len(self._embedders) > _EMBEDDERS:
                self._embedders.popitem(last=False)
        self._embedders.move_to_end(id(session))
        return known[1]

    def model(self, pinned: PinnedModel, device: str, precision: str) -> Session:
        """A model beside that of the window; the last two are kept.

        Raises
        ------
        ModelError
            If it cannot be loaded.
        """
        key = pinned, device, precision
        session = self._models.get(key)
        if session is None:
            request = ModelRequest(
                pinned.reference,
                pinned.title,
                pinned.architecture,
                device,
                precision,
                self.abandoned,
            )
            session = self._load(request)
            self._models[key] = session
            while len(self._models) > _MODELS:
                self._models.popitem(last=False)
        self._models.move_to_end(key)
        return session

    def keep_only(self, session: Session | None) -> None:
        """Let the embedders of other models than that of the window go."""
        for key, (known, _embedder) in list(self._embedders.items()):
            if known is not session and known not in self._models.values():
                del self._embedders[key]


Work = Callable[[Tools], Generator[Any, None, None]]
"""Something to do in the thread, event by event."""


@dataclass(frozen=True, eq=False)
class Request:
    """Work of one channel."""

    channel: str
    work: Work


@dataclass
class _Inbox:
    """What the GUI thread left; guarded by its condition."""

    condition: threading.Condition = field(default_factory=threading.Condition)
    waiting: OrderedDict[str, Request] = field(default_factory=OrderedDict)
    current: Request | None = None
    dropped: bool = False
    threads: int = 0
    taken_up: tuple[Session | None] | None = None
    quit: bool = False


class ScanThread(QThread):
    """Its signals reach the GUI thread queued."""

    reported = Signal(object, object)
    ended = Signal(object)
    failed = Signal(object, object)
    crashed = Signal(object)

    def __init__(self, load: Callable[[ModelRequest], Session]) -> None:
        super().__init__()
        self._inbox = _Inbox()
        self._tools = Tools(load)

    # --- called on the GUI thread ---

    def ask(self, request: Request) -> None:
        """Put a request in the place of the earlier one of its channel."""
        inbox = self._inbox
        with inbox.condition:
            inbox.waiting[request.channel] = request
            self._drop_current(request.channel)
            inbox.condition.notify()

    def withdraw(self, channel: str) -> None:
        """Drop what waits or is at work for a channel."""
        with self._inbox.condition:
            self._inbox.waiting.pop(channel, None)
            self._drop_current(channel)

    def set_threads(self, threads: int) -> None:
        """How many threads torch may use for the next request; 0 leaves the choice to torch."""
        with self._inbox.condition:
            self._inbox.threads = threads

    def keep_only(self, session: Session | None) -> None:
        """The window took up another model; see `Tools.keep_only`."""
        with self._inbox.condition:
            self._inbox.taken_up = (session,)
            self._inbox.condition.notify()

    def request_stop(self) -> None:
        """End the thread after the batch at work."""
        with self._inbox.condition:
            self._inbox.quit = True
            self._tools.abandoned.set()
            self._inbox.condition.notify()

    def _drop_current(self, channel: str) -> None:
        current = self._inbox.current
        if current is not None and current.channel == channel:
            self._inbox.dropped = True
            self._tools.abandoned.set()

    # --- runs in the thread ---

    def run(self) -> None:
        """Answer requests until told to end."""
        lower_priority(NICENESS)
        inbox = self._inbox
        while True:
            with inbox.condition:
                inbox.condition.wait_for(
                    lambda: inbox.quit or bool(inbox.waiting) or inbox.taken_up is not None
                )
                if inbox.quit:
                    return
                if inbox.taken_up is not None:
                    (session,), inbox.taken_up = inbox.taken_up, None
                    self._tools.keep_only(session)
                    del session
                    continue
                _channel, request = inbox.waiting.popitem(last=False)
                inbox.current, inbox.dropped = request, False
                self._tools.abandoned = threading.Event()
                threads = inbox.threads
            limit_torch(threads)
            bars_first(self._ended)
            self._answer(request)
            del request  # while it waits, it keeps no model in memory
            with inbox.condition:
                inbox.current = None

    def _answer(self, request: Request) -> None:
        try:
            with contextlib.closing(request.work(self._tools)) as events:
                held, due = None, 0.0
                for event in events:
                    bars_first(self._ended)
                    if self._ended():
                        return
                    held, now = event, time.monotonic()
                    if now >= due:
                        self.reported.emit(request, held)
                        held, due = None, now + REPORT_SECONDS
                if held is not None:
                    self.reported.emit(request, held)
            self.ended.emit(request)
        except Exception as exception:
            error = expected_error(exception, "the scan")
            if error is None:  # in the log before anybody is told
                log.exception("a scan met an unexpected exception")
            self.failed.emit(request, error or _unexpected(exception))
            if error is None:
                self.crashed.emit(exception)

    def _ended(self) -> bool:
        with self._inbox.condition:
            return self._inbox.quit or self._inbox.dropped


class ScanJobs(QObject):
    """The GUI thread's side; made by `scan_jobs` when it is first needed.

    Signals
    -------
    reported(channel, event)
        The newest event of the latest request of a channel.
    ended(channel)
        The latest request is done.
    failed(channel, error)
        It ended with a `LabError`.
    crashed(exception)
        An unexpected exception; the thread goes on working.
    """

    reported = Signal(str, object)
    ended = Signal(str)
    failed = Signal(str, object)
    crashed = Signal(object)

    def __init__(
        self, load: Callable[[ModelRequest], Session], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._latest: dict[str, Request] = {}
        self._stopped = False
        self._thread = ScanThread(load)
        self._thread.setParent(self)
        self._thread.setObjectName("scans")
        self._thread.reported.connect(self._on_reported)
        self._thread.ended.connect(self._on_ended)
        self._thread.failed.connect(self._on_failed)
        self._thread.crashed.connect(self.crashed)

    def set_threads(self, threads: int) -> None:
        """Change how many threads torch may use, from the next request on."""
        self._thread.set_threads(threads)

    def keep_only(self, session: Session | None) -> None:
        """The window took up another model: what is kept of the one before may go."""
        self._thread.keep_only(session)

    def follow_settings(self, settings: Settings) -> None:
        """Take over what concerns the thread."""
        self.set_threads(settings.threads)

    def busy(self, channel: str) -> bool:
        """True while the latest request of a channel is not answered."""
        return channel in self._latest

    def ask(self, channel: str, work: Work) -> None:
        """Do something in the thread; replaces the earlier request of the channel."""
        if self._stopped:
            return
        request = Request(channel, work)
        self._latest[channel] = request
        if not self._thread.isRunning():
            self._thread.start()
        self._thread.ask(request)

    def cancel(self, channel: str) -> None:
        """Drop the request of a channel; nothing more is reported about it."""
        self._latest.pop(channel, None)
        self._thread.withdraw(channel)

    def stop(self) -> None:
        """End the thread after its batch, and wait for it. Safe in any state."""
        self._stopped = True
        self._latest.clear()
        self._thread.request_stop()
        self._thread.wait()

    def _on_reported(self, request: Request, event: object) -> None:
        if self._latest.get(request.channel) is request:
            self.reported.emit(request.channel, event)

    def _on_ended(self, request: Request) -> None:
        if self._latest.get(request.channel) is request:
            del self._latest[request.channel]
            self.ended.emit(request.channel)

    def _on_failed(self, request: Request, error: LabError) -> None:
        if self._latest.get(request.channel) is request:
            del self._latest[request.channel]
            self.failed.emit(request.channel, error)


def _unexpected(exception: Exception) -> ModelError:
    return ModelError(
        f"The scan met an unexpected fault ({type(exception).__name__}).",
        "The report has its details; the lab goes on working.",
    )
