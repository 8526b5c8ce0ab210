"""Scans, maps and comparisons beside the window: the latest of each tab, with what they share."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from core.scans.state import PinnedModel
from gui.jobs.job_worker import newest
from gui.jobs.latest_worker import Channel, LatestWorker, Request, once
from gui.jobs.model_load import ModelRequest

if TYPE_CHECKING:
    from core.predict.prediction import Session
    from core.scans.embedding import Embedder

NICENESS = 18
"""Far behind the live predictions, which may come in the middle of a batch, and just before the
sweeps (Linux)."""

_EMBEDDERS = 1
"""Each keeps its model in memory."""
_MODELS = 2
_FORGET = "forget"


class Tools:
    """What a request may use, in the thread: embedders and models that are kept between requests.

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
            session = self._load(
                ModelRequest(
                    pinned.reference,
                    pinned.title,
                    pinned.architecture,
                    device,
                    precision,
                    self.abandoned,
                )
            )
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


class ScanJobs(LatestWorker):
    """The thread of a window's scans; each tab that asks has a channel."""

    def __init__(
        self, load: Callable[[ModelRequest], Session], parent: QObject | None = None
    ) -> None:
        super().__init__(
            "scans",
            NICENESS,
            {_FORGET: Channel(rank=0)},
            threads=0,
            closing="a scan ends with its images",
            parent=parent,
        )
        self._tools = Tools(load)

    def scan(self, channel: str, work: Work) -> None:
        """Do something in the thread; replaces the earlier request of the channel."""

        def at_work(request: Request) -> Generator[Any, None, None]:
            self._tools.abandoned = request.abandoned
            return newest(work(self._tools))

        self.ask(channel, at_work, "the scan")

    def keep_only(self, session: Session | None) -> None:
        """The window took up another model: what is kept of the one before may go."""
        if self.isRunning():
            self.ask(_FORGET, lambda _: once(lambda: self._tools.keep_only(session)), "the scan")
