"""Top lists, color selectivity and color-label selectivity against slow and plain versions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.base.errors import InvalidInput
from core.census.tops import TopImages, tied_counts
from core.color.luma import gray_version
from core.color.terms import ACHROMATIC, COLOR_TERMS
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.stimuli.render import render, render_coverage
from core.units.features.crop_shares import counted, mask_numbers, measure_shares
from core.units.selectivity import (
    CHANCE,
    SlotSelectivity,
    color_selectivity,
    label_selectivity,
    negative_counts,
    slot_selectivity,
)
from core.units.slot_labels import SlotLabels
from tests.support.sorted_tops import sorted_tops
from tests.support.unit_census import figure_shares

NAN = float("nan")


def floats(*rows):
    return np.array(rows, dtype=np.float32)


# Lists ----------------------------------------------------------------------------------------

small_values = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=st.integers(-2, 3)
)


@given(values=small_values, capacity=st.integers(1, 15), seed=st.integers(0, 5))
def test_the_reference_lists_are_full_sorts_and_count_what_they_leave_out(values, capacity, seed):
    keys = np.random.default_rng(seed).permutation(values.shape[1])
    tops = sorted_tops(values, capacity, keys=keys)
    for unit, row in enumerate(values):
        wanted = sorted(range(len(row)), key=lambda i: (-row[i], -keys[i]))[:capacity]
        count = len(wanted)
        assert tops.images[unit].tolist() == wanted + [-1] * (capacity - count)
        assert tops.values[unit, :count].tolist() == row[wanted].tolist()
        assert np.isnan(tops.values[unit, count:]).all()
        left_out = set(range(len(row))) - set(wanted)
        assert tops.excess[unit] == sum(row[i] == row[wanted[-1]] for i in left_out)
        assert tops.maximum[unit] == row.max()
        assert tops.mean[unit] == pytest.approx(row.mean())
    assert tops.counts.tolist() == [min(capacity, values.shape[1])] * len(values)


@given(values=small_values, capacity=st.integers(1, 15), n=st.integers(1, 15))
def test_tied_images_are_counted_exactly_even_beyond_the_list(values, capacity, n):
    tops = sorted_tops(values, capacity)
    if n > capacity and values.shape[1] > capacity:
        for call in (tied_counts, TopImages.first):
            with pytest.raises(InvalidInput, match=f"kept the {capacity} strongest"):
                call(tops, n)
        return
    tied = tied_counts(tops, n)
    shorter = tops.first(n)
    for unit, row in enumerate(values):
        ranked = np.sort(row)[::-1]
        last = ranked[: min(n, len(ranked))][-1]
        assert tied.sharing[unit] == np.count_nonzero(row == last)
        assert tied.inside[unit] == np.count_nonzero(ranked[:n] == last)
        assert tied.left_out[unit] == shorter.excess[unit]
        assert shorter.images[unit].tolist() == tops.images[unit, :n].tolist()
    # A list cut twice is a list cut once.
    again = tied_counts(shorter, min(n, shorter.capacity))
    assert again.sharing.tolist() == tied.sharing.tolist()


def test_what_a_lot_decided_is_said():
    tied = tied_counts(sorted_tops(floats([5] * 4 + [1], [5, 4, 3, 2, 1]), 3), 3)
    assert tied.in_words(0) == (
        "4 images of the set share the last value of the list; 3 of them were drawn by lot."
    )
    assert tied.in_words(1) == ""


@pytest.mark.parametrize("n", [0, -3])
def test_an_index_of_no_images_is_refused(n):
    with pytest.raises(InvalidInput, match="at least one"):
        tied_counts(sorted_tops(floats([1, 2]), 2), n)


def test_lists_of_no_units_and_of_no_images():
    for tops in (
        sorted_tops(np.empty((0, 4), np.float32), 2),
        sorted_tops(np.empty((3, 0), np.float32), 2),
    ):
        assert tied_counts(tops, 2).sharing.tolist() == [0] * len(tops)
        assert tops.counts.tolist() == [0] * len(tops)
        slots = slot_selectivity(tops, SlotLabels.of(StroopSet()), 2)
        assert slots.word.shape == (len(tops), 11)
        assert not slots.defined.any()


def test_arrays_that_do_not_fit_together_are_a_mistake():
    tops = sorted_tops(floats([1, 2], [3, 4]), 2)
    with pytest.raises(ValueError, match="do not fit"):
        TopImages(
            tops.values, tops.images, tops.positions, tops.maximum[:1], tops.mean, tops.excess, 2
        )
    chosen = tops.of(np.array([1]))
    assert chosen.values.tolist() == [[4, 3]]
    assert chosen.mean.tolist() == [3.5]


# Color selectivity ----------------------------------------------------------------------------


def unit_values(pictures, seed=0):
    """Rectified random projections of pictures, one row a unit."""
    flat = pictures.reshape(len(pictures), -1).astype(np.float32) / 255
    units = np.random.default_rng(seed).normal(size=(40, flat.shape[1])).astype(np.float32)
    return np.maximum(units @ flat.T, 0)


@pytest.mark.parametrize("variant", ["ratio", "clip"])
def test_a_set_that_is_gray_already_gives_0_for_every_unit(variant):
    stimuli = ShapeSet(samples=1, side=16)
    gray_pairs = [
        i
        for i, condition in enumerate(stimuli.combinations)
        if condition.figure in ACHROMATIC and condition.background in ACHROMATIC
    ]
    pictures = np.stack([render(stimuli.spec(i).stimulus) for i in gray_pairs])
    values = unit_values(pictures)
    assert np.count_nonzero(values.max(axis=1) > 0) > 30
    alpha = color_selectivity(values, unit_values(gray_version(pictures)), variant)
    active = values.max(axis=1) > 0
    assert (alpha[active] == 0).all()
    assert np.isnan(alpha[~active]).all()

    colored = np.stack([render(stimuli.spec(i).stimulus) for i in range(0, 880, 9)])
    values = unit_values(colored)
    active = values.max(axis=1) > 0
    changed = color_selectivity(values, unit_values(gray_version(colored)), variant)[active]
    assert np.mean(np.abs(changed) > 1e-6) > 0.8


def test_the_ratio_is_the_lost_share_of_the_sum():
    alpha = color_selectivity(
        floats([4, 2, 2], [4, 2, 2], [1, 1, 1]), floats([1, 1, 0], [8, 4, 4], [0, 0, 0])
    )
    assert alpha.tolist() == [0.75, -1.0, 1.0]  # likes gray better: negative, not cut off


def test_the_clipped_variant_pairs_by_image_not_by_rank():
    values, gray = floats([4, 2]), floats([1, 3])
    # 1 − 1/4, and 1 − 3/2 cut off at 0. Paired by rank it would be (1/4 + 1/2) / 2.
    assert color_selectivity(values, gray, "clip").tolist() == [0.375]
    assert color_selectivity(values, gray).tolist() == [pytest.approx(1 / 3)]


@pytest.mark.parametrize("variant", ["ratio", "clip"])
def test_negative_and_zero_activations_count_in_neither_sum(variant):
    values = floats([2, 2, 0, -5], [2, 2, NAN, NAN])
    gray = floats([1, 1, 7, 9], [1, 1, NAN, NAN])
    assert color_selectivity(values, gray, variant).tolist() == [0.5, 0.5]
    assert negative_counts(values).tolist() == [1, 0]
    # A unit that gray pushes below zero does not answer: α stays at most 1.
    assert color_selectivity(floats([2, 2]), floats([-3, 1]), variant).tolist() == [0.75]


@pytest.mark.parametrize("variant", ["ratio", "clip"])
def test_r37_what_cannot_be_told_is_undefined_and_counted_in_words(variant):
    values = floats([0, 0], [-1, -2], [NAN, NAN], [3, 1], [3, 0])
    gray = floats([0, 0], [0, 0], [NAN, NAN], [1, NAN], [3, NAN])
    alpha = color_selectivity(values, gray, variant)
    assert np.isnan(alpha).tolist() == [True, True, True, True, False]
    assert alpha[4] == 0  # nothing is missing where there is no weight
    (labels,) = label_selectivity(values[:1], [np.zeros((1, 2), int)])
    assert np.isnan(labels).all()


def test_unknown_variants_and_shapes_are_refused():
    with pytest.raises(InvalidInput, match="“median” is no way"):
        color_selectivity(floats([1]), floats([1]), "median")
    with pytest.raises(ValueError, match="do not fit"):
        color_selectivity(floats([1]), floats([1, 2]))
    with pytest.raises(ValueError, match="do not fit"):
        label_selectivity(floats([1]), [np.zeros((1, 2), int)])


def test_many_units_are_worked_out_in_parts_with_the_same_result():
    rng = np.random.default_rng(3)
    values = rng.normal(size=(9000, 7)).astype(np.float32)
    gray = rng.normal(size=(9000, 7)).astype(np.float32)
    labels = rng.integers(-1, 11, (9000, 7))
    some = np.array([0, 4095, 4096, 8192, 8999])
    assert np.array_equal(
        color_selectivity(values, gray)[some],
        color_selectivity(values[some], gray[some]),
        equal_nan=True,
    )
    assert np.array_equal(
        label_selectivity(values, [labels])[0][some],
        label_selectivity(values[some], [labels[some]])[0],
        equal_nan=True,
    )


# Color-label selectivity ----------------------------------------------------------------------


def test_labels_follow_from_the_number_of_an_image():
    for stimuli in (StroopSet(samples=3), WhiteStroop(samples=2, gray="grey"), ShapeSet(samples=2)):
        labels = SlotLabels.of(stimuli)
        images = np.random.default_rng(0).integers(0, len(stimuli), (5, 8))
        word, font, background = labels.at(images)
        for place in np.ndindex(images.shape):
            condition = stimuli.combinations[stimuli.locate(int(images[place]))[0]]
            if condition.subject in COLOR_TERMS:
                assert COLOR_TERMS[word[place]] == condition.subject
            else:
                assert word[place] == -1  # a shape is no word
            assert COLOR_TERMS[font[place]] == condition.figure
            assert COLOR_TERMS[background[place]] == condition.background
        assert [slot.tolist() for slot in labels.at(np.array([-1]))] == [[-1], [-1], [-1]]


weighted = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 20)),
    elements=st.floats(-4, 100, width=32) | st.just(NAN),
)


@given(values=weighted, seed=st.integers(0, 1000))
def test_label_selectivity_is_the_share_of_the_weight(values, seed):
    labels = np.random.default_rng(seed).integers(-1, 4, values.shape)
    (found,) = label_selectivity(values, [labels], 4)
    for unit, row in enumerate(values):
        weights = [float(value) if value > 0 else 0.0 for value in row]
        if not sum(weights):
            assert np.isnan(found[unit]).all()
            continue
        for label in range(4):
            mine = sum(w for w, own in zip(weights, labels[unit], strict=True) if own == label)
            assert found[unit, label] == pytest.approx(mine / sum(weights))


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 30),
    spread=st.sampled_from([0.0, 1.0, 12.0]),
    white=st.booleans(),
)
@settings(max_examples=60)
def test_the_three_slots_of_a_label_never_exceed_1(seed, n, spread, white):
    stimuli = StroopSet(white_backgrounds=white)
    rng = np.random.default_rng(seed)
    # Few combinations, so that single labels take nearly all the weight.
    pool = rng.integers(0, len(stimuli), rng.integers(1, 6))
    values = np.exp(spread * rng.normal(size=(6, 30))).astype(np.float32)
    values *= rng.choice([-1, 1, 1], values.shape)
    values = np.sort(values, axis=1)[:, ::-1]
    tops = TopImages(
        values,
        rng.choice(pool, values.shape),
        np.zeros(values.shape, np.int32),
        values[:, 0],
        values.mean(axis=1, dtype=np.float64),
        np.zeros(6, np.int64),
        len(stimuli),
    )
    slots = slot_selectivity(tops, SlotLabels.of(stimuli), n)
    defined = slots.defined
    assert (slots.in_any[defined] <= 1 + 1e-12).all()
    assert (slots.as_color[defined] <= slots.in_any[defined]).all()
    for slot in (slots.word, slots.font, slots.background):
        assert np.allclose(slot[defined].sum(axis=1), 1)  # every image has a label in each slot


def test_a_unit_of_random_values_stays_near_chance():
    stimuli = StroopSet(samples=20)
    values = np.random.default_rng(7).random((100, len(stimuli)), dtype=np.float32)
    slots = slot_selectivity(sorted_tops(values, 100), SlotLabels.of(stimuli), 100)
    for slot in (slots.word, slots.font, slots.background):
        assert slot.max() <= 0.30
        assert slot.mean() == pytest.approx(1 / 11, abs=1e-9)  # each row adds up to 1
    assert slots.as_color.max() <= 0.45


def test_the_number_of_images_moves_without_a_new_census():
    stimuli = StroopSet(samples=2)
    values = np.random.default_rng(1).random((5, len(stimuli)), dtype=np.float32)
    labels = SlotLabels.of(stimuli)
    long, short = sorted_tops(values, 300), sorted_tops(values, 40)
    one, other = slot_selectivity(long, labels, 40), slot_selectivity(short, labels, 40)
    assert np.array_equal(one.word, other.word)
    assert not np.array_equal(one.word, slot_selectivity(long, labels, 300).word)


def test_slots_are_found_by_name():
    rng = np.random.default_rng(0)
    slots = SlotSelectivity(*rng.random((3, 4, 11)))
    assert np.array_equal(slots.index("color"), slots.font + slots.background)
    assert np.array_equal(slots.index("any"), slots.word + slots.font + slots.background)
    for name in ("word", "font", "background"):
        assert slots.index(name) is getattr(slots, name)
    assert list(CHANCE) == ["word", "font", "background", "color", "any"]
    with pytest.raises(InvalidInput, match="no slot “object”"):
        slots.index("object")
    with pytest.raises(ValueError, match="different shapes"):
        SlotSelectivity(slots.word, slots.font, slots.background[:2])


# Shares of a crop -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stimuli",
    [
        ShapeSet(samples=2, side=24),
        ShapeSet(samples=2, side=24, geometry="independent"),
        StroopSet(samples=2, side=40),
    ],
    ids=["crossed", "independent", "words"],
)
def test_the_share_of_a_crop_is_that_of_the_drawn_mask(stimuli):
    rng = np.random.default_rng(5)
    images = rng.integers(0, len(stimuli), 60)
    images[7] = -1
    left, top = rng.integers(0, stimuli.side - 5, (2, 60))
    size = rng.integers(1, 30, 60)
    right, bottom = np.minimum(left + size, stimuli.side), np.minimum(top + size, stimuli.side)
    boxes = np.stack([left, top, right, bottom], axis=1)
    boxes[9] = [3, 3, 3, 3]
    shares = figure_shares(stimuli, images, boxes)
    for row, image in enumerate(images.tolist()):
        if row in (7, 9):
            assert np.isnan(shares[row])
            continue
        x0, y0, x1, y1 = boxes[row]
        crop = render_coverage(stimuli.spec(image).stimulus)[y0:y1, x0:x1]
        assert shares[row] == pytest.approx(crop.mean() / 255, abs=1e-6)
    assert 0 < np.nanmean(shares) < 1
    numbers = mask_numbers(stimuli, np.arange(len(stimuli)))
    assert numbers[::7].tolist() == [stimuli.geometry_index(i) for i in range(0, len(stimuli), 7)]


def test_shares_are_measured_step_by_step_with_each_mask_drawn_once(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "core.units.features.crop_shares.render_coverage",
        lambda figure: drawn.append(figure) or render_coverage(figure),
    )
    stimuli = ShapeSet(samples=1, side=16)
    images = np.array([0, 5, 111, 112, 0, 230])  # triangles, squares, a circle
    boxes = np.tile([0, 0, 16, 16], (6, 1))
    shares = np.empty(6, np.float32)
    steps = list(measure_shares(stimuli, images, boxes, shares))
    assert steps == [pytest.approx(3 / 6), pytest.approx(5 / 6), 1.0]
    assert [figure.shape for figure in drawn] == ["triangle", "square", "circle"]
    assert shares[0] == shares[1] == shares[4] != shares[2]
    assert list(measure_shares(stimuli, np.array([-1]), boxes[:1], shares[:1])) == []


def test_a_slot_counts_only_where_it_covers_enough_of_the_crop():
    figure, background = counted(np.array([0.0, 0.009, 0.01, 0.99, 0.995, 1.0, NAN], np.float32))
    assert figure.tolist() == [False, False, True, True, True, True, False]
    assert background.tolist() == [True, True, True, True, False, False, False]

    stimuli = StroopSet(samples=1)
    tops = sorted_tops(np.arange(990, dtype=np.float32)[None], 4)
    shares = np.array([[0.0, 0.5, 0.5, 1.0]], np.float32)
    plain = slot_selectivity(tops, SlotLabels.of(stimuli), 4)
    strict = slot_selectivity(tops, SlotLabels.of(stimuli), 4, counted(shares))
    weights = np.array([989, 988, 987, 986]) / 3950
    assert plain.word.sum() == pytest.approx(1)
    assert strict.word.sum() == strict.font.sum() == pytest.approx(1 - weights[0])
    assert strict.background.sum() == pytest.approx(1 - weights[3])
    # Masks of a longer list serve a shorter one.
    wide = (np.ones((1, 300), bool), np.ones((1, 300), bool))
    assert np.array_equal(slot_selectivity(tops, SlotLabels.of(stimuli), 4, wide).word, plain.word)
