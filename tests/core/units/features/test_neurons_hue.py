"""Hues: the opponent space, circular statistics, histograms of pictures and of units."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.color.terms import CSS
from core.stimuli.imported.folders import list_pictures
from core.units.features.hue import (
    HueHistogram,
    add_files,
    add_picture,
    correlation,
    feature_hues,
)
from core.units.features.opponent import opponent
from tests.core.units.features.given_crops import neuron_feature

NATURAL_IMAGES = os.environ.get("COLOR_LAB_NATURAL_IMAGES", "")


def color(*rgb):
    """One pixel, 0..1."""
    return np.array(rgb, float)


def of_hue(degrees, chroma=0.4):
    """Pixels of given hues, in the middle of lightness."""
    angle = np.radians(np.atleast_1d(degrees))
    o2, o3 = chroma * np.cos(angle), chroma * np.sin(angle)
    # R − G = O2 and R + G − 2 B = 2 O3 with R + G + B = 1.5.
    blue = 0.5 - 2 * o3 / 3
    total = 1.5 - blue
    return np.stack([(total + o2) / 2, (total - o2) / 2, blue], axis=-1)


def histogram_of(*degrees):
    histogram = HueHistogram()
    for angle in degrees:
        histogram.add_pixels(of_hue(angle))
    return histogram


def mass(histogram, low, high):
    """Share of the weight from one angle to another, both within, in tenths of a degree."""
    return histogram.fine[round(low * 10) : round(high * 10) + 1].sum() / histogram.total


# The space ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rgb", "o1", "o2", "o3", "hue"),
    [
        ((0, 0, 0), -1, 0, 0, 0),
        ((1, 1, 1), 1, 0, 0, 0),
        ((0.5, 0.5, 0.5), 0, 0, 0, 0),
        ((1, 0, 0), -1 / 3, 1, 0.5, math.degrees(math.atan2(0.5, 1))),
        ((0, 1, 0), -1 / 3, -1, 0.5, math.degrees(math.atan2(0.5, -1))),
        ((0, 0, 1), -1 / 3, 0, -1, 270),
        ((1, 1, 0), 1 / 3, 0, 1, 90),
        ((1, 0, 1), 1 / 3, 1, -0.5, 360 - math.degrees(math.atan2(0.5, 1))),
    ],
)
def test_the_opponent_space_of_known_colors(rgb, o1, o2, o3, hue):
    space = opponent(color(*rgb))
    assert (float(space.o1), float(space.o2), float(space.o3)) == pytest.approx((o1, o2, o3))
    assert float(space.hue) == pytest.approx(hue)
    assert float(space.chroma) == pytest.approx(math.hypot(o2, o3))


@given(rgb=st.tuples(*[st.floats(0, 1)] * 3))
def test_hues_lie_on_the_circle_and_components_in_their_range(rgb):
    space = opponent(color(*rgb))
    assert 0 <= space.hue < 360
    assert max(abs(space.o1), abs(space.o2), abs(space.o3)) <= 1 + 1e-12


@given(degrees=st.floats(0, 359.99), chroma=st.floats(0.11, 0.5))
def test_a_hue_is_its_angle(degrees, chroma):
    space = opponent(of_hue(degrees, chroma))
    assert space.has_hue.all()
    difference = (space.hue[0] - degrees + 180) % 360 - 180
    assert difference == pytest.approx(0, abs=1e-6)
    assert space.chroma[0] == pytest.approx(chroma)


def test_gray_nearly_white_and_nearly_black_pixels_have_no_hue():
    pixels = np.stack(
        [
            of_hue(50, 0.0999)[0],
            of_hue(50, 0.1)[0],  # on the limit
            color(0.12, 0.0, 0.0),  # O1 = −0.92
            color(0.07, 0.0, 0.0),  # too little chroma
            color(1, 1, 0.9),  # O1 = 0.933
            color(1, 0.99, 0.94),  # O1 = 0.953
        ]
    )
    assert opponent(pixels).has_hue.tolist() == [False, True, True, False, True, False]
    # Within sRGB nothing that is colorful enough lies beyond the limit of lightness.
    beyond = np.array([[1.2, 0.9, 0.85], [0.2, 0.0, -0.15], [1.2, 0.9, 0.7]])
    assert opponent(beyond).has_hue.tolist() == [False, False, True]


# Histograms -----------------------------------------------------------------------------------


@given(degrees=st.lists(st.integers(0, 3599), min_size=1, max_size=30))
def test_bins_hold_what_lies_in_them(degrees):
    histogram = histogram_of(*(tenth / 10 for tenth in degrees))
    assert histogram.sources == len(degrees)
    assert histogram.total == len(degrees)
    for count in (100, 36):
        wanted = np.bincount([int(t * count // 3600) for t in degrees], minlength=count)
        assert histogram.bins(count).tolist() == wanted.tolist()
        assert histogram.shares(count).sum() == pytest.approx(1)


def test_bins_that_do_not_divide_the_circle_are_a_mistake():
    with pytest.raises(ValueError, match="7 bins"):
        HueHistogram().bins(7)


def test_histograms_add_up_exactly():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (6, 20, 30, 3), dtype=np.uint8)
    whole, one, other = HueHistogram(), HueHistogram(), HueHistogram()
    for number, picture in enumerate([*pictures, np.zeros((5, 5, 3), np.uint8)]):
        add_picture(whole, picture)
        add_picture(one if number < 4 else other, picture)
    assert np.array_equal(one.fine + other.fine, whole.fine)
    assert one.sources + other.sources == whole.sources == 6
    assert one.without_hue + other.without_hue == whole.without_hue == 1


def test_the_mean_is_circular_across_the_seam():
    mean = histogram_of(350.05, 10.05).mean()
    assert min(mean.direction, 360 - mean.direction) == pytest.approx(0.05, abs=0.06)
    assert mean.length == pytest.approx(math.cos(math.radians(10)), abs=1e-3)
    assert histogram_of(120.05).mean() == pytest.approx((120.05, 1.0))
    opposite = histogram_of(30.05, 210.05).mean()
    assert opposite.direction is None and opposite.length == pytest.approx(0, abs=1e-9)


def test_bins_are_equal_parts_of_the_circle():
    histogram = histogram_of(55.9, 55.0, 200.0)
    assert np.flatnonzero(histogram.bins(100)).tolist() == [15, 55]  # the first from 54.0 to 57.6
    assert np.flatnonzero(histogram.bins(36)).tolist() == [5, 20]
    assert histogram.bins(36)[5] == 2


def test_r38_an_empty_histogram_has_no_mean_or_shares():
    empty = HueHistogram()
    assert empty.shares() is empty.mean() is None
    assert empty.in_words() == "There is no neuron to take a hue from."
    assert correlation(empty, histogram_of(10)) is None
    even = HueHistogram(np.ones(3600), sources=1)
    assert correlation(even, histogram_of(10)) is None  # no spread, no correlation


@given(seed=st.integers(0, 500))
@settings(max_examples=20)
def test_the_correlation_is_pearsons_over_a_hundred_bins(seed):
    rng = np.random.default_rng(seed)
    one, other = (HueHistogram(rng.random(3600) ** 8, sources=1) for _ in range(2))
    wanted = np.corrcoef(one.bins(100), other.bins(100))[0, 1]
    assert correlation(one, other) == pytest.approx(wanted)
    scaled = HueHistogram(one.fine * 7, sources=3)
    assert correlation(one, scaled) == pytest.approx(1)
    assert correlation(one, scaled) <= 1


# Pictures and units ---------------------------------------------------------------------------


def test_every_picture_weighs_as_much_as_any_other_of_the_same_colorfulness():
    """Stretched to 100 × 100, whatever its size and shape."""
    histogram = HueHistogram()
    red, blue = (np.array(CSS[name], np.uint8) for name in ("red", "blue"))
    add_picture(histogram, np.broadcast_to(red, (20, 600, 3)))
    add_picture(histogram, np.broadcast_to(blue, (150, 30, 3)))
    assert mass(histogram, 26.5, 26.6) == mass(histogram, 270, 270) == 0.5
    assert histogram.total == 20_000


def test_pictures_are_read_and_bad_files_are_listed(tmp_path):
    red, gray = np.full((9, 9, 3), CSS["red"], np.uint8), np.full((9, 9, 3), 90, np.uint8)
    Image.fromarray(red).save(tmp_path / "a.png")
    Image.fromarray(gray).save(tmp_path / "b.png")
    Image.fromarray(red).save(tmp_path / "c.png")
    cut = tmp_path / "d.png"
    cut.write_bytes((tmp_path / "a.png").read_bytes()[:40])
    histogram = HueHistogram()
    paths = sorted(tmp_path.iterdir())
    outcome = list(add_files(histogram, paths))
    assert outcome[:3] == [None, None, None]
    assert outcome[3].path == cut and outcome[3].reason.startswith("d.png")
    assert (histogram.sources, histogram.without_hue) == (2, 1)
    assert histogram.in_words("picture") == (
        "1 of 3 pictures has no hue: no pixel with a chroma of 0.1 that is neither black nor white."
    )


def feature(pixels, valid=None):
    crops = np.rint(np.asarray(pixels)[None] * 255).astype(np.uint8)
    return neuron_feature(crops, np.ones(1, np.float32), valid)


def test_every_unit_with_a_hue_weighs_the_same():
    large = feature(np.broadcast_to(of_hue(60.05, 0.4), (30, 30, 3)))
    small = feature(of_hue([200.05, 250.05], 0.4)[None])
    gray = feature(np.full((4, 4, 3), 0.5))
    histogram = feature_hues([large, small, gray])
    assert histogram.total == pytest.approx(2)
    assert mass(histogram, 55, 65) == pytest.approx(0.5)
    assert mass(histogram, 195, 205) == mass(histogram, 245, 255) == pytest.approx(0.25)
    assert (histogram.sources, histogram.without_hue) == (2, 1)


def test_r37_units_without_a_hue_are_counted_in_words():
    gray = feature(np.full((4, 4, 3), 0.5))
    red = feature(np.broadcast_to(color(0.8, 0.2, 0.2), (2, 2, 3)))
    assert feature_hues([red]).in_words() == ""
    assert feature_hues([red, gray]).in_words().startswith("1 of 2 neurons has no hue")
    assert feature_hues([gray, gray]).in_words().startswith("2 of 2 neurons have no hue")


def test_undefined_pixels_of_a_feature_do_not_count():
    pixels = np.stack([of_hue(60.05), of_hue(200.05)], axis=1)
    seen = feature(pixels, valid=np.array([[[True, False]]]))
    assert mass(feature_hues([seen]), 50, 70) == 1


@pytest.mark.skipif(
    not NATURAL_IMAGES, reason="COLOR_LAB_NATURAL_IMAGES names no folder of natural images"
)
def test_natural_images_are_mostly_orange_and_yellow():
    histogram = HueHistogram()
    refused = [
        bad for bad in add_files(histogram, list_pictures(Path(NATURAL_IMAGES)).paths) if bad
    ]
    assert not refused
    assert histogram.sources > 0.9 * (histogram.sources + histogram.without_hue)
    assert 3.6 * histogram.bins(100).argmax() == pytest.approx(54, abs=10)
    assert mass(histogram, 29, 90) > 0.5
