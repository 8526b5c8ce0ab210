"""What a census says under thresholds: indices against plain versions, groups, filters, drafts."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from core.base.errors import InvalidInput
from core.census.draft import CensusDraft, layer_choices, unfinished, warnings
from core.census.plan import PictureSet
from core.census.run import calibrate_census
from core.census.sets import CensusOfSets
from core.census.tops import tied_counts
from core.color.terms import COLOR_TERMS, CSS, Palette
from core.models.loading import random_session
from core.network.blocks import block_of, by_block, by_layer
from core.network.layers import discover
from core.network.receptive_field import field_boxes
from core.stimuli.factorial import ShapeSet, StroopSet
from core.units.features.crop_shares import counted
from core.units.features.crops import FactorialCrops, PictureCrops
from core.units.features.unit_hues import UnitHues, measure_hues
from core.units.neuron_indices import (
    CensusReader,
    Stopped,
    content_key,
    crop_source,
    first_gray,
    most_images,
)
from core.units.neuron_types import classify
from core.units.selectivity import color_selectivity, slot_selectivity
from core.units.selectivity_histogram import bins_of
from core.units.slot_labels import SlotLabels
from core.units.thresholds import TypeThresholds
from core.units.unit_filter import NEGATIVE, UNDEFINED, UnitFilter
from tests.support.unit_census import DEAD, LAYERS, figure_shares, made_census, made_layer
from tests.support.unit_census import NEGATIVE as NEGATIVE_UNIT

TEN = TypeThresholds(top=10)


@pytest.fixture
def census(tmp_path):
    return made_census(tmp_path / "pictures")


@pytest.fixture
def reader(census):
    return CensusReader(census)


# --- readings ---


def test_readings_are_those_of_the_single_functions(census, reader) -> None:
    found = reader.read(TEN)
    stroop, pictures = census.sets["stroop"], census.sets["pictures"]
    slots = slot_selectivity(stroop.tops, SlotLabels.of(stroop.plan.images), 10)
    assert np.array_equal(found.slots.word, slots.word, equal_nan=True)
    wanted = classify(found.measures, TEN)
    assert np.array_equal(found.types.codes, wanted.codes)
    assert found.measures.natural is pictures.tops.maximum
    assert found.measures.shapes is census.sets["shapes"].tops.maximum
    alpha = color_selectivity(pictures.tops.values[:, :10], pictures.gray[:, :10])
    assert np.array_equal(found.selectivity, alpha, equal_nan=True)
    for kind, data in census.sets.items():
        assert np.array_equal(found.tied[kind].sharing, tied_counts(data.tops, 10).sharing)
    assert found.type_counts["layers"].units.tolist() == [layer.units for layer in LAYERS]
    counts = found.selectivity_counts["blocks"]
    assert counts.units.tolist() == [layer.units for layer in LAYERS]
    reached = found.selective_counts["layers"][0]
    assert reached.sum() == np.count_nonzero(alpha >= 0.25) == found.selective.sum()


def test_only_what_a_threshold_decides_is_worked_out_again(reader) -> None:
    first = reader.read(TEN)
    second = reader.read(TypeThresholds(top=10, word=0.1))
    assert second.slots is first.slots
    assert second.selectivity is first.selectivity
    assert not np.array_equal(second.types.codes, first.types.codes)
    third = reader.read(TypeThresholds(top=10, gray_method="clip"))
    assert third.slots is first.slots
    assert not np.array_equal(third.selectivity, first.selectivity, equal_nan=True)
    fourth = reader.read(TypeThresholds(top=5))
    assert not np.array_equal(fourth.slots.word, first.slots.word, equal_nan=True)


def test_slots_can_be_counted_only_where_they_cover_enough_of_the_crop(census, reader) -> None:
    found = reader.read(TypeThresholds(top=10, slot_share=0.05))
    stroop = census.sets["stroop"]
    top, stimuli = stroop.tops.first(10), stroop.plan.images
    boxes = np.stack(
        [
            field_boxes(census.layer_of(unit), top.positions[unit], stimuli.side)
            for unit in range(len(census))
        ]
    ).clip(0, stimuli.side)
    shares = figure_shares(stimuli, top.images.ravel(), boxes.reshape(-1, 4))
    masks = counted(shares.reshape(top.images.shape), 0.05)
    wanted = slot_selectivity(stroop.tops, SlotLabels.of(stimuli), 10, masks)
    assert np.array_equal(found.slots.word, wanted.word, equal_nan=True)
    assert not np.array_equal(found.slots.word, reader.read(TEN).slots.word, equal_nan=True)


def test_means_of_maps_come_from_the_whole_image(census) -> None:
    record = msgspec.structs.replace(census.record, summary="mean")
    mean = CensusReader(replace(census, record=record))
    stroop = census.sets["stroop"]
    top, stimuli = stroop.tops.first(10), stroop.plan.images
    boxes = np.tile([0, 0, stimuli.side, stimuli.side], (top.images.size, 1))
    shares = figure_shares(stimuli, top.images.ravel(), boxes)
    masks = counted(shares.reshape(top.images.shape), 0.05)
    wanted = slot_selectivity(stroop.tops, SlotLabels.of(stimuli), 10, masks)
    found = mean.read(TypeThresholds(top=10, slot_share=0.05))
    assert np.array_equal(found.slots.word, wanted.word, equal_nan=True)
    unit = 4
    hues = {}
    for summary in ("max", "mean"):
        of = replace(census, record=msgspec.structs.replace(census.record, summary=summary))
        hues[summary] = UnitHues(len(census))
        list(measure_hues(of, hues[summary], np.array([unit]), 5))
    assert not np.array_equal(
        hues["max"].histogram(np.arange(len(census)) == unit).fine,
        hues["mean"].histogram(np.arange(len(census)) == unit).fine,
    )


def test_reading_stops_when_nobody_waits(reader) -> None:
    with pytest.raises(Stopped):
        reader.read(TypeThresholds(top=10, slot_share=0.05), lambda: False)


def test_more_images_than_were_kept_are_refused(census, reader) -> None:
    assert most_images(census) == 12
    with pytest.raises(InvalidInput, match="12 strongest images"):
        reader.read(TypeThresholds(top=13))


def test_r37_why_a_unit_has_no_selectivity_is_said_with_its_number(census, tmp_path) -> None:
    assert CensusReader(census).read(TEN).selectivity_problem == (
        "2 of 40 neurons have no color selectivity, because no natural picture activates them."
    )
    pictures = census.sets["pictures"]
    gray = pictures.gray.copy()
    gray[5, 3] = np.nan
    seen = replace(census, sets={**census.sets, "pictures": replace(pictures, gray=gray)})
    text = CensusReader(seen).read(TEN).selectivity_problem
    assert "1 of 40 neuron has no color selectivity, because not all pictures were seen" in text
    unseen = replace(census, sets={**census.sets, "pictures": replace(pictures, gray=None)})
    assert "not seen in gray" in CensusReader(unseen).read(TEN).selectivity_problem
    without = made_census(tmp_path / "none", kinds=("stroop",))
    found = CensusReader(without).read(TEN)
    assert "no natural pictures" in found.selectivity_problem
    assert np.isnan(found.selectivity).all() and found.types is not None


def test_gray_values_that_reach_less_far_than_the_lists_are_undefined(census) -> None:
    short = replace(census.sets["pictures"], gray=census.sets["pictures"].gray[:, :4])
    gray = first_gray(short, 6)
    assert gray.shape == (40, 6)
    assert np.array_equal(gray[:, :4], short.gray)
    assert np.isnan(gray[:, 4:]).all()


def test_a_census_without_any_set_gives_empty_readings(census) -> None:
    found = CensusReader(replace(census, sets={})).read(TypeThresholds())
    assert found.types is None and not found.type_counts
    assert found.selectivity_counts["layers"].undefined.sum() == 40


def test_units_can_be_searched_by_all_measures(census, reader) -> None:
    found = reader.read(TEN)
    table = found.table(np.full(40, 10.0))
    assert set(table.measures) == {"selectivity", "stroop", "shapes", "natural", "tied", "hue"}
    assert table.layers == tuple(layer.name for layer in LAYERS)


def test_crops_come_from_where_the_images_come_from(census) -> None:
    preprocessing = census.record.model.preprocessing
    assert isinstance(crop_source(census.sets["stroop"], preprocessing), FactorialCrops)
    assert isinstance(crop_source(census.sets["pictures"], preprocessing), PictureCrops)


def test_the_key_tells_apart_what_was_asked_and_how_far_it_has_come(census, tmp_path) -> None:
    partial = replace(census.sets["stroop"], done=17)
    other = replace(census, sets={**census.sets, "stroop": partial})
    assert content_key(census) != content_key(other)
    assert content_key(census) == content_key(made_census(tmp_path / "pictures"))


# --- blocks ---


@pytest.mark.parametrize(
    ("layer", "block"),
    [
        ("stem.conv1", "stem"),
        ("layer3.4", "layer3.4"),
        ("layer3.4.conv2", "layer3.4"),
        ("attnpool", "attnpool"),
        ("blocks.11.attention", "blocks.11"),
        ("stages.2.blocks.3.mlp", "stages.2.blocks.3"),
    ],
)
def test_a_layer_lies_in_its_block(layer, block) -> None:
    assert block_of(layer) == block


def test_layers_are_brought_together_by_block() -> None:
    names = ("stem.conv1", "stem.conv2", "layer1.0.conv1", "layer1.0", "layer1.1")
    layers = [made_layer(name, 2) for name in names]
    blocks = by_block(layers)
    assert blocks.names == ("stem", "layer1.0", "layer1.1")
    assert [blocks.members(group) for group in range(3)] == [[0, 1], [2, 3], [4]]
    assert by_layer(layers).names == names


# --- filters ---


def test_a_filter_lets_pass_what_meets_all_of_it(census, reader) -> None:
    found = reader.read(TEN)
    assert UnitFilter().mask(found).all()
    layer = UnitFilter(layers=("layer1.0",)).mask(found)
    assert np.flatnonzero(layer).tolist() == list(range(8, 20))
    for term in COLOR_TERMS:
        labels = UnitFilter(label=term).mask(found)
        assert (found.types.labels[labels] == COLOR_TERMS.index(term)).all()
    dead = UnitFilter(category="dead").mask(found)
    assert np.flatnonzero(dead).tolist() == [DEAD, NEGATIVE_UNIT]
    assert not (UnitFilter(category="dead", layers=("layer1.0",)).mask(found)).any()
    for number in (NEGATIVE, UNDEFINED, 3):
        binned = UnitFilter(selectivity_bin=number).mask(found)
        assert np.array_equal(binned, bins_of(found.selectivity) == number)


def test_hues_are_taken_across_the_seam_and_nan_lies_nowhere(reader) -> None:
    found = reader.read(TEN)
    hue = np.full(40, np.nan)
    hue[[3, 4, 5, 6]] = 355.0, 5.0, 10.0, 349.9
    chosen = UnitFilter(hue=(350, 10)).mask(found, hue)
    assert np.flatnonzero(chosen).tolist() == [3, 4]
    assert not UnitFilter(hue=(350, 10)).mask(found).any()


def test_a_filter_says_what_it_lets_pass() -> None:
    chosen = UnitFilter(layers=("layer3.4",), category="color word", label="red")
    assert chosen.in_words() == "layer3.4 · color word · red"
    assert UnitFilter(selectivity_bin=NEGATIVE).in_words() == "color selectivity below 0"
    assert UnitFilter(selectivity_bin=2).in_words() == "color selectivity 0.2–0.3"
    many = UnitFilter(layers=("a", "b", "c"), selective=True, hue=(10, 20))
    assert many.in_words() == "a … c · color selective · hue 10–20°"


# --- drafts ---


@pytest.fixture(scope="module")
def session():
    return random_session("embedded", seed=0)


def test_a_model_offers_its_blocks_first_then_its_convolutions(session) -> None:
    blocks, convolutions, every = layer_choices(discover(session))
    assert blocks.id == "default" and blocks.units == 1728
    assert {layer.kind for layer in blocks.layers} == {"block"}
    assert {layer.kind for layer in convolutions.layers} == {"convolution"}
    assert every.units > convolutions.units > blocks.units


def test_layers_that_cannot_be_observed_are_not_offered() -> None:
    import msgspec

    seen, hidden = made_layer("layer1.0", 4), made_layer("layer2.0", 4)
    hidden = msgspec.structs.replace(hidden, observable=False, reason="It gives no tensor.")
    (choice,) = layer_choices((seen, hidden))
    assert choice.layers == (seen,)
    assert layer_choices((hidden,)) == ()


def test_a_draft_makes_its_sets() -> None:
    draft = CensusDraft(stroop=3, shapes=0, seed=7, gray="grey")
    assert draft.stroop_set(96) == StroopSet(samples=3, seed=7, side=96, gray="grey")
    assert draft.shape_set(96) is None
    assert CensusDraft(shapes=2).shape_set(64) == ShapeSet(samples=2, side=64)
    double = Palette("double", {**CSS.colors, "pink": CSS["red"]})
    with pytest.raises(InvalidInput, match="same color"):
        CensusDraft(palette=double).stroop_set(96)


def test_what_stays_undefined_is_said_beforehand() -> None:
    enough = PictureSet(title="", count=5000, sha256="", side=96)
    assert warnings(CensusDraft(), enough) == ()
    texts = warnings(CensusDraft(stroop=0, shapes=0), None)
    assert [text.split()[1] for text in texts] == ["Stroop", "shapes", "natural"]


def test_what_a_census_lacks_is_named(census, tmp_path) -> None:
    listed = census.sets["pictures"].pictures
    count = len(listed.names)
    pictures = PictureSet(title="p", count=count, sha256="", side=32)
    path = tmp_path / "census"
    CensusOfSets.create(
        path,
        "Made up",
        census.record.model,
        LAYERS,
        stroop=StroopSet(samples=1, side=32),
        pictures=(pictures, listed),
    )
    sets = {kind: census.sets[kind] for kind in ("stroop", "pictures")}
    here = replace(census, path=path, sets=sets)
    gray = np.where(sets["pictures"].tops.used, 0.5, np.nan).astype(np.float32)
    complete = {**sets, "pictures": replace(sets["pictures"], gray=gray)}
    assert unfinished(replace(here, sets=complete)) == ""
    unseen = {**sets, "pictures": replace(sets["pictures"], gray=None)}
    assert unfinished(replace(here, sets=unseen)) == "Not finished: the gray pass."
    partial = {**complete, "stroop": replace(sets["stroop"], done=40)}
    assert unfinished(replace(here, sets=partial)) == (
        "Not finished: Stroop words: 40 of 990 images."
    )
    assert unfinished(replace(here, sets={"stroop": sets["stroop"]})) == (
        f"Not finished: Natural pictures: none of {count} images."
    )


def test_a_calibration_times_the_very_work_and_leaves_no_hook(session) -> None:
    layers = tuple(layer for layer in discover(session) if layer.is_default)
    found = calibrate_census(session, layers, StroopSet(samples=1, side=96), seconds=0.01)
    assert found.batch_size in (8, 16, 32, 64)
    assert found.images >= 3 * found.batch_size
    assert found.images_per_second > 0
    hooks = [module._forward_hooks for module in session.model.modules()]
    assert not any(hooks)
