"""Exact area coverage of closed outlines, and the outlines of the eight shapes.

The coverage of a pixel is the share of its unit square that lies inside the outline, computed in
closed form (no supersampling). Every edge is cut where it crosses a pixel border; each piece then
adds its signed height to the running sum of its row, as in the accumulation-buffer rasterizers
used for fonts. Contours must not cross each other (`core.stimuli.overlaps` sees to that for words);
a contour of the other direction inside another is a hole.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from core.base.errors import InvalidInput
from core.stimuli.stimulus import SHAPES, ShapeName

Outline = Sequence[NDArray[np.float64]]
"""Closed contours, each an array of shape (N, 2) with x, y; the last point joins the first."""

_REACH = 4.0
"""Standard deviations after which the bell is cut; 0.006 % of it lies beyond."""

_CIRCLE_SEGMENTS = 1440  # off by 0.0003 pixels at most in a picture of 224: under 0.1 gray level


def coverage_mask(outline: Outline, side: int) -> NDArray[np.uint8]:
    """Share of every pixel inside an outline.

    Parameters
    ----------
    outline : sequence of ndarray of float64, shape (N, 2)
        Contours in pixel coordinates, x right, y down, origin at the picture's top left corner.
    side : int
        Side of the square picture in pixels.

    Returns
    -------
    ndarray of uint8, shape (side, side)
        0 outside, 255 wholly inside, rounded to nearest between.
    """
    winding = _signed_area(outline, side)
    share = np.minimum(np.abs(winding), 1.0)
    return np.asarray(np.rint(share * 255.0), dtype=np.uint8)


def _signed_area(outline: Outline, side: int) -> NDArray[np.float64]:
    """Signed winding area of every pixel, shape (side, side)."""
    starts = np.concatenate(list(outline))
    ends = np.concatenate([np.roll(contour, -1, axis=0) for contour in outline])
    x0, y0, x1, y1 = starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1]

    x0, y0, x1, y1 = _cut(x0, y0, x1, y1, axis="y", limit=side)
    # What lies left of the picture acts on the whole row, what lies right of it on nothing.
    x0, y0, x1, y1 = _cut(x0, y0, x1, y1, axis="x", limit=side)

    row = np.floor((y0 + y1) / 2).astype(np.int64)
    middle = (x0 + x1) / 2
    inside = (row >= 0) & (row < side) & (middle < side)
    row, middle, height = row[inside], np.maximum(middle[inside], 0.0), (y1 - y0)[inside]
    column = np.minimum(np.floor(middle).astype(np.int64), side - 1)
    right_share = 1.0 - (middle - column)  # share of the cell right of the piece

    stride = side + 1
    cells = row * stride + column
    sums = np.zeros(side * stride)
    sums += np.bincount(cells, weights=height * right_share, minlength=side * stride)
    sums += np.bincount(cells + 1, weights=height * (1.0 - right_share), minlength=side * stride)
    return np.cumsum(sums.reshape(side, stride), axis=1)[:, :side]


def _cut(
    x0: NDArray[np.float64],
    y0: NDArray[np.float64],
    x1: NDArray[np.float64],
    y1: NDArray[np.float64],
    axis: str,
    limit: int,
) -> tuple[NDArray[np.float64], ...]:
    """Cut segments at every integer of one axis within 0..limit, so that none crosses a border."""
    a, b = (y0, y1) if axis == "y" else (x0, x1)
    low, high = np.minimum(a, b), np.maximum(a, b)
    first = np.clip(np.floor(low) + 1, 0, limit + 1).astype(np.int64)
    last = np.clip(np.ceil(high) - 1, -1, limit).astype(np.int64)
    crossings = np.maximum(last - first + 1, 0)

    pieces = crossings + 1
    owner = np.repeat(np.arange(len(a)), pieces)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    forward = (b >= a)[owner]
    # The k-th border met on the way from start to end.
    near = np.where(forward, first[owner] + place - 1, last[owner] - place + 1)
    far = np.where(forward, near + 1, near - 1)
    span = np.where(b == a, 1.0, b - a)[owner]
    t0 = np.where(place == 0, 0.0, (near - a[owner]) / span)
    t1 = np.where(place == crossings[owner], 1.0, (far - a[owner]) / span)

    dx, dy = (x1 - x0)[owner], (y1 - y0)[owner]
    start_x, start_y = x0[owner] + t0 * dx, y0[owner] + t0 * dy
    end_x = np.where(place == crossings[owner], x1[owner], x0[owner] + t1 * dx)
    end_y = np.where(place == crossings[owner], y1[owner], y0[owner] + t1 * dy)
    return start_x, start_y, end_x, end_y


def blurred_mask(outline: Outline, side: int, sigma: float) -> NDArray[np.uint8]:
    """Coverage of an outline as in `coverage_mask`, convolved with a Gaussian.

    What lies outside the picture takes part: the mask is drawn with a margin as wide as the blur
    reaches, so that a figure cut by the border is blurred like any other. The standard deviation
    `sigma` is in pixels and above 0. The weights are the Gaussian at whole pixels, cut at four
    standard deviations and made to sum to one; the result, uint8 (side, side), is rounded to
    nearest.
    """
    margin = ceil(_REACH * sigma)
    moved = [contour + margin for contour in outline]
    mask = coverage_mask(moved, side + 2 * margin).astype(np.float64)
    weights = _weights(side, margin, sigma)
    return np.asarray(np.rint(weights @ mask @ weights.T), dtype=np.uint8)


@lru_cache(maxsize=8)
def _weights(side: int, margin: int, sigma: float) -> NDArray[np.float64]:
    """Row i holds the weights of the pixels that pixel i of the picture gathers."""
    places = np.arange(side + 2 * margin)
    distance = places[None, :] - (np.arange(side) + margin)[:, None]
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    weights[np.abs(distance) > margin] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    weights.setflags(write=False)  # shared by the cache
    return weights


def bounds(outline: Outline) -> tuple[float, float, float, float]:
    """Smallest upright box around an outline: left, top, right, bottom."""
    points = np.concatenate(list(outline))
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def placed(
    outline: Outline, center: tuple[float, float], size: float, rotation: float
) -> list[NDArray[np.float64]]:
    """A unit outline, (N, 2) each, scaled, rotated about the origin and moved.

    Its ink box is centered on the origin, y down, which goes to `center`. The size is in pixels per
    unit, the rotation in degrees, counter-clockwise on the screen.
    """
    turn = np.deg2rad(rotation)
    cosine, sine = np.cos(turn), np.sin(turn)
    matrix = np.array([[cosine, -sine], [sine, cosine]]) * size  # row vectors, y down
    return [contour @ matrix + np.array(center) for contour in outline]


@cache
def shape_outline(shape: ShapeName) -> tuple[NDArray[np.float64], ...]:
    """Unit outline of a shape: ink box centered on the origin, its longer side 1.

    Polygons are regular, with a vertex on top where they have one; the rectangle is 2 : 1; the
    star has five points with the inner radius of the regular pentagram (0.382 of the outer); the
    plus has arms a third of its side wide.
    """
    if shape == "circle":
        points = _regular(_CIRCLE_SEGMENTS)
    elif shape == "square":
        points = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    elif shape == "rectangle":
        points = np.array([[-2.0, -1.0], [2.0, -1.0], [2.0, 1.0], [-2.0, 1.0]])
    elif shape == "triangle":
        points = _regular(3)
    elif shape == "pentagon":
        points = _regular(5)
    elif shape == "hexagon":
        points = _regular(6)
    elif shape == "star":
        points = _regular(10)
        points[1::2] *= (3.0 - np.sqrt(5.0)) / 2.0
    elif shape == "plus":
        corners = [(-1, -3), (1, -3), (1, -1), (3, -1), (3, 1), (1, 1)]
        half = np.array(corners, dtype=np.float64)
        points = np.concatenate([half, -half])
    else:
        raise InvalidInput(f"There is no shape “{shape}”.", f"The shapes are {', '.join(SHAPES)}.")
    unit = _to_unit(points)
    unit.setflags(write=False)  # shared by the cache
    return (unit,)


def _regular(count: int) -> NDArray[np.float64]:
    angles = 2 * np.pi * np.arange(count) / count
    return np.stack([np.sin(angles), -np.cos(angles)], axis=1)


def _to_unit(points: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = points.min(axis=0), points.max(axis=0)
    unit: NDArray[np.float64] = (points - (low + high) / 2) / (high - low).max()
    return unit
