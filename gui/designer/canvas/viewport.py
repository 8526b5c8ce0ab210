"""How the model's pixels lie on the screen: zoom, place, and the exact enlargement.

The enlargement is done here by picking source pixels, never by the drawing system, so that no
smoothing can slip in whatever the screen's scale is (R18, R51).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui.designer.canvas.frame import Point

ZOOM_STEPS = (0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_WORTH_WHOLE = 0.8  # a whole-number zoom is taken when it fills this much of the space


@dataclass(frozen=True)
class Viewport:
    """A square picture laid into a widget.

    Attributes
    ----------
    side : int
        Side of the picture in its own pixels.
    zoom : float
        Device pixels a picture pixel.
    left, top : int
        The picture's corner in device pixels from the widget's corner.
    scale : float
        Device pixels a widget unit (the screen's scale factor).
    """

    side: int
    zoom: float
    left: int
    top: int
    scale: float = 1.0

    @classmethod
    def fitted(cls, side: int, width: float, height: float, scale: float = 1.0) -> Viewport:
        """The largest picture that fits a space given in widget units, centered in it."""
        return cls.zoomed(side, fit_zoom(side, min(width, height) * scale), width, height, scale)

    @classmethod
    def zoomed(
        cls,
        side: int,
        zoom: float,
        width: float,
        height: float,
        scale: float = 1.0,
        center: Point = (0.5, 0.5),
    ) -> Viewport:
        """The picture at a given zoom, with the point `center` of it amid the widget."""
        extent = side * zoom
        left = round(width * scale / 2 - center[0] * extent)
        top = round(height * scale / 2 - center[1] * extent)
        return cls(side, zoom, left, top, scale)

    @property
    def extent(self) -> int:
        """Side of the enlarged picture in device pixels."""
        return max(1, round(self.side * self.zoom))

    def to_widget(self, point: Point) -> Point:
        """A fraction of the picture's side → widget units."""
        return (
            (self.left + point[0] * self.extent) / self.scale,
            (self.top + point[1] * self.extent) / self.scale,
        )

    def to_picture(self, x: float, y: float) -> Point:
        """Widget units → fraction of the picture's side."""
        return (
            (x * self.scale - self.left) / self.extent,
            (y * self.scale - self.top) / self.extent,
        )

    def pixel_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Column and row of the picture pixel under a widget position; None outside."""
        across, down = self.to_picture(x, y)
        column, row = math.floor(across * self.side), math.floor(down * self.side)
        if 0 <= column < self.side and 0 <= row < self.side:
            return column, row
        return None

    def length(self, widget_units: float) -> float:
        """A length on the screen as a fraction of the picture's side."""
        return widget_units * self.scale / self.extent


def fit_zoom(side: int, space: float) -> float:
    """Zoom for a space in device pixels: a whole number where that fills most of it."""
    exact = max(space, 1.0) / side
    whole = math.floor(exact)
    return float(whole) if whole >= 1 and whole / exact >= _WORTH_WHOLE else exact


def next_zoom(zoom: float, direction: int) -> float:
    """The next step up (+1) or down (-1) from any zoom."""
    if direction > 0:
        return next((step for step in ZOOM_STEPS if step > zoom * 1.001), ZOOM_STEPS[-1])
    return next((step for step in reversed(ZOOM_STEPS) if step < zoom * 0.999), ZOOM_STEPS[0])


def enlarged(
    pixels: NDArray[np.uint8], extent: int, rows: slice, columns: slice
) -> NDArray[np.uint8]:
    """A part of the picture, uint8, sRGB, at another size, by nearest neighbor.

    The part is meant in the enlarged picture, whose whole side is `extent` device pixels; its
    slices have start and stop. Each value is that of the source pixel under the device pixel's
    middle.
    """
    side = pixels.shape[0]
    return np.ascontiguousarray(
        pixels[_sources(rows, extent, side)][:, _sources(columns, extent, side)]
    )


def _sources(part: slice, extent: int, side: int) -> NDArray[np.int64]:
    places = np.arange(part.start, part.stop, dtype=np.float64) + 0.5
    return np.minimum((places * side / extent).astype(np.int64), side - 1)
