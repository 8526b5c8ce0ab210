"""The pictures of one unit: its neuron feature and its top images with what it sees of them.

Imports no torch. Everything here is for one thread at a time, beside the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.census.data import CensusData, SetData
from core.census.plan import PictureSet
from core.census.sets import Kind
from core.network.layer import Layer
from core.network.receptive_field import Box, box, field_boxes
from core.stimuli.conditions import Condition
from core.stimuli.stimulus import ObjectStimulus
from core.units.features.crops import CropSource, PictureCrops, Windows
from core.units.features.hue import CircularMean, feature_hues
from core.units.features.neuron_feature import NeuronFeature, feature_of, stretched
from core.units.neuron_indices import crop_source, first_gray

THUMBNAIL_SIDE = 64
"""Most pixels of a thumbnail's side."""

_MEMORY = 96 * 2**20
"""Bytes of masks or pictures that are kept of each set."""


@dataclass(frozen=True, eq=False)
class TopImage:
    """One of the strongest images of a unit."""

    rank: int
    """From 0 on."""
    image: int
    """Number in the set."""
    value: float
    """The unit's activation."""
    gray: float
    """Its value at the same position for the gray version; NaN if that was not measured."""
    pixels: NDArray[np.uint8] | None
    """The whole picture as the model gets it; None if it cannot be read, or has changed. Shape
    (side, side, 3), sRGB.
    """
    box: Box
    """What the unit sees of it."""
    field: tuple[int, int, int, int]
    """Left, top, right and bottom of its receptive field in pixels, beyond the picture where the
    field overhangs it.
    """
    condition: Condition | None
    """Of a drawn image."""
    name: str
    """Path of a picture below its folder; empty for a drawn image."""
    changed: bool = False
    """True if the file is no longer the picture that the census saw."""


@dataclass(frozen=True, eq=False)
class UnitInSet:
    """What a set shows of a unit."""

    kind: Kind
    feature: NeuronFeature
    picture: NDArray[np.uint8]
    """The feature, its contrast stretched for display. Shape (h, w, 3), sRGB."""
    hue: CircularMean | None
    """Mean hue of the feature; None if none of its pixels has one."""
    images: tuple[TopImage, ...]
    """Strongest first."""
    unreadable: int
    """Top images that the feature had to do without, because their files cannot be read."""
    changed: int = 0
    """Top images that it had to do without, because their files are no longer what was seen."""


class UnitPictures:
    """Draws the pictures of the units of a census."""

    def __init__(self, census: CensusData) -> None:
        self.census = census
        self._sources: dict[Kind, CropSource] = {}

    def feature(self, kind: Kind, unit: int, top: int) -> NeuronFeature:
        """The neuron feature of a unit over its strongest images of a set.

        Raises
        ------
        FontError
            If words have to be drawn, and a font is missing.
        InvalidInput
            If the census has kept fewer images than that.
        """
        found, source = self._set(kind)
        tops = found.tops.of(slice(unit, unit + 1)).first(top)
        windows = Windows.of(self._seen_layer(unit), tops.positions[0], source.side)
        return feature_of(source, tops.images[0], windows, tops.values[0])

    def thumbnail(self, kind: Kind, unit: int, top: int) -> NDArray[np.uint8] | None:
        """The neuron feature as a small picture, sRGB; None if no image activates the unit.

        It is at most `THUMBNAIL_SIDE` pixels high and wide. A smaller feature stays as it is.
        """
        feature = self.feature(kind, unit, top)
        return shrunk(stretched(feature)) if feature.images else None

    def unit_in_set(self, kind: Kind, unit: int, top: int, first: int) -> UnitInSet:
        """A unit's feature and its first images of a set; errors as for `feature`."""
        found, source = self._set(kind)
        feature = self.feature(kind, unit, top)
        hues = feature_hues([feature]).mean() if feature.images else None
        images = tuple(self.top_images(kind, unit, first))
        unreadable = changed = 0
        if isinstance(source, PictureCrops):
            used = found.tops.of(slice(unit, unit + 1)).first(top).images[0]
            changed = sum(int(image) in source.changed for image in used)
            unreadable = sum(int(image) in source.refused for image in used) - changed
        return UnitInSet(kind, feature, stretched(feature), hues, images, unreadable, changed)

    def top_images(self, kind: Kind, unit: int, first: int) -> Iterator[TopImage]:
        """The first of a unit's strongest images, fewer if the set has fewer."""
        found, source = self._set(kind)
        layer = self._seen_layer(unit)
        tops = found.tops
        (gray,) = first_gray(found, tops.capacity, slice(unit, unit + 1))
        side = source.side
        whole = Windows(np.zeros(1, np.int64), np.zeros(1, np.int64), side)
        for rank in range(min(first, tops.capacity)):
            image = int(tops.images[unit, rank])
            if image < 0:
                return
            crop = source.crops(np.array([image]), whole)
            position = int(tops.positions[unit, rank])
            left, top, right, bottom = field_boxes(layer, [position], side)[0].tolist()
            yield TopImage(
                rank=rank,
                image=image,
                value=float(tops.values[unit, rank]),
                gray=float(gray[rank]),
                pixels=crop.pixels[0] if crop.valid.all() else None,
                box=box(layer, position, side),
                field=(left, top, right, bottom),
                condition=condition_of(found, image),
                name=picture_name(found, image),
                changed=isinstance(source, PictureCrops) and image in source.changed,
            )

    def _seen_layer(self, unit: int) -> Layer:
        return self.census.seen_layer(int(self.census.layer_numbers[unit]))

    def _set(self, kind: Kind) -> tuple[SetData, CropSource]:
        found = self.census.sets[kind]
        if kind not in self._sources:
            preprocessing = self.census.record.model.preprocessing
            self._sources[kind] = crop_source(found, preprocessing, _MEMORY)
        return found, self._sources[kind]


def shrunk(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture, shape (h, w, 3), reduced to `THUMBNAIL_SIDE` by averaging; a smaller one as is."""
    if max(picture.shape[:2]) <= THUMBNAIL_SIDE:
        return picture
    small = Image.fromarray(picture).resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.uint8)


def condition_of(found: SetData, image: int) -> Condition | None:
    """What a drawn image shows; None for a picture."""
    images = found.plan.images
    if isinstance(images, PictureSet):
        return None
    return images.combinations[images.locate(image)[0]]


def stimulus_of(found: SetData, image: int) -> ObjectStimulus | None:
    """The specification of a drawn image, to be designed further; None for a picture."""
    images = found.plan.images
    return None if isinstance(images, PictureSet) else images.spec(image).stimulus


def picture_name(found: SetData, image: int) -> str:
    """Path of a picture below its folder; empty for a drawn image."""
    return "" if found.pictures is None else found.pictures.names[image]


def picture_path(found: SetData, image: int) -> Path | None:
    """Where a picture lies; None for a drawn image."""
    pictures = found.pictures
    return None if pictures is None else Path(pictures.folder) / pictures.names[image]
