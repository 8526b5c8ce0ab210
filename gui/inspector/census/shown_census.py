"""The census that the inspector shows, with its thresholds, and all that follows from them.

Everything in the inspector reads from one `ShownCensus`; nothing is worked out on the GUI thread.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from core.census.data import CensusData, load_census
from core.census.draft import unfinished
from core.census.sets import CensusSummary, list_censuses
from core.models.info import ModelInfo
from core.sweeps.plan import identity, model_differences
from core.units.neuron_indices import CensusReader, NeuronIndices, Stopped, most_images
from core.units.thresholds import TypeThresholds
from core.units.unit_filter import UnitFilter
from gui.jobs.background import Background
from gui.jobs.faults import surface
from gui.jobs.latest_worker import LatestWorker, Request

NO_UNIT = -1
NICENESS = 0
_INDICES = "indices"


class ShownCensus(QObject):
    """One loaded census, live thresholds, the selected unit, the filter of the list of units.

    Units are counted over all layers of the census: unit ``u`` is the ``u``-th row of every array
    of `data` and `indices`.

    Attributes
    ----------
    data : CensusData or None
        The census that is shown. Replaced as a whole, never changed: workers may keep it.
    indices : NeuronIndices or None
        They belong to ``indices.census`` and ``indices.thresholds``, which lag behind `data` and
        `thresholds` while `pending` is true.
    thresholds : TypeThresholds
        What the user has chosen, also while the indices for it are on their way.
    unit : int
        The selected unit, or `NO_UNIT`.
    filter : UnitFilter
        Which units the list shows besides its own search.
    hues : ndarray of float64, shape (U,), or None
        In degrees, NaN where a unit has none; None before any was worked out.
    censuses : tuple of CensusSummary
        Those on the disk, newest first.
    unfinished : str
        What the census still lacks, as a sentence; empty if it is complete.
    path : Path or None
        Folder of the census that is shown or being read.
    """

    listed = Signal()
    loading = Signal(str)  # title
    """A census is being read; `loaded` or `failed` follows."""
    loaded = Signal(object)  # data
    """Another `CensusData`, or None. `indices` are None until `changed`, and the unit and the
    filter are reset, unless it is the same census that has come further.
    """
    changed = Signal(object)
    """`indices` are new, after `loaded` or after a threshold moved."""
    thresholds_changed = Signal(object)  # thresholds
    """At once, before the indices for them are there."""
    pending_changed = Signal(bool)
    selected = Signal(int)
    filter_changed = Signal(object)
    list_wanted = Signal()
    """The list of units shall come to the front."""
    page_wanted = Signal(int)  # unit
    """So shall the page of a unit."""
    hues_changed = Signal()
    problem = Signal(object)  # error
    """A `LabError` that keeps the indices from being worked out; the former ones stay."""
    failed = Signal(object)  # error
    """A `LabError`: the census could not be read."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.data: CensusData | None = None
        self.indices: NeuronIndices | None = None
        self.thresholds = TypeThresholds()
        self.unit = NO_UNIT
        self.filter = UnitFilter()
        self.hues: NDArray[np.float64] | None = None
        self.censuses: tuple[CensusSummary, ...] = ()
        self.unfinished = ""
        self.path: Path | None = None
        self._reader: CensusReader | None = None
        self._files = Background(self)
        self._numbers = LatestWorker(
            "indices", NICENESS, bars_first=False, closing="numbers are worked out", parent=self
        )
        self._numbers.reported.connect(self._on_indices)
        self._numbers.failed.connect(self._on_problem)
        self._numbers.ended.connect(lambda _request: self.pending_changed.emit(False))
        self._numbers.crashed.connect(surface)

    # --- which census ---

    @property
    def title(self) -> str:
        """Of the census that is shown or being read."""
        titles = (entry.title for entry in self.censuses if entry.path == self.path)
        return next(titles, self.path.name if self.path is not None else "")

    def refresh(self) -> None:
        """List the censuses on the disk, beside the GUI thread."""
        self._files.run(lambda: tuple(list_censuses()), self._on_listed, self.failed.emit)

    def open(self, path: Path) -> None:
        """Read a census, finished or not; reads it again if it is the one that is shown."""
        self.path = path
        self.loading.emit(self.title)

        def work() -> tuple[CensusData, str]:
            data = load_census(path)
            return data, unfinished(data)

        def done(found: tuple[CensusData, str]) -> None:
            if path == self.path:
                self.take(*found)

        def failed(error: LabError) -> None:
            if path == self.path:
                self.path = self.data.path if self.data is not None else None
                self.failed.emit(error)

        self._files.run(work, done, failed)

    def close(self) -> None:
        """Show no census."""
        self.path = None
        self.take(None)

    def take(self, data: CensusData | None, lacking: str = "") -> None:
        """Show a census that is at hand, and what it lacks."""
        before = self.data
        further = (
            data is not None
            and before is not None
            and data.path == before.path
            and data.layers == before.layers
        )
        self.data = data
        self.unfinished = lacking
        self.path = data.path if data is not None else None
        self._reader = CensusReader(data) if data is not None else None
        if data is not None and self.thresholds.top > most_images(data):
            self.thresholds = msgspec.structs.replace(self.thresholds, top=most_images(data))
            self.thresholds_changed.emit(self.thresholds)
        self.hues = None
        if not further:
            self.indices = None
            self.unit = NO_UNIT
            self.filter = UnitFilter()
        self.loaded.emit(data)
        if not further:
            self.selected.emit(NO_UNIT)
            self.filter_changed.emit(self.filter)
        self._work()

    def fits(self, info: ModelInfo | None) -> bool:
        """True if the census is of the very model: its units are those of `info`'s model."""
        if self.data is None or info is None:
            return False
        return not model_differences(identity(self.data.record.model), identity(info))

    # --- thresholds ---

    @property
    def pending(self) -> bool:
        """True while indices are worked out."""
        return self._numbers.busy(_INDICES)

    def set_thresholds(self, **fields: object) -> None:
        """Change some of the thresholds; see `TypeThresholds`.

        Raises
        ------
        InvalidInput
            If a value is out of range; nothing is changed then.
        """
        thresholds = msgspec.structs.replace(self.thresholds, **fields)
        if thresholds != self.thresholds:
            self.thresholds = thresholds
            self.thresholds_changed.emit(thresholds)
            self._work()

    @property
    def defaults(self) -> TypeThresholds:
        """The defaults, as far as the census has kept enough images for them."""
        defaults = TypeThresholds()
        if self.data is None:
            return defaults
        return msgspec.structs.replace(defaults, top=min(defaults.top, most_images(self.data)))

    # --- units ---

    def select(self, unit: int) -> None:
        """Select a unit; `NO_UNIT` for none."""
        if unit != self.unit:
            self.unit = unit
            self.selected.emit(unit)

    def open_page(self, unit: int) -> None:
        """Select a unit and bring its page to the front."""
        self.select(unit)
        self.page_wanted.emit(unit)

    def set_filter(self, chosen: UnitFilter) -> None:
        """Filter the list of units."""
        if chosen != self.filter:
            self.filter = chosen
            self.filter_changed.emit(chosen)

    def show_units(self, chosen: UnitFilter) -> None:
        """Filter the list of units and bring it to the front."""
        self.set_filter(chosen)
        self.list_wanted.emit()

    def set_hues(self, hues: NDArray[np.float64] | None) -> None:
        """Take the units' hues, as far as they are known."""
        self.hues = hues
        self.hues_changed.emit()

    def stop(self) -> None:
        """Drop what is under way and wait for what has begun."""
        self._files.stop()
        self._numbers.stop()

    # --- beside the GUI thread ---

    def _on_listed(self, censuses: tuple[CensusSummary, ...]) -> None:
        self.censuses = censuses
        self.listed.emit()

    def _work(self) -> None:
        """Work the indices out under the latest thresholds."""
        reader, thresholds = self._reader, self.thresholds
        if reader is None:
            self._numbers.withdraw(_INDICES)
        else:
            work = partial(_read, reader, thresholds)
            self._numbers.ask(_INDICES, work, "the indices")
        self.pending_changed.emit(self.pending)

    def _on_indices(self, _request: Request, indices: NeuronIndices) -> None:
        self.indices = indices
        self.changed.emit(indices)

    def _on_problem(self, _request: Request, error: LabError) -> None:
        self.pending_changed.emit(False)
        self.problem.emit(error)


def _read(
    reader: CensusReader, thresholds: TypeThresholds, request: Request
) -> Generator[NeuronIndices, None, None]:
    with suppress(Stopped):
        yield reader.read(thresholds, lambda: not request.abandoned.is_set())
