"""What all long jobs do: in which batches, which images are left, how fast, and how a session ends.

Imports no torch.
"""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from core.base.errors import InvalidInput, LabError, RunError, is_out_of_memory
from core.models.info import ModelInfo
from core.runs.folder import WorkFolder
from core.runs.manifest import begun_session, peak_memory, utc_now

# --- events ---


@dataclass(frozen=True)
class Started:
    """The model is ready and the first image about to be drawn."""

    total: int
    done: int
    """Images of the job, and those finished in earlier sessions."""
    batch_size: int
    notes: tuple[str, ...]
    """What the user should know, e.g. that damaged files are computed again."""


@dataclass(frozen=True)
class BatchHalved:
    """There was not enough memory; the same images are tried again in batches of this size."""

    batch_size: int
    reason: str


@dataclass(frozen=True)
class Finished:
    """Every image of the job, or of the asked part of it, is done."""

    total: int
    done: int
    """Images of the job, and those finished."""
    seconds: float
    """Time of this session."""
    images: int
    """Images of this session."""


# --- ranges of images ---

_PART_UNIT = 1024
"""Parts begin at multiples of it, so that they hold whole batches of the usual sizes."""


class Span(NamedTuple):
    """Images start..stop − 1."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start


def missing_spans(done: Iterable[Span], total: int) -> list[Span]:
    """What of 0..total − 1 none of the ranges covers; the ranges are sorted and apart."""
    gaps = []
    reached = 0
    for span in done:
        if span.start > reached:
            gaps.append(Span(reached, span.start))
        reached = span.stop
    if reached < total:
        gaps.append(Span(reached, total))
    return gaps


def joined_spans(spans: Sequence[Span]) -> list[Span]:
    """Ranges sorted, with those that touch made one.

    Raises
    ------
    ValueError
        If two overlap: an image would count twice.
    """
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start < joined[-1].stop:
            raise ValueError(f"{span} and {joined[-1]} overlap")
        if joined and span.start == joined[-1].stop:
            joined[-1] = Span(joined[-1].start, span.stop)
        else:
            joined.append(span)
    return joined


def part_spans(spans: Iterable[Span], part: tuple[int, int], total: int) -> list[Span]:
    """What of some ranges belongs to part k of n of 0..total − 1.

    The parts are the same on every computer, whatever its batches.

    Raises
    ------
    InvalidInput
        If there is no such part.
    """
    number, parts = part
    if not 1 <= number <= parts:
        raise InvalidInput(f"There is no part {number} of {parts}.", "Ask for 1/2 or 2/2, say.")
    first, last = (
        total if k == parts else total * k // parts // _PART_UNIT * _PART_UNIT
        for k in (number - 1, number)
    )
    found = (Span(max(span.start, first), min(span.stop, last)) for span in spans)
    return [span for span in found if span.start < span.stop]


def cut(span: Span, length: int) -> Iterator[Span]:
    """Pieces of a range that end at multiples of `length`, so that each has a fixed place."""
    start = span.start
    while start < span.stop:
        stop = min(span.stop, (start // length + 1) * length)
        yield Span(start, stop)
        start = stop


# --- batches and speed ---

SMALLEST = 8
"""No smaller batch is chosen where it fits into memory: it would last, and a moment in which the
computer is busy must not decide about hours."""

_SLOWEST_BATCH = 0.25
"""Seconds: a batch is what cancelling, and the live panes, have to wait for."""
_WORTHWHILE = 0.97
"""A larger batch is taken only if it brings the time of an image below this share."""
_TRIES = 3
_WINDOW = 30.0
"""Seconds of work that a rate is about."""


@dataclass(frozen=True)
class Calibration:
    """How fast a job is on this computer, from a few batches of the very thing."""

    images_per_second: float
    batch_size: int
    """The one that was found best, and measured."""
    images: int
    """Number of images timed, those of the search for the batch size not counted."""

    def seconds(self, images: int) -> float:
        """Estimated time for a number of images."""
        return images / self.images_per_second


def calibration(timed: Callable[[int], float], size: int, least_seconds: float) -> Calibration:
    """Time batches of a size for so long, but at least three."""
    times: list[float] = []
    deadline = time.perf_counter() + least_seconds
    while len(times) < 3 or time.perf_counter() < deadline:
        times.append(timed(size))
    middle = sorted(times)[len(times) // 2]
    return Calibration(size / middle, size, size * len(times))


def quickest_batch_size(timed: Callable[[int], float], limit: int) -> int:
    """Search for the batch size at which an image takes least time, on this very computer.

    Sizes are doubled from `SMALLEST` on while that pays and no batch takes longer than a quarter of
    a second; one that does not fit into memory ends the search. Of several tries of a size the
    quickest counts, since other work can only slow one down. Below `SMALLEST` only if the limit
    is, or memory does not suffice.

    Parameters
    ----------
    timed : callable
        Seconds that a batch of a size takes.
    limit : int
        Largest size, at least 1.
    """
    best, best_time, size = 0, float("inf"), min(SMALLEST, limit)
    while size <= limit:
        try:
            seconds = min(timed(size) for _ in range(_TRIES))
        except Exception as error:
            if not is_out_of_memory(error) or size == 1:
                raise
            if best:
                break
            size, limit = size // 2, size // 2
            continue
        if seconds / size < best_time * _WORTHWHILE:
            best, best_time = size, seconds / size
        if 2 * seconds > _SLOWEST_BATCH:
            break
        size *= 2
    return best


class Rate:
    """Images per second over the last half minute of work."""

    def __init__(self) -> None:
        self._batches: deque[tuple[int, float]] = deque()
        self._images, self._seconds = 0, 0.0

    def add(self, images: int, seconds: float) -> None:
        """Take a batch into account."""
        self._batches.append((images, seconds))
        self._images += images
        self._seconds += seconds
        while len(self._batches) > 1 and self._seconds - self._batches[0][1] > _WINDOW:
            oldest = self._batches.popleft()
            self._images -= oldest[0]
            self._seconds -= oldest[1]

    @property
    def images_per_second(self) -> float:
        return self._images / max(self._seconds, 1e-9)

    def seconds_for(self, images: int) -> float:
        """Time that more images will take; infinite while nothing is known."""
        return images / self.images_per_second if self._images else float("inf")


# --- a session ---


class Work(ABC):
    """One session of work on a folder, which must be held; see `carry_out`.

    Attributes
    ----------
    total : int
        Images of the job.
    record : WorkSession
        What the manifest says of the session.
    whole : bool
        What is computed stays whole when a batch fails, so that it can be stored then, too.
    """

    whole: ClassVar[bool] = False

    def __init__(self, folder: WorkFolder, info: ModelInfo, threads: int, total: int) -> None:
        self.total = total
        self.rate = Rate()
        self._manifest, self._save_manifest = folder.manifest, folder.save_manifest
        self._set_state = folder.set_state
        self._begun = time.perf_counter()
        self.record = begun_session(info.device, threads, 0)

    @property
    @abstractmethod
    def done(self) -> int:
        """Images finished, earlier sessions included."""

    @abstractmethod
    def steps(self) -> Generator[Any, None, None]:
        """Do it; a batch from one event to the next."""

    @abstractmethod
    def save(self) -> object:
        """Store what is computed and not stored yet."""

    def carry_out(self, batch_size: int, notes: Sequence[str]) -> Generator[Any, None, None]:
        """Do the work; how it ends is noted in the folder.

        Parameters
        ----------
        batch_size : int
            Of a job that was not begun yet.
        notes : sequence of str
            What to tell first.
        """
        manifest = self._manifest
        manifest.batch_size = self.record.batch_size = manifest.batch_size or batch_size
        manifest.notes += notes
        manifest.sessions.append(self.record)
        try:
            self.note()
            self._set_state("running")
            yield Started(self.total, self.done, self.record.batch_size, tuple(notes))
            yield from self.steps()
            self.note()
            self._set_state("finished" if self.done == self.total else "paused")
            yield Finished(self.total, self.done, self.record.seconds, self.record.images)
        except (GeneratorExit, KeyboardInterrupt):
            self._pause()
            raise
        except LabError as error:
            self._fail(str(error))
            raise
        except BaseException as error:
            self._fail(f"{type(error).__name__}: {error}")
            raise

    def note(self) -> None:
        """Write down how far the session is."""
        self.record.ended = utc_now()
        self.record.seconds = time.perf_counter() - self._begun
        self.record.peak_memory = peak_memory()
        self._save_manifest()

    def halved(self, at: int, error: Exception) -> BatchHalved:
        """Go on from an image in half the batches if memory ran out; else the error is raised."""
        size = self._manifest.batch_size
        if not is_out_of_memory(error) or size == 1:
            raise error
        self._manifest.batch_size = self.record.batch_size = size // 2
        self._manifest.notes.append(
            f"There was not enough memory for batches of {size} images; "
            f"batches of {size // 2} are used from image {at:,} on."
        )
        return BatchHalved(size // 2, str(error))

    def _pause(self) -> None:
        """Store what is computed; nothing is left to do after the last event."""
        self.save()
        self.note()
        if self._manifest.state == "running":
            self._set_state("paused")

    def _fail(self, problem: str) -> None:
        with contextlib.suppress(RunError):  # a full disk is the very reason, most likely
            if self.whole:
                self.save()
            self.note()
            self._set_state("failed", problem)
