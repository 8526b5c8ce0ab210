"""The factorial sets: their counts, their order, and that every image stands for itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import InvalidInput
from core.color.terms import ACHROMATIC, COLOR_TERMS, CSS, SATURATED, Palette, is_chromatic
from core.stimuli.conditions import Cell, Condition
from core.stimuli.factorial import (
    FactorialSet,
    ShapeSet,
    StroopSet,
    WhiteStroop,
)
from core.stimuli.fonts import stimulus_fonts
from core.stimuli.render import lies_inside, render, render_coverage
from core.stimuli.sampling import MAX_SEED, ShapeRules, WordRules
from core.stimuli.stimulus import SHAPES

ROOT = Path(__file__).resolve().parents[3]
SETS = {
    "shapes": ShapeSet(),
    "stroop": StroopSet(),
    "stroop without white": StroopSet(white_backgrounds=False),
    "white": WhiteStroop(),
    "white with its word": WhiteStroop(white_word=True),
    "independent shapes": ShapeSet(geometry="independent", samples=7),
    "independent words": StroopSet(geometry="independent", samples=7),
}
every_set = pytest.mark.parametrize("images", SETS.values(), ids=SETS.keys())
any_set = st.sampled_from(list(SETS.values()))


def geometry_of(stimulus):
    values = msgspec.to_builtins(stimulus)
    return {key: values[key] for key in values if not key.endswith("_color")}


# Counts ---------------------------------------------------------------------------------------


def mask_count(images):
    """How many coverage masks a set needs: their numbers never fall along it."""
    return images.geometry_index(len(images) - 1) + 1


def cell_counts(images):
    """Number of images by chromaticity of background and figure."""
    counts = Counter(condition.cell for condition in images.combinations)
    return {cell: number * images.samples for cell, number in counts.items()}


def test_the_shape_set_has_440_000_images():
    images = ShapeSet()
    assert len(images) == 8 * 11 * 10 * 500 == 440_000
    assert len(images.combinations) == len(set(images.combinations)) == 880
    assert mask_count(images) == 4_000
    assert images.subjects == SHAPES
    assert all(c.figure != c.background for c in images.combinations)


def test_the_cells_of_the_shape_set():
    assert cell_counts(ShapeSet()) == {
        Cell(background_chromatic=False, figure_chromatic=False): 24_000,
        Cell(background_chromatic=False, figure_chromatic=True): 96_000,
        Cell(background_chromatic=True, figure_chromatic=False): 96_000,
        Cell(background_chromatic=True, figure_chromatic=True): 224_000,
    }


def test_the_stroop_set_has_495_000_images():
    images = StroopSet()
    assert len(images) == 11 * 10 * 9 * 500 == 495_000
    assert len(images.combinations) == len(set(images.combinations)) == 990
    assert mask_count(images) == 5_500
    assert all(len({c.subject, c.figure, c.background}) == 3 for c in images.combinations)
    for slot in ("subject", "figure", "background"):
        counts = Counter(getattr(c, slot) for c in images.combinations)
        assert counts == dict.fromkeys(COLOR_TERMS, 90)  # so that chance is 1 in 11 for each slot


def test_the_stroop_set_without_white_backgrounds_has_450_000_images():
    images = StroopSet(white_backgrounds=False)
    assert len(images) == 450_000
    assert len(images.combinations) == 900
    assert mask_count(images) == 5_500
    kept = tuple(c for c in StroopSet().combinations if c.background != "white")
    assert images.combinations == kept


def test_the_white_set_has_45_000_images():
    images = WhiteStroop()
    assert len(images) == 45_000
    assert len(images.combinations) == 90
    assert mask_count(images) == 5_000
    assert images.combinations == tuple(
        c for c in StroopSet().combinations if c.background == "white"
    )


def test_the_white_set_with_the_word_white_has_50_000_images():
    images = WhiteStroop(white_word=True)
    assert len(images) == 50_000
    assert len(images.combinations) == len(set(images.combinations)) == 100
    assert mask_count(images) == 5_500
    assert {c.background for c in images.combinations} == {"white"}
    assert all(c.figure not in ("white", c.subject) for c in images.combinations)
    assert sum(c.subject == "white" for c in images.combinations) == 10
    assert set(WhiteStroop().combinations) < set(images.combinations)


@every_set
def test_the_cells_add_up(images):
    counts = cell_counts(images)
    assert sum(counts.values()) == len(images)
    by_hand = Counter(
        Cell(c.background not in ACHROMATIC, c.figure not in ACHROMATIC)
        for c in images.combinations
    )
    assert counts == {cell: number * images.samples for cell, number in by_hand.items()}


@pytest.mark.parametrize("samples", [1, 5, 20, 50, 500, 10**7])
def test_any_number_of_samples_is_counted_without_listing_them(samples):
    images = StroopSet(samples=samples)
    assert len(images) == 990 * samples
    assert mask_count(images) == 11 * samples
    last = images.spec(len(images) - 1)
    assert (last.combination, last.sample) == (989, samples - 1)


def test_r44_counts_are_right_beyond_two_to_the_31():
    images = ShapeSet(samples=10**8, geometry="independent")
    assert len(images) == mask_count(images) == 88 * 10**9
    assert sum(cell_counts(images).values()) == 88 * 10**9
    assert images.geometry_index(2**36 + 5) == 2**36 + 5
    assert lies_inside(images.spec(2**36 + 5).stimulus)


# Order ----------------------------------------------------------------------------------------


@given(any_set, st.integers(0, 10**9))
def test_an_image_knows_its_place(images, number):
    index = number % len(images)
    item = images.spec(index)
    assert item.index == index == item.sample * len(images.combinations) + item.combination
    assert 0 <= item.sample < images.samples
    assert item.condition == images.combinations[item.combination]
    assert images.index_of(item.condition, item.sample) == index
    assert images.locate(index) == (item.combination, item.sample)


@given(any_set, st.integers(0, 10**9))
def test_an_image_shows_its_condition(images, number):
    item = images.spec(number % len(images))
    stimulus, condition = item.stimulus, item.condition
    assert stimulus.figure_color == images.palette[condition.figure]
    assert stimulus.background_color == images.palette[condition.background]
    shown = stimulus.shape if isinstance(images, ShapeSet) else stimulus.word
    assert shown == condition.subject
    assert stimulus.side == images.side
    assert condition.cell == (is_chromatic(condition.background), is_chromatic(condition.figure))


def test_combinations_are_in_the_order_of_subject_figure_background():
    first = StroopSet().combinations[:10]
    assert first[0] == Condition("black", "white", "gray")
    assert first[8] == Condition("black", "white", "purple")
    assert first[9] == Condition("black", "gray", "white")
    keys = [
        (SHAPES.index(c.subject), COLOR_TERMS.index(c.figure), COLOR_TERMS.index(c.background))
        for c in ShapeSet().combinations
    ]
    assert keys == sorted(keys)


@every_set
def test_iteration_goes_through_the_whole_set_once(images):
    short = msgspec.structs.replace(images, samples=2)
    items = list(short)
    assert [item.index for item in items] == list(range(len(short)))
    assert Counter(item.condition for item in items) == dict.fromkeys(short.combinations, 2)


# Masks ----------------------------------------------------------------------------------------


@every_set
def test_images_have_one_geometry_index_exactly_if_they_have_one_mask(images):
    short = msgspec.structs.replace(images, samples=3)
    geometries = {}
    numbers = []
    for item in short:
        number = short.geometry_index(item.index)
        geometry = geometry_of(item.stimulus)
        assert geometries.setdefault(number, geometry) == geometry
        numbers.append(number)
    assert numbers == sorted(numbers)  # so one mask at a time need be kept
    assert set(numbers) == set(range(mask_count(short)))
    assert len({str(geometry) for geometry in geometries.values()}) == mask_count(short)


def test_one_mask_serves_90_images_of_the_stroop_set():
    images = StroopSet()
    block = [images.spec(index) for index in range(2 * 990 + 180, 2 * 990 + 270)]
    assert {images.geometry_index(item.index) for item in block} == {2 * 11 + 2}
    masks = {render_coverage(item.stimulus).tobytes() for item in block}
    assert len(masks) == 1
    assert len({render(item.stimulus).tobytes() for item in block}) == 90


def test_independent_images_differ_in_geometry_within_a_combination_and_across():
    images = ShapeSet(geometry="independent", samples=3)
    geometries = {str(geometry_of(item.stimulus)) for item in images}
    assert len(geometries) == len(images) == mask_count(images)


# Every image stands for itself ------------------------------------------------------------------


@pytest.mark.parametrize("geometry", ["crossed", "independent"])
@pytest.mark.parametrize("kind", [ShapeSet, StroopSet, WhiteStroop])
def test_r33_fewer_samples_are_the_beginning_of_more(kind, geometry):
    few, many = kind(samples=5, geometry=geometry), kind(samples=500, geometry=geometry)
    for index in range(0, len(few), 7):
        assert few.spec(index) == many.spec(index)
        assert few.geometry_index(index) == many.geometry_index(index)


@pytest.mark.parametrize("geometry", ["crossed", "independent"])
@pytest.mark.parametrize(
    "part", [WhiteStroop(), WhiteStroop(white_word=True), StroopSet(white_backgrounds=False)]
)
def test_r33_a_subset_shows_the_very_images_of_the_full_set(part, geometry):
    part = msgspec.structs.replace(part, geometry=geometry, side=32)
    full = StroopSet(geometry=geometry, side=32)
    shared = set(full.combinations)
    compared = 0
    for index in range(0, len(part), 997):
        item = part.spec(index)
        if item.condition in shared:
            twin = full.spec(full.index_of(item.condition, item.sample))
            assert render(twin.stimulus).tobytes() == render(item.stimulus).tobytes()
            compared += 1
    assert compared > 40


@every_set
def test_r33_any_order_gives_the_same_images(images):
    chosen = np.random.default_rng(5).integers(len(images), size=40).tolist()
    forward = {index: images.spec(index).stimulus for index in sorted(chosen)}
    assert {index: images.spec(index).stimulus for index in chosen} == forward


SCRIPT = """
import random, sys
from hashlib import sha256
from core.stimuli.factorial import ShapeSet, StroopSet, WhiteStroop
from core.stimuli.render import render
jobs = [(images, index) for images in (
    ShapeSet(seed=9, side=64), StroopSet(seed=9, side=64), WhiteStroop(seed=9, side=64),
    StroopSet(seed=9, side=64, geometry="independent", gray="grey"),
) for index in range(11, 40_000, 3_331)]
random.Random(int(sys.argv[1])).shuffle(jobs)
digests = sorted(
    f"{type(images).__name__} {images.geometry} {index} "
    + sha256(render(images.spec(index).stimulus).tobytes()).hexdigest()
    for images, index in jobs
)
print("\\n".join(digests))
"""


def test_r33_same_bytes_in_every_process_and_order():
    def run(hash_seed, order):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "LC_ALL": "C"}
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [str(ROOT), environment.get("PYTHONPATH")])
        )
        return subprocess.run(
            [sys.executable, "-c", SCRIPT, order],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()

    first, second = run("0", "1"), run("4242", "2")
    assert first == second
    assert len(first) == len(set(first)) == 4 * 13
    name, geometry, index, digest = first[-1].split()
    assert (name, geometry) == ("WhiteStroop", "crossed")
    here = render(WhiteStroop(seed=9, side=64).spec(int(index)).stimulus)
    assert sha256(here.tobytes()).hexdigest() == digest


@pytest.mark.parametrize("kind", [ShapeSet, StroopSet, WhiteStroop])
def test_another_seed_gives_other_images_in_the_same_conditions(kind):
    one, other = kind(seed=0), kind(seed=1)
    for index in range(0, len(one), 9_973):
        assert one.spec(index).condition == other.spec(index).condition
        assert geometry_of(one.spec(index).stimulus) != geometry_of(other.spec(index).stimulus)


@given(any_set, st.integers(0, 10**9), st.integers(0, MAX_SEED))
def test_r28_figures_of_the_sets_lie_wholly_inside(images, number, seed):
    images = msgspec.structs.replace(images, seed=seed)
    assert lies_inside(images.spec(number % len(images)).stimulus)


# Settings ---------------------------------------------------------------------------------------


def test_palette_side_and_spelling_are_settings_that_leave_the_geometry():
    usual = StroopSet(samples=5)
    other = StroopSet(samples=5, palette=SATURATED, side=96)
    for index in range(0, len(usual), 61):
        one, two = usual.spec(index).stimulus, other.spec(index).stimulus
        assert (one.center_x, one.size, one.font) == (two.center_x, two.size, two.font)
        assert two.side == 96
    assert {item.stimulus.word for item in StroopSet(samples=1, gray="grey")} == {
        "grey",
        *COLOR_TERMS,
    } - {"gray"}
    spelled = StroopSet(gray="grey").index_of(Condition("gray", "red", "blue"), 0)
    assert StroopSet(gray="grey").spec(spelled).condition.subject == "gray"


def test_the_rules_are_settings():
    small = ShapeSet(samples=2, rules=ShapeRules(size=(0.1, 0.1), rotation=(0, 0)))
    assert {(item.stimulus.size, item.stimulus.rotation) for item in small} == {(0.1, 0)}
    one_font = StroopSet(samples=1, rules=WordRules(fonts=("lato-bold",)))
    assert {item.stimulus.font for item in one_font} == {"lato-bold"}
    assert {item.stimulus.font for item in StroopSet(samples=20)} == set(stimulus_fonts())


@every_set
def test_a_stored_set_gives_the_same_images(images):
    stored = msgspec.json.encode(images)
    back = msgspec.json.decode(stored, type=FactorialSet)
    assert back == images
    assert type(back) is type(images)
    assert back.spec(17) == images.spec(17)
    for setting in (b'"seed"', b'"samples"', b'"palette"', b'"side"', b'"geometry"', b'"rules"'):
        assert setting in stored


def test_kinds_are_stored_by_name():
    names = [msgspec.to_builtins(kind())["set"] for kind in (ShapeSet, StroopSet, WhiteStroop)]
    assert names == ["shapes", "stroop", "white-stroop"]


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("seed", -1, "seed"),
        ("seed", MAX_SEED + 1, "seed"),
        ("samples", 0, "0 samples"),
        ("side", 7, "side"),
        ("side", 5000, "side"),
        ("geometry", "paired", "paired"),
    ],
)
@pytest.mark.parametrize("kind", [ShapeSet, StroopSet, WhiteStroop])
def test_impossible_settings_are_refused(kind, field, value, named):
    with pytest.raises(InvalidInput, match=named):
        kind(**{field: value})


def test_a_palette_with_one_color_twice_is_refused():
    twins = Palette("twins", {**CSS.colors, "pink": (255, 0, 0)})
    with pytest.raises(InvalidInput, match="red and pink"):
        ShapeSet(palette=twins)


@pytest.mark.parametrize("kind", [StroopSet, WhiteStroop])
def test_another_spelling_is_refused(kind):
    with pytest.raises(InvalidInput, match="graey"):
        kind(gray="graey")


@every_set
def test_images_that_are_not_in_the_set_are_refused(images):
    for index in (-1, len(images)):
        for ask in (images.spec, images.locate, images.geometry_index):
            with pytest.raises(InvalidInput, match=f"no image {index}"):
                ask(index)
    with pytest.raises(InvalidInput, match="red “star” on red"):
        images.index_of(Condition("star", "red", "red"), 0)
    with pytest.raises(InvalidInput, match="no sample"):
        images.index_of(images.combinations[0], images.samples)


def test_a_set_is_frozen():
    with pytest.raises(AttributeError):
        ShapeSet().seed = 5
