"""How long a census will take on this computer, and in which batches, from a few of its images."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext

import numpy as np

from core.census.top_images import TopAccumulator
from core.models.fast_tower import FastTower
from core.models.session import ModelSession
from core.network.layer import Layer, Summary
from core.network.recording import Recorder
from core.runs.work import Calibration, calibration, quickest_batch_size
from core.stimuli.factorial import FactorialSet
from core.sweeps.compositor import Compositor

_SECONDS = 1.0
_LARGEST_BATCH = {"cpu": 64}


def calibrate_census(
    session: ModelSession,
    layers: Sequence[Layer],
    stimuli: FactorialSet,
    summary: Summary = "max",
    seconds: float = _SECONDS,
    go_on: Callable[[], None] = lambda: None,
) -> Calibration:
    """Find the batch size at which an image takes least time, and time it; nothing is recorded.

    Parameters
    ----------
    session : ModelSession
    layers : sequence of Layer
        To record.
    stimuli : FactorialSet
        Whose first images are used, at the model's side.
    summary : Summary
    seconds : float
        How long to time the batch size that was found.
    go_on : callable
        Called between two batches; what it raises ends the measurement.

    Raises
    ------
    ModelError
        If a layer cannot be observed.
    """
    work = _Work(session, layers, stimuli, summary, go_on)
    limit = min(_LARGEST_BATCH.get(session.device.type, 256), len(stimuli))
    return calibration(work.timed, quickest_batch_size(work.timed, limit), seconds)


class _Work:
    """All that a census does with a batch."""

    def __init__(
        self,
        session: ModelSession,
        layers: Sequence[Layer],
        stimuli: FactorialSet,
        summary: Summary,
        go_on: Callable[[], None],
    ) -> None:
        self._go_on = go_on
        self._layers, self._summary = layers, summary
        self._tower = FastTower(session)
        self._lock = session.lock if self._tower.shared else nullcontext()
        self._compositor = Compositor(stimuli, session)
        self._lists = {layer.name: TopAccumulator(layer.units, session.device) for layer in layers}

    def timed(self, size: int) -> float:
        """Seconds that a batch of the first images takes."""
        self._go_on()
        numbers = np.arange(size, dtype=np.int64)
        begun = time.perf_counter()
        inputs = self._compositor.compose(numbers).inputs
        with self._lock, Recorder(self._tower.module, self._layers, self._summary) as recorder:
            self._tower(inputs)
            peaks = recorder.take()
        for name, (values, positions) in peaks.items():
            self._lists[name].add(values, positions, numbers)
            self._lists[name].flush()
        return time.perf_counter() - begun
