"""Histograms of hues: of a data set's pictures, and of what units are selective to.

Hues are angles in the opponent space of `core.units.features.opponent`: means are circular, and
the seam at 0° is no border.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.base.errors import PictureError
from core.census.pictures import SeenPictures
from core.stimuli.imported.folders import Refusal
from core.stimuli.imported.pictures import decode_picture
from core.units.features.neuron_feature import NeuronFeature
from core.units.features.opponent import MINIMUM_CHROMA, opponent

COMPARED_BINS = 100
"""Bins in which two histograms are correlated."""

SHOWN_BINS = 36
"""Bins of the rose on the screen."""

PICTURE_SIDE = 100
"""Pictures of a data set are stretched to this many pixels, width and height."""

_FINE_BINS = 3600  # a tenth of a degree: whole numbers of them make 100 and 36 equal bins
_ANGLES = np.radians((np.arange(_FINE_BINS) + 0.5) * (360.0 / _FINE_BINS))


@dataclass(eq=False)
class HueHistogram:
    """Weights of hues; exactly mergeable while the weights are numbers of pixels."""

    fine: NDArray[np.float64] = field(default_factory=lambda: np.zeros(_FINE_BINS))
    """Weight for each tenth of a degree. Shape (3600,)."""
    sources: int = 0
    """Pictures or units that have a hue."""
    without_hue: int = 0
    """Pictures or units without one: no pixel passes the filter."""

    def add_pixels(self, rgb: NDArray[np.floating], *, normalized: bool = False) -> None:
        """Count one picture or neuron feature, gamma-encoded sRGB in 0..1, shape (..., 3).

        Normalized, the whole picture has the weight 1, otherwise each of its pixels.
        """
        space = opponent(rgb)
        hues = space.hue[space.has_hue]
        if not hues.size:
            self.without_hue += 1
            return
        # The tolerance puts an angle that is a whole number of bins into the bin it begins.
        bins = np.floor(hues * (_FINE_BINS / 360.0) + 1e-9).astype(np.int64) % _FINE_BINS
        counts = np.bincount(bins, minlength=_FINE_BINS)
        self.fine += counts / hues.size if normalized else counts
        self.sources += 1

    @property
    def total(self) -> float:
        """Sum of all weights."""
        return float(self.fine.sum())

    def bins(self, count: int = COMPARED_BINS) -> NDArray[np.float64]:
        """Weights in equal bins from 0° on, float64, shape (count,).

        `count` must divide 3,600, as 100 and 36 do.
        """
        if _FINE_BINS % count:
            raise ValueError(f"{count} bins do not divide {_FINE_BINS}")
        return np.asarray(self.fine.reshape(count, -1).sum(axis=1))

    def shares(self, count: int = COMPARED_BINS) -> NDArray[np.float64] | None:
        """As `bins`, adding up to 1; None if nothing has a hue."""
        total = self.total
        return self.bins(count) / total if total else None

    def mean(self) -> CircularMean | None:
        """Circular mean; None if nothing has a hue."""
        total = self.total
        if not total:
            return None
        x = float(self.fine @ np.cos(_ANGLES)) / total
        y = float(self.fine @ np.sin(_ANGLES)) / total
        length = float(np.hypot(x, y))
        # Hues that cancel out have no direction.
        direction = float(np.degrees(np.arctan2(y, x))) % 360.0 if length > 1e-9 else None
        return CircularMean(direction, length)

    def in_words(self, what: str = "neuron") -> str:
        """How many of the units or pictures have no hue; empty if all have one."""
        total = self.sources + self.without_hue
        if not self.without_hue:
            return "" if total else f"There is no {what} to take a hue from."
        have = "has" if self.without_hue == 1 else "have"
        return (
            f"{self.without_hue:,} of {total:,} {what}s {have} no hue: no pixel with a chroma of "
            f"{MINIMUM_CHROMA:g} that is neither black nor white."
        )


class CircularMean(NamedTuple):
    """Mean of angles."""

    direction: float | None
    """Degrees, 0..360; None if the angles cancel out."""
    length: float
    """0 for hues all around the circle, 1 for one single hue."""


def correlation(one: HueHistogram, other: HueHistogram, count: int = COMPARED_BINS) -> float | None:
    """Pearson's r of two histograms over equal bins; None if one is empty or the same in all."""
    first, second = one.shares(count), other.shares(count)
    if first is None or second is None:
        return None
    first, second = first - first.mean(), second - second.mean()
    scale = float(np.linalg.norm(first) * np.linalg.norm(second))
    if scale < 1e-12:
        return None
    return float(np.clip(first @ second / scale, -1.0, 1.0))


def add_picture(histogram: HueHistogram, pixels: NDArray[np.uint8]) -> None:
    """Count a picture of a data set, shape (H, W, 3), sRGB, stretched to 100 × 100 pixels.

    Pillow's bilinear filter averages over what it shrinks.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    small = image.resize((PICTURE_SIDE, PICTURE_SIDE), Image.Resampling.BILINEAR)
    histogram.add_pixels(np.asarray(small, dtype=np.float64) / 255.0)


def add_files(
    histogram: HueHistogram, paths: Sequence[Path], seen: SeenPictures | None = None
) -> Iterator[Refusal | None]:
    """Count picture files one by one; `seen` is what they held before, in the same order.

    Yields
    ------
    Refusal or None
        After every file: why it could not be read, or None. Stop whenever you like.

    Raises
    ------
    RunError
        If a file has changed.
    """
    for place, path in enumerate(paths):
        try:
            picture = decode_picture(path)
        except PictureError as error:
            yield Refusal(path, str(error))
            continue
        if seen is not None:
            seen.compare_one(place, picture.sha256)
        add_picture(histogram, picture.pixels)
        yield None


def feature_hues(features: Iterable[NeuronFeature]) -> HueHistogram:
    """Hues of neuron features: each unit has the weight 1, spread over its own pixels.

    Undefined pixels do not count.
    """
    histogram = HueHistogram()
    for feature in features:
        histogram.add_pixels(feature.pixels[feature.defined], normalized=True)
    return histogram
