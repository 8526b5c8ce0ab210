"""Numbers as people type them, whatever signs their language has; what is doubtful is refused.

A point or a comma may be a decimal sign or group thousands. The language of the computer does not
decide between them, because numbers come from papers and tables as well as from the user's head:

* The sign that stands last, and once, is the decimal sign: ``0.75``, ``0,75``, ``1.234,5``. One
  that stands more than once groups thousands (``1.234.567``), or lakhs (``1,00,000``).
  Apostrophes and spaces only ever group; the Arabic ``٫`` is only ever a decimal sign.
* One to three digits, a point or comma, and three more digits can be both: ``1.000`` is a thousand
  in German and one in English. A first digit of 0 makes it a decimal number: ``0.500``.
* A field of whole numbers refuses such a text. A field of decimal numbers refuses it where a
  thousand lies in its range, unless the text is just what the field itself would write.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_POINTS = ".,٫"
"""Decimal signs; a full stop or comma that stands more than once groups digits."""
_GROUPS = "'’٬ \u00a0\u2009\u202f"
"""Signs that only ever group thousands."""
_GROUPED = re.compile(
    rf"\d{{1,3}}(?:([{_GROUPS}.,])\d{{3}}(?:\1\d{{3}})*)?|\d{{1,2}}(?:,\d\d)+,\d{{3}}|\d*"
)
_THOUSAND = re.compile(r"([-−+]?[1-9]\d{0,2})[.,](\d{3})")


class NotUsable(ValueError):
    """What was typed is no number that the field can have; the text says why."""


def read_number(text: str) -> Decimal:
    """The number that a text means: ``0,75``, ``0.75``, ``1'234.5``, ``1.234,5``, ``٠٫٧٥``.

    Raises
    ------
    ValueError
        If it is none.
    """
    plain = _plain(text)
    sign = "-" if plain[:1] == "-" else ""
    body = plain.removeprefix("+") if not sign else plain[1:]
    signs = [c for c in body if not c.isdigit()]
    whole, fraction = body, ""
    if signs and signs[-1] in _POINTS and signs.count(signs[-1]) == 1:
        whole, _point, fraction = body.partition(signs[-1])
    if not _GROUPED.fullmatch(whole) or not (fraction.isdigit() or not fraction):
        raise ValueError(text)
    digits = "".join(c for c in whole if c.isdigit())
    if not digits + fraction:
        raise ValueError(text)
    return Decimal(f"{sign}{digits or 0}.{fraction.rstrip('0') or 0}")


def thousands_in(text: str) -> Decimal | None:
    """The number that a text means if its one point or comma groups thousands; else None."""
    found = _THOUSAND.fullmatch(_plain(text))
    return Decimal(found[1] + found[2]) if found else None


def _plain(text: str) -> str:
    """A typed number with the digits and the minus sign that Python reads."""
    latin = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text.strip())
    return latin.replace("−", "-", 1)


@dataclass
class NumberRule:
    """What numbers a field takes, and how they are written."""

    low: float
    high: float
    """Ends of its range, which belong to it."""
    decimals: int = 0
    """Most digits after the point; 0 for whole numbers."""
    prefix: str = ""
    unit: str = ""
    """Written before and after the number; they need not be typed."""
    special: str = ""
    """Stands for the lowest number; empty for none."""

    def text(self, value: float) -> str:
        """A number as the field shows it, with a point in every language."""
        if self.special and value <= self.low:
            return self.special
        return f"{self.prefix}{self._digits(value)}{self.unit}"

    def read(self, text: str) -> float:
        """The number that was typed.

        Raises
        ------
        NotUsable
            If it is none, or not one of the field's.
        """
        typed = text.strip()
        if self.special and typed.casefold() == self.special.casefold():
            return self.low
        bare = typed.removeprefix(self.prefix.strip()).removesuffix(self.unit.strip()).strip()
        if not bare:
            raise NotUsable(f"A number is missing, {self._range()}.")
        try:
            number = read_number(bare)
        except ValueError:
            raise NotUsable(f"“{typed}” is not a number {self._range()}.") from None
        self._refuse_doubtful(typed, bare, number)
        if len(str(number).partition(".")[2].rstrip("0")) > self.decimals:
            if not self.decimals:
                raise NotUsable(f"“{typed}” is not a whole number {self._range()}.")
            places = f"{self.decimals} decimal" + "s" * (self.decimals > 1)
            raise NotUsable(f"“{typed}” has more than {places}.")
        if not Decimal(self._digits(self.low)) <= number <= Decimal(self._digits(self.high)):
            raise NotUsable(f"“{typed}” is outside the range {self._range()}.")
        return float(number) if self.decimals else int(number)

    def _refuse_doubtful(self, typed: str, bare: str, number: Decimal) -> None:
        """Raise `NotUsable` for a text that may mean thousands as well; see the module."""
        other = thousands_in(bare)
        if other is None or self._digits(float(number)) == bare:
            return
        readings = f"“{typed}” may mean {other} or {number.normalize():f}."
        if not self.decimals:
            raise NotUsable(f"{readings} Write it without points and commas.")
        if self.low <= other <= self.high:
            first, second = self._digits(float(other)), self._digits(float(number))
            raise NotUsable(f"{readings} Write {first} or {second}.")

    def _range(self) -> str:
        unit = self.unit.replace(" ", "\u00a0")  # stays in one line with its number
        # In groups that no language takes for decimals.
        ends = (f"{Decimal(self._digits(end)):,}" for end in (self.low, self.high))
        low, high = (end.replace(",", "\u202f") for end in ends)
        return f"from {low} to {high}{unit}"

    def _digits(self, value: float) -> str:
        if not self.decimals:
            return str(round(value))  # a seed has more digits than a float keeps
        return f"{round(value, self.decimals) + 0.0:.{self.decimals}f}"
