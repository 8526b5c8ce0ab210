"""The census of RN50, all 22,784 units, against a plain recording of some of them sorted in full.

``CENSUS_IMAGES`` sets the number of images; `make test-slow` takes 2,000.
"""

from __future__ import annotations

import os
from contextlib import closing

import numpy as np
import pytest
import torch

from core.census.events import CensusProgress
from core.census.folder import CensusFolder
from core.census.image_sources import FactorialSource
from core.census.plan import make_census_plan
from core.census.run import census, cut_batches
from core.census.tops import decoded, scrambled
from core.models.fast_tower import FastTower
from core.models.loading import random_session
from core.network.layer import main_convolutions
from core.network.layers import discover
from core.runs.work import Span
from core.stimuli.factorial import StroopSet
from core.sweeps.compositor import Compositor

IMAGES = int(os.environ.get("CENSUS_IMAGES", "16"))
UNITS, BATCH, CHECKED, SEED = 22_784, 8, 50, 11
STIMULI = StroopSet(samples=3, side=224, seed=5)


def plain_values(session, tower, layers, chosen, images) -> dict[tuple[str, int], np.ndarray]:
    """Values of some units, (image, position of the map), from copies of whole maps."""
    compositor = Compositor(STIMULI, session)
    modules = dict(tower.module.named_modules())
    maps: dict[str, torch.Tensor] = {}
    hooks = [
        modules[layer.module].register_forward_hook(
            lambda _module, _inputs, output, name=layer.name: maps.update({name: output.clone()})
        )
        for layer in layers
        if any(name == layer.name for name, _unit in chosen)
    ]
    found: dict[tuple[str, int], list[np.ndarray]] = {key: [] for key in chosen}
    try:
        for batch in cut_batches(images, BATCH):
            with torch.inference_mode():
                tower(compositor.compose(batch).inputs)
            for name, unit in chosen:
                found[name, unit].append(maps[name][:, unit].flatten(1).numpy().copy())
    finally:
        for hook in hooks:
            hook.remove()
    return {key: np.concatenate(parts) for key, parts in found.items()}


@pytest.mark.timeout(3600)
def test_fifty_random_units_of_rn50_have_the_lists_of_a_full_sort(tmp_path, monkeypatch) -> None:
    session = random_session("RN50", 0)
    tower = FastTower(session)  # made once: that takes as long as many images
    monkeypatch.setattr("core.census.run.FastTower", lambda _session: tower)
    layers = main_convolutions(discover(session))
    units = tuple((layer.name, layer.units) for layer in layers)
    assert sum(count for _name, count in units) == UNITS
    plan = make_census_plan("RN50", STIMULI, units, session.info, seed=SEED)
    folder = CensusFolder.create(tmp_path / "census", plan, session.info)
    source = FactorialSource(STIMULI, session)
    with closing(census(folder, session, source, batch_size=BATCH)) as events:
        for event in events:
            if isinstance(event, CensusProgress) and event.done >= IMAGES:
                break
    seen = Span(0, folder.done())
    assert seen.length >= IMAGES
    numbers = np.arange(seen.stop)

    generator = np.random.default_rng(7)
    offsets = np.cumsum([0, *(count for _name, count in units)])
    chosen = []
    for place in generator.choice(UNITS, CHECKED, replace=False):
        layer = int(np.searchsorted(offsets, place, side="right")) - 1
        chosen.append((units[layer][0], int(place - offsets[layer])))
    values = plain_values(session, tower, layers, chosen, seen)
    arrays = folder.checkpoint("units").arrays
    ties = scrambled(numbers, SEED)
    for (name, unit), maps in values.items():
        fields = ("keys", "positions", "excess", "sums", "images")
        tops = decoded({field: arrays[f"{name}/{field}"] for field in fields})
        best = maps.max(axis=1) + np.float32(0)
        order = np.lexsort((-ties, -best))[: plan.capacity]
        kept = len(order)
        assert np.array_equal(tops.values[unit, :kept], best[order]), (name, unit)
        assert np.array_equal(tops.images[unit, :kept], numbers[order]), (name, unit)
        assert np.array_equal(tops.positions[unit, :kept], maps.argmax(axis=1)[order]), (name, unit)
        assert (tops.images[unit, kept:] == -1).all()
        assert tops.excess[unit] == np.count_nonzero(best == best[order[-1]]) - np.count_nonzero(
            best[order] == best[order[-1]]
        )
        assert tops.mean[unit] == pytest.approx(float(best.mean(dtype=np.float64)), abs=1e-5)
