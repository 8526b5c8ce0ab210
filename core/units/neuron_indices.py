"""What a census says about every unit under some thresholds: indices, types, counts.

Nothing of it is stored with the census. A `CensusReader` keeps what the last thresholds needed, so
that moving one costs only what depends on it. Imports no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.census.data import CensusData, SetData
from core.census.plan import PictureSet
from core.census.sets import Kind
from core.census.tops import DEFAULT_TOP, TiedCounts, tied_counts
from core.models.preprocessing import Preprocessing
from core.network.blocks import Grouping, by_block, by_layer
from core.network.receptive_field import field_boxes
from core.units.features.crop_shares import counted, measure_shares
from core.units.features.crops import MEMORY, CropSource, FactorialCrops, PictureCrops
from core.units.neuron_types import NeuronTypes, UnitMeasures, classify
from core.units.query import UnitTable
from core.units.selectivity import (
    GrayMethod,
    SlotSelectivity,
    color_selectivity,
    slot_selectivity,
)
from core.units.selectivity_histogram import (
    ROUNDING,
    SelectivityHistogram,
    selective_counts,
    selectivity_histogram,
)
from core.units.slot_labels import SlotLabels
from core.units.thresholds import TypeThresholds
from core.units.type_histogram import TypeHistogram, categories_of, type_histogram

Mask = NDArray[np.bool_]

Parts = Literal["layers", "blocks"]
"""How figures part the units."""


class Stopped(Exception):
    """Nobody waits for the indices any more."""


@dataclass(frozen=True, eq=False)
class NeuronIndices:
    """All indices of U units under one choice of thresholds."""

    census: CensusData
    thresholds: TypeThresholds
    slots: SlotSelectivity | None
    """Color-label selectivity; None without the Stroop set."""
    measures: UnitMeasures | None
    """What the types were told from; None without the Stroop set."""
    types: NeuronTypes | None
    """None without the Stroop set."""
    categories: NDArray[np.uint8] | None
    """Each unit's place in `core.units.type_histogram.CATEGORIES`. Shape (U,)."""
    selectivity: NDArray[np.float64]
    """Color selectivity on the natural pictures; NaN where undefined, for the reason that
    `selectivity_problem` gives. Shape (U,).
    """
    selectivity_problem: str
    """Why units have no color selectivity, with their number; empty if all have one."""
    selectivities: Mapping[Kind, NDArray[np.float64]]
    """The same on each set whose top images were seen in gray. Shape (U,)."""
    tied: Mapping[Kind, TiedCounts]
    """Of the first N images of each set."""
    groupings: Mapping[Parts, Grouping]
    type_counts: Mapping[Parts, TypeHistogram]
    """Empty without the Stroop set."""
    selectivity_counts: Mapping[Parts, SelectivityHistogram]
    selective_counts: Mapping[Parts, tuple[NDArray[np.int64], NDArray[np.int64]]]
    """Units that reach the first and the second cut-off of the color selectivity. Shape (groups,).
    """

    def __len__(self) -> int:
        """Number of units."""
        return len(self.census)

    @property
    def selective(self) -> Mask:
        """Units that reach the first cut-off of the color selectivity, bool, shape (U,)."""
        return np.asarray(self.selectivity >= self.thresholds.color_selective)

    def layer_names(self, parts: Parts) -> list[tuple[str, ...]]:
        """The layers of each layer or block."""
        grouping = self.groupings[parts]
        names = [layer.name for layer in self.census.layers]
        groups = map(grouping.members, range(len(grouping.names)))
        return [tuple(names[member] for member in members) for members in groups]

    def table(self, hue: NDArray[np.float64] | None = None) -> UnitTable:
        """What the units can be searched by, see `core.units.query`.

        Parameters
        ----------
        hue : ndarray of float64, shape (U,), optional
            Degrees; NaN where a unit has none.
        """
        census = self.census
        measures: dict[str, NDArray[np.number]] = {
            # What differs from zero by rounding alone must not look negative.
            "selectivity": np.where(np.abs(self.selectivity) <= ROUNDING, 0.0, self.selectivity)
        }
        for kind, name in (("stroop", "stroop"), ("shapes", "shapes"), ("pictures", "natural")):
            if kind in census.sets:
                measures[name] = census.sets[kind].tops.maximum
        if "stroop" in self.tied:
            measures["tied"] = self.tied["stroop"].sharing
        if hue is not None:
            measures["hue"] = hue
        return UnitTable(
            layers=tuple(layer.name for layer in census.layers),
            layer_of=census.layer_numbers,
            numbers=census.unit_numbers,
            types=self.types,
            slots=self.slots,
            measures=measures,
        )


