"""The census: every unit's strongest images over a set, as a generator of events.

Like a sweep, it holds no thread, may be closed at any event, and goes on from there in the same
batches, so that its lists are those of a census that was never interrupted, bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, nullcontext
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from core.base.errors import RunError
from core.census.events import CensusEvent, CensusProgress, CheckpointWritten
from core.census.folder import (
    PICTURE_DIGESTS,
    Arrays,
    CensusFolder,
    Checkpoint,
    seen_pictures,
)
from core.census.image_sources import ImageSource, SourceBatch
from core.census.pictures import SeenPictures
from core.census.plan import (
    CensusPlan,
    PictureSet,
    census_differences,
    census_version_differences,
    make_census_plan,
)
from core.census.top_images import TopAccumulator
from core.models.fast_tower import FastTower
from core.models.session import ModelSession
from core.models.threads import limit_threads
from core.network.layer import Layer, Summary
from core.network.layers import discover
from core.network.maps import Peaks
from core.network.recording import Recorder
from core.runs.work import (
    Calibration,
    Span,
    Work,
    calibration,
    joined_spans,
    missing_spans,
    part_spans,
    quickest_batch_size,
)
from core.stimuli.factorial import FactorialSet
from core.sweeps.compositor import Compositor

UNITS = "units"
_LARGEST_BATCH = {"cpu": 64}
_CHECKPOINT_SECONDS = 15.0
_CHECKPOINT_SHARE = 20.0
"""Writing a checkpoint may take one part in so many of the time."""


def census(
    folder: CensusFolder,
    session: ModelSession,
    source: ImageSource,
    *,
    batch_size: int = 32,
    threads: int = 0,
    part: tuple[int, int] = (1, 1),
    allow_versions: bool = False,
) -> Generator[CensusEvent, None, None]:
    """Go on with a census until every image of its set has been seen.

    Parameters
    ----------
    session : ModelSession
        The plan's model.
    source : ImageSource
        The plan's images.
    batch_size : int
        Of a census that was not begun yet.
    threads, part, allow_versions
        As for `core.sweeps.run.sweep`.

    Yields
    ------
    CensusEvent
        `CensusProgress` after each batch; `Finished` last.

    Raises
    ------
    RunError
        If the model, the layers or the fonts are not those of the plan, another process works on
        the folder, or it cannot be written. What is finished is kept.
    ModelError
        If a unit takes a value that is not finite.
    """
    part_spans([], part, len(folder.plan))  # refuses a part that there is not
    if threads:
        limit_threads(threads)
    with folder.hold() as told:
        check_census(folder, session, allow_versions)
        notes = [*told, *folder.repair()]
        yield from _Census(folder, session, source, part).carry_out(batch_size, notes)


def planned_layers(plan: CensusPlan, session: ModelSession) -> tuple[Layer, ...]:
    """The layers of a plan in a model."""
    known = {layer.name: layer for layer in discover(session)}
    layers = []
    for name, units in zip(plan.layers, plan.units, strict=True):
        layer = known.get(name)
        if layer is None or not layer.observable or layer.units != units:
            raise RunError(
                f"{session.info.name} has no layer “{name}” of {units} neurons to observe.",
                "Load the model of the census, or start a new one.",
            )
        layers.append(layer)
    return tuple(layers)


def check_census(folder: CensusFolder, session: ModelSession, allow_versions: bool = False) -> None:
    """Refuse to go on with another model, other fonts or versions, as `check_unchanged` does."""
    plan = folder.plan
    here = make_census_plan(
        plan.title,
        plan.images,
        tuple(zip(plan.layers, plan.units, strict=True)),
        session.info,
        summary=plan.summary,
        capacity=plan.capacity,
        seed=plan.seed,
    )
    others = ", ".join(census_differences(plan, here))
    versions = ", ".join(census_version_differences(plan, here))
    folder.check_unchanged(
        plan.model.name,
        session.info.name,
        f"what differs is {others}" if others else "",
        versions,
        allow_versions=allow_versions,
        note=f"Resumed with other software: {versions}.",
    )


def restored_lists(
    plan: CensusPlan, checkpoint: Checkpoint | None, device: torch.device
) -> dict[str, TopAccumulator]:
    """The units' lists of a checkpoint, or empty ones, by layer."""
    if checkpoint is None:
        return {
            name: TopAccumulator(units, device, plan.seed, plan.capacity)
            for name, units in zip(plan.layers, plan.units, strict=True)
        }
    fields = ("keys", "positions", "excess", "sums", "images")
    return {
        name: TopAccumulator.restored(
            {field: checkpoint.arrays[f"{name}/{field}"] for field in fields}, device
        )
        for name in plan.layers
    }


