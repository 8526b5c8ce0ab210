"""The answers of a batch of embeddings to all prompts of a plan, worked out together.

Definitions as in `core.predict.prediction`, for a single picture: the answer is the label with the
largest cosine, the lowest index of exactly equal ones; probabilities are the softmax of cosine
times the model's own scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.predict.prediction import (
    Session,
    check_lengths,
    cosine_tolerance,
    finite,
    softmax,
)
from core.predict.prompts import fill


class Prompts(Protocol):
    """What is asked: every template with every label, as a `SweepPlan` has them."""

    @property
    def templates(self) -> tuple[str, ...]: ...

    @property
    def labels(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, eq=False)
class Scores:
    """Answers to B images with T templates and L labels."""

    winners: NDArray[np.int64]
    """Shape (B, T)."""
    cosines: NDArray[np.float32]
    """Of the winners. Shape (B, T)."""
    probabilities: NDArray[np.float32]
    """Shape (B, T, L)."""
    margins: NDArray[np.float32]
    """Probability of the winner less that of the runner-up; NaN with one label. Shape (B, T)."""
    ties: NDArray[np.int64]
    """Number of labels that share the largest cosine exactly; 1 without a tie. Shape (B, T)."""
    close: NDArray[np.bool_]
    """Winner and runner-up are so near that the batch size may decide. Shape (B, T)."""


class Scorer:
    """Holds the embedded prompts of a plan.

    Raises
    ------
    PromptError
        If a prompt has more tokens than the model takes, naming it and what would be lost.
    """

    def __init__(self, plan: Prompts, session: Session) -> None:
        self._shape = (len(plan.templates), len(plan.labels))
        prompts = [fill(template, label) for template in plan.templates for label in plan.labels]
        check_lengths(plan.templates, plan.labels, session)
        embeddings = finite(session.encode_texts(prompts), "the prompts")
        # Prompts that the model reads as the same text must tie exactly, which a matrix product
        # does not promise for equal columns: each different text is multiplied once.
        texts, column = np.unique(embeddings, axis=0, return_inverse=True)
        self._column = column.reshape(-1)
        self._texts = texts.astype(np.float64).T
        self._scale = session.info.logit_scale
        self._tolerance = cosine_tolerance(session.info.precision)

    def score(self, embeddings: NDArray[np.float32]) -> Scores:
        """Answer for a batch.

        Parameters
        ----------
        embeddings : ndarray of float32, shape (B, embed_dim)
            Rows of unit norm.

        Raises
        ------
        ModelError
            If an embedding is not finite.
        """
        pictures = finite(embeddings, "an image").astype(np.float64)
        cosines = (pictures @ self._texts)[:, self._column]
        cosines = cosines.reshape(len(embeddings), *self._shape)
        probabilities = softmax(self._scale * cosines)
        winners = cosines.argmax(axis=-1)
        best = _taken(cosines, winners)
        if self._shape[1] > 1:
            others = cosines.copy()
            np.put_along_axis(others, winners[..., None], -np.inf, axis=-1)
            second = others.argmax(axis=-1)
            margins = _taken(probabilities, winners) - _taken(probabilities, second)
            close = best - _taken(cosines, second) <= self._tolerance
        else:
            margins = np.full(winners.shape, np.nan)
            close = np.zeros(winners.shape, dtype=np.bool_)
        return Scores(
            winners=winners,
            cosines=best.astype(np.float32),
            probabilities=probabilities.astype(np.float32),
            margins=margins.astype(np.float32),
            ties=np.count_nonzero(cosines == best[..., None], axis=-1),
            close=close,
        )


def _taken(values: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.take_along_axis(values, places[..., None], axis=-1)[..., 0]
