"""Crops and neuron features: the fast way equals laying exact crops on top of each other."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.models.preprocessing import Preprocessing, fit_picture
from core.network.layer import Layer
from core.network.receptive_field import field_boxes
from core.stimuli.factorial import ShapeSet, StroopSet
from core.stimuli.imported.pictures import decode_picture
from core.stimuli.render import render, render_coverage
from core.units.features.crops import OUTSIDE, FactorialCrops, PictureCrops, Windows
from core.units.features.neuron_feature import MID_GRAY, feature_of, stretched
from core.units.features.opponent import opponent
from tests.core.units.features.given_crops import neuron_feature
from tests.support.sorted_tops import sorted_tops

SIDE = 32
SETS = {
    "crossed shapes": ShapeSet(samples=2, side=SIDE),
    "independent shapes": ShapeSet(samples=2, side=SIDE, geometry="independent"),
    "words": StroopSet(samples=1, side=SIDE),
}
every_set = pytest.mark.parametrize("stimuli", SETS.values(), ids=SETS.keys())


def layer(receptive_field=15, stride=8, start=-5, columns=4):
    return Layer(
        name="layer2.0",
        group="layer2",
        module="layer2.0",
        kind="block",
        values="after ReLU",
        units=1,
        map_size=(columns, columns),
        stride=stride,
        receptive_field=receptive_field,
        field_start=start,
    )


LAYERS = {
    "overhanging": layer(),  # on all four sides
    "inside": layer(receptive_field=8, start=0),
    "whole": layer(receptive_field=99),
    "vector": layer(receptive_field=None, stride=None, columns=1),
}
every_layer = pytest.mark.parametrize("where", LAYERS.values(), ids=LAYERS.keys())


def drawn(where, count, total, seed=0):
    """Images, windows and falling values of one unit."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, total, count)
    positions = rng.integers(0, where.map_size[0] * where.map_size[1], count)
    values = np.sort(rng.random(count).astype(np.float32) + 0.1)[::-1]
    return images, positions, values


def picture_files(folder, count=6):
    rng = np.random.default_rng(1)
    paths = []
    for number in range(count):
        pixels = rng.integers(0, 256, (40 + number, 60, 3), dtype=np.uint8)
        paths.append(folder / f"{number}.png")
        Image.fromarray(pixels).save(paths[-1])
    return paths


@pytest.fixture
def files(tmp_path):
    return picture_files(tmp_path)


# Crops ----------------------------------------------------------------------------------------


@every_layer
@every_set
def test_crops_hold_the_exact_pixels_of_the_picture(stimuli, where):
    images, positions, _ = drawn(where, 12, len(stimuli))
    windows = Windows.of(where, positions, SIDE)
    crops = FactorialCrops(stimuli).crops(images, windows)
    assert crops.pixels.dtype == np.uint8
    assert crops.pixels.shape == (12, windows.size, windows.size, 3)
    boxes = field_boxes(where, positions, SIDE)
    for row, image in enumerate(images.tolist()):
        padded = np.full((3 * SIDE, 3 * SIDE, 3), OUTSIDE, np.uint8)
        padded[SIDE : 2 * SIDE, SIDE : 2 * SIDE] = render(stimuli.spec(image).stimulus)
        inside = np.zeros((3 * SIDE, 3 * SIDE), bool)
        inside[SIDE : 2 * SIDE, SIDE : 2 * SIDE] = True
        left, top, right, bottom = boxes[row] + SIDE
        assert np.array_equal(crops.pixels[row], padded[top:bottom, left:right])
        assert np.array_equal(crops.valid[row], inside[top:bottom, left:right])


def test_crops_of_files_are_those_of_the_preprocessed_picture(files):
    preprocessing = Preprocessing(side=SIDE)
    source = PictureCrops(files, preprocessing)
    assert source.side == SIDE
    windows = Windows.of(LAYERS["overhanging"], np.array([0, 6]), SIDE)
    crops = source.crops(np.array([3, 5]), windows)
    for row, image in enumerate((3, 5)):
        pixels = fit_picture(decode_picture(files[image]).pixels, preprocessing).pixels
        left, top = windows.left[row], windows.top[row]
        cut = pixels[max(top, 0) : top + 15, max(left, 0) : left + 15]
        assert np.array_equal(crops.pixels[row][crops.valid[row]], cut.reshape(-1, 3))
        assert (crops.pixels[row][~crops.valid[row]] == OUTSIDE).all()