class CensusReader:
    """Works out indices; for one thread at a time."""

    def __init__(self, census: CensusData) -> None:
        self.census = census
        self._groupings: dict[Parts, Grouping] = {
            "layers": by_layer(census.layers),
            "blocks": by_block(census.layers),
        }
        self._group_of = {
            parts: grouping.group_of[census.layer_numbers]
            for parts, grouping in self._groupings.items()
        }
        self._slots: tuple[tuple[int, float], SlotSelectivity] | None = None
        self._selectivity: tuple[tuple[int, GrayMethod], dict[Kind, NDArray[np.float64]]] | None
        self._selectivity = None
        self._tied: tuple[int, dict[Kind, TiedCounts]] | None = None

    def read(
        self, thresholds: TypeThresholds, go_on: Callable[[], bool] = lambda: True
    ) -> NeuronIndices:
        """Work everything out.

        Parameters
        ----------
        go_on : callable
            Asked now and then; False ends the work with `Stopped`.

        Raises
        ------
        InvalidInput
            If an index would need more images than the census has kept.
        Stopped
        FontError
            If words have to be drawn, and a font is missing.
        """
        sets = self.census.sets
        measures = types = None
        slots = self._slots_of(thresholds, go_on)
        if slots is not None:
            natural = sets["pictures"].tops.maximum if "pictures" in sets else None
            shapes = sets["shapes"].tops.maximum if "shapes" in sets else None
            measures = UnitMeasures(slots, sets["stroop"].tops.maximum, natural, shapes)
            types = classify(measures, thresholds)
        selectivities = self._selectivities_of(thresholds)
        nothing = np.full(len(self.census), np.nan)
        selectivity = selectivities.get("pictures", nothing)
        return NeuronIndices(
            census=self.census,
            thresholds=thresholds,
            slots=slots,
            measures=measures,
            types=types,
            categories=None if types is None else categories_of(types),
            selectivity=selectivity,
            selectivity_problem=_selectivity_problem(self.census, selectivity),
            selectivities=selectivities,
            tied=self._tied_of(thresholds.top),
            groupings=self._groupings,
            type_counts={
                parts: type_histogram(types, self._group_of[parts], grouping.names)
                for parts, grouping in self._groupings.items()
                if types is not None
            },
            selectivity_counts={
                parts: selectivity_histogram(selectivity, self._group_of[parts], grouping.names)
                for parts, grouping in self._groupings.items()
            },
            selective_counts={
                parts: (
                    self._reaching(selectivity, thresholds.color_selective, parts),
                    self._reaching(selectivity, thresholds.strongly_selective, parts),
                )
                for parts in self._groupings
            },
        )

    def _reaching(
        self, selectivity: NDArray[np.float64], cut_off: float, parts: Parts
    ) -> NDArray[np.int64]:
        names = self._groupings[parts].names
        return selective_counts(selectivity, cut_off, self._group_of[parts], names)

    def _slots_of(
        self, thresholds: TypeThresholds, go_on: Callable[[], bool]
    ) -> SlotSelectivity | None:
        found = self.census.sets.get("stroop")
        if found is None:
            return None
        key = thresholds.top, thresholds.slot_share
        if self._slots is None or self._slots[0] != key:
            images = found.plan.images
            assert not isinstance(images, PictureSet)
            shares = self._counted(found, thresholds, go_on) if thresholds.slot_share else None
            slots = slot_selectivity(found.tops, SlotLabels.of(images), thresholds.top, shares)
            self._slots = key, slots
        return self._slots[1]

    def _counted(
        self, found: SetData, thresholds: TypeThresholds, go_on: Callable[[], bool]
    ) -> tuple[Mask, Mask]:
        """Where a slot's part of the picture takes up enough of a crop; see `crop_shares`."""
        stimuli = found.plan.images
        assert not isinstance(stimuli, PictureSet)
        top = found.tops.first(thresholds.top)
        boxes = np.empty((*top.images.shape, 4), dtype=np.int64)
        for number in range(len(self.census.layers)):
            rows = self.census.layer_numbers == number
            layer = self.census.seen_layer(number)
            boxes[rows] = field_boxes(layer, top.positions[rows], stimuli.side)
        boxes = boxes.clip(0, stimuli.side)
        shares = np.empty(top.images.size, dtype=np.float32)
        for _ in measure_shares(stimuli, top.images.ravel(), boxes.reshape(-1, 4), shares):
            if not go_on():
                raise Stopped
        return counted(shares.reshape(top.images.shape), thresholds.slot_share)

    def _selectivities_of(self, thresholds: TypeThresholds) -> dict[Kind, NDArray[np.float64]]:
        key = thresholds.top, thresholds.gray_method
        if self._selectivity is None or self._selectivity[0] != key:
            found = {
                kind: color_selectivity(
                    data.tops.first(thresholds.top).values,
                    first_gray(data, thresholds.top),
                    thresholds.gray_method,
                )
                for kind, data in self.census.sets.items()
                if data.gray is not None
            }
            self._selectivity = key, found
        return self._selectivity[1]

    def _tied_of(self, top: int) -> dict[Kind, TiedCounts]:
        if self._tied is None or self._tied[0] != top:
            sets = self.census.sets
            self._tied = top, {kind: tied_counts(data.tops, top) for kind, data in sets.items()}
        return self._tied[1]