def stored_lists(
    lists: dict[str, TopAccumulator], spans: Sequence[Span], seen: SeenPictures | None = None
) -> Checkpoint:
    """The inverse of `restored_lists` and `seen_pictures`."""
    arrays: Arrays = {
        f"{name}/{field}": array
        for name, units in lists.items()
        for field, array in units.state().items()
    }
    if seen is not None:
        arrays[PICTURE_DIGESTS] = seen.digests
    return Checkpoint(arrays, tuple((span.start, span.stop) for span in spans))


class _Census(Work):
    """One session of work on a census."""

    def __init__(
        self,
        folder: CensusFolder,
        session: ModelSession,
        source: ImageSource,
        part: tuple[int, int],
    ) -> None:
        super().__init__(folder, session.info, torch.get_num_threads(), len(folder.plan))
        self.folder = folder
        self._source = source
        self._part = part
        self._layers = planned_layers(folder.plan, session)
        checkpoint = folder.checkpoint(UNITS)
        self._lists = restored_lists(folder.plan, checkpoint, session.device)
        self._seen = seen_pictures(folder, checkpoint)
        spans = checkpoint.spans if checkpoint is not None else ()
        lost = folder.lost_refusals(checkpoint) if checkpoint is not None else []
        self._spans = _spans_without([Span(*span) for span in spans], lost, self.total)
        # Of pictures that are looked at again the reasons are found again.
        self._refused = {
            number: reason
            for number, reason in folder.refused().items()
            if any(span.start <= number < span.stop for span in self._spans)
        }
        self._tower = FastTower(session)
        self._lock = session.lock
        self._saved_at = time.perf_counter()
        self._save_seconds = 0.0
        self._unsaved = False
        folder.manifest.model = folder.manifest.model or session.info

    @property
    def done(self) -> int:
        return sum(span.length for span in self._spans)

    def steps(self) -> Generator[CensusEvent, None, None]:
        if self._seen is not None:
            yield from self._check(self._seen)
        missing = missing_spans(self._spans, self.total)
        for span in part_spans(missing, self._part, self.total):
            yield from self._span(span)
        if self._unsaved:
            yield self._store()

    def save(self) -> None:
        if self._unsaved:
            self._store()

    def _check(self, seen: SeenPictures) -> Generator[CensusEvent, None, None]:
        """Refuse to go on from pictures that have changed; says of which nothing is known."""
        images = [
            image for span in self._spans for image in range(*span) if image not in self._refused
        ]
        checking = seen.check(images)
        while True:
            try:
                next(checking)
            except StopIteration as finished:
                unknown = finished.value
                break
            yield self._progress()
        note = (
            f"{unknown:,} pictures were seen by an earlier version, which did not note what they "
            "held: whether they have changed since cannot be told."
        )
        if unknown and note not in self.folder.manifest.notes:
            self.folder.manifest.notes.append(note)

    def _span(self, span: Span) -> Generator[CensusEvent, None, None]:
        start = span.start
        while start < span.stop:
            size = self.folder.manifest.batch_size
            batches = cut_batches(Span(start, span.stop), size)
            with closing(self._source.batches(batches)) as inputs:
                for numbers in batches:
                    begun = time.perf_counter()
                    try:
                        batch = next(inputs)
                        peaks = self._forward(batch)
                    except Exception as error:
                        yield self.halved(start, error)
                        break
                    self._take(batch, peaks, numbers)
                    start = int(numbers[-1]) + 1
                    self.rate.add(len(numbers), time.perf_counter() - begun)
                    yield self._progress()
                    if self._checkpoint_due():
                        yield self._store()

    def _forward(self, batch: SourceBatch) -> dict[str, Peaks]:
        if not len(batch.images):
            return {}
        summary = self.folder.plan.summary
        with (
            self._lock if self._tower.shared else nullcontext(),
            Recorder(self._tower.module, self._layers, summary) as recorder,
        ):
            self._tower(batch.inputs)
            return recorder.take()

    def _take(
        self,
        batch: SourceBatch,
        peaks: dict[str, Peaks],
        numbers: NDArray[np.int64],
    ) -> None:
        for name, (values, positions) in peaks.items():
            self._lists[name].add(values, positions, batch.images)
        self._refused.update(batch.refused)
        if self._seen is not None and batch.digests is not None:
            self._seen.note(batch.images, batch.digests)
        span = Span(int(numbers[0]), int(numbers[-1]) + 1)
        self._spans = joined_spans([*self._spans, span])
        self.record.images += len(numbers)
        self._unsaved = True

    def _progress(self) -> CensusProgress:
        left = self.total - self.done
        return CensusProgress(
            self.total,
            self.done,
            self.rate.images_per_second,
            self.rate.seconds_for(left),
            len(self._refused),
        )

    def _checkpoint_due(self) -> bool:
        since = time.perf_counter() - self._saved_at
        return since > max(_CHECKPOINT_SECONDS, _CHECKPOINT_SHARE * self._save_seconds)

    def _store(self) -> CheckpointWritten:
        begun = time.perf_counter()
        if isinstance(self.folder.plan.images, PictureSet):
            self.folder.save_refused(self._refused)
        self.folder.save_checkpoint(UNITS, stored_lists(self._lists, self._spans, self._seen))
        self.note()
        self._unsaved = False
        self._saved_at = time.perf_counter()
        self._save_seconds = self._saved_at - begun
        return CheckpointWritten(self.done)


