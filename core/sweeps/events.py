"""What a sweep reports while it runs: small frozen events, the same for window and command line."""

from __future__ import annotations

from dataclasses import dataclass

from core.stimuli.conditions import Condition
from core.sweeps.counts import AnswerCounts


@dataclass(frozen=True)
class Started:
    """The model is ready and the first image about to be drawn.

    Attributes
    ----------
    total, done : int
        Images of the run, and those finished in earlier sessions.
    batch_size : int
    notes : tuple of str
        What the user should know, e.g. that damaged files are computed again.
    """

    total: int
    done: int
    batch_size: int
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Progress:
    """A batch is done.

    Attributes
    ----------
    total, done : int
        Images, earlier sessions included.
    images_per_second : float
        Of the last half minute or so.
    seconds_left : float
        At that rate.
    condition : Condition
        Of the last image done.
    counts : AnswerCounts
        A copy of the tallies so far, earlier sessions included.
    """

    total: int
    done: int
    images_per_second: float
    seconds_left: float
    condition: Condition
    counts: AnswerCounts


@dataclass(frozen=True)
class ShardWritten:
    """The answers to images start..stop − 1 are safe on the disk."""

    start: int
    stop: int


@dataclass(frozen=True)
class BatchHalved:
    """There was not enough memory; the same images are tried again in batches of this size."""

    batch_size: int
    reason: str


@dataclass(frozen=True)
class Finished:
    """Every image of the run, or of the asked part of it, is done.

    Attributes
    ----------
    total, done : int
        Images of the run, and those finished.
    seconds : float
        Time of this session.
    images : int
        Images of this session.
    """

    total: int
    done: int
    seconds: float
    images: int


Event = Started | Progress | ShardWritten | BatchHalved | Finished
