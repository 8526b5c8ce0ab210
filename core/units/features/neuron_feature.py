"""Neuron features: what a unit's top images have in common, as one small picture.

The weighted mean of the crops a unit sees of its strongest images, after I. Rafegas and
M. Vanrell, "Color encoding in biologically-inspired convolutional neural networks", Vision
Research 151 (2018) 7–17. Pixels outside a picture do not count; where under a tenth of the weight
is present, the mean is not defined and mid gray stands for it. Negative activations have no weight,
as in `core.units.selectivity`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.units.features.crops import CropSource, WeightedCrops, Windows
from core.units.selectivity import weights_of

MINIMUM_PRESENT = 0.10
"""Share of the weight that must be present at a pixel."""

MID_GRAY = 0.5


@dataclass(frozen=True, eq=False)
class NeuronFeature:
    """The neuron feature of one unit."""

    pixels: NDArray[np.float32]
    """0..1, sRGB values averaged as they stand; `MID_GRAY` where undefined. Shape (H, W, 3)."""
    present: NDArray[np.float32]
    """Share of the weight whose crop has a pixel there, 0..1. Shape (H, W)."""
    images: int
    """Images that have a weight."""
    negative: int
    """Images without weight because their activation is negative."""

    @property
    def defined(self) -> NDArray[np.bool_]:
        """Pixels with enough weight, bool, shape (H, W)."""
        return self.present >= np.float32(MINIMUM_PRESENT)

    def in_words(self) -> str:
        """What is missing, as a sentence; empty if nothing is."""
        if not self.images:
            return "There is no neuron feature: no image of the set activates this neuron."
        parts = []
        if self.negative:
            images = "image has" if self.negative == 1 else "images have"
            parts.append(f"{self.negative:,} {images} no weight: the activation is negative.")
        missing = 1 - float(self.defined.mean())
        if missing:
            parts.append(
                f"{missing:.0%} of the pixels are undefined (gray): "
                f"under {MINIMUM_PRESENT:.0%} of the weight lies inside the pictures there."
            )
        return " ".join(parts)


def feature_of(
    source: CropSource,
    images: NDArray[np.int64],
    windows: Windows,
    values: NDArray[np.float32],
) -> NeuronFeature:
    """The neuron feature of one unit.

    Parameters
    ----------
    source : CropSource
        Of the set that the images belong to.
    images : ndarray of int64, shape (N,)
        The unit's top images; −1 for none.
    windows : Windows
        Of N crops.
    values : ndarray of float32, shape (N,)
        The unit's activations by them; NaN for none.
    """
    weights = weights_of(values)
    used = weights > 0
    chosen = Windows(windows.left[used], windows.top[used], windows.size)
    return _finished(source.weighted(images[used], chosen, weights[used]), values)


def stretched(feature: NeuronFeature) -> NDArray[np.uint8]:
    """A neuron feature for display, sRGB: its smallest value becomes 0, its largest 255.

    All channels are stretched alike, so that hues stay. Only the picture to look at is stretched,
    never what an index is computed from. Undefined pixels, and those of a feature of one single
    value, stay as they are.
    """
    pixels = feature.pixels
    seen = pixels[feature.defined]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 0.0)
    if high > low:
        wide = (pixels - low) / (high - low)
        pixels = np.where(feature.defined[:, :, None], wide, pixels)
    return np.asarray(np.rint(np.clip(pixels, 0, 1) * 255), dtype=np.uint8)


def _finished(summed: WeightedCrops, values: NDArray[np.float32]) -> NeuronFeature:
    weights = weights_of(values)
    total = weights.sum()
    present = (summed.present / (total or 1.0)).astype(np.float32)
    defined = present >= np.float32(MINIMUM_PRESENT)
    mean = summed.colors / np.where(defined, summed.present, 1.0)
    mean[:, ~defined] = MID_GRAY
    pixels = np.ascontiguousarray(mean.transpose(1, 2, 0), dtype=np.float32)
    return NeuronFeature(
        pixels=pixels.clip(0, 1, out=pixels),
        present=present,
        images=int(np.count_nonzero(weights)),
        negative=int(np.count_nonzero(values < 0)),
    )
