"""All that a census has found, as arrays over all units of all layers. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.census.folder import (
    REFUSED_NAME,
    CensusFolder,
    DamagedCensus,
    seen_pictures,
)
from core.census.pictures import PicturePaths, SeenPictures
from core.census.plan import CensusPlan
from core.census.sets import CensusOfSets, CensusRecord, Kind
from core.census.tops import UNIT_ARRAYS, TopImages, decoded
from core.network.layer import Layer

UNITS = "units"
GRAY = "gray"
LIST_FIELDS = ("keys", "positions", "excess", "sums", "images")


@dataclass(frozen=True, eq=False)
class SetData:
    """What is known from one set."""

    plan: CensusPlan
    tops: TopImages
    """Of all U units, layer after layer."""
    gray: NDArray[np.float32] | None
    """Shape (U, K), or None. Value at the stored position for the gray version of each top
    image, NaN where it was not measured; None if the gray pass was not run, or is older than the
    lists."""
    done: int
    total: int
    """Images."""
    pictures: PicturePaths | None
    refused: dict[int, str]
    """Pictures that could not be read."""
    seen: SeenPictures | None = None
    """What the files of pictures held, to be compared when they are read again."""

    @property
    def partial(self) -> bool:
        """True if not all images of the set were seen."""
        return self.done < self.total


@dataclass(frozen=True, eq=False)
class CensusData:
    """What is known from all sets."""

    path: Path
    record: CensusRecord
    sets: dict[Kind, SetData]
    """Only those that have begun."""
    layer_numbers: NDArray[np.int32]
    """Shape (U,). Index into `record.layers` of each unit."""
    unit_numbers: NDArray[np.int32]
    """Shape (U,). Number of each unit in its layer."""

    def __len__(self) -> int:
        """Number of units."""
        return len(self.layer_numbers)

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self.record.layers

    def layer_of(self, unit: int) -> Layer:
        """The layer of a unit, by its place in the arrays."""
        return self.layers[int(self.layer_numbers[unit])]

    def seen_layer(self, number: int) -> Layer:
        """A layer by its place, with the whole image as its field where values have no place.

        The mean of a map, and the value of a class token, come from all of the image.
        """
        layer = self.layers[number]
        if self.record.summary == "max":
            return layer
        return msgspec.structs.replace(layer, receptive_field=None)

    def name_of(self, unit: int) -> str:
        """Layer and number, e.g. ``"layer3.4 #17"``."""
        return f"{self.layer_of(unit).name} #{self.unit_numbers[unit]}"


def load_census(path: Path) -> CensusData:
    """Read a census, finished or not.

    Raises
    ------
    RunError
        If any of its files is damaged; `DamagedCensus` where going on with it mends that. Nothing
        is taken for unseen, or from older lists, in silence.
    """
    whole = CensusOfSets.open(path)
    layers = whole.record.layers
    units = [layer.units for layer in layers]
    sets: dict[Kind, SetData] = {}
    for kind in whole.kinds:
        found = _set_data(whole.folder(kind))
        if found is not None:
            sets[kind] = found
    return CensusData(
        path=path,
        record=whole.record,
        sets=sets,
        layer_numbers=np.repeat(np.arange(len(layers)), units).astype(np.int32),
        unit_numbers=np.concatenate([np.arange(count) for count in units]).astype(np.int32),
    )


def _set_data(folder: CensusFolder) -> SetData | None:
    folder.check_manifest()
    lists, gray = folder.checkpoint(UNITS), folder.checkpoint(GRAY)
    if lists is None:
        return None
    if folder.lost_refusals(lists):
        raise DamagedCensus(folder.path / REFUSED_NAME, "is missing")
    by_layer = [
        decoded({field: lists.arrays[f"{name}/{field}"] for field in LIST_FIELDS})
        for name in folder.plan.layers
    ]
    current = gray is not None and int(gray.arrays["after"][0]) == lists.done
    return SetData(
        plan=folder.plan,
        tops=_joined(by_layer),
        gray=(
            np.concatenate([gray.arrays[name] for name in folder.plan.layers])
            if gray is not None and current
            else None
        ),
        done=lists.done,
        total=len(folder.plan),
        pictures=folder.pictures,
        refused=folder.refused(),
        seen=seen_pictures(folder, lists),
    )


def _joined(parts: list[TopImages]) -> TopImages:
    return TopImages(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in UNIT_ARRAYS},
        total=parts[0].total,
    )
