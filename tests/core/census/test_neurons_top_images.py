"""Top lists equal a full sort, whatever the values, ties, batches, stops and merges."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.base.errors import ModelError
from core.census.top_images import TopAccumulator
from core.census.tops import scrambled, unscrambled

CPU = torch.device("cpu")
VALUES = {
    "random": lambda rng, shape: rng.normal(size=shape),
    "negative": lambda rng, shape: -rng.random(shape) - 1e3,
    "massive ties": lambda rng, shape: rng.integers(0, 3, shape).astype(float),
    "constant": lambda rng, shape: np.full(shape, 0.25),
    "zeros of both signs": lambda rng, shape: np.where(rng.random(shape) < 0.5, 0.0, -0.0),
    "rare": lambda rng, shape: np.where(rng.random(shape) < 0.02, rng.random(shape), 0.0),
    "ascending": lambda rng, shape: np.arange(shape[0])[:, None] * np.ones(shape),
}


def fed(values, positions, order, capacity=20, seed=4, batch=7, pending=None):
    lists = TopAccumulator(values.shape[1], CPU, seed, capacity)
    for start in range(0, len(order), batch):
        images = order[start : start + batch]
        lists.add(torch.from_numpy(values[images]), torch.from_numpy(positions[images]), images)
        if pending and start % pending == 0:
            lists.flush()
    return lists


def expected(values, positions, capacity, seed):
    """By a full sort: value first, then the scrambled number, larger first."""
    images = np.arange(len(values))
    keys = scrambled(images, seed)
    found = []
    for unit in range(values.shape[1]):
        column = values[:, unit] + 0.0
        order = np.lexsort((-keys, -column))[:capacity]
        left_out = np.count_nonzero(column == column[order[-1]]) - np.count_nonzero(
            column[order] == column[order[-1]]
        )
        found.append((order, column[order], positions[order, unit], left_out))
    return found


def assert_exact(lists, values, positions, capacity=20, seed=4):
    tops = lists.result()
    for unit, (images, best, places, left_out) in enumerate(
        expected(values, positions, capacity, seed)
    ):
        count = len(images)
        assert tops.images[unit, :count].tolist() == images.tolist()
        assert tops.values[unit, :count].tolist() == best.tolist()
        assert tops.positions[unit, :count].tolist() == places.tolist()
        assert (tops.images[unit, count:] == -1).all()
        assert np.isnan(tops.values[unit, count:]).all()
        assert tops.excess[unit] == (left_out if count == capacity else 0)
        assert tops.maximum[unit] == values[:, unit].max()
    assert tops.mean == pytest.approx(values.astype(float).mean(axis=0), rel=1e-4, abs=2e-6)
    assert tops.total == len(values)


def make(kind, images=203, units=6, seed=0):
    rng = np.random.default_rng(seed)
    values = VALUES[kind](rng, (images, units)).astype(np.float32)
    return values, rng.integers(0, 500, (images, units)).astype(np.int32)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("pending", [None, 7, 21])
def test_lists_equal_a_full_sort(kind, pending):
    values, positions = make(kind)
    lists = fed(values, positions, np.arange(len(values)), pending=pending)
    assert_exact(lists, values, positions)


@pytest.mark.parametrize("kind", VALUES)
def test_neither_order_nor_batch_size_matters(kind):
    values, positions = make(kind)
    wanted = fed(values, positions, np.arange(len(values))).state()
    shuffled = np.random.default_rng(9).permutation(len(values))
    for order, batch, pending in (
        (shuffled, 1, 5),
        (shuffled, 203, None),
        (shuffled[::-1], 64, 64),
    ):
        found = fed(values, positions, order, batch=batch, pending=pending).state()
        for name, array in wanted.items():
            assert np.array_equal(found[name], array), name


@pytest.mark.parametrize("kind", VALUES)
def test_merging_parts_equals_one_pass(kind):
    values, positions = make(kind)
    order = np.arange(len(values))
    wanted = fed(values, positions, order).state()
    for cuts in ((10, 100), (1, 202), (50, 60)):
        parts = [fed(values, positions, part) for part in np.split(order, cuts)]
        first, *others = parts[::-1]
        for other in others:
            first.merge(other)
        for name, array in wanted.items():
            assert np.array_equal(first.state()[name], array), (cuts, name)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("stop", [0, 1, 20, 21, 150])
def test_stopped_at_any_image_and_resumed_equals_never_stopped(kind, stop):
    values, positions = make(kind)
    order = np.arange(len(values))
    first = fed(values, positions, order[:stop])
    resumed = TopAccumulator.restored(first.state(), CPU)
    for image in order[stop:]:
        resumed.add(
            torch.from_numpy(values[[image]]), torch.from_numpy(positions[[image]]), order[[image]]
        )
    wanted = fed(values, positions, order).state()
    assert all(np.array_equal(resumed.state()[name], array) for name, array in wanted.items())


def test_fewer_images_than_places_leave_places_empty():
    values, positions = make("random", images=5)
    assert_exact(fed(values, positions, np.arange(5)), values, positions)


def test_parts_without_any_image_leave_none_out():
    nothing = TopAccumulator(3, CPU, 4, 20)
    nothing.merge(TopAccumulator(3, CPU, 4, 20))
    tops = nothing.result()
    assert tops.excess.tolist() == [0, 0, 0]
    assert (tops.images == -1).all()


def test_ties_are_taken_in_an_order_that_the_seed_alone_decides():
    values, positions = make("constant", images=2000, units=1)
    tops = [
        fed(values, positions, np.arange(2000), seed=seed, batch=500).result() for seed in (1, 1, 2)
    ]
    assert np.array_equal(tops[0].images, tops[1].images)
    assert not np.array_equal(tops[0].images, tops[2].images)
    # Spread over the set, not its beginning.
    assert tops[0].images.max() > 1500
    assert abs(tops[0].images.mean() - 1000) < 4 * 2000 / np.sqrt(12 * 20)
    assert tops[0].excess[0] == 1980


def test_lists_of_another_seed_do_not_merge():
    with pytest.raises(ValueError, match="another seed"):
        TopAccumulator(3, CPU, 1).merge(TopAccumulator(3, CPU, 2))


def test_values_that_are_not_finite_are_an_error():
    lists = TopAccumulator(1, CPU)
    for value in (float("nan"), float("inf")):
        with pytest.raises(ModelError, match="not finite"):
            lists.add(
                torch.tensor([[value]]), torch.zeros((1, 1), dtype=torch.int32), np.array([0])
            )


def test_scrambling_is_one_to_one():
    numbers = np.concatenate(
        [np.arange(10_000), np.array([2**32 - 1, 2**31, 2**31 - 1, 10**9])]
    ).astype(np.int64)
    for seed in (0, 1, 12345):
        keys = scrambled(numbers, seed)
        assert len(np.unique(keys)) == len(numbers)
        assert keys.min() >= 0 and keys.max() < 2**32
        assert np.array_equal(unscrambled(keys, seed), numbers)
