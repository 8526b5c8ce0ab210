"""Words as outlines.

The parts of a word that run in one direction are put in order, HarfBuzz shapes each (kerning,
ligatures, joined letters) and gives the unhinted glyph outlines; the lab's own rasterizer turns
them into coverage. No system font, no hinting and no resampling takes part, so a word has the same
pixels on every computer.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, hypot, sqrt

import numpy as np
import uharfbuzz
from numpy.typing import NDArray

from core.base.errors import FontError
from core.stimuli.directions import Part, parts_of
from core.stimuli.fonts import font_face, harfbuzz_font
from core.stimuli.overlaps import merged

# How far, as a share of the em, the chords of a curve may lie off it: 0.02 pixels at most
# for a word of three letters as wide as a picture of 224.
_FLATNESS = 1 / 10000


@lru_cache(maxsize=4096)
def word_outline(word: str, font_id: str) -> tuple[NDArray[np.float64], ...]:
    """Unit outline of a word: ink box centered on the origin, its width 1, y down.

    The text is on one line, in any script the face covers. A face that is missing, lacks one of the
    characters, or draws nothing is a `FontError`. There is an array (N, 2) for each contour.
    """
    font = harfbuzz_font(font_id)
    face = font_face(font_id)
    pen = _Pen(tolerance=font.face.upem * _FLATNESS)
    origin_x = origin_y = 0.0
    for part in parts_of(word):
        buffer = _shaped(part, font)
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            if info.codepoint == 0:
                character = _character_at(word, part.start + info.cluster)
                raise FontError(
                    f"The font {face.title} has no character “{character}”.",
                    "Choose another font or another word.",
                )
            pen.origin = (origin_x + position.x_offset, origin_y + position.y_offset)
            font.draw_glyph(info.codepoint, _DRAW_FUNCS, pen)
            origin_x += position.x_advance
            origin_y += position.y_advance
    contours = pen.contours()
    if not contours:
        raise FontError(
            f"The word “{word}” leaves no ink in the font {face.title}.", "Type visible characters."
        )
    points = np.concatenate(contours)
    low, high = points.min(axis=0), points.max(axis=0)
    unit = merged([(contour - (low + high) / 2) / (high - low)[0] for contour in contours])
    for contour in unit:
        contour.setflags(write=False)  # shared by the cache
    return tuple(unit)


def _shaped(part: Part, font: uharfbuzz.Font) -> uharfbuzz.Buffer:
    """Glyphs of a part, from the left to the right."""
    buffer = uharfbuzz.Buffer()
    buffer.add_str(part.text)
    # The language must be given: it would be guessed from the computer's locale, and some faces
    # draw a letter in another form for another language.
    buffer.language = "en"
    buffer.guess_segment_properties()  # the script, from the characters
    buffer.direction = "rtl" if part.to_left else "ltr"
    uharfbuzz.shape(font, buffer)
    return buffer


def _character_at(word: str, cluster: int) -> str:
    return word[cluster] if cluster < len(word) else word


class _Pen:
    """Collects flattened contours; turns font units (y up) into the lab's y down.

    A curve is cut into equal steps of its parameter, as many as its bend asks for: a chord over
    1/n of a curve lies off it by at most the curve's largest second derivative over 8 n².
    """

    def __init__(self, tolerance: float) -> None:
        self.origin = (0.0, 0.0)
        self._tolerance = tolerance
        self._contours: list[list[tuple[float, float]]] = []
        self._last = (0.0, 0.0)

    def move(self, x: float, y: float) -> None:
        self._contours.append([])
        self._add(x, y)

    def line(self, x: float, y: float) -> None:
        self._add(x, y)

    def quadratic(self, cx: float, cy: float, x: float, y: float) -> None:
        x0, y0 = self._last
        bend = 2 * hypot(x0 - 2 * cx + x, y0 - 2 * cy + y)
        for t in self._steps(bend):
            u = 1 - t
            a, b, c = u * u, 2 * u * t, t * t
            self._add(a * x0 + b * cx + c * x, a * y0 + b * cy + c * y)

    def cubic(self, cx: float, cy: float, dx: float, dy: float, x: float, y: float) -> None:
        x0, y0 = self._last
        bend = 6 * max(
            hypot(x0 - 2 * cx + dx, y0 - 2 * cy + dy), hypot(cx - 2 * dx + x, cy - 2 * dy + y)
        )
        for t in self._steps(bend):
            u = 1 - t
            a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
            self._add(a * x0 + b * cx + c * dx + d * x, a * y0 + b * cy + c * dy + d * y)

    def contours(self) -> list[NDArray[np.float64]]:
        return [
            np.array(contour, dtype=np.float64) for contour in self._contours if len(contour) > 2
        ]

    def _steps(self, bend: float) -> list[float]:
        count = max(1, ceil(sqrt(bend / (8 * self._tolerance))))
        return [step / count for step in range(1, count + 1)]

    def _add(self, x: float, y: float) -> None:
        self._last = (x, y)
        self._contours[-1].append((self.origin[0] + x, -(self.origin[1] + y)))


def _draw_funcs() -> uharfbuzz.DrawFuncs:
    funcs = uharfbuzz.DrawFuncs()
    funcs.set_move_to_func(lambda x, y, pen: pen.move(x, y))
    funcs.set_line_to_func(lambda x, y, pen: pen.line(x, y))
    funcs.set_quadratic_to_func(lambda cx, cy, x, y, pen: pen.quadratic(cx, cy, x, y))
    funcs.set_cubic_to_func(lambda cx, cy, dx, dy, x, y, pen: pen.cubic(cx, cy, dx, dy, x, y))
    funcs.set_close_path_func(lambda pen: None)
    return funcs


_DRAW_FUNCS = _draw_funcs()
