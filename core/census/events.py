"""What happens while a census is taken. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.runs.work import BatchHalved, Finished, Started


@dataclass(frozen=True)
class CensusProgress:
    """A batch is done."""

    total: int
    done: int
    """Images, earlier sessions included; pictures that could not be read count as done."""
    images_per_second: float
    seconds_left: float
    refused: int
    """Pictures that could not be read so far."""


@dataclass(frozen=True)
class CheckpointWritten:
    """The lists after so many images are safe on the disk."""

    done: int


CensusEvent = Started | CensusProgress | CheckpointWritten | BatchHalved | Finished
