"""What a scan reports while it runs: small frozen events, as a sweep does."""

from __future__ import annotations

from dataclasses import dataclass

from core.scans.result import ScanResult


@dataclass(frozen=True)
class ScanStarted:
    """The stimuli are known and the first batch is about to be computed."""

    images: int
    """To be computed for the points."""
    left_out: int
    """Points without a stimulus."""


@dataclass(frozen=True, eq=False)
class ScanProgress:
    """A batch is done."""

    done: int
    images: int
    """`done` and `images`: images of the points."""
    result: ScanResult
    """What is known so far; renewed about ten times a second."""
    refining: bool = False
    """All points are done; thresholds are being refined."""


@dataclass(frozen=True, eq=False)
class ScanFinished:
    """Everything is done."""

    result: ScanResult
    seconds: float
    computed: int
    """Images, those for the thresholds included."""


ScanEvent = ScanStarted | ScanProgress | ScanFinished
