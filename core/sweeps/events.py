"""What a sweep reports while it runs: small frozen events, the same for window and command line."""

from __future__ import annotations

from dataclasses import dataclass

from core.runs.work import BatchHalved, Finished, Started
from core.stimuli.conditions import Condition
from core.sweeps.counts import AnswerCounts

__all__ = ["BatchHalved", "Event", "Finished", "Progress", "ShardWritten", "Started"]


@dataclass(frozen=True, eq=False)
class Progress:
    """A batch is done."""

    total: int
    done: int
    """Images, earlier sessions included."""
    images_per_second: float
    """Of the last half minute or so."""
    seconds_left: float
    """At that rate."""
    condition: Condition
    """Of the last image done."""
    counts: AnswerCounts
    """A copy of the tallies so far, earlier sessions included."""


@dataclass(frozen=True)
class ShardWritten:
    """The answers to images start..stop − 1 are safe on the disk."""

    start: int
    stop: int


Event = Started | Progress | ShardWritten | BatchHalved | Finished
