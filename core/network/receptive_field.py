"""Where in the picture a unit looks: closed form, for towers of convolutions. Imports no torch.

Sizes compose as in any text on convolutional arithmetic: a window of k cells at a distance of s
pixels spans (k − 1)·s pixels more than one cell does.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.network.layer import Layer


class Field(msgspec.Struct, frozen=True):
    """The pixels that the cells of a map depend on, along one axis.

    Cell i depends on the `size` pixels from ``start + i * stride`` on.
    """

    size: int = 1
    stride: int = 1
    start: int = 0
    """Negative where the field of the first cell overhangs the picture. Pixels."""

    def through(self, window: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> Field:
        """The field after a convolution or pooling."""
        return Field(
            self.size + (window - 1) * dilation * self.stride,
            self.stride * stride,
            self.start - padding * self.stride,
        )

    def joined(self, other: Field) -> Field:
        """The field of the sum of two maps.

        Raises
        ------
        ValueError
            If their cells lie at different distances.
        """
        if self.stride != other.stride:
            raise ValueError(f"{self} and {other} are not fields of maps of the same size")
        start = min(self.start, other.start)
        stop = max(self.start + self.size, other.start + other.size)
        return Field(stop - start, self.stride, start)


class Box(NamedTuple):
    """Pixels of a picture: columns `left` to `right` and rows `top` to `bottom`, ends excluded."""

    left: int
    top: int
    right: int
    bottom: int
    is_whole: bool
    """The box is the whole picture, because the unit may see all of it."""


def sees_whole_image(layer: Layer, side: int) -> bool:
    """True if a unit's crop is the whole picture: its field is larger, or not known."""
    return layer.receptive_field is None or layer.receptive_field > side


def crop_side(layer: Layer, side: int) -> int:
    """Side in pixels of the crops of a layer's units."""
    if layer.receptive_field is None:
        return side
    return min(layer.receptive_field, side)


def field_boxes(layer: Layer, positions: ArrayLike, side: int) -> NDArray[np.int64]:
    """The fields of many positions, not clipped: all of the same size.

    Parameters
    ----------
    positions : array of int, shape (N,)
        row × columns + column in the layer's map.
    side : int
        Side of the picture in pixels.

    Returns
    -------
    ndarray of int64, shape (N, 4)
        Left, top, right, bottom in pixels, ends excluded; beyond the picture where the field
        overhangs it.

    Raises
    ------
    ValueError
        If the map has no such position.
    """
    places = np.asarray(positions, dtype=np.int64)
    if places.size and not (places.min() >= 0 and places.max() < layer.positions):
        raise ValueError(f"{layer.name} has positions 0 to {layer.positions - 1}")
    size = crop_side(layer, side)
    if sees_whole_image(layer, side):
        left = top = np.zeros_like(places)
    else:
        assert layer.stride is not None
        rows, columns = np.divmod(places, layer.map_size[1])
        left = layer.field_start + columns * int(layer.stride)
        top = layer.field_start + rows * int(layer.stride)
    return np.stack([left, top, left + size, top + size], axis=-1)


def box(layer: Layer, position: int, side: int) -> Box:
    """The pixels of a picture that a position depends on.

    Parameters
    ----------
    position : int
        row × columns + column in the layer's map.
    side : int
        Side of the picture in pixels.

    Raises
    ------
    ValueError
        If the map has no such position.
    """
    left, top, right, bottom = np.clip(field_boxes(layer, [position], side)[0], 0, side).tolist()
    return Box(left, top, right, bottom, sees_whole_image(layer, side))


def field_words(layer: Layer, side: int) -> str:
    """The receptive field in words, for pictures of a side in pixels."""
    if not layer.field_known:
        return "not known, shown as the whole image"
    if layer.receptive_field is None:
        return "the whole image"
    if layer.receptive_field > side:
        return f"{layer.receptive_field} px, more than the image: the whole image"
    return f"{layer.receptive_field} px"
