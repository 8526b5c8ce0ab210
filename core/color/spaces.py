"""Colors in writing and for display: hexadecimal, luminance, contrast."""

from __future__ import annotations

import re

from core.base.errors import InvalidInput
from core.color.terms import Rgb, check_rgb

_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE | re.ASCII)
_BLACK: Rgb = (0, 0, 0)
_WHITE: Rgb = (255, 255, 255)

_LUMINANCE = (0.2126, 0.7152, 0.0722)  # of linear channels, IEC 61966-2-1


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
    return sum(weight * channel for weight, channel in zip(_LUMINANCE, linear, strict=True))


def contrast_ratio(one: Rgb, other: Rgb) -> float:
    """Contrast of two colors as in WCAG 2.2, 1 to 21."""
    darker, lighter = sorted((relative_luminance(one), relative_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def contrast_color(rgb: Rgb) -> Rgb:
    """Black or white, whichever can be read better on `rgb`."""
    return max((_BLACK, _WHITE), key=lambda ink: contrast_ratio(ink, rgb))


def _linear(rgb: Rgb) -> tuple[float, float, float]:
    """Channels without their gamma, 0..1 (IEC 61966-2-1)."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in rgb)
    )
    return red, green, blue
