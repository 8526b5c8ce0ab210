"""An engine of the window's sweep tests: real runs on the disk, made-up answers, no torch model.

It stands in for `core.sweeps.run.BatchPipeline` alone. Each batch waits at a gate if the
test says so, which makes pausing and cancelling in the middle of a run exact.
"""

from __future__ import annotations

import gc
import os
import threading

import numpy as np
import pytest
import torch

from core.models.info import ModelInfo
from core.predict.scoring import Scores
from core.sweeps import run
from core.sweeps.library import runs_dir
from core.sweeps.plan import SweepPlan
from core.sweeps.run import Batch
from core.sweeps.run_folder import RunFolder
from gui.jobs import job_worker
from tests.core.experiment_runs import made_run, made_up, plan_of
from tests.support.waiting import WAIT

# The window's tests look through all objects for what was left behind. Those of the libraries
# imported above are hundreds of thousands and stay for good: put aside, they cost no time.
gc.collect()
gc.freeze()

BATCH, SHARD = 16, 32
MADE_UP = 2000
"""Most images with answers of their own; they come again in larger runs."""
PATIENCE = WAIT / 1000


class Engine:
    """What the stand-ins share.

    Attributes
    ----------
    sessions : list
        The session each run was computed with.
    niceness : list of int
        Priority of the thread at each batch (Linux).
    computed : list of range
        Images of each batch, in order.
    fault : Exception or None
        Raised by the next batch.
    """

    def __init__(self) -> None:
        self.sessions: list[object] = []
        self.niceness: list[int] = []
        self.computed: list[range] = []
        self.fault: Exception | None = None
        self._answers: dict[str, Scores] = {}
        self._gate: threading.Semaphore | None = None
        self._came = self._let = 0  # batches, since the gate was closed

    def close_gate(self) -> None:
        """Let every batch wait until the test lets it through."""
        self._came = self._let = 0
        self._gate = threading.Semaphore(0)

    def let_through(self, batches: int = 1) -> None:
        assert self._gate is not None
        self._let += batches
        self._gate.release(batches)

    def open_gate(self) -> None:
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.release(100_000)

    def batch_stands(self) -> bool:
        """True while a batch waits at the gate."""
        return self._gate is not None and self._came > self._let

    def make(self, plan: SweepPlan, session: object) -> _Machine:
        self.sessions.append(session)
        return _Machine(self, plan)

    def compute(self, plan: SweepPlan, start: int, stop: int) -> object:
        gate = self._gate
        if gate is not None:
            self._came += 1
            assert gate.acquire(timeout=PATIENCE), "the gate stayed closed"
        if hasattr(os, "getpriority"):
            self.niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        self.computed.append(range(start, stop))
        key = plan.content_hash()
        if key not in self._answers:
            self._answers[key] = made_up(plan, min(len(plan), MADE_UP))
        answers = self._answers[key]
        rows = np.arange(start, stop) % len(answers.winners)
        parts = Scores.__dataclass_fields__
        scores = Scores(**{name: getattr(answers, name)[rows] for name in parts})
        return Batch(
            np.arange(start, stop) % len(plan.stimuli.combinations),
            np.full(stop - start, 0.25, np.float32),
            np.full(stop - start, None, dtype=object),
            scores,
        )


class _Machine:
    def __init__(self, engine: Engine, plan: SweepPlan) -> None:
        self.plan = plan
        self.device = torch.device("cpu")
        self._engine = engine

    def compute(self, start: int, stop: int) -> object:
        return self._engine.compute(self.plan, start, stop)

    def close(self) -> None:
        """There is nothing to let go of."""


def install(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Let sweeps and calibrations of this test be computed by an `Engine`."""
    made = Engine()
    monkeypatch.setattr(run, "BatchPipeline", made.make)
    monkeypatch.setattr(run, "tuned_batch_size", lambda _pipeline, **_more: BATCH)
    monkeypatch.setattr(run._Sweep, "suitable_shard", lambda _work, _batch: SHARD)
    monkeypatch.setattr(run, "_SECONDS", 0.0)
    monkeypatch.setattr(job_worker, "REPORT_SECONDS", 0.0)  # every batch is told
    return made


def a_run(
    info: ModelInfo,
    name: str = "experiment-4",
    samples: int = 1,
    *,
    images: int | None = None,
    title: str = "A run",
    seed: int = 0,
    **settings: object,
) -> RunFolder:
    """A run of the test's profile with made-up answers to its first images, all by default."""
    plan = plan_of(name, samples, info=info, title=title, **settings)
    return made_run(runs_dir() / title.lower().replace(" ", "-"), plan, images=images, seed=seed)
