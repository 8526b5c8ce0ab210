"""The sweep itself: a generator of events, for a thread, a command line or a test to drive.

It holds no thread and calls nobody back. Closing it, at any event, stores what is computed and
leaves the run to be resumed. A run computes in the same batches however often it was interrupted,
so that its rows are the same, byte for byte, as those of a run that never was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

import torch

from core.base.errors import LabError, RunError
from core.base.memory import is_out_of_memory
from core.models.session import ModelSession
from core.models.threads import limit_threads
from core.runs.manifest import begun_session, peak_memory, utc_now
from core.runs.rate import Rate
from core.sweeps.answer_rows import RowBuffer, face_codes
from core.sweeps.batch_pipeline import Batch, BatchPipeline, tuned_batch_size
from core.sweeps.events import BatchHalved, Event, Finished, Progress, ShardWritten, Started
from core.sweeps.resume import check_resumable
from core.sweeps.run_folder import RunFolder
from core.sweeps.shards import Span, cut, part_spans

SHARD_SECONDS = 15.0
"""About the work that a kill may cost."""

_SHARD_IMAGES = (64, 4096)


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
    run : RunFolder
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
        check_resumable(run, session, allow_versions)
        notes = [*told, *run.repair()]
        work = _Work(run, session, batch_size, part, go_on)
        run.manifest.notes += notes
        try:
            yield from work.events(tuple(notes))
        except (GeneratorExit, KeyboardInterrupt):
            work.pause()
            raise
        except LabError as error:
            work.fail(str(error))
            raise
        except BaseException as error:
            work.fail(f"{type(error).__name__}: {error}")
            raise
        finally:
            work.close()


class _Work:
    """One session of work on a run."""

    def __init__(
        self,
        run: RunFolder,
        session: ModelSession,
        batch_size: int | None,
        part: tuple[int, int],
        go_on: Callable[[], None] | None = None,
    ) -> None:
        self.run = run
        self._total = len(run.plan)
        self._part = part
        self._counts = run.counts()
        self._pipeline = BatchPipeline(run.plan, session)
        self._begun = time.perf_counter()
        manifest = run.manifest
        if not manifest.batch_size:
            manifest.batch_size = batch_size or tuned_batch_size(self._pipeline, go_on=go_on)
        if not manifest.shard_size:
            manifest.shard_size = self._shard_size(manifest.batch_size)
        self._buffer = RowBuffer(run.plan)
        self._unsaved = Span(0, 0)
        self._done = run.done()
        self._rate = Rate()
        self._record = begun_session(
            session.info.device, torch.get_num_threads(), manifest.batch_size
        )
        manifest.sessions.append(self._record)

    def events(self, notes: tuple[str, ...]) -> Generator[Event, None, None]:
        self._note()
        self.run.set_state("running")
        yield Started(self._total, self._done, self._record.batch_size, notes)
        for missing in part_spans(self.run.missing(), self._part, self._total):
            for shard in cut(missing, self.run.manifest.shard_size):
                yield from self._shard(shard)
        self._note()
        complete = self._done == self._total
        self.run.set_state("finished" if complete else "paused")
        seconds, images = self._record.seconds, self._record.images
        yield Finished(self._total, self._done, seconds, images)

    def pause(self) -> None:
        """Store what is computed; nothing is left to do after the last event."""
        self._save()
        self._note()
        if self.run.manifest.state == "running":
            self.run.set_state("paused")

    def fail(self, problem: str) -> None:
        """Keep what can be kept and note why the run stopped; never hides the reason itself."""
        try:
            self._save()
            self._note()
            self.run.set_state("failed", problem)
        except RunError:
            pass  # a full disk is the very reason, most likely

    def close(self) -> None:
        """Let go of what the work was computed with."""
        self._pipeline.close()

    def _shard(self, shard: Span) -> Generator[Event, None, None]:
        self._unsaved = Span(shard.start, shard.start)
        while self._unsaved.stop < shard.stop:
            start = self._unsaved.stop
            batch_size = self.run.manifest.batch_size
            stop = min(shard.stop, (start // batch_size + 1) * batch_size)
            begun = time.perf_counter()
            try:
                batch = self._pipeline.compute(start, stop)
            except Exception as error:
                if not is_out_of_memory(error) or batch_size == 1:
                    raise
                yield self._halve(batch_size, error)
                continue
            self._take(batch, stop)
            self._rate.add(stop - start, time.perf_counter() - begun)
            yield self._progress(stop - 1)
        span = self._save()
        self._note()
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
            face_codes(batch.fonts, self.run.plan),
        )
        count = stop - self._unsaved.stop
        self._unsaved = Span(self._unsaved.start, stop)
        self._done += count
        self._record.images += count

    def _halve(self, batch_size: int, error: BaseException) -> BatchHalved:
        manifest = self.run.manifest
        manifest.batch_size = self._record.batch_size = batch_size // 2
        note = (
            f"There was not enough memory for batches of {batch_size} images; "
            f"batches of {batch_size // 2} are used from image {self._unsaved.stop:,} on."
        )
        manifest.notes.append(note)
        if self._pipeline.device.type == "cuda":
            torch.cuda.empty_cache()
        return BatchHalved(batch_size // 2, str(error))

    def _progress(self, last: int) -> Progress:
        combination, _sample = self.run.plan.stimuli.locate(last)
        return Progress(
            total=self._total,
            done=self._done,
            images_per_second=self._rate.images_per_second,
            seconds_left=self._rate.seconds_for(self._total - self._done),
            condition=self.run.plan.stimuli.combinations[combination],
            counts=self._counts.copy(),
        )

    def _save(self) -> Span | None:
        """Store what is computed and not stored yet."""
        span, self._unsaved = self._unsaved, Span(self._unsaved.stop, self._unsaved.stop)
        if not span.length:
            return None
        self.run.write(span, self._buffer.take(span.start))
        return span

    def _note(self) -> None:
        self._record.ended = utc_now()
        self._record.seconds = time.perf_counter() - self._begun
        self._record.peak_memory = peak_memory()
        self.run.save_manifest()

    def _shard_size(self, batch_size: int) -> int:
        """Images of a shard: about `SHARD_SECONDS` of work, in whole batches."""
        begun = time.perf_counter()
        try:
            self._pipeline.compute(0, min(batch_size, self._total))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return batch_size  # the work itself meets the lack again, halves its batches and tells
        seconds = time.perf_counter() - begun
        smallest, largest = _SHARD_IMAGES
        images = min(max(SHARD_SECONDS / seconds * batch_size, smallest), largest)
        return max(1, round(images / batch_size)) * batch_size
