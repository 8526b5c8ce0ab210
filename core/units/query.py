"""Search for units in words: ``word red > 0.6 layer3``, ``type:any-word selectivity>0.4 layer4.*``.

Terms stand side by side, and a unit must meet all of them; ``not`` or a leading minus turns one
around. What is not understood is left out and said, so that a slip of the keys never empties the
list without a reason.

==============================  ===========================================================
``layer3``, ``layer4.*.conv2``  layers of that name or below it; ``*`` and ``?`` stand for any text
``type:color-word``             type of the unit; also ``type:chromatic``, ``type:achromatic``
``red``                         units whose type has that label
``label:tied``                  units whose type has no single label, because several share the
                                largest index
``word red > 0.6``              color-label selectivity: word, font, background, color (font and
                                background) or any (all three) of a label
``font > 0.5``                  the same for any label
``selectivity >= 0.4``          a measure, see `MEASURES`
``#17``, ``layer3.4#17``        units by number
``word > 0,5``                  a decimal comma is read like a point, unless it may part thousands
==============================  ===========================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.base.text import short_text
from core.color.terms import COLOR_TERMS, canonical
from core.units.neuron_types import COLOR, TYPES, NeuronTypes
from core.units.selectivity import CHANCE, SlotSelectivity

MEASURES: dict[str, str] = {
    "selectivity": "color selectivity",
    "population": "population code",
    "stroop": "maximum on the Stroop set",
    "shapes": "maximum on shapes",
    "natural": "maximum on natural images",
    "tied": "number of images that share the last value",
    "hue": "hue",
}
"""Names of measures with their meaning."""

MOST_CHARACTERS = 1_000
_MOST_PROBLEMS = 8
_MOST_QUOTED = 60

_ALIASES = {"alpha": "selectivity", "α": "selectivity", "ties": "tied", "max": "stroop"}
_TYPE_NAMES = {re.sub(r"\W", "", name): code for code, name in enumerate(TYPES)}
_TYPE_NAMES["multimodal"] = _TYPE_NAMES["colormultimodal"]
_TYPE_PAIRS = {("any", "word"), ("color", "word"), ("color", "multimodal"), ("not", "activated")}

# Commas part words, but not within a number that stands by itself or behind an operator.
_WORD = re.compile(
    r">=|<=|[<>=≥≤]"
    r"|(?<![^\s<>=≥≤])[+−-]?\d*(?:[.,]\d+)+%?(?![^\s<>=≥≤,;])"
    r"|[^\s<>=≥≤,;]+"
)
_OPERATOR = re.compile(r">=|<=|[<>=≥≤]")
_MINUS = re.compile(r"(?<!\S)[-−!](?=[^\W\d]|#)")  # before a term, not before a number
_SLOT_PREFIX = re.compile(r"(?<!\S)(word|font|background|color|any):")
_NUMBER = re.compile(r"([+−-]?(?:\d+\.?\d*|\.\d+))(%?)")
_DECIMAL_COMMA = re.compile(r"([+−-]?\d*),(\d+%?)")
_THOUSANDS = re.compile(r"[+−-]?[1-9]\d{0,2},\d{3}%?")

_Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class UnitTable:
    """What U units can be searched by."""

    layers: tuple[str, ...]
    layer_of: NDArray[np.integer]
    """Each unit's layer as a place in `layers`. Shape (U,)."""
    numbers: NDArray[np.integer]
    """Each unit's number in its layer. Shape (U,)."""
    types: NeuronTypes | None = None
    slots: SlotSelectivity | None = None
    measures: Mapping[str, NDArray[np.number]] = field(default_factory=dict)
    """By the names in `MEASURES`; those that are not known yet are missing. NaN meets no
    comparison. Shape (U,).
    """

    def __len__(self) -> int:
        """Number of units."""
        return len(self.layer_of)


class Found(NamedTuple):
    """The outcome of a search."""

    mask: NDArray[np.bool_]
    """Units that meet every term that was understood. Shape (U,)."""
    problems: str
    """What was left out and why, as one sentence; empty if nothing was."""


def search(text: str, table: UnitTable) -> Found:
    """Units that a text asks for; all units for an empty text, and for one that is too long."""
    if len(text) > MOST_CHARACTERS:
        too_long = f"the search has {len(text):,} characters, and {MOST_CHARACTERS:,} are read"
        return Found(np.ones(len(table), dtype=np.bool_), f"Left out: {too_long} at most.")
    return _Reader(text, table).read()


class _Problem(Exception):
    """Why a term is left out."""


