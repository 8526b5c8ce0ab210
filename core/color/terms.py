"""The one table of color names and their sRGB values (R31).

The eleven basic terms are those of Berlin and Kay (1969). The "css" palette holds the values of
the CSS keywords of the same names; "saturated" replaces the pale pink and the dark green.
"""

from __future__ import annotations

import msgspec

from core.base.errors import InvalidInput
from core.base.text import without_invisible

Rgb = tuple[int, int, int]
"""An sRGB triple, gamma-encoded, each channel an integer in 0..255."""

ACHROMATIC: tuple[str, ...] = ("black", "white", "gray")
CHROMATIC: tuple[str, ...] = (
    "red",
    "green",
    "blue",
    "yellow",
    "orange",
    "brown",
    "pink",
    "purple",
)
COLOR_TERMS: tuple[str, ...] = ACHROMATIC + CHROMATIC
"""The eleven basic color terms, in the order every table and index of the lab uses."""


class Palette(msgspec.Struct, frozen=True):
    """A named assignment of one sRGB value to each of the eleven terms, and to nothing else.

    Given in any order, the colors are kept in that of `COLOR_TERMS`.
    """

    name: str
    colors: dict[str, Rgb]

    def __post_init__(self) -> None:
        if set(self.colors) != set(COLOR_TERMS):
            raise InvalidInput(
                f"Palette “{self.name}” must give one color for each of the eleven terms.",
                f"The terms are {', '.join(COLOR_TERMS)}.",
            )
        for term, rgb in self.colors.items():
            check_rgb(rgb, f"{term} in palette “{self.name}”")
        # An own dictionary: the caller's may change later.
        ordered = {term: self.colors[term] for term in COLOR_TERMS}
        msgspec.structs.force_setattr(self, "colors", ordered)

    def __getitem__(self, term: str) -> Rgb:
        try:
            return self.colors[term]
        except KeyError:
            raise InvalidInput(
                f"“{term}” is not one of the eleven color terms.",
                f"Use one of {', '.join(COLOR_TERMS)}.",
            ) from None

    def terms_of(self, rgb: Rgb) -> tuple[str, ...]:
        """All terms whose value is exactly `rgb`: several where a palette repeats a color."""
        return tuple(term for term, value in self.colors.items() if value == rgb)

    def term_of(self, rgb: Rgb) -> str | None:
        """The term whose value is exactly `rgb`, or None."""
        return next(iter(self.terms_of(rgb)), None)


def check_rgb(rgb: Rgb, what: str) -> None:
    """Raise `InvalidInput` unless `rgb` is three integers in 0..255."""
    channels: tuple[object, ...] = tuple(rgb)
    if len(channels) != 3 or not all(type(c) is int and 0 <= c <= 255 for c in channels):
        raise InvalidInput(
            f"The color {rgb} for {what} is not an sRGB value.",
            "Each of its three channels is a whole number from 0 to 255.",
        )


CSS = Palette(
    "css",
    {
        "black": (0, 0, 0),
        "white": (255, 255, 255),
        "gray": (128, 128, 128),
        "red": (255, 0, 0),
        "green": (0, 128, 0),
        "blue": (0, 0, 255),
        "yellow": (255, 255, 0),
        "orange": (255, 165, 0),
        "brown": (165, 42, 42),
        "pink": (255, 192, 203),
        "purple": (128, 0, 128),
    },
)

SATURATED = Palette("saturated", {**CSS.colors, "green": (0, 200, 0), "pink": (255, 105, 180)})

PALETTES: dict[str, Palette] = {palette.name: palette for palette in (CSS, SATURATED)}


def is_chromatic(term: str) -> bool:
    """True for the eight chromatic terms, False for black, white and gray."""
    return term in CHROMATIC


def spelled(term: str, gray: str = "gray") -> str:
    """The term as written: gray may be spelled ``"gray"`` or ``"grey"``.

    The two are different words to a text encoder.
    """
    if gray not in ("gray", "grey"):
        raise InvalidInput(f"“{gray}” is no spelling of gray.", "Use “gray” or “grey”.")
    return gray if term == "gray" else term


def canonical(word: str) -> str | None:
    """The color term that `word` names; None if it names none.

    It counts as it is seen: in any case and spelling of gray, without invisible characters.
    """
    lowered = without_invisible(word).strip().lower()
    if lowered == "grey":
        return "gray"
    return lowered if lowered in COLOR_TERMS else None


HUE_CORNERS: dict[str, tuple[int, int, int]] = {
    "red": (1, 0, 0),
    "yellow": (1, 1, 0),
    "green": (0, 1, 0),
    "cyan": (0, 1, 1),
    "blue": (0, 0, 1),
    "magenta": (1, 0, 1),
}
"""The colorful corners of the RGB cube, 0..1, by the names of their hues; no stimulus colors."""
