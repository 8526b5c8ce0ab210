"""What an answer names in an image of a factorial set.

Definitions after Arias, Baldrich and Vanrell, "Color in Visual-Language Models: CLIP
deficiencies": an answer names the figure's color (of the object or the font), the background's, the
written word, or none of them. The three always differ within an image.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.color.terms import canonical
from core.stimuli.conditions import Condition

ROLES = ("figure", "background", "written", "none")


def role_table(conditions: Sequence[Condition], labels: Sequence[str]) -> NDArray[np.int8]:
    """The role of each label in each condition.

    Parameters
    ----------
    conditions : sequence of Condition, length C
    labels : sequence of str, length L
        In any case and spelling of gray; one that is no color term names nothing.

    Returns
    -------
    ndarray of int8, shape (C, L)
        Indices into `ROLES`. A shape is no written word.
    """
    terms = [canonical(label) for label in labels]
    table = np.full((len(conditions), len(labels)), ROLES.index("none"), dtype=np.int8)
    for row, condition in enumerate(conditions):
        named = (condition.figure, condition.background, condition.subject)
        for column, term in enumerate(terms):
            if term in named:
                table[row, column] = named.index(term)
    return table
