"""Which color term stands in which slot of an image: as the word, the font's or the background's.

A set is a specification, so the labels of any image follow from its number alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.color.terms import COLOR_TERMS
from core.stimuli.factorial import FactorialSet

NO_LABEL = -1

_CODES = {term: code for code, term in enumerate(COLOR_TERMS)}


@dataclass(frozen=True, eq=False)
class SlotLabels:
    """Labels of the C combinations of a set as indices into `COLOR_TERMS`."""

    word: NDArray[np.int8]
    font: NDArray[np.int8]
    background: NDArray[np.int8]
    """`word`, `font` and `background`: −1 where there is none: a shape is no word. Shape (C,)."""

    @classmethod
    def of(cls, stimuli: FactorialSet) -> SlotLabels:
        """The labels of a set. In a set of shapes "font" is the color of the object."""
        conditions = stimuli.combinations
        return cls(
            word=_codes([condition.subject for condition in conditions]),
            font=_codes([condition.figure for condition in conditions]),
            background=_codes([condition.background for condition in conditions]),
        )

    def at(
        self, images: NDArray[np.int64]
    ) -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.int8]]:
        """Labels of images by their number in the set.

        Parameters
        ----------
        images : ndarray of int64, any shape
            −1 for no image.

        Returns
        -------
        word, font, background : ndarray of int8, same shape
            −1 where there is no label or no image.
        """
        count = len(self.word)
        # numpy divides by a constant several times faster than it takes remainders.
        combinations = images - images // count * count
        combinations[images < 0] = count
        word, font, background = (
            np.append(slot, np.int8(NO_LABEL))[combinations]
            for slot in (self.word, self.font, self.background)
        )
        return word, font, background


def _codes(names: list[str]) -> NDArray[np.int8]:
    return np.array([_CODES.get(name, NO_LABEL) for name in names], dtype=np.int8)
