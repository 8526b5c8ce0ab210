"""Colors in words, for tooltips and accessible names."""

from __future__ import annotations

from core.color.spaces import to_hex
from core.color.terms import Rgb


def describe_color(rgb: Rgb) -> str:
    """``"sRGB 255, 165, 0 · #FFA500"``."""
    return f"sRGB {rgb[0]}, {rgb[1]}, {rgb[2]} · {to_hex(rgb)}"
