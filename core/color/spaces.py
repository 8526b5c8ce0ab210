"""Colors in writing and for display: hexadecimal, luminance, contrast, the nearest term."""

from __future__ import annotations

import re
from math import dist

from core.base.errors import InvalidInput
from core.color.terms import COLOR_TERMS, CSS, Palette, Rgb, check_rgb

_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE | re.ASCII)
_BLACK: Rgb = (0, 0, 0)
_WHITE: Rgb = (255, 255, 255)

# Linear sRGB → XYZ of the D65 white (IEC 61966-2-1), each row divided by the white's value.
_XYZ = (
    (0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505),
    (0.2126, 0.7152, 0.0722),
    (0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089),
)


def to_hex(rgb: Rgb) -> str:
    """``(255, 165, 0)`` → ``"#FFA500"``."""
    check_rgb(rgb, "a hexadecimal code")
    return "#{:02X}{:02X}{:02X}".format(*rgb)


def from_hex(text: str) -> Rgb:
    """The sRGB value of ``#RRGGBB`` or ``#RGB``, in any case, with or without the number sign."""
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(
            f"“{text.strip()}” is not a color code.", "Write six hexadecimal digits, as in #FFA500."
        )
    digits = match.group(1)
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def relative_luminance(rgb: Rgb) -> float:
    """Relative luminance of WCAG 2.2, 0 for black to 1 for white."""
    linear = _linear(rgb)
    return sum(weight * channel for weight, channel in zip(_XYZ[1], linear, strict=True))


def contrast_ratio(one: Rgb, other: Rgb) -> float:
    """Contrast of two colors as in WCAG 2.2, 1 to 21."""
    darker, lighter = sorted((relative_luminance(one), relative_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def contrast_color(rgb: Rgb) -> Rgb:
    """Black or white, whichever can be read better on `rgb`."""
    return max((_BLACK, _WHITE), key=lambda ink: contrast_ratio(ink, rgb))


def nearest_term(rgb: Rgb, palette: Palette = CSS) -> str:
    """The term of the palette's color that looks nearest, for display only.

    Nearest by distance in CIELAB (CIE 1976, D65); the earlier term of two equally near ones.
    """
    lab = _lab(rgb)
    return min(COLOR_TERMS, key=lambda term: dist(lab, _lab(palette[term])))


def _lab(rgb: Rgb) -> tuple[float, float, float]:
    linear = _linear(rgb)
    x, y, z = (
        _compressed(sum(weight * channel for weight, channel in zip(row, linear, strict=True)))
        for row in _XYZ
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _compressed(share: float) -> float:
    threshold = 6 / 29
    if share > threshold**3:
        return float(share ** (1 / 3))
    return share / (3 * threshold**2) + 4 / 29


def _linear(rgb: Rgb) -> tuple[float, float, float]:
    """Channels without their gamma, 0..1 (IEC 61966-2-1)."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in rgb)
    )
    return red, green, blue
