"""What the order of tied images does to a census: seeded lots against two orders of enumeration.

    python -m tools.tie_order CENSUS

The Stroop set of a finished census is seen once more, with the units' lists filled in three ways:
ties by lot, as the census does it; in the order of the set, where all combinations of one sample
follow each other; and combination by combination, where all samples of one word in one color on one
background follow each other, as a program with nested loops would write its files. The natural
pictures and shapes play the same part in all three. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.census.data import CensusData, load_census
from core.census.plan import PictureSet
from core.census.run import cut_batches, planned_layers
from core.census.sets import CensusOfSets
from core.census.top_images import TopAccumulator
from core.census.tops import TopImages, scrambled, tied_counts, unscrambled
from core.commands.begun import load_again
from core.models.fast_tower import FastTower
from core.network.recording import Recorder
from core.runs.work import Span
from core.stimuli.factorial import StroopSet
from core.sweeps.compositor import Compositor
from core.units.neuron_indices import CensusReader, NeuronIndices
from core.units.neuron_types import UnitMeasures, classify
from core.units.selectivity import slot_selectivity
from core.units.slot_labels import SlotLabels
from core.units.thresholds import TypeThresholds
from core.units.type_histogram import CATEGORIES, type_histogram

_HIGHEST = 2**32 - 1
_SHOWN = ("color multimodal", "color word", "chromatic color", "achromatic color", "any word")
_ORDERS = ("by lot", "set order", "combination order")


def places(stimuli: StroopSet, images: NDArray[np.int64], order: str) -> NDArray[np.int64]:
    """The place of images among tied ones: the lowest is taken first."""
    if order == "set order":
        return images
    found = np.array([stimuli.locate(int(image)) for image in images], dtype=np.int64)
    return found[:, 0] * stimuli.samples + found[:, 1]


def recorded(whole: CensusOfSets, batch: int) -> dict[str, dict[str, TopAccumulator]]:
    """The lists of all layers in the two orders of enumeration."""
    folder = whole.folder("stroop")
    plan = folder.plan
    stimuli = plan.images
    assert isinstance(stimuli, StroopSet)
    session = load_again(plan.model, whole.record.model.source, None, "cpu")
    layers = planned_layers(plan, session)
    tower, compositor = FastTower(session), Compositor(stimuli, session)
    lists = {
        order: {
            layer.name: TopAccumulator(layer.units, session.device, plan.seed, plan.capacity)
            for layer in layers
        }
        for order in _ORDERS[1:]
    }
    begun = told = time.monotonic()
    for images in cut_batches(Span(0, len(stimuli)), batch):
        inputs = compositor.compose(images).inputs
        with Recorder(tower.module, layers, plan.summary) as recorder:
            tower(inputs)
            peaks = recorder.take()
        for order, accumulators in lists.items():
            # Numbers whose seeded tie key falls as their place in the order rises.
            keys = _HIGHEST - places(stimuli, images, order)
            numbers = unscrambled(keys, plan.seed)
            for name, (values, positions) in peaks.items():
                accumulators[name].add(values, positions, numbers)
        if time.monotonic() > told + 30:
            told = time.monotonic()
            done = int(images[-1]) + 1
            print(f"{done:,} images, {done / (told - begun):,.0f}/s", file=sys.stderr, flush=True)
    return lists


def listed(
    stimuli: StroopSet, accumulators: dict[str, TopAccumulator], order: str, seed: int
) -> TopImages:
    """The lists of all layers, with the true numbers of the images."""
    parts = [accumulator.result() for accumulator in accumulators.values()]
    names = ("values", "positions", "maximum", "mean", "excess")
    keys = np.concatenate([part.images for part in parts])
    ranks = _HIGHEST - scrambled(keys, seed)
    if order != "set order":
        combination, sample = np.divmod(ranks, stimuli.samples)
        ranks = _image_numbers(stimuli, combination, sample)
    images = np.where(keys < 0, -1, ranks)
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return TopImages(images=images, total=parts[0].total, **arrays)


def _image_numbers(
    stimuli: StroopSet, combination: NDArray[np.int64], sample: NDArray[np.int64]
) -> NDArray[np.int64]:
    # The sets are ordered sample first.
    return sample * len(stimuli.combinations) + combination


def typed(census: CensusData, tops: TopImages, limits: TypeThresholds) -> NDArray[np.int64]:
    """Units by layer and category, int64, shape (layers, categories)."""
    stimuli = census.sets["stroop"].plan.images
    assert not isinstance(stimuli, PictureSet)
    slots = slot_selectivity(tops, SlotLabels.of(stimuli), limits.top)
    measures = UnitMeasures(
        slots,
        tops.maximum,
        census.sets["pictures"].tops.maximum,
        census.sets["shapes"].tops.maximum,
    )
    names = tuple(layer.name for layer in census.layers)
    return type_histogram(classify(measures, limits), census.layer_numbers, names).counts


def table(indices: NeuronIndices, counts: dict[str, NDArray[np.int64]]) -> str:
    """The counts of each layer side by side."""
    census = indices.census
    top = indices.thresholds.top
    tied = tied_counts(census.sets["stroop"].tops, top).left_out > 0
    rows = ["| Layer | Units | Tied beyond the list | " + " | ".join(_SHOWN) + " |"]
    rows.append("|---|--:|--:|" + "--:|" * len(_SHOWN))
    columns = [CATEGORIES.index(name) for name in _SHOWN]
    for place, layer in enumerate(census.layers):
        of_layer = census.layer_numbers == place
        cells = [" / ".join(f"{counts[o][place, c]:,}" for o in _ORDERS) for c in columns]
        rows.append(
            f"| {layer.name} | {layer.units:,} | {int(tied[of_layer].sum()):,} | "
            + " | ".join(cells)
            + " |"
        )
    cells = [" / ".join(f"{counts[o][:, c].sum():,}" for o in _ORDERS) for c in columns]
    rows.append(f"| **all** | {len(census):,} | {int(tied.sum()):,} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("census", type=Path)
    parser.add_argument("--batch", type=int, default=64)
    arguments = parser.parse_args()
    whole = CensusOfSets.open(arguments.census)
    census = load_census(arguments.census)
    indices = CensusReader(census).read(TypeThresholds())
    plan = whole.folder("stroop").plan
    stimuli = plan.images
    assert isinstance(stimuli, StroopSet)
    counts = {"by lot": typed(census, census.sets["stroop"].tops, indices.thresholds)}
    for order, accumulators in recorded(whole, arguments.batch).items():
        tops = listed(stimuli, accumulators, order, plan.seed)
        # The values do not depend on the order; anything else would be a fault.
        assert np.array_equal(tops.values, census.sets["stroop"].tops.values, equal_nan=True)
        counts[order] = typed(census, tops, indices.thresholds)
    print(f"Each cell: {' / '.join(_ORDERS)}.\n")
    print(table(indices, counts))


if __name__ == "__main__":
    main()
