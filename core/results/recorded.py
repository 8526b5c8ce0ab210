"""The answers that a run has recorded, as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.predict.roles import naming, role_table
from core.results.result_types import Selection
from core.sweeps.counts import AnswerCounts
from core.sweeps.plan import SweepPlan

if TYPE_CHECKING:
    from core.sweeps.run_folder import RunFolder


@dataclass(frozen=True, eq=False)
class Recorded:
    """What a run says of N images, for T templates."""

    index: NDArray[np.int64]
    """Rising. Shape (N,)."""
    answers: NDArray[np.int64]
    """Indices into the plan's labels. Shape (N, T)."""
    margins: NDArray[np.float32]
    """NaN where undefined. Shape (N, T)."""
    ties: NDArray[np.int64]
    """Shape (N, T)."""
    close: NDArray[np.bool_]
    """Shape (N, T)."""
    faces: NDArray[np.int64]
    """Places in the plan's fonts; −1 for none. Shape (N,)."""

    def __len__(self) -> int:
        return len(self.index)

    @property
    def columns(self) -> tuple[NDArray[Any], ...]:
        """All arrays, in the order of the fields."""
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)

    def take(self, places: NDArray[np.int64]) -> Recorded:
        """Those images alone."""
        return Recorded(*(column[places] for column in self.columns))

    def counts(self, plan: SweepPlan) -> AnswerCounts:
        """Tallies of these images."""
        combinations = len(plan.stimuli.combinations)
        counts = AnswerCounts.empty(
            len(plan.templates), combinations, len(plan.labels), len(plan.fonts)
        )
        counts.add(self.index % combinations, *self.columns[1:])
        return counts


def recorded(run: RunFolder) -> Recorded:
    """Everything a run has recorded so far.

    Raises
    ------
    RunError
        If a file of rows is damaged.
    """
    templates = len(run.plan.templates)
    kinds = (np.int64, np.float32, np.int64, np.bool_)
    answers = [np.empty((0, templates), kind) for kind in kinds]
    nothing = [np.empty(0, np.int64), *answers, np.empty(0, np.int64)]
    parts = [nothing, *(part.columns for part in recorded_parts(run))]
    return Recorded(*map(np.concatenate, zip(*parts, strict=True)))


def recorded_parts(run: RunFolder) -> Iterator[Recorded]:
    """As `recorded`, shard by shard."""
    from core.sweeps.shards import COUNTED_COLUMNS, codes

    templates = len(run.plan.templates)
    for shard in run.shards():
        table = run.read(shard, COUNTED_COLUMNS)
        # Rows are sorted by image, then by template as planned.
        yield Recorded(
            _column(table, "index", templates)[:, 0],
            codes(table.column("answer"), run.plan.labels).reshape(-1, templates),
            _column(table, "margin", templates),
            _column(table, "ties", templates).astype(np.int64),
            _column(table, "close", templates).astype(np.bool_),
            codes(table.column("font"), tuple(run.plan.fonts))[::templates],
        )


class Membership:
    """Tells which answers the selections of a plan are about."""

    def __init__(self, plan: SweepPlan) -> None:
        self._roles = role_table(plan.stimuli.combinations, plan.labels)
        self._labels = np.arange(len(plan.labels))

    def inside(
        self,
        selection: Selection,
        combinations: NDArray[np.int64],
        answers: NDArray[np.int64],
        tied: NDArray[np.bool_],
        close: NDArray[np.bool_],
        faces: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """True for each answer that belongs to a selection; all arrays of one shape."""
        members = np.zeros(self._roles.shape[:2], dtype=np.bool_)  # shape (C, L)
        members[list(selection.combinations)] = True
        if selection.roles is not None:
            members &= naming(self._roles, selection.roles)
        if selection.answers is not None:
            members &= np.isin(self._labels, selection.answers)
        chosen = members[combinations, answers]
        if selection.faces is not None:
            chosen = chosen & np.isin(faces, selection.faces)
        if selection.only == "tied":
            return chosen & tied
        return chosen & close if selection.only == "close" else chosen


def _column(table: Any, name: str, templates: int) -> NDArray[Any]:
    values: NDArray[Any] = table.column(name).to_numpy()
    return values.reshape(-1, templates)
