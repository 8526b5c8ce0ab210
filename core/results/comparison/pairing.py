"""Whether two runs can be compared image by image, and what they recorded of the same images."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.results.recorded import Membership, Recorded
from core.results.result_types import Selection
from core.stimuli.factorial import ShapeSet
from core.sweeps.plan import SweepPlan

SAME_IMAGES = "the same images"
SAME_OBJECTS = "the same objects"


def pairing(first: SweepPlan, second: SweepPlan) -> str:
    """How the images of two plans belong together.

    A figure is the same if kind, subject, place, size, rotation and letters are. Sides differ
    between models of different input sizes, and colors between palettes; the design is paired all
    the same. Numbers of samples and the use of white may differ: what both have is compared.

    Returns
    -------
    str
        `SAME_IMAGES` or `SAME_OBJECTS`; empty if they are independent.
    """
    ours, theirs = first.stimuli, second.stimuli
    if isinstance(ours, ShapeSet) != isinstance(theirs, ShapeSet):
        return ""
    settings = ("seed", "geometry", "rules", "gray")
    if any(getattr(ours, name, None) != getattr(theirs, name, None) for name in settings):
        return ""
    if first.fonts != second.fonts:
        return ""
    same_look = ours.side == theirs.side and ours.palette.colors == theirs.palette.colors
    return SAME_IMAGES if same_look else SAME_OBJECTS


class Paired(NamedTuple):
    """What two runs recorded of the images that both have, row by row."""

    first: Recorded
    second: Recorded
    """`first` and `second`: of equal length."""


def pair(
    first_plan: SweepPlan, first: Recorded, second_plan: SweepPlan, second: Recorded
) -> Paired:
    """Keep the images that both runs have seen, in the same order."""
    numbers = {one: number for number, one in enumerate(first_plan.stimuli.combinations)}
    # Combination of the first plan for each of the second's; −1 for none.
    translation = np.array(
        [numbers.get(one, -1) for one in second_plan.stimuli.combinations], dtype=np.int64
    )
    samples, combinations = np.divmod(second.index, len(translation))
    translated = translation[combinations]
    place = np.where(translated < 0, -1, samples * len(numbers) + translated)
    _, ours, theirs = np.intersect1d(first.index, place, assume_unique=False, return_indices=True)
    return Paired(first.take(ours), second.take(theirs))


class Joint:
    """How often two runs gave each pair of answers to an image, for one template of each.

    Parameters
    ----------
    templates : tuple of 2 ints
        Template of the first run and of the second.
    """

    def __init__(
        self,
        first_plan: SweepPlan,
        second_plan: SweepPlan,
        paired: Paired,
        templates: tuple[int, int],
    ) -> None:
        self._memberships = Membership(first_plan), Membership(second_plan)
        columns = [
            *_columns(first_plan, paired.first, templates[0]),
            *_columns(second_plan, paired.second, templates[1]),
        ]
        # Few different rows stand for many images.
        key = np.zeros(len(paired.first), np.int64)
        for column, size in columns:
            key = key * size + column
        distinct, self._images = np.unique(key, return_counts=True)
        self._columns: list[NDArray[np.int64]] = []
        for _, size in reversed(columns):
            distinct, digit = np.divmod(distinct, size)
            self._columns.insert(0, digit)
        # Rows are sorted by the first run's combination: where each one's begin.
        known = np.arange(len(first_plan.stimuli.combinations) + 1)
        self._begin = np.searchsorted(self._columns[0], known)
        self._rows: dict[tuple[int, ...], NDArray[np.int64]] = {}

    def both(self, first: Selection, second: Selection) -> int:
        """Number of images in both selections, one of each run."""
        rows = self._rows_of(first.combinations)
        inside = self._inside(0, first, rows) & self._inside(1, second, rows)
        return int(self._images[rows[inside]].sum())

    def _rows_of(self, combinations: tuple[int, ...]) -> NDArray[np.int64]:
        if combinations not in self._rows:
            parts = [np.arange(self._begin[c], self._begin[c + 1]) for c in combinations]
            self._rows[combinations] = np.concatenate([np.empty(0, np.int64), *parts])
        return self._rows[combinations]

    def _inside(
        self, side: int, selection: Selection, rows: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        columns = [column[rows] for column in self._columns[5 * side : 5 * side + 5]]
        combinations, answers, tied, close, faces = columns
        membership = self._memberships[side]
        return membership.inside(selection, combinations, answers, tied > 0, close > 0, faces - 1)


def _columns(plan: SweepPlan, rows: Recorded, template: int) -> list[tuple[NDArray[np.int64], int]]:
    """Combination, answer, tied, close, face + 1: values and how many there can be."""
    combinations = len(plan.stimuli.combinations)
    return [
        (rows.index % combinations, combinations),
        (rows.answers[:, template], len(plan.labels)),
        ((rows.ties[:, template] > 1).astype(np.int64), 2),
        (rows.close[:, template].astype(np.int64), 2),
        (rows.faces + 1, len(plan.fonts) + 1),
    ]
