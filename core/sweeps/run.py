"""The sweep itself: a generator of events, for a thread, a command line or a test to drive.

It holds no thread and calls nobody back. Closing it, at any event, stores what is computed and
leaves the run to be resumed. A run computes in the same batches however often it was interrupted,
so that its rows are the same, byte for byte, as those of a run that never was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.base.errors import is_out_of_memory
from core.models.fast_tower import FastTower
from core.models.session import ModelSession
from core.models.threads import limit_threads
from core.network.ablated_tower import AblatedTower
from core.predict.scoring import Scorer, Scores
from core.runs.work import (
    Calibration,
    Span,
    Work,
    calibration,
    cut,
    part_spans,
    quickest_batch_size,
)
from core.sweeps.compositor import Compositor
from core.sweeps.events import Event, Progress, ShardWritten
from core.sweeps.plan import SweepPlan
from core.sweeps.run_folder import RunFolder
from core.sweeps.shards import RowBuffer, face_codes

SHARD_SECONDS = 15.0
"""About the work that a kill may cost."""

_SHARD_IMAGES = (64, 4096)
_LARGEST_BATCH = {"cpu": 256, "cuda": 1024, "mps": 256}
_SECONDS = 1.0


@dataclass(frozen=True, eq=False)
class Batch:
    """Answers to a batch of B images."""

    combinations: NDArray[np.int64]
    """Shape (B,)."""
    areas: NDArray[np.float32]
    """Shape (B,)."""
    fonts: NDArray[np.object_]
    """Shape (B,). See `core.sweeps.compositor.Composed`."""
    scores: Scores


class BatchPipeline:
    """A plan made ready to compute on its model: draw, embed and judge a range of images.

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
    largest : int, optional
        Upper limit; by the device's kind if not given.
    go_on : callable, optional
        Called between two batches; what it raises ends the search.
    """
    limit = largest or _LARGEST_BATCH.get(pipeline.device.type, 256)
    limit = min(limit, len(pipeline.plan))
    return quickest_batch_size(lambda size: _timed(pipeline, size, go_on), limit)


def calibrate(
    plan: SweepPlan, session: ModelSession, go_on: Callable[[], None] | None = None
) -> Calibration:
    """Time the plan's own images on its model for about a second; nothing is recorded.

    Parameters
    ----------
    go_on : callable, optional
        Called between two batches; what it raises ends the measurement.
    """
    pipeline = BatchPipeline(plan, session)
    size = tuned_batch_size(pipeline, go_on=go_on)
    return calibration(lambda size: _timed(pipeline, size, go_on), size, _SECONDS)


def _timed(pipeline: BatchPipeline, size: int, go_on: Callable[[], None] | None = None) -> float:
    """Seconds that a batch of the first images takes; nothing is recorded."""
    if go_on is not None:
        go_on()
    begun = time.perf_counter()
    pipeline.compute(0, min(size, len(pipeline.plan)))
    return time.perf_counter() - begun


def sweep(
    run: RunFolder,
    session: ModelSession,
    *,
    batch_size: int | None = None,
    threads: int = 0,
    part: tuple[int, int] = (1, 1),
    allow_versions: bool = False,
    go_on: Callable[[], None] | None = None,
) -> Generator[Event, None, None]:
    """Compute what is missing of a run.

    Parameters
    ----------
    session : ModelSession
        The plan's model.
    batch_size : int, optional
        Of a run that was not begun yet; tuned to the device by default.
    threads : int
        Processor threads that torch may use; 0 leaves that as it is.
    part : tuple of 2 ints
        Part k of n, from (1, 1): lets several computers share the work; see `core.sweeps.merge`.
    allow_versions : bool
        Go on although libraries have other versions than when the run began.
    go_on : callable, optional
        Called between the batches that tune the batch size, before the first event; what it raises
        ends the sweep with nothing noted.

    Yields
    ------
    Event
        `Progress` after each batch; `Finished` last.

    Raises
    ------
    RunError
        If model, files or settings are not those of the run, another process works on it, or it
        cannot be written. What is finished is kept.
    PromptError
        If a prompt has more tokens than the model takes.
    ModelError
        If the model gives values that are not finite.
    """
    if threads:
        limit_threads(threads)
    part_spans([], part, len(run.plan))  # refuses a part that there is not
    with run.hold() as told:
        run.check_resumable(session.info, allow_versions)
        notes = [*told, *run.repair()]
        pipeline = BatchPipeline(run.plan, session)
        with closing(pipeline):
            work = _Sweep(run, session, pipeline, part)
            size = run.manifest.batch_size or batch_size or tuned_batch_size(pipeline, go_on=go_on)
            if not run.manifest.shard_size:
                run.manifest.shard_size = work.suitable_shard(size)
            yield from work.carry_out(size, notes)


class _Sweep(Work):
    """One session of work on a run."""

    whole = True

    def __init__(
        self,
        run: RunFolder,
        session: ModelSession,
        pipeline: BatchPipeline,
        part: tuple[int, int],
    ) -> None:
        super().__init__(run, session.info, torch.get_num_threads(), len(run.plan))
        self._run = run
        self._part = part
        self._pipeline = pipeline
        self._counts = run.counts()
        self._buffer = RowBuffer(run.plan)
        self._unsaved = Span(0, 0)
        self._done = run.done()

    @property
    def done(self) -> int:
        return self._done

    def steps(self) -> Generator[Event, None, None]:
        for missing in part_spans(self._run.missing(), self._part, self.total):
            for shard in cut(missing, self._run.manifest.shard_size):
                yield from self._shard(shard)

    def save(self) -> Span | None:
        """Store what is computed and not stored yet; its images, if any."""
        span, self._unsaved = self._unsaved, Span(self._unsaved.stop, self._unsaved.stop)
        if not span.length:
            return None
        self._run.write(span, self._buffer.take(span.start))
        return span

    def _shard(self, shard: Span) -> Generator[Event, None, None]:
        self._unsaved = Span(shard.start, shard.start)
        while self._unsaved.stop < shard.stop:
            start = self._unsaved.stop
            batch_size = self._run.manifest.batch_size
            stop = min(shard.stop, (start // batch_size + 1) * batch_size)
            begun = time.perf_counter()
            try:
                batch = self._pipeline.compute(start, stop)
            except Exception as error:
                halved = self.halved(start, error)
                torch.cuda.empty_cache()  # does nothing where no GPU was used
                yield halved
                continue
            self._take(batch, stop)
            self.rate.add(stop - start, time.perf_counter() - begun)
            yield self._progress(stop - 1)
        span = self.save()
        self.note()
        if span is not None:
            yield ShardWritten(*span)

    def _take(self, batch: Batch, stop: int) -> None:
        scores = batch.scores
        self._buffer.add(batch.areas, batch.fonts, scores)
        self._counts.add(
            batch.combinations,
            scores.winners,
            scores.margins,
            scores.ties,
            scores.close,
            face_codes(batch.fonts, self._run.plan),
        )
        count = stop - self._unsaved.stop
        self._unsaved = Span(self._unsaved.start, stop)
        self._done += count
        self.record.images += count

    def _progress(self, last: int) -> Progress:
        stimuli = self._run.plan.stimuli
        combination, _sample = stimuli.locate(last)
        return Progress(
            total=self.total,
            done=self._done,
            images_per_second=self.rate.images_per_second,
            seconds_left=self.rate.seconds_for(self.total - self._done),
            condition=stimuli.combinations[combination],
            counts=self._counts.copy(),
        )

    def suitable_shard(self, batch_size: int) -> int:
        """Images of a shard: about `SHARD_SECONDS` of work, in whole batches."""
        try:
            seconds = _timed(self._pipeline, batch_size)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return batch_size  # the work itself meets the lack again, halves its batches and tells
        smallest, largest = _SHARD_IMAGES
        images = min(max(SHARD_SECONDS / seconds * batch_size, smallest), largest)
        return max(1, round(images / batch_size)) * batch_size
