"""Figures 5 and 2: units counted by layer and type, by block and color selectivity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.color.terms import CHROMATIC, COLOR_TERMS
from core.units.neuron_types import COLOR, COLOR_WORD, MULTIMODAL, TYPES, NeuronTypes
from core.units.selectivity_histogram import (
    bins_of,
    selective_counts,
    selectivity_histogram,
)
from core.units.type_histogram import CATEGORIES, categories_of, type_histogram

NAN = float("nan")
LABELED = (MULTIMODAL, COLOR_WORD, COLOR)


def types_of(codes, labels):
    labels = np.where(np.isin(codes, LABELED), labels, -1).astype(np.int8)
    chromatic = np.array([label >= 0 and COLOR_TERMS[label] in CHROMATIC for label in labels], bool)
    return NeuronTypes(np.array(codes, np.uint8), labels, chromatic, (labels >= 0).astype(np.uint8))


units = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 10), st.integers(0, 3)), max_size=60)


@given(units=units)
def test_every_unit_is_counted_once_and_layers_add_up_exactly(units):
    codes, labels, layers = (
        (np.array(column, int) for column in zip(*units, strict=True))
        if (units)
        else (np.empty(0, int),) * 3
    )
    types = types_of(codes, labels)
    names = ("layer1.0", "layer1.1", "layer2.0", "empty")
    histogram = type_histogram(types, layers, names)
    assert histogram.units.tolist() == [int((layers == number).sum()) for number in range(4)]
    categories = categories_of(types)
    for number in range(4):
        for place, category in enumerate(CATEGORIES):
            in_it = [
                TYPES[code] == category
                or (
                    TYPES[code] == "color"
                    and category == ("chromatic" if chromatic else "achromatic") + " color"
                )
                for code, chromatic in zip(types.codes, types.chromatic, strict=True)
            ]
            here = np.array(in_it, bool) & (layers == number)
            assert histogram.counts[number, place] == here.sum()
            # A bar's units can be found again.
            assert np.array_equal((categories == place) & (layers == number), here)


def test_types_keep_their_order_with_colors_parted():
    types = types_of([0, 1, 2, 3, 4, 4, 5, 6], [0, 0, 0, 0, 3, 0, 0, 0])
    assert [CATEGORIES[place] for place in categories_of(types)] == list(CATEGORIES)


def test_percentages_reach_100_and_r37_a_layer_without_units_has_none():
    types = types_of([4, 4, 6], [3, 0, 0])
    histogram = type_histogram(types, np.array([0, 0, 0]), ("a", "b"))
    assert histogram.percent[0].sum() == pytest.approx(100)
    assert histogram.percent[0, CATEGORIES.index("achromatic color")] == pytest.approx(100 / 3)
    assert np.isnan(histogram.percent[1]).all()
    assert histogram.counts[1].tolist() == [0] * 8


selectivities = st.lists(
    st.tuples(st.floats(-3, 1) | st.just(NAN) | st.sampled_from([0.0, 1.0]), st.integers(0, 2)),
    max_size=60,
)


@given(units=selectivities)
def test_bins_negatives_and_undefined_units_add_up_exactly(units):
    values = np.array([value for value, _ in units], float)
    groups = np.array([group for _, group in units], int)
    histogram = selectivity_histogram(values, groups, ("stem", "layer1", "layer2"))
    assert histogram.units.tolist() == [int((groups == number).sum()) for number in range(3)]
    for number in range(3):
        own = values[groups == number]
        assert histogram.undefined[number] == np.isnan(own).sum()
        assert histogram.negative[number] == (own < -1e-5).sum()
        clear = own[own > 1e-5]
        # Away from borders, where rounding decides nothing.
        for place in range(10):
            low, high = place / 10 + 1e-6, (place + 1) / 10 - 1e-6
            assert histogram.counts[number, place] >= ((clear > low) & (clear < high)).sum()
        if histogram.defined[number]:
            assert histogram.percent[number].sum() == pytest.approx(100)
        else:
            assert np.isnan(histogram.percent[number]).all()


def test_bins_begin_with_their_lower_border():
    values = np.array(
        [0.0, 0.1, 0.2, 0.3, 0.6, 0.7, 0.9, 0.99999, 1.0, -0.5, NAN, 0.29999, 1 - 0.9]
    )
    assert bins_of(values).tolist() == [0, 1, 2, 3, 6, 7, 9, 9, 9, -1, -2, 2, 1]


def test_what_differs_from_0_by_rounding_alone_is_not_negative():
    assert bins_of(np.array([-1e-6, 1e-6, -1e-4, 1e-4])).tolist() == [0, 0, -1, 0]


def test_r38_empty_single_and_constant_data_give_a_histogram():
    groups = ("stem", "layer1")
    nothing = selectivity_histogram(np.empty(0), np.empty(0, int), groups)
    assert nothing.counts.sum() == 0 and np.isnan(nothing.percent).all()
    single = selectivity_histogram(np.array([0.35]), np.array([1]), groups)
    assert single.counts[1].tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    constant = selectivity_histogram(np.full(5, 1.0), np.zeros(5, int), groups)
    assert constant.counts[0, 9] == 5 and constant.percent[0, 10] == 100
    undefined = selectivity_histogram(np.full(5, NAN), np.zeros(5, int), groups)
    assert undefined.undefined.tolist() == [5, 0] and np.isnan(undefined.percent[0]).all()


def test_units_that_reach_a_cut_off_are_counted_by_group():
    values = np.array([0.25, 0.2499, 0.4, NAN, 0.9])
    groups = np.array([0, 0, 0, 1, 2])
    names = ("a", "b", "c", "d")
    assert selective_counts(values, 0.25, groups, names).tolist() == [2, 0, 1, 0]
    assert selective_counts(values, 0.40, groups, names).tolist() == [1, 0, 1, 0]
