"""Tallies of answers from which every table is made; exactly mergeable, whatever the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

MARGIN_UNIT = 2.0**-30
"""Margins are summed as integers of this unit, so that a sum does not depend on its order."""


@dataclass(eq=False)
class AnswerCounts:
    """How often each label won, for T templates, C combinations and L labels.

    Sums fit 2^33 images of a combination and more.
    """

    answers: NDArray[np.int64]
    """Shape (T, C, L). Number of images that the label won."""
    margins: NDArray[np.int64]
    """Shape (T, C, L). Sum over those images of the probability margin over the runner-up, in
    `MARGIN_UNIT`."""
    ties: NDArray[np.int64]
    """Shape (T, C). Number of images whose largest cosine several labels share exactly."""
    close: NDArray[np.int64]
    """Shape (T, C). Number of images too close to call: the size of a batch may decide."""
    faces: NDArray[np.int64]
    """Shape (T, F, C, L). As `answers`, for words in each of F faces; F is 0 where faces are not
    counted."""

    @classmethod
    def empty(cls, templates: int, combinations: int, labels: int, faces: int = 0) -> Self:
        """No image counted yet."""
        large, small = (templates, combinations, labels), (templates, combinations)
        by_face = (templates, faces, combinations, labels)
        return cls(*(np.zeros(shape, np.int64) for shape in (large, large, small, small, by_face)))

    def of_faces(self, faces: Sequence[int] | None) -> NDArray[np.int64]:
        """Answers to words in some faces, or to all images; shape (T, C, L)."""
        if faces is None:
            return self.answers
        if not self.faces.shape[1]:
            return np.zeros_like(self.answers)
        return np.asarray(self.faces[:, list(faces)].sum(axis=1))

    @property
    def images(self) -> int:
        """Number of images counted."""
        return int(self.answers[0].sum()) if len(self.answers) else 0

    def add(
        self,
        combinations: NDArray[np.int64],
        winners: NDArray[np.int64],
        margins: NDArray[np.float32],
        ties: NDArray[np.int64],
        close: NDArray[np.bool_],
        faces: NDArray[np.int64] | None = None,
    ) -> None:
        """Count a batch of B images.

        Parameters
        ----------
        combinations : ndarray of int64, shape (B,)
        winners, ties : ndarray of int64, shape (B, T)
            Index of the winning label; number of labels that share the largest cosine.
        margins : ndarray of float32, shape (B, T)
            Probability margins, 0..1; undefined (with one label) as NaN.
        close : ndarray of bool, shape (B, T)
        faces : ndarray of int64, shape (B,), optional
            Place of each word's face; −1 for none.
        """
        lettered = np.empty(0, np.int64) if faces is None else np.flatnonzero(faces >= 0)
        units = np.rint(np.nan_to_num(margins).astype(np.float64) / MARGIN_UNIT).astype(np.int64)
        for row in range(winners.shape[1]):
            place = (combinations, winners[:, row])
            np.add.at(self.answers[row], place, 1)
            np.add.at(self.margins[row], place, units[:, row])
            np.add.at(self.ties[row], combinations, ties[:, row] > 1)
            np.add.at(self.close[row], combinations, close[:, row])
            if faces is not None and self.faces.shape[1]:
                chosen = faces[lettered], combinations[lettered], winners[lettered, row]
                np.add.at(self.faces[row], chosen, 1)

    def copy(self) -> AnswerCounts:
        """Independent tallies with the same numbers."""
        return AnswerCounts(*(part.copy() for part in self._parts()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AnswerCounts):
            return NotImplemented
        return all(map(np.array_equal, self._parts(), other._parts()))

    def _parts(self) -> tuple[NDArray[np.int64], ...]:
        return self.answers, self.margins, self.ties, self.close, self.faces
