"""Words as outlines.

The parts of a word that run in one direction are put in order: Hebrew and Arabic run from right to
left, but numbers and Latin words within them from left to right, and the other way around. The
Unicode Bidirectional Algorithm (UAX #9) says which part stands where; here it is for one line
without its formatting characters, which a word cannot hold. HarfBuzz shapes each (kerning,
ligatures, joined letters) and gives the unhinted glyph outlines; the lab's own rasterizer turns
them into coverage. No system font, no hinting and no resampling takes part, so a word has the same
pixels on every computer.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import groupby
from math import ceil, hypot, sqrt
from typing import NamedTuple

import numpy as np
import uharfbuzz
from numpy.typing import NDArray

from core.base.errors import FontError
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


_STRONG = {"L": 0, "R": 1, "AL": 1}
_NUMBERS = ("EN", "AN")
_NEUTRAL = ("B", "S", "WS", "ON")
_MOST_OPEN = 63

# Closing brackets that are not the character after their opening one.
_CLOSING = {"[": "]", "{": "}", "［": "］", "｛": "｝", "⦍": "⦐", "⦏": "⦎"}
_EQUIVALENT = {"\u2329": "\u3008", "\u232a": "\u3009"}  # canonically


class Part(NamedTuple):
    """A part of a text in one direction."""

    start: int  # its first character in the text
    text: str  # in the order of reading
    to_left: bool  # from right to left


def parts_of(text: str) -> list[Part]:
    """The parts of a text from the left to the right of the line."""
    if not any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text):
        return [Part(0, text, to_left=False)]
    levels = _levels(text)
    parts = []
    place = 0
    for level, run in groupby(levels):
        length = len(list(run))
        parts.append((level, Part(place, text[place : place + length], to_left=level % 2 == 1)))
        place += length
    # From the deepest level up, what is nested is turned around within what holds it (rule L2).
    for limit in range(max(levels), 0, -1):
        turned = []
        for deep, group in groupby(parts, key=lambda entry: entry[0] >= limit):
            found = list(group)
            turned += found[::-1] if deep else found
        parts = turned
    return [part for _level, part in parts]


def _levels(text: str) -> list[int]:
    """The embedding level of each character; odd ones run from right to left."""
    given = [unicodedata.bidirectional(character) or "L" for character in text]
    base = next((_STRONG[kind] for kind in given if kind in _STRONG), 0)
    edge = "R" if base else "L"
    kinds = _weak(given, edge)
    _pair_brackets(text, given, kinds, edge)
    _fill_neutrals(kinds, edge)
    levels = [base + _step(kind, base) for kind in kinds]
    for place in reversed(range(len(text))):  # spaces at the end belong to the line (rule L1)
        if given[place] != "WS":
            break
        levels[place] = base
    return levels


def _weak(given: list[str], edge: str) -> list[str]:
    """Marks, numbers and what goes with them (rules W1 to W7)."""
    kinds = list(given)
    before = edge
    for place, kind in enumerate(kinds):
        before = kinds[place] = before if kind == "NSM" else kind
    strong = edge
    for place, kind in enumerate(kinds):
        strong = kind if kind in _STRONG else strong
        if kind == "EN" and strong == "AL":
            kinds[place] = "AN"
    kinds = ["R" if kind == "AL" else kind for kind in kinds]
    for place in range(1, len(kinds) - 1):
        before, kind, after = kinds[place - 1 : place + 2]
        if before == after and (
            (kind in ("ES", "CS") and after == "EN") or (kind, after) == ("CS", "AN")
        ):
            kinds[place] = after
    place = 0
    for kind, run in groupby(list(kinds)):
        length = len(list(run))
        beside = kinds[max(place - 1, 0) : place] + kinds[place + length : place + length + 1]
        if kind == "ET":
            kinds[place : place + length] = ["EN" if "EN" in beside else "ON"] * length
        place += length
    strong = edge
    for place, kind in enumerate(kinds):
        strong = kind if kind in _STRONG else strong
        if kind in ("ES", "CS"):
            kinds[place] = "ON"
        elif kind == "EN" and strong == "L":
            kinds[place] = "L"
    return kinds


def _pair_brackets(text: str, given: list[str], kinds: list[str], edge: str) -> None:
    """Both brackets of a pair get the direction of what they hold or stand in (rule N0)."""
    for opening, closing in _bracket_pairs(text, kinds):
        inside = {_as_strong(kind) for kind in kinds[opening + 1 : closing]} - {""}
        if edge in inside:
            direction = edge
        elif inside:
            earlier = (_as_strong(kind) for kind in reversed(kinds[:opening]))
            context = next(filter(None, earlier), edge)
            direction = context if context in inside else edge
        else:
            continue
        for bracket in (opening, closing):
            kinds[bracket] = direction
            mark = bracket + 1
            while mark < len(given) and given[mark] == "NSM":
                kinds[mark] = direction
                mark += 1


def _bracket_pairs(text: str, kinds: list[str]) -> list[tuple[int, int]]:
    """Places of opening and closing brackets that belong together, by the opening one."""
    opened: list[tuple[str, int]] = []
    pairs = []
    for place, character in enumerate(text):
        if kinds[place] != "ON" or not unicodedata.mirrored(character):
            continue
        category = unicodedata.category(character)
        character = _EQUIVALENT.get(character, character)
        if category == "Ps":
            if len(opened) == _MOST_OPEN:
                break
            opened.append((_CLOSING.get(character, chr(ord(character) + 1)), place))
        elif category == "Pe":
            for number in reversed(range(len(opened))):
                if opened[number][0] == character:
                    pairs.append((opened[number][1], place))
                    del opened[number:]
                    break
    return sorted(pairs)


def _fill_neutrals(kinds: list[str], edge: str) -> None:
    """Neutrals go with what stands on both sides, else with the line (rules N1 and N2)."""
    place = 0
    for neutral, run in groupby(list(kinds), key=lambda kind: kind in _NEUTRAL):
        length = len(list(run))
        if neutral:
            before = _as_strong(kinds[place - 1]) if place else edge
            end = place + length
            after = _as_strong(kinds[end]) if end < len(kinds) else edge
            kinds[place:end] = [before if before == after else edge] * length
        place += length


def _as_strong(kind: str) -> str:
    """The direction a kind counts for among neutrals; empty for a neutral."""
    if kind in _NUMBERS:
        return "R"
    return kind if kind in ("L", "R") else ""


def _step(kind: str, base: int) -> int:
    """How much deeper than the line a kind lies (rules I1 and I2)."""
    if base:
        return 0 if kind == "R" else 1
    return {"L": 0, "R": 1}.get(kind, 2)
