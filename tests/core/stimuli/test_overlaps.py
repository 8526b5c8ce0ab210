"""The union of crossing contours."""

from __future__ import annotations

import numpy as np
import pytest

from core.stimuli.overlaps import merged
from tests.support.outlines import area, winding_grid

TICKS = np.linspace(-0.93, 0.97, 211)


def box(left, top, right, bottom):
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float)


def star(points, skip, radius=0.8):
    angles = 2 * np.pi * skip * np.arange(points) / points
    return radius * np.stack([np.sin(angles), -np.cos(angles)], axis=1)


CASES = {
    "two boxes crossing at corners": ([box(-0.5, -0.5, 0.1, 0.1), box(-0.2, -0.2, 0.6, 0.6)], 0.91),
    "a cross of two bars": ([box(-0.6, -0.1, 0.6, 0.1), box(-0.1, -0.6, 0.1, 0.6)], 0.44),
    "bars of opposite directions": (
        # Where both lie the winding is 0: the nonzero rule leaves a hole.
        [box(-0.6, -0.1, 0.6, 0.1), box(-0.1, -0.6, 0.1, 0.6)[::-1]],
        0.40,
    ),
    "the same box twice": ([box(-0.3, -0.3, 0.3, 0.3), box(-0.3, -0.3, 0.3, 0.3)], 0.36),
    "boxes with one edge in common": ([box(-0.4, -0.2, 0, 0.2), box(0, -0.2, 0.4, 0.2)], 0.32),
    "a box on part of another's edge": ([box(-0.4, -0.4, 0, 0.4), box(0, -0.1, 0.3, 0.1)], 0.38),
    "a corner on an edge": (
        [box(-0.4, -0.4, 0, 0.4), np.array([[0, 0], [0.4, -0.2], [0.4, 0.2]])],
        0.40,
    ),
    "a bar over a ring": (
        [box(-0.5, -0.5, 0.5, 0.5), box(-0.3, -0.3, 0.3, 0.3)[::-1], box(-0.1, -0.7, 0.1, 0.7)],
        0.64 + 0.2 * 0.6 + 2 * 0.2 * 0.2,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_union_has_the_area_worked_out_by_hand(name):
    contours, expected = CASES[name]
    assert area(merged(contours)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_the_union_covers_what_the_contours_covered(name):
    contours, _ = CASES[name]
    union = winding_grid(merged(contours), TICKS)
    np.testing.assert_array_equal(union != 0, winding_grid(contours, TICKS) != 0)
    assert set(np.unique(union)) <= {0, 1} or set(np.unique(union)) <= {0, -1}


def test_a_contour_that_crosses_itself_keeps_its_middle():
    pentagram = star(5, 2)
    assert winding_grid([pentagram], TICKS).max() == 2 or (
        winding_grid([pentagram], TICKS).min() == -2
    )
    union = winding_grid(merged([pentagram]), TICKS)
    np.testing.assert_array_equal(union != 0, winding_grid([pentagram], TICKS) != 0)
    assert np.abs(union).max() == 1


def test_contours_that_do_not_cross_are_left_as_they_are():
    contours = [box(-0.5, -0.5, 0.5, 0.5), box(-0.3, -0.3, 0.3, 0.3)[::-1], box(0.6, 0, 0.7, 0.1)]
    result = merged(contours)
    assert len(result) == 3
    for one, other in zip(result, contours, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_contour_that_is_a_single_point_is_dropped():
    point = np.full((4, 2), 0.25)
    (kept,) = merged([point, box(-0.5, -0.5, 0.5, 0.5)])
    assert area([kept]) == 1


def test_a_spike_without_width_leaves_the_area():
    spiked = np.array(
        [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.0], [0.8, 0.0], [0.5, 0.0], [0.5, 0.5], [-0.5, 0.5]]
    )
    bar = box(-0.7, -0.1, -0.3, 0.1)
    assert area(merged([spiked, bar])) == pytest.approx(1 + 0.2 * 0.2, abs=1e-9)


def test_random_triangles_in_heaps():
    random = np.random.default_rng(7)
    for _ in range(20):
        heap = []
        for corners in random.uniform(-0.9, 0.9, size=(6, 3, 2)):
            (x1, y1), (x2, y2) = corners[1] - corners[0], corners[2] - corners[0]
            heap.append(corners if x1 * y2 > x2 * y1 else corners[::-1])
        union = winding_grid(merged(heap), TICKS)
        np.testing.assert_array_equal(union != 0, winding_grid(heap, TICKS) != 0)
        assert np.abs(union).max() == 1
