"""Draws the pictures of units beside the window: the open page first, then thumbnails in sight.

One thread. The latest page and the latest list of thumbnails win; thumbnails come back in bunches
and are kept, some in memory and many on the disk.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal

from core.base.errors import LabError
from core.base.memory import expected_error
from core.base.paths import cache_dir
from core.census.data import CensusData
from core.census.sets import Kind
from core.units.features.thumbnail_store import FILE_NAME, ThumbnailStore
from core.units.features.unit_pictures import THUMBNAIL_SIDE, UnitPictures
from core.units.neuron_indices import content_key
from gui.jobs.priority import lower_priority
from gui.jobs.right_of_way import bars_first

log = logging.getLogger(__name__)

NICENESS = 12
BUNCH_SECONDS = 0.06
"""Thumbnails are passed on this often."""

SAVE_SECONDS = 2.0
KEPT = 6000
"""Thumbnails in memory, at most 12 kB each."""

_VERSION = 1  # of how a thumbnail is drawn

Picture = NDArray[np.uint8] | None


@dataclass(frozen=True, eq=False)
class PageRequest:
    """The pictures of one unit.

    Attributes
    ----------
    census : CensusData
    unit : int
    top : int
        Images that a neuron feature is made of.
    first : int
        Images to show of each set.
    """

    census: CensusData
    unit: int
    top: int
    first: int


@dataclass(frozen=True, eq=False)
class ThumbnailRequest:
    """The neuron features of some units over one set, in the order in which they are wanted."""

    census: CensusData
    kind: Kind
    top: int
    units: tuple[int, ...]

    @property
    def key(self) -> str:
        """What the thumbnails depend on besides the unit."""
        return f"{content_key(self.census)} {self.kind} {self.top} {THUMBNAIL_SIDE} v{_VERSION}"


class UnitPictureWork(QObject):
    """The GUI thread's side.

    Signals
    -------
    thumbnails(units)
        More thumbnails can be had from `thumbnail`, those of these units.
    page_part(request, part)
        What a set shows of the unit: a `UnitInSet`.
    page_failed(request, kind, error)
        A `LabError` in place of that.
    failed(error)
        A `LabError` that keeps thumbnails from being drawn.
    crashed(exception)
        An unexpected exception; the thread goes on working.
    """

    thumbnails = Signal(object)
    page_part = Signal(object, object)
    page_failed = Signal(object, str, object)
    failed = Signal(object)
    crashed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[int, Picture] = OrderedDict()
        self._of: tuple[CensusData, Kind, int] | None = None
        self._page: PageRequest | None = None
        self._thread = _Thread()
        self._thread.setParent(self)
        self._thread.setObjectName("unit pictures")
        self._thread.drawn.connect(self._on_drawn)
        self._thread.part.connect(self._on_part)
        self._thread.part_failed.connect(self._on_part_failed)
        self._thread.failed.connect(self._on_failed)
        self._thread.crashed.connect(self.crashed)

    def show(self, census: CensusData | None, kind: Kind | None, top: int) -> None:
        """Which thumbnails are meant from now on; those of another choice are forgotten."""
        of = None if census is None or kind is None else (census, kind, top)
        if of != self._of:
            self._of = of
            self._kept.clear()
            self._thread.want(None)

    def thumbnail(self, unit: int) -> tuple[bool, Picture]:
        """Whether a thumbnail is there, and it: None if no image activates the unit."""
        if unit not in self._kept:
            return False, None
        self._kept.move_to_end(unit)
        return True, self._kept[unit]

    def want(self, units: Sequence[int]) -> None:
        """Draw thumbnails that are not there yet, the first ones first; replaces earlier wishes."""
        if self._of is None:
            return
        missing = tuple(unit for unit in units if unit not in self._kept)
        self._start()
        self._thread.want(ThumbnailRequest(*self._of, missing) if missing else None)

    def ask_page(self, request: PageRequest | None) -> None:
        """Draw the pictures of a unit; None for none any more."""
        self._page = request
        if request is not None:
            self._start()
        self._thread.ask_page(request)

    def stop(self) -> None:
        """End the thread after the picture it draws; nothing is called back any more."""
        self._of = self._page = None
        self._thread.request_stop()
        self._thread.wait()

    def _start(self) -> None:
        if not self._thread.isRunning() and not self._thread.stopped:
            self._thread.start()

    def _on_drawn(self, request: ThumbnailRequest, drawn: dict[int, Picture]) -> None:
        if (request.census, request.kind, request.top) != self._of:
            return
        self._kept.update(drawn)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.thumbnails.emit(tuple(drawn))

    def _on_part(self, request: PageRequest, part: object) -> None:
        if request is self._page:
            self.page_part.emit(request, part)

    def _on_part_failed(self, request: PageRequest, kind: str, error: LabError) -> None:
        if request is self._page:
            self.page_failed.emit(request, kind, error)

    def _on_failed(self, request: ThumbnailRequest, error: LabError) -> None:
        if (request.census, request.kind, request.top) == self._of:
            self.failed.emit(error)


@dataclass
class _Inbox:
    """What the GUI thread left; guarded by its condition."""

    condition: threading.Condition = field(default_factory=threading.Condition)
    page: PageRequest | None = None
    wanted: ThumbnailRequest | None = None
    stop: bool = False


class _Thread(QThread):
    """Its signals reach the GUI thread queued."""

    drawn = Signal(object, object)
    part = Signal(object, object)
    part_failed = Signal(object, str, object)
    failed = Signal(object, object)
    crashed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._inbox = _Inbox()
        self._pictures: UnitPictures | None = None
        self._store: ThumbnailStore | None = None

    # --- called on the GUI thread ---

    @property
    def stopped(self) -> bool:
        with self._inbox.condition:
            return self._inbox.stop

    def ask_page(self, request: PageRequest | None) -> None:
        with self._inbox.condition:
            self._inbox.page = request
            self._inbox.condition.notify()

    def want(self, request: ThumbnailRequest | None) -> None:
        with self._inbox.condition:
            self._inbox.wanted = request
            self._inbox.condition.notify()

    def request_stop(self) -> None:
        with self._inbox.condition:
            self._inbox.stop = True
            self._inbox.condition.notify()

    # --- runs in the thread ---

    def run(self) -> None:
        lower_priority(NICENESS)
        self._store = ThumbnailStore(cache_dir() / FILE_NAME)
        try:
            inbox = self._inbox
            while True:
                with inbox.condition:
                    inbox.condition.wait_for(self._has_work)
                    if inbox.stop:
                        return
                    page, inbox.page = inbox.page, None
                    wanted = None
                    if page is None:
                        wanted, inbox.wanted = inbox.wanted, None
                try:
                    if page is not None:
                        self._draw_page(page)
                    elif wanted is not None:
                        self._draw_thumbnails(wanted)
                except Exception as exception:
                    log.exception("the thread of unit pictures met an unexpected exception")
                    self.crashed.emit(exception)
        finally:
            self._store.close()
            self._pictures = None

    def _has_work(self) -> bool:
        inbox = self._inbox
        return inbox.stop or inbox.page is not None or inbox.wanted is not None

    def _of(self, census: CensusData) -> UnitPictures:
        if self._pictures is None or self._pictures.census is not census:
            self._pictures = UnitPictures(census)
        return self._pictures

    def _draw_page(self, request: PageRequest) -> None:
        pictures = self._of(request.census)
        for kind in request.census.sets:
            if self._is_newer(request):
                return
            try:
                found = pictures.unit_in_set(kind, request.unit, request.top, request.first)
            except Exception as exception:
                error = expected_error(exception, "the pictures of the unit")
                if error is None:
                    raise
                self.part_failed.emit(request, kind, error)
            else:
                self.part.emit(request, found)

    def _draw_thumbnails(self, request: ThumbnailRequest) -> None:
        assert self._store is not None
        pictures, key = self._of(request.census), request.key
        known = self._store.get(key, request.units)
        if known:
            self.drawn.emit(request, known)
        fresh: dict[int, Picture] = {}
        unsaved: dict[int, Picture] = {}
        told = saved = time.monotonic()
        try:
            for unit in request.units:
                if unit in known:
                    continue
                bars_first()
                if self._is_newer(request):
                    break
                fresh[unit] = pictures.thumbnail(request.kind, unit, request.top)
                now = time.monotonic()
                if now > told + BUNCH_SECONDS:
                    self.drawn.emit(request, fresh)
                    unsaved.update(fresh)
                    fresh, told = {}, now
                if now > saved + SAVE_SECONDS:
                    self._store.put(key, unsaved)
                    unsaved, saved = {}, now
        except Exception as exception:
            error = expected_error(exception, "the neuron features")
            if error is None:
                raise
            self.failed.emit(request, error)
        finally:
            if fresh:
                self.drawn.emit(request, fresh)
            self._store.put(key, {**unsaved, **fresh})

    def _is_newer(self, request: PageRequest | ThumbnailRequest) -> bool:
        """True if there is something else to do now; what was begun is then put back or given up.

        A page interrupts thumbnails, which are gone on with after it.
        """
        inbox = self._inbox
        with inbox.condition:
            if inbox.stop or inbox.page is not None:
                if isinstance(request, ThumbnailRequest) and inbox.wanted is None:
                    inbox.wanted = request
                return True
            return isinstance(request, ThumbnailRequest) and inbox.wanted is not None
