"""Orders, facts and pictures of units, and the cache of their thumbnails (R37, R38)."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from core.base.tables import read_csv
from core.census.data import CensusData
from core.color.terms import COLOR_TERMS
from core.figures.census_figures import census_figure
from core.figures.census_notes import figure_lines
from core.figures.census_tables import write_figure_csv
from core.figures.file import figure_bytes as bytes_of
from core.figures.unit_figure import unit_provenance, unit_sheet, unit_table
from core.stimuli.render import render
from core.units.features.crops import Windows
from core.units.features.neuron_feature import feature_of, stretched
from core.units.features.thumbnail_store import ThumbnailStore
from core.units.features.unit_pictures import (
    THUMBNAIL_SIDE,
    UnitPictures,
    picture_path,
    shrunk,
    stimulus_of,
)
from core.units.neuron_indices import CensusReader, NeuronIndices, crop_source
from core.units.neuron_types import COLOR_WORD, UnitMeasures, classify
from core.units.selectivity import SlotSelectivity
from core.units.thresholds import TypeThresholds
from core.units.type_histogram import categories_of, type_histogram
from core.units.unit_facts import (
    hue_in_words,
    maximum_in_words,
    selectivity_of,
    set_lines,
    summary_lines,
    tied_in_words,
    type_of,
    type_reason,
)
from core.units.unit_order import ORDERS, TOWER, order_of, order_values, ordered
from core.units.unit_words import (
    Best,
    best_in_words,
    best_of,
    number_text,
    share_of_best,
    unit_of,
)
from tests.support.unit_census import CONSTANT, DEAD, NEGATIVE, SIDE, made_census

TOP = 8


def figure_bytes(readings, figure, form, **options) -> bytes:
    return bytes_of(census_figure(readings, figure, **options), form)


MOMENT = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def census(tmp_path: Path) -> CensusData:
    return made_census(tmp_path / "pictures")


@pytest.fixture
def indices(census: CensusData) -> NeuronIndices:
    return CensusReader(census).read(TypeThresholds(top=TOP))


# --- orders ---


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.id)
def test_r37_units_are_sorted_with_undefined_ones_last_and_counted(
    indices: NeuronIndices, order
) -> None:
    hue = np.linspace(0, 350, len(indices))
    hue[[3, 9]] = np.nan
    values = order_values(order.id, indices, hue)
    assert values.shape == (len(indices),)
    everything = np.ones(len(indices), dtype=bool)
    for descending in (True, False):
        found = ordered(everything, values, descending=descending)
        assert sorted(found.units.tolist()) == list(range(len(indices)))
        kept = values[found.units][: len(indices) - found.undefined]
        assert not np.isnan(kept).any()
        steps = np.diff(kept)
        assert (steps <= 0).all() if descending else (steps >= 0).all()
        assert found.undefined == np.count_nonzero(np.isnan(values))
        if found.undefined:
            assert f"{found.undefined} neuron" in found.in_words(order)
        else:
            assert found.in_words(order) == ""


def test_equal_values_stay_in_the_order_of_the_tower() -> None:
    values = np.array([1.0, 2.0, 1.0, np.nan, 2.0, np.nan])
    mask = np.array([True, True, True, True, True, False])
    assert ordered(mask, values).units.tolist() == [1, 4, 0, 2, 3]
    assert ordered(mask, values, descending=False).units.tolist() == [0, 2, 1, 4, 3]


def test_label_selectivity_is_sorted_by_the_label_asked_for(indices: NeuronIndices) -> None:
    slots = indices.slots
    assert np.array_equal(order_values("word", indices, None, "red"), slots.word[:, 3], True)
    assert np.array_equal(order_values("color", indices), slots.as_color.max(1), True)


def test_without_a_set_its_orders_are_undefined_for_all(tmp_path: Path) -> None:
    census = made_census(tmp_path, kinds=("shapes",))
    indices = CensusReader(census).read(TypeThresholds(top=TOP))
    for order in ("word", "population", "stroop", "natural", "tied", "hue", "selectivity"):
        values = order_values(order, indices)
        assert np.isnan(values).all()
        found = ordered(np.ones(len(census), bool), values)
        assert found.in_words(order_of(order)).startswith("No neuron of the list has a value")
    assert not np.isnan(order_values("shapes", indices)).any()
    assert np.array_equal(order_values(TOWER, indices), np.arange(len(census)))


# --- the figure of a unit ---


def test_the_figure_of_a_unit_prints_why_it_is_of_its_type_and_what_each_set_tells(
    indices: NeuronIndices,
) -> None:
    unit = int(np.nanargmax(indices.slots.word.max(axis=1)))
    sheet = unit_sheet(indices, unit, first=3)
    assert [part.kind for part in sheet.parts] == list(indices.census.sets)
    svg = figure_bytes(indices, "unit", "svg", sheet=sheet, now=MOMENT).decode()
    assert indices.census.name_of(unit) in svg
    assert svg.count("<image") == sum(1 + len(part.images) for part in sheet.parts)
    for words in ("Stroop words", "Natural pictures", "f, word (dashed: chance)", "Top 8 images"):
        assert words in svg, words
    assert type_reason(indices, unit).split(".")[0] in svg.replace("&lt;", "<")
    again = figure_bytes(indices, "unit", "svg", sheet=unit_sheet(indices, unit, 3), now=MOMENT)
    assert again.decode() == svg


def test_photographs_can_be_left_out_of_the_figure_of_a_unit(indices: NeuronIndices) -> None:
    with_them, without = (
        unit_sheet(indices, 10, first=2, photographs=wanted) for wanted in (True, False)
    )
    assert [len(part.images) for part in with_them.parts] == [2, 2, 2]
    assert [len(part.images) for part in without.parts] == [2, 2, 0]
    assert np.array_equal(with_them.parts[2].picture, without.parts[2].picture)
    svg = figure_bytes(indices, "unit", "svg", sheet=without).decode()
    assert svg.count("<image") == 3 + 4


def test_a_unit_without_any_image_has_a_figure_that_says_so(indices: NeuronIndices) -> None:
    svg = figure_bytes(indices, "unit", "svg", sheet=unit_sheet(indices, DEAD)).decode()
    assert "no feature" in svg
    assert "f, word" not in svg
    assert figure_bytes(indices, "unit", "png", sheet=unit_sheet(indices, DEAD))[1:4] == b"PNG"


def test_the_numbers_of_the_figure_are_those_of_the_lists(
    indices: NeuronIndices, census: CensusData, tmp_path: Path
) -> None:
    unit = 5
    sheet = unit_sheet(indices, unit, first=4)
    table, made = write_figure_csv(tmp_path / "unit.csv", indices, "unit", sheet=sheet)
    rows = read_csv(table, unit_table(sheet).columns).rows
    for kind, found in census.sets.items():
        mine = [row for row in rows if row[0] == kind]
        count = min(4, int((found.tops.images[unit] >= 0).sum()))
        assert [row[1] for row in mine] == list(range(1, count + 1))
        assert [row[2] for row in mine] == found.tops.images[unit, :count].tolist()
        assert np.float32([row[3] for row in mine]).tolist() == (
            found.tops.values[unit, :count].tolist()
        )
    provenance = json.loads(made.read_text("utf-8"))
    assert provenance["unit"]["name"] == census.name_of(unit)
    assert indices.slots is not None
    for slot, labels in provenance["unit"]["color_labels"].items():
        values = np.array(list(labels.values()), dtype=float)  # None becomes NaN
        assert np.array_equal(values, indices.slots.index(slot)[unit], equal_nan=True)
        assert not np.isnan(values).all()
    assert provenance["thresholds"]["top"] == TOP


# --- facts ---


def test_r37_undefined_values_are_said_in_words(indices: NeuronIndices) -> None:
    lines = "\n".join(summary_lines(indices, DEAD, np.nan))
    assert "Color selectivity undefined" in lines
    assert "No color-label indices" in lines
    assert "No hue" in lines
    assert "nan" not in lines.lower()
    found = selectivity_of(indices, "pictures", DEAD)
    assert found.alpha is None
    assert found.sentence == "No color selectivity: no image of the set activates the neuron."
    assert hue_in_words(None, True) == "No hue: the neuron feature is black, white or gray."
    assert "no neuron feature" in hue_in_words(None, False)


def test_r37_values_that_were_not_measured_are_no_zeros(tmp_path: Path) -> None:
    census = made_census(tmp_path, gray=False)
    indices = CensusReader(census).read(TypeThresholds(top=TOP))
    found = selectivity_of(indices, "stroop", 5)
    assert found.alpha is None
    assert "not seen in gray yet" in found.sentence
    only = made_census(tmp_path, kinds=("pictures",))
    indices = CensusReader(only).read(TypeThresholds(top=TOP))
    assert type_of(indices, 5) is None
    assert "has not seen the Stroop set" in type_reason(indices, 5)
    assert "No type without the Stroop set" in summary_lines(indices, 5)


def test_the_selectivity_in_words_is_that_of_the_readings(indices: NeuronIndices) -> None:
    for unit in range(3, len(indices)):
        found = selectivity_of(indices, "pictures", unit)
        assert found.alpha == pytest.approx(float(indices.selectivity[unit]))
        assert f"α = {found.alpha:.2f} (ratio)".replace("-", "−") in found.sentence


def test_ties_are_told_with_their_numbers(indices: NeuronIndices, census: CensusData) -> None:
    total = census.sets["stroop"].total
    text = tied_in_words(indices, "stroop", CONSTANT)
    assert text.startswith(f"{total:,} images of the set share the last value")
    assert f"{TOP} of them were drawn by lot" in text
    assert tied_in_words(indices, "stroop", 5) == f"No ties at the end of its first {TOP} images."


def test_the_type_of_a_tile_is_that_of_the_readings(indices: NeuronIndices) -> None:
    for unit in range(len(indices)):
        found = type_of(indices, unit)
        label = int(indices.types.labels[unit])
        assert bool(found.label) == (label >= 0)
        assert found.short == (found.label or found.style.title.lower())
    assert type_of(indices, DEAD).style.category == "dead"


def test_r70_a_page_and_its_figures_say_that_a_type_has_no_single_label(
    indices: NeuronIndices,
) -> None:
    measures = indices.measures
    assert measures is not None
    word = measures.slots.word.copy()
    word[0] = np.where(np.isin(np.arange(11), [3, 5]), 0.5, 0.0)
    slots = SlotSelectivity(word, np.zeros_like(word), np.zeros_like(word))
    even = UnitMeasures(slots, np.ones_like(measures.stroop))
    types = classify(even)
    tied = replace(
        indices, slots=slots, measures=even, types=types, categories=categories_of(types)
    )
    text = f"{COLOR_TERMS[3]} or {COLOR_TERMS[5]}, tied"
    found = type_of(tied, 0)
    assert found is not None and found.short == text and text in found.title
    assert text in " ".join(summary_lines(tied, 0))
    assert "no single label" in type_reason(tied, 0)
    sheet = unit_sheet(tied, 0)
    assert text in unit_provenance(tied, sheet)["type"]
    assert any("no single color" in line for line in figure_lines(tied, "types"))
    assert types.codes[0] == COLOR_WORD and type_histogram(
        types, tied.census.layer_numbers, tuple(layer.name for layer in tied.census.layers)
    ).counts.sum() == len(tied)


def test_a_partial_set_says_how_far_it_came(census: CensusData, indices: NeuronIndices) -> None:
    assert maximum_in_words(indices, "stroop", CONSTANT) == (
        "Maximum 1.50, mean 1.50 over 990 images."
    )


# --- live words ---


def test_a_value_beside_its_best() -> None:
    best = Best(4.0, "stroop")
    assert best_in_words(3.32, best) == "This is 83 % of its best, 4.00 for a Stroop word."
    assert "more than for any image of the census" in best_in_words(5.0, best)
    assert best_in_words(-0.5, best).startswith("The value is negative")
    assert "so there is no share" in best_in_words(1.0, Best(0.0, "shapes"))
    assert "has seen no image yet" in best_in_words(1.0, None)
    assert share_of_best(1.0, Best(-1.0, "shapes")) is None
    assert share_of_best(3.0, best) == 0.75


def test_the_best_is_the_largest_over_the_sets(census: CensusData) -> None:
    census.sets["shapes"].tops.maximum[7] = 99.0
    assert best_of(census, 7) == Best(99.0, "shapes")
    for found in census.sets.values():
        found.tops.maximum[7] = np.nan
    assert best_of(census, 7) is None


def test_units_are_found_by_layer_and_number(census: CensusData) -> None:
    for unit in (0, 7, 8, 19, 20, 39):
        layer = census.layer_of(unit).name
        assert unit_of(census, layer, int(census.unit_numbers[unit])) == unit
    assert unit_of(census, "stem.conv1", 8) is None
    assert unit_of(census, "layer9", 0) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9.0, "9.00"),
        (12.25, "12.2"),
        (0.0422, "0.0422"),
        (123.4, "123"),
        (12345.6, "12,346"),
        (-1.5, "−1.50"),
        (0.0, "0"),
        (1e-5, "1.00e−05"),
        (float("nan"), "undefined"),
    ],
)
def test_numbers_have_three_significant_figures(value: float, text: str) -> None:
    assert number_text(value) == text


# --- pictures ---


@pytest.mark.parametrize("kind", ["stroop", "shapes", "pictures"])
def test_the_images_of_a_unit_are_those_of_its_list(census: CensusData, kind) -> None:
    pictures = UnitPictures(census)
    found = census.sets[kind]
    for unit in (4, 10, 30):
        images = list(pictures.top_images(kind, unit, 6))
        assert [image.image for image in images] == found.tops.images[unit, :6].tolist()
        assert [image.rank for image in images] == list(range(6))
        for image in images:
            assert image.value == found.tops.values[unit, image.rank]
            assert image.gray == found.gray[unit, image.rank]
            if kind != "pictures":
                stimulus = stimulus_of(found, image.image)
                assert np.array_equal(image.pixels, render(stimulus))
                assert picture_path(found, image.image) is None
            elif image.pixels is not None:
                path = picture_path(found, image.image)
                assert np.array_equal(image.pixels, np.asarray(Image.open(path)))
                assert image.name == path.name
            left, top, right, bottom = image.field
            assert image.box[:4] == tuple(np.clip([left, top, right, bottom], 0, SIDE))
            assert image.box.is_whole == (unit >= 20)


def test_a_thumbnail_is_the_neuron_feature_over_the_first_images(census: CensusData) -> None:
    pictures = UnitPictures(census)
    found, unit = census.sets["stroop"], 11
    source = crop_source(found, census.record.model.preprocessing)
    layer, tops = census.layer_of(unit), found.tops
    windows = Windows.of(layer, tops.positions[unit, :TOP], SIDE)
    wanted = feature_of(source, tops.images[unit, :TOP], windows, tops.values[unit, :TOP])
    thumbnail = pictures.thumbnail("stroop", unit, TOP)
    assert np.array_equal(thumbnail, stretched(wanted))
    other = pictures.thumbnail("stroop", unit, 3)
    assert not np.array_equal(thumbnail, other)
    assert pictures.thumbnail("stroop", DEAD, TOP) is None
    assert pictures.thumbnail("stroop", NEGATIVE, TOP) is None


def test_large_features_are_averaged_down() -> None:
    large = np.zeros((128, 128, 3), np.uint8)
    large[:, ::2] = 200
    small = shrunk(large)
    assert small.shape == (THUMBNAIL_SIDE, THUMBNAIL_SIDE, 3)
    assert (small == 100).all()
    assert shrunk(large[:20, :20]).shape == (20, 20, 3)


def test_without_a_place_a_unit_sees_the_whole_image(census: CensusData) -> None:
    record = msgspec.structs.replace(census.record, summary="mean")
    mean = CensusData(census.path, record, census.sets, census.layer_numbers, census.unit_numbers)
    image = next(UnitPictures(mean).top_images("stroop", 4, 1))
    assert image.box.is_whole
    assert image.field == (0, 0, SIDE, SIDE)


def test_r23_a_picture_that_cannot_be_read_is_counted(
    census: CensusData, indices: NeuronIndices
) -> None:
    found = census.sets["pictures"]
    damaged = found.total - 1
    unit = 5
    found.tops.images[unit, 0] = damaged
    part = UnitPictures(census).unit_in_set("pictures", unit, TOP, 3)
    assert part.images[0].pixels is None
    others = np.count_nonzero(found.tops.images[unit, :TOP] == damaged)
    assert part.unreadable == others
    for count, words in ((1, "1 picture could not be read."), (2, "2 pictures could not be read.")):
        some = replace(part, unreadable=count)
        assert words in set_lines(indices, "pictures", unit, some)
    assert part.feature.images


# --- the cache ---


def picture(seed: int, side: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def test_thumbnails_come_back_as_they_were(tmp_path: Path) -> None:
    store = ThumbnailStore(tmp_path / "t.sqlite")
    kept = {number: picture(number, 3 + number) for number in range(5)} | {7: None}
    store.put("a", kept)
    store.put("b", {1: picture(99)})
    store.close()
    store = ThumbnailStore(tmp_path / "t.sqlite")
    found = store.get("a", range(1000))
    assert set(found) == {0, 1, 2, 3, 4, 7}
    assert found[7] is None
    for number in range(5):
        assert np.array_equal(found[number], kept[number])
    assert np.array_equal(store.get("b", [1, 2])[1], picture(99))
    store.close()


def test_the_cache_stays_within_its_size_and_drops_what_is_oldest(tmp_path: Path) -> None:
    store = ThumbnailStore(tmp_path / "t.sqlite", most_bytes=20_000)
    for census in range(6):
        store.put(f"census {census}", {n: picture(10 * census + n, 30) for n in range(3)})
    sizes = [len(store.get(f"census {census}", range(3))) for census in range(6)]
    assert sizes == [0, 0, 0, 0, 3, 3]
    store.close()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_damaged_cache_is_begun_anew(tmp_path: Path, content: bytes, expect_log) -> None:
    if content:  # an empty file is a database without tables
        expect_log("the cache of thumbnails is damaged and started anew")
    path = tmp_path / "t.sqlite"
    path.write_bytes(content)
    store = ThumbnailStore(path)
    store.put("a", {1: picture(1)})
    assert np.array_equal(store.get("a", [1])[1], picture(1))
    store.close()


@pytest.mark.logs("the cache of thumbnails failed")
def test_a_damaged_picture_in_the_cache_is_drawn_again(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    store = ThumbnailStore(path)
    store.put("a", {1: picture(1)})
    with sqlite3.connect(path) as other:
        other.execute("UPDATE thumbnails SET pixels = ?", (b"rubbish",))
    other.close()
    assert store.get("a", [1]) == {}
    store.put("a", {1: picture(2)})
    assert np.array_equal(store.get("a", [1])[1], picture(2))
    store.close()


@pytest.mark.logs("the cache of thumbnails cannot be used")
def test_without_a_place_to_write_there_is_no_cache(tmp_path: Path) -> None:
    store = ThumbnailStore(tmp_path / "missing" / "t.sqlite")
    store.put("a", {1: picture(1)})
    assert store.get("a", [1]) == {}
    store.close()
