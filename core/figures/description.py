"""What a figure shows, as data: panels with axes and marks, and what to know when reading them.

Print and screen draw from the same description, so that they cannot disagree. Numbers are those of
the axes, never of a page or a window; colors are ``#rrggbb``. Nothing here imports matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Numbers = Sequence[float] | NDArray[np.float64]
Dash = tuple[float, ...]
"""Lengths of strokes and gaps by turns, in widths of the line; empty for an unbroken line."""
DASHED: Dash = (4, 2)
DOTTED: Dash = (1.5, 2)

Pattern = Literal["plain", "level", "rising", "crossed", "dots", "upright"]
"""Lines that lie level, rise to the right, cross, or stand upright; dots; or nothing."""


@dataclass(frozen=True)
class Fill:
    """How an area is filled; `line` is the color of its edge and of the pattern's lines."""

    color: str
    pattern: Pattern = "plain"
    line: str = "#1a1a1a"


@dataclass(frozen=True)
class Axis:
    """The values along a side of a panel."""

    low: float = 0.0
    high: float = 1.0
    """At the left or the bottom, and at the other end; the first may be the larger one."""
    label: str = ""
    ticks: tuple[tuple[float, str], ...] | None = None
    """Places with what is written there; None for round numbers."""
    named: bool = False
    """True if the ticks are names of rows or columns, at 0, 1, 2 and so on."""
    turned: float = 0.0
    """Degrees by which their texts are turned."""


def named_axis(
    names: Sequence[str], label: str = "", *, downward: bool = False, turned: float = 0.0
) -> Axis:
    """An axis of rows or columns; `downward` puts the first one at the top."""
    ends = (-0.5, len(names) - 0.5)
    low, high = reversed(ends) if downward else ends
    ticks = tuple((float(place), name) for place, name in enumerate(names))
    return Axis(low, high, label, ticks, named=True, turned=turned)


# --- marks ---


@dataclass(frozen=True, eq=False)
class Bars:
    """Bars with a fill each."""

    places: Numbers
    values: Numbers
    """Where each stands, and its length."""
    fills: tuple[Fill, ...]
    floors: Numbers = ()
    """Where each begins, for bars on top of one another; empty for 0."""
    width: float = 0.8
    lying: bool = False
    """True if they go from left to right, and `places` are along y."""
    name: str = ""
    """For the key; empty for none."""


@dataclass(frozen=True, eq=False)
class Histograms:
    """A histogram in each row of a named axis, all on one scale."""

    edges: Numbers
    """Of the bins along x, one more than there are bins."""
    values: NDArray[np.float64]
    """A row for each histogram; shape (rows, bins)."""
    fills: tuple[Fill, ...]
    """Of the bins."""

    HEIGHT = 0.88
    """Of the highest bar of all, in rows."""

    @property
    def highest(self) -> float:
        """The largest of all values; 1 where none is above 0."""
        return float(self.values.max(initial=0.0)) or 1.0


@dataclass(frozen=True)
class Intervals:
    """Intervals along x, each as (y, low, middle, high); with a dot in the middle or without."""

    rows: tuple[tuple[float, float, float, float], ...]
    dots: bool = False


@dataclass(frozen=True)
class Points:
    """Single places (x, y); discs have a color each."""

    places: tuple[tuple[float, float], ...]
    symbol: Literal["disc", "ring", "diamond"]
    colors: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Curve:
    """A line through values, in a band if their intervals are known."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    """NaN where there is none; shape (points,)."""
    color: str
    dash: Dash = ()
    name: str = ""
    """For the key."""
    band: NDArray[np.float64] | None = None
    """Low and high ends of the intervals; shape (2, points)."""
    dots: bool = False
    """True marks each value."""


@dataclass(frozen=True)
class Rule:
    """A line across the whole panel: chance, a cut-off, no difference."""

    value: float
    upright: bool = True
    dash: Dash = ()
    text: str = ""
    """At its upper end."""
    turned: float = 0.0
    """Degrees by which the text is turned."""
    strong: bool = False
    """False for one that keeps in the background."""


@dataclass(frozen=True, eq=False)
class Cells:
    """A matrix of numbers, darker with size, each written in its cell."""

    values: NDArray[np.float64]
    """Shape (rows, columns): −1..1, NaN for an empty cell."""
    texts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Regions:
    """A map of winners over two parameters."""

    winners: NDArray[np.int64]
    """Shape (rows, columns): places in `names`, negative for none; the first row is the lowest."""
    names: tuple[str, ...]
    colors: tuple[str, ...]
    borders: tuple[tuple[int, int, bool], ...]
    """Edges between two regions, see `core.scans.maps.borders`."""
    blank: str = ""
    """For the key, what a cell without winner is."""


@dataclass(frozen=True)
class Texts:
    """Words at places, as (x, y, text), on a ground of their own; `above` them or in the middle."""

    words: tuple[tuple[float, float, str], ...]
    above: bool = False


@dataclass(frozen=True, eq=False)
class Sectors:
    """Shares of equal parts of a circle from 0°, counterclockwise, by area.

    A radius is the square root of its share. Without a fill it is the outline alone.
    """

    shares: NDArray[np.float64]
    name: str
    fill: Fill | None = None


@dataclass(frozen=True, eq=False)
class Tile:
    """A picture, and in it the box of what matters."""

    left: float
    bottom: float
    side: float
    """Its square."""
    pixels: NDArray[np.uint8] | None
    """None if it cannot be shown; shape (height, width, 3)."""
    box: tuple[int, int, int, int] | None = None
    """Left, top, right and bottom edge in pixels; None for the whole."""
    instead: str = "?"
    """What is written where there is no picture."""


@dataclass(frozen=True)
class Paragraph:
    """Lines from a place downward, broken where they are longer than `room` along x."""

    left: float
    top: float
    room: float
    lines: tuple[str, ...]


Chart = Bars | Histograms | Intervals | Points | Curve | Rule | Cells | Regions | Sectors
Mark = Chart | Texts | Tile | Paragraph


# --- panels and the whole ---


@dataclass(frozen=True)
class Column:
    """Texts beside the rows of a panel, with a head."""

    texts: tuple[str, ...]
    head: str = ""
    quiet: bool = False


@dataclass(frozen=True, eq=False)
class Panel:
    """Marks over two axes."""

    marks: tuple[Mark, ...]
    """Later ones on top."""
    x: Axis
    y: Axis
    title: str = ""
    kind: Literal["plain", "round", "bare"] = "plain"
    """Round ones have only x, in degrees; bare ones no axes, and numbers in inches of paper."""
    row_head: str = ""
    """What the names along y are."""
    beside: tuple[Column, ...] = ()
    key_title: str = ""
    width: float | None = None
    """Inches on paper; None for what is left."""
    height: float = 3.0
    """Inches on paper."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure."""

    title: str
    rows: tuple[tuple[Panel, ...], ...]
    """From top to bottom, each from left to right."""
    notes: tuple[str, ...] = ()
    """What the marks mean and what is undefined; never left out."""
    settings: tuple[str, ...] = ()
    """What made the numbers."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """The same and all the rest, as JSON knows it."""
    width: float = 6.4
    """Of the page in inches, at least."""
    made: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Aware."""

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, in reading order."""
        return tuple(panel for row in self.rows for panel in row)


def all_text(value: object) -> str:
    """Everything that is written in a description, to find fonts that have its characters."""
    return " ".join(_texts(value))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
    elif is_dataclass(value):
        for part in fields(value):
            yield from _texts(getattr(value, part.name))