class _Reader:
    def __init__(self, text: str, table: UnitTable) -> None:
        parted = _SLOT_PREFIX.sub(r"\1 ", _MINUS.sub("not ", text.lower()))
        self._words: list[str] = _WORD.findall(parted)
        self._table = table
        self._next = 0

    def read(self) -> Found:
        mask = np.ones(len(self._table), dtype=np.bool_)
        problems = []
        while self._next < len(self._words):
            start = self._next
            try:
                mask &= self._negatable()
            except _Problem as problem:
                self._next = max(self._next, start + 1)
                term = short_text(" ".join(self._words[start : self._next]), _MOST_QUOTED)
                problems.append(f"“{term}” ({problem})")
        if len(problems) > _MOST_PROBLEMS:
            problems[_MOST_PROBLEMS:] = [f"and {len(problems) - _MOST_PROBLEMS} more"]
        sentence = f"Left out: {'; '.join(problems)}." if problems else ""
        return Found(mask, sentence)

    def _negatable(self) -> _Mask:
        following = self._peek(1)
        if self._peek() == "not" and following != "activated":
            self._next += 1
            if following is None:
                raise _Problem("nothing follows")
            return ~self._term()
        return self._term()

    def _term(self) -> _Mask:
        word = self._take()
        if word == "and":
            return np.ones(len(self._table), dtype=np.bool_)
        head, colon, rest = word.partition(":")
        if colon:
            return self._prefixed(head, rest)
        pair = (word, self._peek() or "")
        if pair in _TYPE_PAIRS and not self._compares(1):
            return self._type(word + self._take())
        if word in CHANCE:
            return self._slot(word)
        name = _ALIASES.get(word, word)
        if name in MEASURES:
            return self._measure(name)
        if re.sub(r"\W", "", word) in _TYPE_NAMES:
            return self._type(word)
        term = canonical(word)
        if term is not None:
            return self._label(term)
        return self._place(word)

    def _prefixed(self, head: str, rest: str) -> _Mask:
        if head == "type":
            return self._type(rest)
        if head == "layer":
            return self._place(rest)
        if head in ("unit", "neuron"):
            return self._place(f"#{rest}")
        term = canonical(rest)
        if head == "label" and rest == "tied":
            return self._tied()
        if head == "label" and term is not None:
            return self._label(term)
        raise _Problem("there is no such thing to search by")

    def _type(self, text: str) -> _Mask:
        name = re.sub(r"\W|_", "", text)
        chromatic = {"chromatic": True, "achromatic": False}.get(name.removesuffix("color"))
        if chromatic is None and name not in _TYPE_NAMES:
            raise _Problem(f"the types are {', '.join(TYPES)}, chromatic and achromatic")
        types = self._types()
        if chromatic is not None:
            return np.asarray((types.codes == COLOR) & (types.chromatic == chromatic))
        return np.asarray(types.codes == _TYPE_NAMES[name])

    def _label(self, term: str) -> _Mask:
        if self._compares(0):
            self._comparison()
            raise _Problem(f"say of which slot, as in “word {term} > 0.5”")
        return np.asarray(self._types().labels == COLOR_TERMS.index(term))

    def _tied(self) -> _Mask:
        mask = np.zeros(len(self._table), dtype=np.bool_)
        mask[list(self._types().tied)] = True
        return mask

    def _types(self) -> NeuronTypes:
        if self._table.types is None:
            raise _Problem("the neurons have no types yet")
        return self._table.types

    def _slot(self, slot: str) -> _Mask:
        term = canonical(self._peek() or "")
        if term is not None:
            self._next += 1
        if not self._compares(0):
            raise _Problem(f"needs a comparison, as in “{slot} {term or 'red'} > 0.5”")
        operator, number = self._comparison()
        if self._table.slots is None:
            raise _Problem("the neurons have no color-label indices yet")
        return _compared(self._table.slots.values(slot, term or ""), operator, number)

    def _measure(self, name: str) -> _Mask:
        if not self._compares(0):
            raise _Problem(f"needs a comparison, as in “{name} > 0.5”")
        operator, number = self._comparison()
        values = self._table.measures.get(name)
        if values is None and name == "population" and self._table.types is not None:
            values = self._table.types.population
        if values is None:
            raise _Problem(f"the {MEASURES[name]} is not known yet")
        return _compared(values, operator, number)

    def _place(self, text: str) -> _Mask:
        pattern, sign, digits = text.partition("#")
        mask = np.ones(len(self._table), dtype=np.bool_)
        if pattern:
            matching = [
                place
                for place, name in enumerate(self._table.layers)
                if _names(pattern, name.lower())
            ]
            if not matching:
                if self._compares(0):
                    self._comparison()
                raise _Problem("no layer, type, color or measure has that name")
            mask &= np.isin(self._table.layer_of, matching)
        if sign:
            if not (digits.isascii() and digits.isdigit()):
                raise _Problem("the number of a neuron is missing")
            mask &= self._table.numbers == int(digits)
        return mask

    def _compares(self, ahead: int) -> bool:
        """Whether a comparison follows, after a label or some other single word if `ahead` is 1."""
        words = self._words[self._next + ahead : self._next + ahead + 2]
        if ahead and words and canonical(words[0]) is not None:
            words = words[1:]
        return bool(words) and _OPERATOR.fullmatch(words[0]) is not None

    def _comparison(self) -> tuple[str, float]:
        operator = self._take()
        text = self._peek() or ""
        if not _THOUSANDS.fullmatch(text) and (comma := _DECIMAL_COMMA.fullmatch(text)):
            text = f"{comma[1]}.{comma[2]}"
        number = _NUMBER.fullmatch(text)
        if number is None and "," in text:
            self._next += 1
            raise _Problem("write the number without commas and with a decimal point, as in 0.1")
        if number is None:
            raise _Problem(f"a number must follow {operator}")
        self._next += 1
        value = float(number[1].replace("−", "-"))
        return operator, value / 100 if number[2] else value

    def _take(self) -> str:
        self._next += 1
        return self._words[self._next - 1]

    def _peek(self, ahead: int = 0) -> str | None:
        place = self._next + ahead
        return self._words[place] if place < len(self._words) else None


def _names(pattern: str, layer: str) -> bool:
    """Whether a pattern names a layer or something it lies in."""
    return layer.startswith(pattern + ".") or any(
        fnmatchcase(layer, wanted) for wanted in (pattern, pattern + ".*")
    )


def _compared(values: NDArray[np.number], operator: str, number: float) -> _Mask:
    if operator == ">":
        return np.asarray(values > number)
    if operator == "<":
        return np.asarray(values < number)
    if operator == "=":
        return np.asarray(values == number)
    # Sums of shares are not exact; see `core.units.selectivity.ROUNDING`.
    if operator in (">=", "≥"):
        return np.asarray(values >= number - 1e-9)
    return np.asarray(values <= number + 1e-9)
