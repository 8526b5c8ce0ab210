"""Tables made beside the GUI thread: of runs on the disk, of running sweeps, of two runs (R45).

Only the latest request counts. While a table is being made, a newer request waits; it begins when
that one is done, so tables of a running sweep never pile up.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.jobs.latest_worker import Channel, LatestWorker, once

if TYPE_CHECKING:  # they import numpy's or pyarrow's parts late
    from core.results.comparison.compare import Comparison
    from core.results.result_types import Outline, ResultTable
    from core.sweeps.counts import AnswerCounts
    from core.sweeps.plan import SweepPlan

_KEPT_COUNTS = 6


@dataclass(frozen=True, eq=False)
class TableRequest:
    """A table to make of the run in a folder, or of that run and another one.

    Attributes
    ----------
    table : str
        Id of its outline; empty for the first.
    plan, counts
        Of a sweep that is running; read from the folder otherwise.
    """

    path: Path
    table: str = ""
    other: Path | None = None
    plan: SweepPlan | None = None
    counts: AnswerCounts | None = None


@dataclass(frozen=True, eq=False)
class Made:
    """A table and what it was made of.

    Attributes
    ----------
    outlines : tuple of Outline
        All tables of the run, or of the two.
    plan, other_plan
        Of the first run and, if two are compared, of the second.
    images : int
        Images counted in the first run.
    """

    request: TableRequest
    outlines: tuple[Outline, ...]
    table: ResultTable | None
    plan: SweepPlan
    other_plan: SweepPlan | None
    images: int


NICENESS = 5
TABLE = "table"
CLOSING = "a table ends"


class TableMaker(LatestWorker):
    """Makes the table asked for last; its reports are `Made`, about `TableRequest`.

    One that is at work is made to its end, so that tables of a run at work are seen at all.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(
            "tables", NICENESS, {TABLE: Channel(tells_all=True)}, closing=CLOSING, parent=parent
        )
        self._counts: OrderedDict[Path, tuple[int, AnswerCounts]] = OrderedDict()
        self._compared: tuple[object, Comparison] | None = None

    def make(self, request: TableRequest) -> None:
        """Make a table, unless another is asked for before its turn comes."""
        self.ask(TABLE, lambda _request: once(lambda: self._make(request)), "the table", request)

    # --- runs beside the GUI thread ---

    def _make(self, request: TableRequest) -> Made:
        from core.results.results import outlines, result_tables

        if request.other is not None:
            return self._compare(request, request.other)
        if request.plan is not None and request.counts is not None:
            plan, counts = request.plan, request.counts
        else:
            plan, counts = self._read(request.path)
        every = outlines(plan)
        wanted = _chosen(every, request.table)
        table = next(iter(result_tables(plan, counts, [wanted.id])), None) if wanted else None
        return Made(request, every, table, plan, None, counts.images)

    def _compare(self, request: TableRequest, other: Path) -> Made:
        from core.results.comparison.compare import compare
        from core.sweeps.run_folder import RunFolder

        first, second = RunFolder.open(request.path), RunFolder.open(other)
        key = (request.path, other, first.done(), second.done())
        if self._compared is None or self._compared[0] != key:
            self._compared = (key, compare(first, second))
        comparison = self._compared[1]
        every = tuple(table.outline for table in comparison.tables)
        wanted = _chosen(every, request.table)
        table = next((t for t in comparison.tables if t.outline == wanted), None)
        return Made(request, every, table, first.plan, second.plan, comparison.first_images)

    def _read(self, path: Path) -> tuple[SweepPlan, AnswerCounts]:
        from core.sweeps.run_folder import RunFolder

        folder = RunFolder.open(path)
        done = folder.done()
        known = self._counts.get(path)
        if known is None or known[0] != done:
            known = (done, folder.counts())
            self._counts[path] = known
        self._counts.move_to_end(path)
        while len(self._counts) > _KEPT_COUNTS:
            self._counts.popitem(last=False)
        return folder.plan, known[1]


def _chosen(every: tuple[Outline, ...], id: str) -> Outline | None:
    return next((outline for outline in every if outline.id == id), every[0] if every else None)
