"""Answers of a model to a factorial set, and what they attribute the color to.

Definitions after Arias, Baldrich and Vanrell, "Color in Visual-Language Models: CLIP deficiencies":
the answer is the label with the largest cosine (the lowest index of equal ones); it names the
figure's color, the background's, the written word, or none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.color.terms import COLOR_TERMS
from core.models.session import ModelSession
from core.prompts import fill
from core.stimuli.factorial import Condition, FactorialSet
from core.stimuli.render import render

ROLES = ("figure", "background", "written", "none")
_BATCH = 64


def winners(
    session: ModelSession,
    stimuli: FactorialSet,
    templates: Sequence[str],
    labels: Sequence[str] = COLOR_TERMS,
) -> NDArray[np.int64]:
    """Index of the winning label of every image of a set, for each template.

    Returns
    -------
    ndarray of int64, shape (len(templates), len(stimuli))
    """
    texts = [
        session.encode_texts([fill(template, label) for label in labels]) for template in templates
    ]
    answers = np.empty((len(templates), len(stimuli)), dtype=np.int64)
    for start in range(0, len(stimuli), _BATCH):
        end = min(start + _BATCH, len(stimuli))
        images = np.stack([render(stimuli.spec(index).stimulus) for index in range(start, end)])
        embeddings = session.encode_images(images)
        for row, prompts in enumerate(texts):
            answers[row, start:end] = (embeddings @ prompts.T).argmax(axis=1)
    return answers


def role_counts(
    stimuli: FactorialSet,
    answers: NDArray[np.int64],
    group: Callable[[Condition], Hashable],
) -> dict[Hashable, NDArray[np.int64]]:
    """Count what the answers name, by groups of conditions.

    Parameters
    ----------
    stimuli : FactorialSet
    answers : ndarray of int64, shape (len(stimuli),)
        Indices into `COLOR_TERMS`.
    group : callable
        Name of a condition's group.

    Returns
    -------
    dict
        Per group the number of answers for each of `ROLES`, ndarray of int64, shape (4,).
        For a shape "written" stays zero.
    """
    conditions = stimuli.combinations
    by_condition = answers.reshape(stimuli.samples, len(conditions))
    counts: dict[Hashable, NDArray[np.int64]] = {}
    for number, condition in enumerate(conditions):
        tally = np.bincount(by_condition[:, number], minlength=len(COLOR_TERMS))
        named = (condition.figure, condition.background, condition.subject)
        parts = [tally[COLOR_TERMS.index(term)] if term in COLOR_TERMS else 0 for term in named]
        row = np.array([*parts, tally.sum() - sum(parts)], dtype=np.int64)
        name = group(condition)
        counts[name] = counts.get(name, np.zeros(len(ROLES), dtype=np.int64)) + row
    return counts
