"""Neuron features of crops that are at hand, laid on top of each other one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.units.features.crops import WeightedCrops, Windows
from core.units.features.neuron_feature import NeuronFeature, feature_of


class GivenCrops:
    """A source of nothing but these crops."""

    def __init__(self, crops: Sequence[np.ndarray], valid: Sequence[np.ndarray]) -> None:
        self._crops, self._valid = crops, valid

    def weighted(self, images: np.ndarray, _windows: Windows, weights: np.ndarray) -> WeightedCrops:
        colors, present = np.zeros(self._crops[0].shape), np.zeros(self._crops[0].shape[:2])
        for image, weight in zip(images.tolist(), weights, strict=True):
            inside = weight * self._valid[image]
            colors += self._crops[image] * (inside / 255.0)[:, :, None]
            present += inside
        return WeightedCrops(colors.transpose(2, 0, 1), present)


def neuron_feature(
    crops: Sequence[np.ndarray], weights: np.ndarray, valid: Sequence[np.ndarray] | None = None
) -> NeuronFeature:
    """The neuron feature of uint8 crops, sRGB, by a unit's activations; valid everywhere or not."""
    nowhere = np.zeros(len(weights), dtype=np.int64)
    if valid is None:
        valid = [np.ones(crop.shape[:2], dtype=np.bool_) for crop in crops]
    source = GivenCrops(crops, valid)
    windows = Windows(nowhere, nowhere, len(crops[0]))
    return feature_of(source, np.arange(len(weights)), windows, weights)
