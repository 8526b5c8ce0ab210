"""In which order the parts of a word stand that mixes writing directions.

Text is stored in the order of reading. Hebrew and Arabic run from right to left, but numbers and
Latin words within them from left to right, and the other way around. The Unicode Bidirectional
Algorithm (UAX #9) says which part stands where; here it is for one line without its formatting
characters, which a word cannot hold. HarfBuzz then shapes each part in its own direction.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby
from typing import NamedTuple

_STRONG = {"L": 0, "R": 1, "AL": 1}
_NUMBERS = ("EN", "AN")
_NEUTRAL = ("B", "S", "WS", "ON")
_MOST_OPEN = 63

# Closing brackets that are not the character after their opening one.
_CLOSING = {"[": "]", "{": "}", "［": "］", "｛": "｝", "⦍": "⦐", "⦏": "⦎"}
_SAME = {"\u2329": "\u3008", "\u232a": "\u3009"}  # canonically equivalent


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
        character = _SAME.get(character, character)
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
