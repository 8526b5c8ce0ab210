"""How much each unit needs color: its top images again, in gray.

A position of a map sees only its receptive field, so the gray version of the whole image gives at
that position what a gray crop would. One pass over the union of all units' top images therefore
serves every unit of every layer, where one pass for each unit would see most images many times.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.base.errors import RunError, is_out_of_memory
from core.census.data import GRAY, UNITS
from core.census.events import CensusEvent, CensusProgress, CheckpointWritten
from core.census.folder import CensusFolder, Checkpoint, seen_pictures
from core.census.image_sources import ImageSource, SourceBatch
from core.census.run import check_census, cut_batches, planned_layers, restored_lists
from core.models.fast_tower import FastTower
from core.models.session import ModelSession
from core.models.threads import limit_threads
from core.network.maps import Points
from core.network.recording import PointRecorder
from core.runs.work import BatchHalved, Finished, Rate, Span, Started

_CHECKPOINT_SECONDS = 30.0


@dataclass(frozen=True, eq=False)
class GrayPlan:
    """Which images have to be seen in gray, and for which entries of the units' lists."""

    union: NDArray[np.int64]
    """Shape (M,). The different images of all lists, sorted."""
    entries: int
    """Number of list entries: the images that one pass for each unit would have to see."""


def gray_plan(images: NDArray[np.int64]) -> GrayPlan:
    """Work out what a gray pass saves.

    Parameters
    ----------
    images : ndarray of int64, shape (U, K)
        Numbers of the top images; −1 for none.
    """
    used = images[images >= 0]
    return GrayPlan(np.unique(used), len(used))


def gray_pass(
    folder: CensusFolder,
    session: ModelSession,
    source: ImageSource,
    *,
    first: int | None = None,
    batch_size: int | None = None,
    threads: int = 0,
    allow_versions: bool = False,
) -> Generator[CensusEvent, None, None]:
    """Measure the top images of a finished or partial census in gray.

    May be closed at any event; what is measured is stored and gone on from.

    Parameters
    ----------
    session : ModelSession
        The plan's model.
    source : ImageSource
        The plan's images.
    first : int, optional
        Only the strongest so many images of each unit; all that are kept by default.
    batch_size : int, optional
        Of a pass that was not begun yet; that of the census by default.
    threads : int
        Processor threads that torch may use; 0 leaves that as it is.
    allow_versions : bool
        Go on although libraries have other versions than when the census began.

    Yields
    ------
    CensusEvent
        With the union's images as the total.

    Raises
    ------
    RunError
        If nothing was recorded yet, the model is another one, or the folder cannot be written.
    """
    if threads:
        limit_threads(threads)
    with folder.hold():
        check_census(folder, session, allow_versions)
        notes = folder.repair()
        if notes:
            folder.manifest.notes += notes
            folder.save_manifest()
        work = _GrayPass(folder, session, source, first, batch_size)
        try:
            yield from work.events(tuple(notes))
        except (GeneratorExit, KeyboardInterrupt):
            work.save()
            raise


