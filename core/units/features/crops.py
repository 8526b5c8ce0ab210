"""What a unit sees of its top images: crops of pictures, drawn or decoded, through one interface.

All crops of a unit have the size of its receptive field, so that they can be laid on top of each
other. A crop may overhang the picture; pixels outside do not count.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from math import prod
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from core.base.errors import PictureError, RunError
from core.census.pictures import SeenPictures
from core.models.preprocessing import Preprocessing, fit_picture
from core.network.layer import Layer
from core.network.receptive_field import crop_side, field_boxes
from core.stimuli.factorial import FactorialSet
from core.stimuli.imported.pictures import decode_picture
from core.stimuli.render import blend_table, render_coverage
from core.units.features.crop_shares import mask_numbers

OUTSIDE = 128
"""Gray value of pixels outside the picture, for display."""

MEMORY = 256 * 2**20
"""Bytes of pictures or masks that a source keeps."""

_BLOCK = 32  # crops held as numbers at a time
_NOTHING = np.empty((0, 0, 3), dtype=np.uint8)  # a picture that is not to be had


class Windows(NamedTuple):
    """Where N crops of a unit lie in their pictures."""

    left: NDArray[np.int64]
    top: NDArray[np.int64]
    """`left` and `top`: of the crops in pixels; may be negative. Shape (N,)."""
    size: int
    """Side of every crop in pixels."""

    @classmethod
    def of(cls, layer: Layer, positions: NDArray[np.integer], side: int) -> Windows:
        """What the units of a layer see at positions of its map, in pictures of a side."""
        boxes = field_boxes(layer, positions, side)
        return cls(boxes[:, 0], boxes[:, 1], crop_side(layer, side))


class Crops(NamedTuple):
    """N crops of one size."""

    pixels: NDArray[np.uint8]
    """Gray outside the picture. Shape (N, size, size, 3), sRGB."""
    valid: NDArray[np.bool_]
    """Inside the picture. Shape (N, size, size)."""


class WeightedCrops(NamedTuple):
    """Crops laid on top of each other."""

    colors: NDArray[np.float64]
    """Sum over the crops of weight × color, for each channel 0..1; sRGB values as they stand. Shape
    (3, size, size).
    """
    present: NDArray[np.float64]
    """Sum of the weights of the crops that have a pixel there. Shape (size, size)."""


class CropSource(Protocol):
    """Crops of the images of a set, by number. For one thread at a time."""

    @property
    def side(self) -> int:
        """Side of the pictures in pixels."""
        ...

    def crops(self, images: NDArray[np.int64], windows: Windows) -> Crops:
        """The exact pixels of some crops; nowhere valid without an image (−1) or a readable one."""
        ...

    def weighted(
        self, images: NDArray[np.int64], windows: Windows, weights: NDArray[np.float64]
    ) -> WeightedCrops:
        """Crops laid on top of each other without holding them all."""
        ...


class FactorialCrops:
    """Crops of a factorial set: coverage masks are cropped and then colored."""

    def __init__(self, stimuli: FactorialSet, memory: int = MEMORY) -> None:
        self._stimuli = stimuli
        self._masks = _Kept(self._draw, memory)
        self._scratch = _Scratch()
        palette = stimuli.palette
        conditions = stimuli.combinations
        self._figures = np.array([palette[condition.figure] for condition in conditions])
        self._backgrounds = np.array([palette[condition.background] for condition in conditions])

    @property
    def side(self) -> int:
        """Side of the pictures in pixels."""
        return self._stimuli.side

    def crops(self, images: NDArray[np.int64], windows: Windows) -> Crops:
        """See `CropSource`."""
        valid = _valid(windows, len(images), self.side)
        pixels = np.full((*valid.shape, 3), OUTSIDE, dtype=np.uint8)
        numbers = mask_numbers(self._stimuli, images)
        conditions = self._stimuli.combinations
        for row, (image, number) in enumerate(zip(images.tolist(), numbers.tolist(), strict=True)):
            if image < 0:
                valid[row] = False
                continue
            condition = conditions[image % len(conditions)]
            palette = self._stimuli.palette
            table = blend_table(palette[condition.figure], palette[condition.background])
            inner, outer = _overlap(windows, row, self.side)
            pixels[row][inner] = table[self._masks.get(number, image)[outer]]
        return Crops(pixels, valid)

    def weighted(
        self, images: NDArray[np.int64], windows: Windows, weights: NDArray[np.float64]
    ) -> WeightedCrops:
        """See `CropSource`.

        Blends at outlines are not rounded to whole gray levels as in the pictures: the result
        differs from that of the crops by half a level at most, and there only.
        """
        combinations = images % len(self._figures)
        backgrounds = self._backgrounds[combinations] / 255.0
        figures = self._figures[combinations] / 255.0
        planes = np.column_stack([backgrounds * weights[:, None], weights])
        flat = _summed_rectangles(windows, planes, self.side)
        # Crops that show the same part of the same mask differ in color alone.
        numbers = mask_numbers(self._stimuli, images)
        same = np.stack([numbers, windows.left, windows.top])
        _, firsts, groups = np.unique(same, axis=1, return_index=True, return_inverse=True)
        changes = np.zeros((len(firsts), 3))
        np.add.at(changes, groups.ravel(), (figures - backgrounds) * (weights / 255.0)[:, None])
        changed = np.zeros((3, windows.size**2), dtype=np.float32)
        for start in range(0, len(firsts), _BLOCK):
            block = firsts[start : start + _BLOCK].tolist()
            coverage = self._scratch.array((len(block), windows.size, windows.size))
            for row, first in enumerate(block):
                mask = self._masks.get(int(numbers[first]), int(images[first]))
                _put(mask, coverage[row], windows, first)
            part = changes[start : start + _BLOCK].T.astype(np.float32)
            changed += part @ coverage.reshape(len(block), -1)
        return WeightedCrops(flat[:3] + changed.reshape(flat[:3].shape), flat[3])

    def _draw(self, number: int, image: int) -> NDArray[np.uint8]:
        return render_coverage(self._stimuli.spec(image).stimulus)


class PictureCrops:
    """Crops of picture files as the model gets them.

    Parameters
    ----------
    seen : SeenPictures, optional
        What the files held before; a file that has changed is not shown.
    exact : bool
        Raise a `RunError` at a file that has changed, rather than go without it.

    Attributes
    ----------
    refused : dict of int to str
        Images that could not be read when they were needed, or have changed, with the reason.
    changed : set of int
        Those of them that have changed.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        preprocessing: Preprocessing,
        memory: int = MEMORY,
        *,
        seen: SeenPictures | None = None,
        exact: bool = False,
    ) -> None:
        self.refused: dict[int, str] = {}
        self.changed: set[int] = set()
        self._seen = seen
        self._exact = exact
        self._paths = paths
        self._preprocessing = preprocessing
        self._pictures = _Kept(self._decode, memory)
        self._scratch = _Scratch()

    @property
    def side(self) -> int:
        """Side of the pictures in pixels."""
        return self._preprocessing.side

    def crops(self, images: NDArray[np.int64], windows: Windows) -> Crops:
        """See `CropSource`."""
        valid = _valid(windows, len(images), self.side)
        pixels = np.full((*valid.shape, 3), OUTSIDE, dtype=np.uint8)
        for row, image in enumerate(images.tolist()):
            inner, outer = _overlap(windows, row, self.side)
            picture = self._pictures.get(image, image) if image >= 0 else _NOTHING
            if picture.size:
                pixels[row][inner] = picture[outer]
            else:
                valid[row] = False
        return Crops(pixels, valid)

    def weighted(
        self, images: NDArray[np.int64], windows: Windows, weights: NDArray[np.float64]
    ) -> WeightedCrops:
        """See `CropSource`."""
        weights = weights.copy()
        colors = np.zeros(windows.size**2 * 3, dtype=np.float32)
        for start in range(0, len(images), _BLOCK):
            block = images[start : start + _BLOCK].tolist()
            stack = self._scratch.array((len(block), windows.size, windows.size, 3))
            for row, image in enumerate(block):
                picture = self._pictures.get(image, image)
                if not picture.size:
                    weights[start + row] = 0
                    picture = np.zeros((self.side, self.side, 3), dtype=np.uint8)
                _put(picture, stack[row], windows, start + row)
            part = (weights[start : start + _BLOCK] / 255.0).astype(np.float32)
            colors += part @ stack.reshape(len(block), -1)
        present = _summed_rectangles(windows, weights[:, None], self.side)[0]
        channels = colors.reshape(windows.size, windows.size, 3).transpose(2, 0, 1)
        return WeightedCrops(channels.astype(np.float64), present)

    def _decode(self, number: int, image: int) -> NDArray[np.uint8]:
        try:
            decoded = decode_picture(self._paths[image])
            if self._seen is not None:
                self._seen.compare_one(image, decoded.sha256)
            return fit_picture(decoded.pixels, self._preprocessing).pixels
        except PictureError as error:
            self.refused[image] = str(error)
        except RunError as error:
            if self._exact:
                raise
            self.refused[image] = str(error)
            self.changed.add(image)
        return _NOTHING


