"""Exact area coverage, against hand-computed values and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import InvalidInput
from core.stimuli.coverage import bounds, coverage_mask, placed, shape_outline
from core.stimuli.stimulus import SHAPES
from tests.support.outlines import area, supersampled

# Of outlines whose longer side is 1, from the textbook formulas of regular polygons.
AREAS = {
    "triangle": math.sqrt(3) / 4,
    "square": 1.0,
    "circle": math.pi / 4,
    "rectangle": 0.5,
    "pentagon": 2.5 * math.sin(math.radians(72)) / (2 * math.sin(math.radians(72))) ** 2,
    "hexagon": 1.5 * math.sqrt(3) / 4,
    "star": 5
    * math.sin(math.radians(36))
    * (3 - math.sqrt(5))
    / 2
    / (2 * math.sin(math.radians(72))) ** 2,
    "plus": 5 / 9,
}
CORNERS = {
    "triangle": 3,
    "square": 4,
    "circle": 1440,
    "rectangle": 4,
    "pentagon": 5,
    "hexagon": 6,
    "star": 10,
    "plus": 12,
}


def box(left, top, right, bottom):
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float)


def test_a_box_between_pixel_borders_covers_its_exact_share():
    mask = coverage_mask([box(1.25, 2.0, 3.625, 3.5)], 6)
    expected = np.zeros((6, 6), dtype=np.uint8)
    expected[2, 1:4] = [191, 255, 159]  # 0.75 and 0.625 of a pixel
    expected[3, 1:4] = [96, 128, 80]  # half of that: 95.6, 127.5 to even, 79.7
    np.testing.assert_array_equal(mask, expected)


def test_a_diagonal_halves_the_pixels_it_crosses():
    mask = coverage_mask([np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]])], 3)
    np.testing.assert_array_equal(mask, [[255, 255, 128], [255, 128, 0], [128, 0, 0]])


def test_a_contour_of_the_other_direction_is_a_hole():
    mask = coverage_mask([box(0, 0, 4, 4), box(1, 1, 3, 3)[::-1]], 4)
    assert mask[1:3, 1:3].max() == 0
    assert (mask == 255).sum() == 12


@pytest.mark.parametrize("shape", SHAPES)
def test_the_direction_of_a_contour_does_not_matter(shape):
    outline = placed(shape_outline(shape), (15.2, 14.9), 20, 33)
    turned = [contour[::-1] for contour in outline]
    np.testing.assert_array_equal(coverage_mask(outline, 32), coverage_mask(turned, 32))


@pytest.mark.parametrize("center", [(-30, 8), (46, 8), (8, -30), (8, 46)])
def test_a_figure_outside_leaves_no_ink(center):
    assert coverage_mask(placed(shape_outline("circle"), center, 40, 0), 16).max() == 0


@pytest.mark.parametrize("shape", ["square", "circle", "rectangle", "hexagon"])
def test_a_figure_around_the_picture_fills_it(shape):
    assert coverage_mask(placed(shape_outline(shape), (8, 8), 200, 20), 16).min() == 255


@given(
    shape=st.sampled_from(SHAPES),
    x=st.floats(-10, 30),
    y=st.floats(-10, 30),
    size=st.floats(2, 60),
    rotation=st.floats(-720, 720),
)
def test_coverage_agrees_with_brute_force_supersampling(shape, x, y, size, rotation):
    outline = placed(shape_outline(shape), (x, y), size, rotation)
    share = coverage_mask(outline, 20) / 255
    expected = supersampled(outline, 20, 24)
    # A straight edge through 24 × 24 points is told to within one row of them; a tip has two.
    assert np.abs(share - expected).max() <= 2 / 24
    assert np.abs(share - expected).mean() <= 0.004


@given(
    shape=st.sampled_from(SHAPES),
    x=st.floats(0, 20),
    y=st.floats(0, 20),
    size=st.floats(2, 40),
    rotation=st.floats(0, 360),
)
def test_a_cut_off_figure_is_a_crop_of_the_whole_one(shape, x, y, size, rotation):
    outline = placed(shape_outline(shape), (x, y), size, rotation)
    cropped = coverage_mask(outline, 20)
    whole = coverage_mask([contour + 40 for contour in outline], 100)[40:60, 40:60]
    assert np.abs(cropped.astype(int) - whole).max() <= 1  # moving rounds the last digits


@given(
    shape=st.sampled_from(SHAPES),
    x=st.floats(29, 35),
    y=st.floats(29, 35),
    size=st.floats(1, 40),
    rotation=st.floats(0, 360),
)
def test_the_ink_adds_up_to_the_closed_form_area(shape, x, y, size, rotation):
    mask = coverage_mask(placed(shape_outline(shape), (x, y), size, rotation), 64)
    partial = np.count_nonzero((mask > 0) & (mask < 255))
    # Each value is off by half a level at most; a value rounded away to 0 or 255 counts as well,
    # and an outline passes through no more than these pixels and their neighbors.
    slack = 0.5 * (3 * partial + 16) / 255
    assert mask.sum() / 255 == pytest.approx(AREAS[shape] * size**2, abs=slack)


@pytest.mark.parametrize("shape", SHAPES)
def test_unit_outlines_are_centered_with_a_longer_side_of_one(shape):
    (contour,) = shape_outline(shape)
    left, top, right, bottom = bounds([contour])
    assert (left + right, top + bottom) == pytest.approx((0, 0), abs=1e-12)
    assert max(right - left, bottom - top) == pytest.approx(1, abs=1e-12)
    assert len(contour) == CORNERS[shape]
    assert area([contour]) == pytest.approx(AREAS[shape], rel=1e-5)


def test_the_eight_shapes_are_told_apart():
    masks = [coverage_mask(placed(shape_outline(s), (16, 16), 24, 0), 32) for s in SHAPES]
    for i, one in enumerate(masks):
        for other in masks[:i]:
            assert (np.abs(one.astype(int) - other) > 128).sum() > 20


def test_rotation_is_counter_clockwise_on_the_screen():
    # The triangle's tip points up; a quarter turn counter-clockwise makes it point left.
    mask = coverage_mask(placed(shape_outline("triangle"), (16, 16), 24, 90), 32) > 127
    heights = mask.sum(axis=0)
    columns = np.flatnonzero(heights)
    assert heights[columns[0]] < 4 < 20 < heights[columns[-1]]
    upright = coverage_mask(placed(shape_outline("triangle"), (16, 16), 24, 0), 32) > 127
    rows = np.flatnonzero(upright.sum(axis=1))
    assert upright.sum(axis=1)[rows[0]] < 4 < 20 < upright.sum(axis=1)[rows[-1]]


def test_an_unknown_shape_is_refused_by_name():
    with pytest.raises(InvalidInput, match="diamond"):
        shape_outline("diamond")


def test_outlines_from_the_cache_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        shape_outline("star")[0][0, 0] = 5.0
