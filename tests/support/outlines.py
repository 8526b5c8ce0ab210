"""Brute-force geometry to check the rasterizer against: slow, and as plain as possible."""

from __future__ import annotations

import numpy as np


def edges(outline):
    """Start and end points of all edges, each of shape (N, 2)."""
    starts = np.concatenate(list(outline))
    ends = np.concatenate([np.roll(contour, -1, axis=0) for contour in outline])
    return starts, ends


def winding_grid(outline, ticks):
    """Winding number at every (x, y) of a square grid, shape (len(ticks), len(ticks))."""
    starts, ends = edges(outline)
    grid = np.zeros((len(ticks), len(ticks)), dtype=int)
    for row, y in enumerate(ticks):
        rising = (starts[:, 1] <= y) & (ends[:, 1] > y)
        falling = (ends[:, 1] <= y) & (starts[:, 1] > y)
        met = rising | falling
        a, b = starts[met], ends[met]
        x = a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
        turns = np.zeros(len(ticks) + 1, dtype=int)
        np.add.at(turns, np.searchsorted(ticks, x), np.where(rising[met], 1, -1))
        grid[row] = np.cumsum(turns)[:-1]
    return grid


def supersampled(outline, side, samples):
    """Share of `samples` × `samples` points of every pixel inside (nonzero winding)."""
    ticks = (np.arange(side * samples) + 0.5) / samples
    inside = winding_grid(outline, ticks) != 0
    return inside.reshape(side, samples, side, samples).mean(axis=(1, 3))


def distance_grid(outline, side):
    """Distance of every pixel's center from the nearest edge, in pixels, shape (side, side)."""
    starts, ends = edges(outline)
    along = ends - starts
    squared = np.maximum((along**2).sum(axis=1), 1e-18)
    ticks = np.arange(side) + 0.5
    nearest = np.empty((side, side))
    for row, y in enumerate(ticks):
        x_off = ticks[:, None] - starts[None, :, 0]
        y_off = y - starts[None, :, 1]
        share = np.clip((x_off * along[:, 0] + y_off * along[:, 1]) / squared, 0, 1)
        gap_x, gap_y = x_off - share * along[:, 0], y_off - share * along[:, 1]
        nearest[row] = np.sqrt((gap_x**2 + gap_y**2).min(axis=1))
    return nearest


def area(outline):
    """Area of contours that do not cross, by the shoelace formula; holes count against it."""
    starts, ends = edges(outline)
    return abs(float((starts[:, 0] * ends[:, 1] - starts[:, 1] * ends[:, 0]).sum())) / 2
