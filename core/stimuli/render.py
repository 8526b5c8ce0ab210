"""The one renderer: specification → coverage mask → uint8 sRGB pixels.

The canvas, the live prediction, sweeps and exports all come through here, so that what is seen is
what the model gets. A mask depends on geometry alone: it is drawn once and colored many times.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.color.terms import Rgb
from core.stimuli.coverage import blurred_mask, bounds, coverage_mask, placed, shape_outline
from core.stimuli.lettering import word_outline
from core.stimuli.stimulus import ObjectStimulus, ShapeStimulus


def figure_outline(figure: ObjectStimulus) -> list[NDArray[np.float64]]:
    """Outline of a figure in pixels, y down; one array of shape (N, 2) a contour."""
    center = (figure.center_x * figure.side, figure.center_y * figure.side)
    return placed(unit_outline(figure), center, figure.size * figure.side, figure.rotation)


def unit_outline(figure: ObjectStimulus) -> tuple[NDArray[np.float64], ...]:
    """Outline of a figure before scaling, rotation and placing; see `core.stimuli.stimulus`."""
    if isinstance(figure, ShapeStimulus):
        return shape_outline(figure.shape)
    return word_outline(figure.word, figure.font)


def ink_bounds(figure: ObjectStimulus) -> tuple[float, float, float, float]:
    """Upright box around the rotated figure as fractions of the side: left, top, right, bottom."""
    left, top, right, bottom = bounds(figure_outline(figure))
    side = figure.side
    return left / side, top / side, right / side, bottom / side


def lies_inside(figure: ObjectStimulus) -> bool:
    """True if the whole figure lies inside the picture."""
    left, top, right, bottom = ink_bounds(figure)
    tolerance = 1e-9
    return min(left, top) >= -tolerance and max(right, bottom) <= 1.0 + tolerance


def render_coverage(figure: ObjectStimulus) -> NDArray[np.uint8]:
    """Coverage mask of a figure, uint8, shape (side, side): 0 background, 255 figure."""
    if figure.blur:
        return blurred_mask(figure_outline(figure), figure.side, figure.blur * figure.side)
    return coverage_mask(figure_outline(figure), figure.side)


def area_fraction(coverage: NDArray[np.uint8]) -> float:
    """Share of the picture that the figure covers, 0..1."""
    return float(coverage.mean(dtype=np.float64)) / 255.0


def blend_table(figure_color: Rgb, background_color: Rgb) -> NDArray[np.uint8]:
    """The 256 colors between background and figure, one a coverage value: uint8 (256, 3), sRGB.

    Row 0 is exactly the background, row 255 exactly the figure. Blends are linear in the
    gamma-encoded values, as in common drawing programs, rounded to nearest.
    """
    share = np.arange(256, dtype=np.int64)[:, None]
    figure = np.array(figure_color, dtype=np.int64)
    background = np.array(background_color, dtype=np.int64)
    return ((background * (255 - share) + figure * share + 127) // 255).astype(np.uint8)


def composite(
    coverage: NDArray[np.uint8], figure_color: Rgb, background_color: Rgb
) -> NDArray[np.uint8]:
    """Color a coverage mask, uint8 (H, W): uint8 (H, W, 3), sRGB."""
    return np.take(blend_table(figure_color, background_color), coverage, axis=0)


def render(figure: ObjectStimulus) -> NDArray[np.uint8]:
    """Draw a shape or a word; a `FontError` if a word cannot be drawn in its font.

    Returns
    -------
    ndarray of uint8, shape (side, side, 3), sRGB
        Pixels wholly inside the figure have exactly its color, pixels wholly outside exactly the
        background's; only pixels on the outline, or within reach of its blur, are blends.
    """
    return composite(render_coverage(figure), figure.figure_color, figure.background_color)
