"""Lists of strongest images by a full sort: the reference for everything that is faster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.census.tops import TopImages


def sorted_tops(
    values: NDArray[np.float32],
    capacity: int,
    *,
    positions: NDArray[np.int32] | None = None,
    keys: NDArray[np.int64] | None = None,
) -> TopImages:
    """Lists by a full sort of a dense matrix.

    Parameters
    ----------
    values : ndarray of float32, shape (U, I)
        Every unit's value for every image of a small set.
    capacity : int
        K.
    positions : ndarray of int32, shape (U, I), optional
        0 by default.
    keys : ndarray of int64, shape (I,), optional
        Of two images with the same value the one with the larger key comes first. By default the
        earlier image does, which is how ties mislead; see `core.units.neuron_types`.
    """
    units, total = values.shape
    values = values + np.float32(0.0)  # both zeros are one value
    if keys is None:
        keys = -np.arange(total)
    if positions is None:
        positions = np.zeros((units, total), dtype=np.int32)
    order = np.stack([np.lexsort((-keys, -row)) for row in values]) if units else values.astype(int)
    order = order[:, :capacity]
    kept = order.shape[1]
    lists = np.full((units, capacity), np.nan, dtype=np.float32)
    images = np.full((units, capacity), -1, dtype=np.int64)
    places = np.zeros((units, capacity), dtype=np.int32)
    lists[:, :kept] = np.take_along_axis(values, order, axis=1)
    images[:, :kept] = order
    places[:, :kept] = np.take_along_axis(positions, order, axis=1)
    # NaN in a list that is not full equals nothing.
    tied = np.count_nonzero(values == lists[:, -1:], axis=1)
    inside = np.count_nonzero(lists == lists[:, -1:], axis=1)
    nothing = np.full(units, np.nan)
    return TopImages(
        values=lists,
        images=images,
        positions=places,
        maximum=values.max(axis=1) if total else nothing.astype(np.float32),
        mean=values.mean(axis=1, dtype=np.float64) if total else nothing,
        excess=(tied - inside).astype(np.int64),
        total=total,
    )
