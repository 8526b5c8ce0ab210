"""Draws the pictures of units beside the window: the open page first, then thumbnails in sight.

One thread. The latest page and the latest list of thumbnails win; thumbnails come back in bunches
and are kept, some in memory and many on the disk.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError, expected_error
from core.base.paths import cache_dir
from core.census.data import CensusData
from core.census.sets import Kind
from core.units.features.thumbnail_store import FILE_NAME, ThumbnailStore
from core.units.features.unit_pictures import THUMBNAIL_SIDE, UnitPictures
from core.units.neuron_indices import content_key
from gui.jobs.latest_worker import Channel, LatestWorker, Request

NICENESS = 12
BUNCH_SECONDS = 0.06
"""Thumbnails are passed on this often."""

SAVE_SECONDS = 2.0
KEPT = 6000
"""Thumbnails in memory, at most 12 kB each."""

_PAGE, _THUMBNAILS = "page", "thumbnails"
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
        self._parts: set[Kind] = set()
        self._worker = LatestWorker(
            "unit pictures",
            NICENESS,
            {
                _PAGE: Channel(rank=0),
                _THUMBNAILS: Channel(rank=1, gives_way=True, tells_all=True),
            },
            at_end=self._close,
            closing="the pictures of neurons are put away",
            parent=self,
        )
        self._worker.reported.connect(self._on_reported)
        self._worker.failed.connect(self._on_failed)
        self._worker.crashed.connect(self.crashed)
        # What follows belongs to the thread.
        self._pictures: UnitPictures | None = None
        self._store: ThumbnailStore | None = None

    def show(self, census: CensusData | None, kind: Kind | None, top: int) -> None:
        """Which thumbnails are meant from now on; those of another choice are forgotten."""
        of = None if census is None or kind is None else (census, kind, top)
        if of != self._of:
            self._of = of
            self._kept.clear()
            self._worker.withdraw(_THUMBNAILS)

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
        if missing:
            wanted = ThumbnailRequest(*self._of, missing)
            self._worker.ask(_THUMBNAILS, self._draw_thumbnails, "the neuron features", wanted)
        else:
            self._worker.withdraw(_THUMBNAILS)

    def ask_page(self, request: PageRequest | None) -> None:
        """Draw the pictures of a unit; None for none any more."""
        self._parts.clear()
        if request is not None:
            self._worker.ask(_PAGE, self._draw_page, "the pictures of the neuron", request)
        else:
            self._worker.withdraw(_PAGE)

    def stop(self) -> None:
        """End the thread after the picture it draws; nothing is called back any more."""
        self._worker.stop()

    def _on_reported(self, request: Request, event: Any) -> None:
        if request.channel == _PAGE:
            kind, part = event
            self._parts.add(kind)
            if isinstance(part, LabError):
                self.page_failed.emit(request.about, kind, part)
            else:
                self.page_part.emit(request.about, part)
        elif self._is_shown(request.about):
            self._kept.update(event)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            self.thumbnails.emit(tuple(event))

    def _on_failed(self, request: Request, error: LabError) -> None:
        if request.channel == _PAGE:
            for kind in set(request.about.census.sets) - self._parts:
                self.page_failed.emit(request.about, kind, error)
        elif self._is_shown(request.about):
            self.failed.emit(error)

    def _is_shown(self, wanted: ThumbnailRequest) -> bool:
        return (wanted.census, wanted.kind, wanted.top) == self._of

    # --- runs in the thread ---

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._pictures = None

    def _pictures_of(self, census: CensusData) -> UnitPictures:
        if self._pictures is None or self._pictures.census is not census:
            self._pictures = UnitPictures(census)
        return self._pictures

    def _draw_page(self, request: Request) -> Generator[tuple[Kind, Any], None, None]:
        page: PageRequest = request.about
        pictures = self._pictures_of(page.census)
        for kind in page.census.sets:
            try:
                part = pictures.unit_in_set(kind, page.unit, page.top, page.first)
            except Exception as exception:  # of one set; the others may be seen
                error = expected_error(exception, request.what)
                if error is None:
                    raise
                yield kind, error
            else:
                yield kind, part

    def _draw_thumbnails(
        self, request: Request
    ) -> Generator[dict[int, Picture] | None, None, None]:
        wanted: ThumbnailRequest = request.about
        if self._store is None:
            self._store = ThumbnailStore(cache_dir() / FILE_NAME)
        store, key = self._store, wanted.key
        pictures = self._pictures_of(wanted.census)
        known = store.get(key, wanted.units)
        if known:
            yield known
        fresh: dict[int, Picture] = {}
        unsaved: dict[int, Picture] = {}
        told = saved = time.monotonic()
        try:
            for unit in wanted.units:
                if unit in known:
                    continue
                fresh[unit] = unsaved[unit] = pictures.thumbnail(wanted.kind, unit, wanted.top)
                now = time.monotonic()
                if now > saved + SAVE_SECONDS:
                    store.put(key, unsaved)
                    unsaved, saved = {}, now
                if now > told + BUNCH_SECONDS:
                    bunch, fresh, told = fresh, {}, now
                    yield bunch
                else:
                    yield None  # one unit is the longest that the bars or a page wait for
            if fresh:
                yield fresh
        finally:
            store.put(key, unsaved)
