"""A plan made ready to compute on one model: draw, embed and judge a range of images."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.fast_tower import FastTower
from core.models.session import ModelSession
from core.network.ablated_tower import AblatedTower
from core.predict.scoring import Scorer, Scores
from core.runs.batch_size import quickest_batch_size
from core.sweeps.compositor import Compositor
from core.sweeps.plan import SweepPlan

_LARGEST_BATCH = {"cpu": 256, "cuda": 1024, "mps": 256}


@dataclass(frozen=True, eq=False)
class Batch:
    """Answers to a batch of B images.

    Attributes
    ----------
    combinations : ndarray of int64, shape (B,)
    areas : ndarray of float32, shape (B,)
    fonts : ndarray of object, shape (B,)
        See `core.sweeps.compositor.Composed`.
    scores : Scores
    """

    combinations: NDArray[np.int64]
    areas: NDArray[np.float32]
    fonts: NDArray[np.object_]
    scores: Scores


class BatchPipeline:
    """Everything a sweep computes with.

    Parameters
    ----------
    plan : SweepPlan
    session : ModelSession
        The plan's model.

    Raises
    ------
    PromptError
        If a prompt has more tokens than the model takes.
    ModelError
        If units are to be silenced that the model has not.
    """

    def __init__(self, plan: SweepPlan, session: ModelSession) -> None:
        self.plan = plan
        self.device = session.device
        self.tower: FastTower | AblatedTower = (
            FastTower(session)
            if plan.ablation is None
            else AblatedTower(session, plan.ablation, fast=True)
        )
        self.compositor = Compositor(plan.stimuli, session)
        self._scorer = Scorer(plan, session)

    def compute(self, start: int, stop: int) -> Batch:
        """Answer for images start..stop − 1."""
        composed = self.compositor.compose(np.arange(start, stop))
        scores = self._scorer.score(self.tower(composed.inputs))
        return Batch(composed.combinations, composed.areas, composed.fonts, scores)

    def close(self) -> None:
        """Leave nothing on the tower."""
        if isinstance(self.tower, AblatedTower):
            self.tower.close()


def tuned_batch_size(
    pipeline: BatchPipeline, largest: int | None = None, go_on: Callable[[], None] | None = None
) -> int:
    """The batch size at which an image takes least time here; see `quickest_batch_size`.

    Parameters
    ----------
    pipeline : BatchPipeline
    largest : int, optional
        Upper limit; by the device's kind if not given.
    go_on : callable, optional
        Called between two batches; what it raises ends the search.
    """
    limit = largest or _LARGEST_BATCH.get(pipeline.device.type, 256)
    limit = min(limit, len(pipeline.plan))
    return quickest_batch_size(lambda size: timed_batch(pipeline, size, go_on), limit)


def timed_batch(
    pipeline: BatchPipeline, size: int, go_on: Callable[[], None] | None = None
) -> float:
    """Seconds that a batch of the first images takes; nothing is recorded."""
    if go_on is not None:
        go_on()
    begun = time.perf_counter()
    pipeline.compute(0, min(size, len(pipeline.plan)))
    return time.perf_counter() - begun
