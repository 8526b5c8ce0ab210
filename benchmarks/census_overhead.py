"""What a census costs beside the bare forward passes, and what one gray pass for all units saves.

On RN50 with random weights: a census of the 16 block outputs, and of all 54 main-path
convolutions, beside bare forward passes of the same images on the same tower, batch by batch in
turn. On the embedded model: the gray pass of one layer beside one pass for each unit.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks._report import finish, print_table
from core.census.data import UNITS
from core.census.events import CensusProgress
from core.census.folder import CensusFolder
from core.census.gray_pass import gray_pass, gray_plan
from core.census.image_sources import FactorialSource
from core.census.plan import make_census_plan
from core.census.run import census, restored_lists
from core.models.fast_tower import FastTower
from core.models.loading import load_session, random_session
from core.models.session import ModelSession
from core.network.layer import Layer, block_outputs, main_convolutions
from core.network.layers import discover
from core.stimuli.factorial import StroopSet, WhiteStroop

BATCH = 16
IMAGES = 192
TOP = 100


def main() -> int:
    """Measure and print; the result is the exit status."""
    session = random_session("RN50")
    layers = discover(session)
    rows, ratios = [], {}
    for title, chosen in (
        ("16 block outputs", block_outputs(layers)),
        ("all convolutions", main_convolutions(layers)),
    ):
        bare, whole = beside_bare(session, chosen)
        units = sum(layer.units for layer in chosen)
        speeds = IMAGES / bare, IMAGES / whole
        rows.append(
            [
                f"RN50, {title}",
                f"{units:,}",
                *(f"{speed:.1f}" for speed in speeds),
                f"{bare / whole:.2f}",
            ]
        )
        ratios[f"bare forward / census speed, {title}"] = whole / bare
    print_table(["Census", "Units", "Bare images/s", "Census images/s", "Census / bare"], rows)
    print()

    found = gray_beside_unit_by_unit()
    print_table(["Gray pass of one layer", "Images run", "Seconds"], found.rows)
    ratios["gray pass / one pass for each unit, time"] = found.time_ratio
    ratios["gray pass images / images of the set"] = found.image_ratio
    return finish(
        "census_overhead",
        ratios,
        {
            "bare forward / census speed, 16 block outputs": 1 / 0.80,
            "bare forward / census speed, all convolutions": 1 / 0.60,
            "gray pass images / images of the set": 1.0,
            "gray pass / one pass for each unit, time": 0.5,
        },
    )


def beside_bare(session: ModelSession, layers: tuple[Layer, ...]) -> tuple[float, float]:
    """Seconds of bare forward passes and of a census of the same images, in turn."""
    stimuli = StroopSet(samples=1, side=session.info.preprocessing.side)
    plan = make_census_plan(
        "Benchmark", stimuli, tuple((layer.name, layer.units) for layer in layers), session.info
    )
    tower = FastTower(session)
    inputs = [
        batch.inputs.clone()
        for batch in FactorialSource(stimuli, session).batches(
            [np.arange(start, start + BATCH) for start in range(0, IMAGES, BATCH)]
        )
    ]
    tower(inputs[0])
    bare = whole = 0.0
    with tempfile.TemporaryDirectory() as folder:
        place = CensusFolder.create(Path(folder) / "census", plan, session.info)
        source = FactorialSource(stimuli, session)
        events = census(place, session, source, batch_size=BATCH)
        next(events)  # started: the tower is made, the first image not yet drawn
        for batch in inputs:
            begun = time.perf_counter()
            tower(batch)
            bare += time.perf_counter() - begun
            begun = time.perf_counter()
            while not isinstance(next(events), CensusProgress):
                pass
            whole += time.perf_counter() - begun
        begun = time.perf_counter()
        events.close()  # brings the lists up to date and stores them
        whole += time.perf_counter() - begun
    return bare, whole


class GrayFound:
    """What the gray passes took."""

    def __init__(self, union: int, entries: int, images: int, one: float, each: float) -> None:
        self.time_ratio = one / each
        self.image_ratio = union / images
        self.rows = [
            ["one pass for all units", f"{union:,}", f"{one:.2f}"],
            ["one pass for each unit", f"{entries:,}", f"{each:.2f}"],
        ]


def gray_beside_unit_by_unit() -> GrayFound:
    """The gray pass of a layer, and the same values unit by unit, on the embedded model."""
    session = load_session("embedded")
    layer = next(layer for layer in discover(session) if layer.name == "layer1.0")
    stimuli = WhiteStroop(samples=10, side=session.info.preprocessing.side)
    plan = make_census_plan("Benchmark", stimuli, ((layer.name, layer.units),), session.info)
    with tempfile.TemporaryDirectory() as parent:
        folder = CensusFolder.create(Path(parent) / "census", plan, session.info)
        source = FactorialSource(stimuli, session)
        for _event in census(folder, session, source, batch_size=32):
            pass
        begun = time.perf_counter()
        for _event in gray_pass(folder, session, source, first=TOP):
            pass
        one = time.perf_counter() - begun
        lists = folder.checkpoint(UNITS)
        assert lists is not None
        tops = restored_lists(plan, lists, session.device)[layer.name].result()
        images = tops.images[:, :TOP]
        counted = gray_plan(images)
        tower = FastTower(session)
        begun = time.perf_counter()
        for unit in range(layer.units):
            numbers = np.sort(images[unit])
            batches = [numbers[start : start + 32] for start in range(0, TOP, 32)]
            for batch in source.batches(batches, gray=True):
                tower(batch.inputs)
        each = time.perf_counter() - begun
    return GrayFound(len(counted.union), counted.entries, len(stimuli), one, each)


if __name__ == "__main__":
    sys.exit(main())