def calibrate_census(
    session: ModelSession,
    layers: Sequence[Layer],
    stimuli: FactorialSet,
    summary: Summary = "max",
    seconds: float = 1.0,
    go_on: Callable[[], None] = lambda: None,
) -> Calibration:
    """Find the batch size at which an image takes least time, and time it; nothing is recorded.

    Parameters
    ----------
    layers : sequence of Layer
        To record.
    stimuli : FactorialSet
        Whose first images are used, at the model's side.
    seconds : float
        How long to time the batch size that was found.
    go_on : callable
        Called between two batches; what it raises ends the measurement.
    """
    work = _Timing(session, layers, stimuli, summary, go_on)
    limit = min(_LARGEST_BATCH.get(session.device.type, 256), len(stimuli))
    return calibration(work.timed, quickest_batch_size(work.timed, limit), seconds)


class _Timing:
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


def cut_batches(span: Span, size: int) -> list[NDArray[np.int64]]:
    """Numbers of the images of a range in batches that end at multiples of `size`."""
    edges = [span.start, *range((span.start // size + 1) * size, span.stop, size), span.stop]
    return [np.arange(start, stop) for start, stop in pairwise(edges)]


def _spans_without(spans: Sequence[Span], images: Sequence[int], total: int) -> list[Span]:
    """Ranges of a set of `total` images with some of them taken out."""
    seen = np.zeros(total + 2, np.bool_)  # with a place that is not seen at both ends
    for span in spans:
        seen[span.start + 1 : span.stop + 1] = True
    seen[np.asarray(images, np.int64) + 1] = False
    edges = np.flatnonzero(seen[1:] != seen[:-1]).tolist()
    return [Span(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
