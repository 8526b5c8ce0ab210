"""What one bar chart shows, as plain values: rows, their order and the text of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.color.terms import Rgb
from gui.charts.bar_painter import Bar, BarLayout, Row

NO_BREAK_SPACE = "\u00a0"
_WIDEST_COSINE = "\u22120.888"


@dataclass(frozen=True)
class BarRow:
    """One label's bar.

    Attributes
    ----------
    label : str
    prompt : str
        The prompt that was asked for this label.
    probability : float
        0..1, at the model's own scale.
    cosine : float
        Cosine similarity of picture and prompt, −1..1.
    roles : str
        What the label names in the stimulus, e.g. ``"written word"`` or ``"figure, background"``;
        empty if nothing.
    color : Rgb or None
        The palette's color of the label, None for labels that are no color term.
    winner : bool
    """

    label: str
    prompt: str
    probability: float
    cosine: float
    roles: str
    color: Rgb | None
    winner: bool


def ordered(rows: Sequence[BarRow], by_probability: bool) -> tuple[BarRow, ...]:
    """Rows from the most to the least probable, or as they are; equal ones keep label order."""
    if not by_probability:
        return tuple(rows)
    return tuple(sorted(rows, key=lambda row: -row.probability))


def percent_text(probability: float, decimals: int = 1) -> str:
    """A probability in percent, never rounded to a certainty it is not.

    Parameters
    ----------
    probability : float
        0..1.
    decimals : int
        Digits after the point.

    Examples
    --------
    0.611 → ``61.1 %``, 0.0002 → ``<0.1 %``, 0.99996 → ``>99.9 %``, 1.0 → ``100 %``.
    """
    if probability in (0.0, 1.0):
        return f"{probability * 100:.0f}{NO_BREAK_SPACE}%"
    step = 10.0**-decimals
    shown = f"{probability * 100.0:.{decimals}f}"
    if float(shown) == 0.0:
        shown = f"<{step:.{decimals}f}"
    elif float(shown) == 100.0:
        shown = f">{100.0 - step:.{decimals}f}"
    return f"{shown}{NO_BREAK_SPACE}%"


def exact_text(probability: float) -> str:
    """A probability in percent with enough digits to tell small ones apart."""
    return f"{probability * 100:.4g}{NO_BREAK_SPACE}%"


def cosine_text(cosine: float) -> str:
    """A cosine with three decimals and a true minus sign."""
    return f"{cosine:.3f}".replace("-", "\u2212")


def bar_layout(decimals: int, cosines: bool) -> BarLayout:
    """The columns of a chart: percentages of so many digits, and the cosines if they are shown."""
    return BarLayout(
        value=percent_text(0.999999999, decimals),
        cells=(_WIDEST_COSINE,) if cosines else (),
        heads=("cosine",) if cosines else (),
        bars=("probability",),
        axis=True,
    )


def drawn_row(row: BarRow, decimals: int) -> Row:
    """A label as the chart kit draws it."""
    calm = not row.winner and not row.roles
    return Row(
        row.label,
        (Bar(row.probability, row.color or "hatched"),),
        percent_text(row.probability, decimals),
        row.roles,
        (cosine_text(row.cosine),),
        "strong" if row.winner else "calm" if calm else "noted",
    )


def utf16_length(text: str) -> int:
    """Length of a text as Qt counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
