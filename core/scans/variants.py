"""Strips of variants of a stimulus: one parameter at each of its choices."""

from __future__ import annotations

from typing import Literal, get_args

from core.color.terms import COLOR_TERMS
from core.scans.plan import Axis, ScanSetup
from core.stimuli.fonts import font_faces

Strip = Literal["figure-term", "background-term", "font"]
STRIPS: tuple[Strip, ...] = get_args(Strip)
STRIP_TITLES: dict[Strip, str] = {
    "figure-term": "Object colors",
    "background-term": "Backgrounds",
    "font": "Fonts",
}


def strip_setup(strip: Strip) -> ScanSetup:
    """The scan whose points are the variants: eleven colors, or all fonts."""
    choices = tuple(font_faces()) if strip == "font" else COLOR_TERMS
    return ScanSetup(x=Axis(strip, choices=choices))
