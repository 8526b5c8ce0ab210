"""Which of the palette's colors a label stands for."""

from __future__ import annotations

from core.color.terms import Palette, Rgb, canonical


def label_color(label: str, palette: Palette) -> Rgb | None:
    """The palette's color if the label is a color term in any spelling, else None."""
    term = canonical(label)
    return palette[term] if term is not None else None