def test_a_place_without_an_image_is_nowhere_valid(files):
    windows = Windows.of(LAYERS["inside"], np.array([5, 5]), SIDE)
    for source in (FactorialCrops(SETS["words"]), PictureCrops(files, Preprocessing(side=SIDE))):
        crops = source.crops(np.array([-1, 2]), windows)
        assert not crops.valid[0].any() and crops.valid[1].all()
        assert (crops.pixels[0] == OUTSIDE).all()


# Features -------------------------------------------------------------------------------------


@every_layer
@every_set
def test_a_feature_of_masks_equals_that_of_the_exact_crops(stimuli, where):
    images, positions, values = drawn(where, 40, min(len(stimuli), 300))
    source = FactorialCrops(stimuli)
    windows = Windows.of(where, positions, SIDE)
    crops = source.crops(images, windows)
    slow = neuron_feature(crops.pixels, values, crops.valid)
    fast = feature_of(source, images, windows, values)
    # Blends at outlines are not rounded to whole gray levels.
    assert np.abs(fast.pixels - slow.pixels).max() <= 0.5 / 255 + 1e-6
    assert np.allclose(fast.present, slow.present, atol=1e-6)
    assert np.array_equal(fast.defined, slow.defined)
    assert fast.images == slow.images == 40
    assert fast.pixels.std() > 0.01


@every_layer
def test_a_feature_of_files_equals_that_of_the_exact_crops(files, where):
    images, positions, values = drawn(where, 70, len(files))
    source = PictureCrops(files, Preprocessing(side=SIDE))
    windows = Windows.of(where, positions, SIDE)
    crops = source.crops(images, windows)
    slow = neuron_feature(crops.pixels, values, crops.valid)
    fast = feature_of(source, images, windows, values)
    assert np.allclose(fast.pixels, slow.pixels, atol=1e-5)
    assert np.allclose(fast.present, slow.present, atol=1e-6)


def test_a_feature_is_the_weighted_mean_of_its_crops():
    crops = np.zeros((2, 1, 2, 3), np.uint8)
    crops[0, 0] = [[255, 0, 0], [255, 255, 255]]
    crops[1, 0] = [[0, 0, 255], [0, 0, 0]]
    valid = np.array([[[True, True]], [[True, False]]])
    feature = neuron_feature(crops, np.array([3, 1], np.float32), valid)
    # Where the second crop overhangs its picture, the first one stands alone.
    assert feature.pixels[0].tolist() == [[0.75, 0, 0.25], [1, 1, 1]]
    assert feature.present[0].tolist() == [1.0, 0.75]
    assert feature.in_words() == ""


@pytest.mark.parametrize(("present", "defined"), [(9, False), (10, True), (11, True)])
def test_under_a_tenth_of_the_weight_a_pixel_is_mid_gray(present, defined):
    crops = np.full((100, 1, 1, 3), 255, np.uint8)
    valid = (np.arange(100) < present)[:, None, None]
    feature = neuron_feature(crops, np.ones(100, np.float32), valid)
    assert feature.defined.item() is defined
    assert feature.pixels[0, 0, 0] == (1.0 if defined else MID_GRAY)
    assert ("100% of the pixels are undefined" in feature.in_words()) is not defined


def test_negative_activations_have_no_weight_and_are_counted():
    stimuli = SETS["words"]
    images, positions, values = drawn(LAYERS["inside"], 10, 200)
    windows = Windows.of(LAYERS["inside"], positions, SIDE)
    values[6:] = [0, -1, -2, np.nan]
    images[9] = -1  # a list that is not full
    feature = feature_of(FactorialCrops(stimuli), images, windows, values)
    first = Windows(windows.left[:6], windows.top[:6], windows.size)
    alone = feature_of(FactorialCrops(stimuli), images[:6], first, values[:6])
    assert np.allclose(feature.pixels, alone.pixels, atol=1e-6)
    assert (feature.images, feature.negative) == (6, 2)
    assert feature.in_words() == "2 images have no weight: the activation is negative."


def test_r37_a_unit_that_nothing_activates_has_no_feature_and_says_so():
    windows = Windows.of(LAYERS["inside"], np.zeros(3, int), SIDE)
    for values in ([0, 0, 0], [-1, -2, -3], [np.nan] * 3):
        feature = feature_of(
            FactorialCrops(SETS["words"]),
            np.array([0, 1, -1]),
            windows,
            np.array(values, np.float32),
        )
        assert not feature.defined.any()
        assert (feature.pixels == MID_GRAY).all()
        assert "no image of the set activates this neuron" in feature.in_words()
        assert (stretched(feature) == 128).all()


