"""Patterns that tell areas apart where hue cannot."""

from __future__ import annotations

from typing import Literal

Pattern = Literal["plain", "level", "rising", "crossed", "dots", "upright"]
"""Lines that lie level, rise to the right, cross, or stand upright; dots; or nothing."""
