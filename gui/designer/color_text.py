"""Colors in writing: hexadecimal in and out, and words for tooltips."""

from __future__ import annotations

import re

from PySide6.QtGui import QColor

from core.color.terms import Rgb
from core.errors import InvalidInput

_HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)


def to_hex(rgb: Rgb) -> str:
    """``(255, 0, 0)`` → ``"#FF0000"``."""
    return "#{:02X}{:02X}{:02X}".format(*rgb)


def from_hex(text: str) -> Rgb:
    """The color of ``#RRGGBB`` or ``#RGB``, with or without the number sign.

    Raises
    ------
    InvalidInput
        If the text is neither.
    """
    match = _HEX.fullmatch(text.strip())
    if match is None:
        raise InvalidInput(
            f"“{text.strip()}” is not a color.", "Write six hexadecimal digits, as in #FFA500."
        )
    digits = match.group(1)
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def describe_color(rgb: Rgb) -> str:
    """``"sRGB 255, 165, 0 · #FFA500"``."""
    return f"sRGB {rgb[0]}, {rgb[1]}, {rgb[2]} · {to_hex(rgb)}"


def contrast_color(rgb: Rgb) -> QColor:
    """Black or white, whichever stands out better on `rgb` (WCAG relative luminance)."""
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (value / 255.0 for value in rgb)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return QColor(0, 0, 0) if luminance > 0.179 else QColor(255, 255, 255)