def test_all_units_of_a_layer_one_after_the_other():
    stimuli, where = SETS["crossed shapes"], LAYERS["overhanging"]
    rng = np.random.default_rng(3)
    shape = (4, len(stimuli))
    values = rng.random(shape, dtype=np.float32)
    tops = sorted_tops(values, 30, positions=rng.integers(0, 16, shape).astype(np.int32))
    source, features = FactorialCrops(stimuli), []
    for unit in range(4):
        images, values = tops.images[unit, :20], tops.values[unit, :20]
        windows = Windows.of(where, tops.positions[unit, :20], SIDE)
        feature = feature_of(source, images, windows, values)
        features.append(feature)
        crops = FactorialCrops(stimuli).crops(images, windows)
        slow = neuron_feature(crops.pixels, values, crops.valid)
        assert np.abs(feature.pixels - slow.pixels).max() <= 0.5 / 255 + 1e-6
    assert not np.array_equal(features[0].pixels, features[1].pixels)


def test_a_mask_is_drawn_once_and_little_memory_gives_the_same(monkeypatch):
    counts = []
    monkeypatch.setattr(
        "core.units.features.crops.render_coverage",
        lambda figure: counts.append(figure) or render_coverage(figure),
    )
    stimuli, where = SETS["crossed shapes"], LAYERS["whole"]
    images = np.arange(0, 880, 8)
    windows = Windows.of(where, np.zeros(len(images), int), SIDE)
    values = np.linspace(2, 1, len(images), dtype=np.float32)
    plenty = FactorialCrops(stimuli)
    one = feature_of(plenty, images, windows, values)
    assert len(counts) == 8  # one sample of each shape
    feature_of(plenty, images, windows, values)
    assert len(counts) == 8
    tight = FactorialCrops(stimuli, memory=SIDE * SIDE + 1)
    other = feature_of(tight, images, windows, values)
    feature_of(tight, images, windows, values)
    assert len(counts) == 24
    assert np.array_equal(one.pixels, other.pixels)


def test_r23_a_file_that_has_gone_is_named_and_the_others_stand(files):
    source = PictureCrops(files, Preprocessing(side=SIDE))
    files[2].unlink()
    windows = Windows.of(LAYERS["whole"], np.zeros(3, int), SIDE)
    values = np.ones(3, np.float32)
    feature = feature_of(source, np.array([1, 2, 3]), windows, values)
    assert list(source.refused) == [2] and "no picture 2.png" in source.refused[2]
    assert feature.present.min() == pytest.approx(2 / 3)
    both = Windows(windows.left[:2], windows.top[:2], windows.size)
    alone = feature_of(source, np.array([1, 3]), both, values[:2])
    assert np.allclose(feature.pixels, alone.pixels, atol=1e-6)
    crops = source.crops(np.array([1, 2]), both)
    assert crops.valid[0].all() and not crops.valid[1].any()
    assert (crops.pixels[1] == OUTSIDE).all()


# Display --------------------------------------------------------------------------------------


def test_stretching_widens_the_contrast_and_keeps_hues():
    crops = np.array([[[[120, 110, 100], [140, 110, 130], [100, 130, 110]]]], np.uint8)
    feature = neuron_feature(crops, np.ones(1, np.float32))
    shown = stretched(feature)
    assert shown.min() == 0 and shown.max() == 255
    before, after = opponent(feature.pixels), opponent(shown / 255)
    assert np.allclose(before.hue, after.hue, atol=1.5)
    assert (after.chroma > 3 * before.chroma).all()
    assert feature.pixels.max() < 0.56  # the feature itself is not touched


def test_r38_a_feature_of_one_single_value_is_shown_as_it_is():
    feature = neuron_feature(np.full((2, 3, 3, 3), 51, np.uint8), np.ones(2, np.float32))
    assert (stretched(feature) == 51).all()


def test_undefined_pixels_take_no_part_in_the_stretch():
    crops = np.full((1, 1, 3, 3), 100, np.uint8)
    crops[0, 0, 1] = 110
    valid = np.array([[[True, True, False]]])
    shown = stretched(neuron_feature(crops, np.ones(1, np.float32), valid))
    assert shown[0, :, 0].tolist() == [0, 255, 128]