class _GrayPass:
    def __init__(
        self,
        folder: CensusFolder,
        session: ModelSession,
        source: ImageSource,
        first: int | None,
        batch_size: int | None,
    ) -> None:
        lists = folder.checkpoint(UNITS)
        if lists is None:
            raise RunError(
                f"The census in {folder.path} has no top images yet.", "Run the census first."
            )
        self._folder = folder
        self._source = source
        self._lock = session.lock
        self._layers = planned_layers(folder.plan, session)
        self._seen = seen_pictures(folder, lists)
        self._after = lists.done
        self._tops = {}
        for name, units in restored_lists(folder.plan, lists, torch.device("cpu")).items():
            tops = units.result()
            images = tops.images if first is None else tops.images[:, :first]
            self._tops[name] = images, tops.positions[:, : images.shape[1]]
        plans = [gray_plan(images) for images, _positions in self._tops.values()]
        self._union = np.unique(np.concatenate([plan.union for plan in plans]))
        self._entries = {name: _Entries(images) for name, (images, _) in self._tops.items()}
        self._gray, self._done, begun = self._restored()
        # What has begun goes on in its own batches: rounding depends on them.
        self._batch_size = begun or batch_size or folder.manifest.batch_size or 32
        self._tower = FastTower(session)
        self._rate = Rate()
        self._saved_at = time.perf_counter()

    def events(self, notes: tuple[str, ...]) -> Generator[CensusEvent, None, None]:
        total = len(self._union)
        begun, before = time.perf_counter(), self._done
        yield Started(total, self._done, self._batch_size, notes)
        while self._done < total:
            batches = cut_batches(Span(self._done, total), self._batch_size)
            numbers = [self._union[places] for places in batches]
            with closing(self._source.batches(numbers, gray=True)) as inputs:
                for places in batches:
                    started = time.perf_counter()
                    try:
                        self._measure(next(inputs))
                    except Exception as error:
                        if not is_out_of_memory(error) or self._batch_size == 1:
                            raise
                        self._batch_size //= 2
                        yield BatchHalved(self._batch_size, str(error))
                        break
                    self._done = int(places[-1]) + 1
                    self._rate.add(len(places), time.perf_counter() - started)
                    yield self._progress(total)
                    if time.perf_counter() - self._saved_at > _CHECKPOINT_SECONDS:
                        yield self.save()
        yield self.save()
        yield Finished(total, total, time.perf_counter() - begun, total - before)

    def save(self) -> CheckpointWritten:
        """Store what is measured."""
        arrays: dict[str, NDArray[np.float32] | NDArray[np.int64]] = dict(self._gray)
        arrays["after"] = np.array([self._after], dtype=np.int64)
        arrays["batch"] = np.array([self._batch_size], dtype=np.int64)
        spans = ((0, self._done),) if self._done else ()
        self._folder.save_checkpoint(GRAY, Checkpoint(arrays, spans))
        self._saved_at = time.perf_counter()
        return CheckpointWritten(self._done)

    def _restored(self) -> tuple[dict[str, NDArray[np.float32]], int, int]:
        """What an earlier pass has measured for these lists, how far it came, in which batches."""
        shapes = {name: images.shape for name, (images, _) in self._tops.items()}
        found = self._folder.checkpoint(GRAY)
        if found is not None and int(found.arrays["after"][0]) == self._after:
            stored = {name: found.arrays[name] for name in shapes}
            if all(stored[name].shape == shape for name, shape in shapes.items()):
                # Older passes took the batches of the census and did not note them.
                own = found.arrays.get("batch", np.array([self._folder.manifest.batch_size]))
                measured = {name: np.array(array) for name, array in stored.items()}
                return measured, found.done, int(own[0]) if found.done else 0
        return {name: np.full(shape, np.nan, np.float32) for name, shape in shapes.items()}, 0, 0

    def _measure(self, batch: SourceBatch) -> None:
        if self._seen is not None and batch.digests is not None:
            self._seen.compare(batch.images, batch.digests)
        points, places = {}, {}
        for name, entries in self._entries.items():
            units, slots, rows = entries.of(batch.images)
            points[name] = Points(rows, units, self._tops[name][1][units, slots])
            places[name] = units, slots
        summary = self._folder.plan.summary
        with (
            self._lock if self._tower.shared else nullcontext(),
            PointRecorder(self._tower.module, self._layers, summary) as recorder,
        ):
            recorder.points = points
            self._tower(batch.inputs)
            found = recorder.take()
        for name, values in found.items():
            self._gray[name][places[name]] = values.cpu().numpy()

    def _progress(self, total: int) -> CensusProgress:
        left = total - self._done
        return CensusProgress(
            total, self._done, self._rate.images_per_second, self._rate.seconds_for(left), 0
        )


class _Entries:
    """Which entries of a layer's lists are about which image."""

    def __init__(self, images: NDArray[np.int64]) -> None:
        flat = images.reshape(-1)
        self._order = np.argsort(flat, kind="stable")
        self._sorted = flat[self._order]
        self._width = images.shape[1]

    def of(
        self, batch: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Units, places in their lists and rows of the batch of all entries about its images."""
        starts = np.searchsorted(self._sorted, batch, side="left")
        stops = np.searchsorted(self._sorted, batch, side="right")
        rows = np.repeat(np.arange(len(batch)), stops - starts)
        spans = [self._order[start:stop] for start, stop in zip(starts, stops, strict=True)]
        flat = np.concatenate(spans) if spans else np.empty(0, np.int64)
        return flat // self._width, flat % self._width, rows
