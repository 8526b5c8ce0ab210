"""How long a sweep will take on this computer, from a few batches of the very thing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from core.models.session import ModelSession
from core.sweeps.batch_pipeline import BatchPipeline, timed_batch, tuned_batch_size
from core.sweeps.plan import SweepPlan

_SECONDS = 1.0


@dataclass(frozen=True)
class Calibration:
    """What was measured.

    Attributes
    ----------
    images_per_second : float
    batch_size : int
        The one that was found best, and measured.
    seconds_per_batch : float
        The median: what cancelling may have to wait for.
    images : int
        Number of images timed, those of the search for the batch size not counted.
    """

    images_per_second: float
    batch_size: int
    seconds_per_batch: float
    images: int

    def seconds(self, images: int) -> float:
        """Estimated time for a number of images."""
        return images / self.images_per_second


def calibrate(
    plan: SweepPlan, session: ModelSession, go_on: Callable[[], None] | None = None
) -> Calibration:
    """Time the plan's own images on its model for about a second; nothing is recorded.

    Parameters
    ----------
    plan : SweepPlan
    session : ModelSession
    go_on : callable, optional
        Called between two batches; what it raises ends the measurement.

    Raises
    ------
    PromptError
        If a prompt has more tokens than the model takes.
    """
    pipeline = BatchPipeline(plan, session)
    size = tuned_batch_size(pipeline, go_on=go_on)
    times: list[float] = []
    deadline = time.perf_counter() + _SECONDS
    while len(times) < 3 or time.perf_counter() < deadline:
        times.append(timed_batch(pipeline, size, go_on))
    middle = sorted(times)[len(times) // 2]
    return Calibration(size / middle, size, middle, size * len(times))
