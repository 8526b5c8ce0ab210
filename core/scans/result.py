"""What a scan has found so far: mean probabilities, winners, intervals. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.info import ModelInfo
from core.results.intervals import Z95, Interval, wilson
from core.scans.plan import ScanPlan
from core.scans.settings import Blank

NO_WINNER = -1


@dataclass(frozen=True)
class Threshold:
    """Where the winner of a template changes along a curve."""

    template: int
    """Index into the plan's templates."""
    low: float
    high: float
    """`low` and `high`: the winner is still `before` at low and no longer at high; in the
    parameter's unit. On a whole turn high may lie beyond its end.
    """
    before: int
    after: int
    """`before` and `after`: indices into the plan's labels: the winners at low and at high."""
    precise: bool = True
    """False if the search had to stop before the precision was reached: the colors between lie
    outside sRGB.
    """

    @property
    def value(self) -> float:
        """The middle of the two."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, eq=False)
class Tally:
    """Answers to N points with T templates and L labels, added up over their images."""

    counts: NDArray[np.int64]
    """Images that were answered. Shape (N,)."""
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]
    """`sums` and `squares`: of the probabilities. Shape (N, T, L)."""
    wins: NDArray[np.int64]
    """How often each label had the largest cosine. Shape (N, T, L)."""
    close: NDArray[np.bool_]
    """In some image the two best were too near to call; see
    `core.predict.prediction.COSINE_TOLERANCE`. Shape (N, T).
    """
    blanks: tuple[Blank | None, ...]
    """Why a point has no image; None for the others."""

    @property
    def done(self) -> NDArray[np.bool_]:
        """Which points have an answer, shape (N,)."""
        return self.counts > 0

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Mean probabilities, shape (N, T, L); NaN for points without an answer."""
        counts = np.where(self.done, self.counts, 1)[:, None, None]
        return np.where(self.done[:, None, None], self.sums / counts, np.nan)

    @property
    def winners(self) -> NDArray[np.int64]:
        """Label with the highest mean probability, shape (N, T); `NO_WINNER` without an answer.

        With one image this is the label with the largest cosine, the first of equal ones.
        """
        single = self.counts[:, None] <= 1
        best = np.where(single, self.wins.argmax(axis=-1), self.sums.argmax(axis=-1))
        return np.where(self.done[:, None], best, NO_WINNER)

    def intervals(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both ends of the 95 % intervals of the mean probabilities, each of shape (N, T, L).

        Normal intervals, mean ± 1.96 standard errors (with n − 1), cut to 0..1; NaN for points
        with fewer than two images.
        """
        counts = self.counts[:, None, None].astype(np.float64)
        enough = counts > 1
        safe = np.where(enough, counts, 2.0)
        spread = np.maximum(self.squares - self.sums**2 / safe, 0.0) / (safe - 1.0)
        half = np.where(enough, Z95 * np.sqrt(spread / safe), np.nan)
        mean = self.probabilities
        return np.maximum(mean - half, 0.0), np.minimum(mean + half, 1.0)

    def win_interval(self, point: int, template: int, label: int) -> Interval | None:
        """Wilson's 95 % interval of the share of images in which a label won."""
        return wilson(int(self.wins[point, template, label]), int(self.counts[point]))


@dataclass(frozen=True, eq=False)
class ScanResult:
    """A scan, finished or not."""

    plan: ScanPlan
    info: ModelInfo
    tally: Tally
    """Of all points; see `core.scans.plan` for their order."""
    thresholds: tuple[Threshold, ...] = ()
    """By template, then rising; of finished curves along a number."""
    complete: bool = False
    """False if the scan was stopped."""

    def left_out(self) -> dict[Blank, int]:
        """Number of points without an image, by reason."""
        found: dict[Blank, int] = {}
        for blank in self.tally.blanks:
            if blank is not None:
                found[blank] = found.get(blank, 0) + 1
        return found

    def left_out_sentence(self) -> str:
        """What was left out, in words; empty if nothing was."""
        noun = "value" if self.plan.kind == "curve" else "cell"
        parts = []
        for blank, count in self.left_out().items():
            of = f"{count:,} of {self.plan.setup.points:,} {noun}s"
            one = count == 1
            if blank == "outside sRGB":
                verbs = "lies outside sRGB and is" if one else "lie outside sRGB and are"
                parts.append(f"{of} {verbs} left blank.")
            else:
                verb = "shows" if one else "show"
                parts.append(f"{of} {verb} no object, in the color of its background: left blank.")
        return " ".join(parts)