class _Kept:
    """What was made last, up to a number of bytes."""

    def __init__(self, make: Callable[[int, int], NDArray[np.uint8]], memory: int) -> None:
        self._make = make
        self._memory = memory
        self._bytes = 0
        self._kept: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()

    def get(self, number: int, image: int) -> NDArray[np.uint8]:
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        made = self._make(number, image)
        self._kept[number] = made
        self._bytes += made.nbytes
        while self._bytes > self._memory and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return made


class _Scratch:
    """Memory that is used again: fresh pages would cost more than filling them."""

    def __init__(self) -> None:
        self._memory = np.empty(0, dtype=np.float32)

    def array(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """An array of that shape with any content; the one before is void."""
        count = prod(shape)
        if len(self._memory) < count:
            self._memory = np.empty(count, dtype=np.float32)
        return self._memory[:count].reshape(shape)


_Slices = tuple[slice, slice]


def _put(
    picture: NDArray[np.uint8], target: NDArray[np.float32], windows: Windows, row: int
) -> None:
    """Copy a crop; 0 outside the picture."""
    inner, outer = _overlap(windows, row, len(picture))
    part = picture[outer]
    if part.shape[:2] != target.shape[:2]:
        target[:] = 0
    target[inner] = part


def _overlap(windows: Windows, row: int, side: int) -> tuple[_Slices, _Slices]:
    """The part of a crop that lies in the picture: slices of the crop, and of the picture."""
    left, top, size = int(windows.left[row]), int(windows.top[row]), windows.size
    columns = max(left, 0), max(min(left + size, side), max(left, 0))
    rows = max(top, 0), max(min(top + size, side), max(top, 0))
    return (
        (slice(rows[0] - top, rows[1] - top), slice(columns[0] - left, columns[1] - left)),
        (slice(*rows), slice(*columns)),
    )


def _valid(windows: Windows, count: int, side: int) -> NDArray[np.bool_]:
    steps = np.arange(windows.size)
    columns = windows.left[:, None] + steps
    rows = windows.top[:, None] + steps
    inside = ((columns >= 0) & (columns < side))[:, None, :]
    valid = inside & ((rows >= 0) & (rows < side))[:, :, None]
    return np.broadcast_to(valid, (count, windows.size, windows.size)).copy()


def _summed_rectangles(
    windows: Windows, planes: NDArray[np.float64], side: int
) -> NDArray[np.float64]:
    """Sum over N crops of constants, shape (N, P), where they lie in the picture.

    Its shape is (P, size, size), as for the crops laid on top of each other.
    """
    size, count = windows.size, planes.shape[1]
    # Where a crop is cut off from, and up to, in its own pixels.
    left, top = np.clip(-windows.left, 0, size), np.clip(-windows.top, 0, size)
    right = np.clip(side - windows.left, left, size)
    bottom = np.clip(side - windows.top, top, size)
    if not (left.any() or top.any() or (right < size).any() or (bottom < size).any()):
        whole = np.broadcast_to(planes.sum(axis=0)[:, None, None], (count, size, size))
        return whole.copy()
    corners = np.zeros((count, size + 1, size + 1))
    for plane, constants in zip(corners, planes.T, strict=True):
        for rows, columns, sign in ((top, left, 1), (top, right, -1), (bottom, left, -1)):
            np.add.at(plane, (rows, columns), sign * constants)
        np.add.at(plane, (bottom, right), constants)
    np.cumsum(corners, axis=1, out=corners)
    np.cumsum(corners, axis=2, out=corners)
    return corners[:, :size, :size]