def most_images(census: CensusData) -> int:
    """The largest number of images that every index of a census can look at."""
    lists = [found.tops for found in census.sets.values()]
    cut = [tops.capacity for tops in lists if tops.total > tops.capacity]
    return min(cut) if cut else max((tops.capacity for tops in lists), default=DEFAULT_TOP)


def first_gray(found: SetData, top: int, units: slice = slice(None)) -> NDArray[np.float32]:
    """Values for the gray versions of the first images of some units' lists.

    Returns
    -------
    ndarray of float32, shape (U, N)
        As the values of ``found.tops.of(units).first(top)``; NaN where nothing was measured.
    """
    wanted = found.tops.of(units).first(top).values
    gray = np.full(wanted.shape, np.nan, dtype=np.float32)
    if found.gray is not None:
        measured = found.gray[units, : wanted.shape[1]]
        gray[:, : measured.shape[1]] = measured
    return gray


def crop_source(
    found: SetData, preprocessing: Preprocessing, memory: int = MEMORY, *, exact: bool = False
) -> CropSource:
    """Crops of the images of a set as the model of the census gets them; for one thread at a time.

    Parameters
    ----------
    memory : int
        Bytes of pictures or masks to keep.
    exact : bool
        Raise a `RunError` at a picture that has changed since, rather than go without it.
    """
    images = found.plan.images
    if isinstance(images, PictureSet):
        paths = found.pictures.paths() if found.pictures is not None else []
        return PictureCrops(paths, preprocessing, memory, seen=found.seen, exact=exact)
    return FactorialCrops(images, memory)


def content_key(census: CensusData) -> str:
    """SHA-256, hexadecimal, of what the census asked and how far it has come.

    A name for anything worked out from it that shall be found again.
    """
    digest = sha256()
    for kind, found in census.sets.items():
        digest.update(f"{kind} {found.plan.content_hash()} {found.done}\n".encode())
        if found.seen is not None:
            digest.update(found.seen.known)
    return digest.hexdigest()


def _selectivity_problem(census: CensusData, selectivity: NDArray[np.float64]) -> str:
    missing = np.isnan(selectivity)
    count = int(np.count_nonzero(missing))
    if not count:
        return ""
    found = census.sets.get("pictures")
    if found is None:
        return "No neuron has a color selectivity, because the census has seen no natural pictures."
    if found.gray is None:
        return (
            "No neuron has a color selectivity, because the strongest natural pictures were not "
            "seen in gray yet."
        )
    silent = ~(found.tops.maximum > 0)
    parts = []
    for number, reason in (
        (int(np.count_nonzero(missing & silent)), "no natural picture activates"),
        (int(np.count_nonzero(missing & ~silent)), "not all pictures were seen in gray for"),
    ):
        if number:
            units, them = ("neuron has", "it") if number == 1 else ("neurons have", "them")
            parts.append(
                f"{number:,} of {len(census):,} {units} no color selectivity, because {reason} "
                f"{them}."
            )
    return " ".join(parts)
