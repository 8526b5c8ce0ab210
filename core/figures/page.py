"""The page that every figure is printed on: title, panels, and lines at the bottom.

All places are worked out in inches from what was drawn, so that nothing overlaps whatever the names
of rows and prompts are.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.base.text import one_line
from core.figures.description import Figure, Panel
from core.figures.drawing import LINE_SPACING, draw_panel
from core.figures.style import QUIET, SMALL_SIZE, TITLE_SIZE, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_MARGIN = 0.12  # inches, as all lengths here
_BETWEEN = 0.12  # rows of panels, and panels
_LEAST = 1.6  # width of a panel that takes what is left
_DPI = 300  # letters are as wide as at any other resolution only where there are many pixels
_CAUTION = 1.03
_WEIGHTS = {False: "normal", True: "bold"}


def drawn_figure(figure: Figure, *, settings: bool = True) -> Drawing:
    """Draw a figure; within `core.figures.style.styled` only.

    It has an Agg canvas of its own, and its axes are the panels, in their order. Without `settings`
    the lines are left out that say what made the numbers.
    """
    page = Ruler(figure.width)
    rows = [[_drawn(page, panel) for panel in row] for row in figure.rows]
    width = max([figure.width, *(_needed(row) for row in rows)])
    room = width - 2 * _MARGIN
    heading = page.wrapped(figure.title, TITLE_SIZE, room, bold=True)
    lines = [*figure.notes, *(figure.settings if settings else ())]
    footer = "\n".join(page.wrapped(line, SMALL_SIZE, room) for line in lines)
    above = _MARGIN + _height(heading, TITLE_SIZE) + (0.1 if heading else 0.0)
    below = _MARGIN + _height(footer, SMALL_SIZE) + (0.14 if footer else 0.0)
    heights = [sum(_vertical(row)) for row in rows]
    height = above + sum(heights) + _BETWEEN * (len(rows) - 1) + below
    page.drawing.set_size_inches(width, height)
    top = height - above
    for row in rows:
        over, tall, _under = _vertical(row)
        _place(row, width, height, top - over - tall)
        top -= sum(_vertical(row)) + _BETWEEN
    left = _MARGIN / width
    write: Any = page.drawing.text
    write(left, 1 - _MARGIN / height, heading, va="top", fontsize=TITLE_SIZE, weight="bold")
    write(
        left,
        _MARGIN / height,
        footer,
        va="bottom",
        fontsize=SMALL_SIZE,
        color=QUIET,
        linespacing=LINE_SPACING,
    )
    return page.drawing


class Ruler:
    """Measures texts, in inches, in an empty drawing."""

    def __init__(self, width: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure as Drawing

        self.drawing: Drawing = Drawing(figsize=(width, width), dpi=_DPI)
        FigureCanvasAgg(self.drawing)
        self._known: dict[tuple[str, float, bool], float] = {}

    def measured(self, text: str, size: float, bold: bool = False) -> float:
        """Width of a text, and a little more: letters may come out wider than measured."""
        key = (text, size, bold)
        if key not in self._known:
            written = self.drawing.text(0, 0, text, fontsize=size, weight=_WEIGHTS[bold])
            width = float(written.get_window_extent().width)
            written.remove()
            self._known[key] = _CAUTION * width / self.drawing.dpi
        return self._known[key]

    def wrapped(self, text: str, size: float, room: float, bold: bool = False) -> str:
        """Text in as few lines as fit the room, in inches; long words are broken."""
        text = drawable(one_line(text))
        characters = len(text)
        while True:
            lines = textwrap.wrap(text, max(characters, 10))
            widest = max((self.measured(line, size, bold) for line in lines), default=0.0)
            if widest <= room or characters <= 10:
                return "\n".join(lines)
            characters = min(characters - 1, int(characters * room / widest))


@dataclass(frozen=True)
class _Placed:
    """A panel that is drawn; the room that its texts take on each side, in inches."""

    panel: Panel
    axes: Axes
    left: float
    right: float
    above: float
    below: float


def _drawn(page: Ruler, panel: Panel) -> _Placed:
    """Draw a panel in about its size and see what stands around it."""
    across, down = map(float, page.drawing.get_size_inches())
    width = panel.width or across / 2
    place = (0.0, 0.0, width / across, panel.height / down)
    axes: Any = page.drawing.add_axes(place, polar=panel.kind == "round")
    draw_panel(
        axes,
        panel,
        lambda text, room: page.wrapped(text, SMALL_SIZE, room),
        lambda text: page.measured(text, SMALL_SIZE),
    )
    inner, outer = axes.bbox, axes.get_tightbbox()
    sides = (
        inner.x0 - outer.x0,
        outer.x1 - inner.x1,
        outer.y1 - inner.y1,
        inner.y0 - outer.y0,
    )
    return _Placed(panel, axes, *(max(0.0, float(side)) / page.drawing.dpi for side in sides))


def _around(row: list[_Placed]) -> float:
    """What a row of panels needs besides the panels themselves."""
    return sum(one.left + one.right for one in row) + _BETWEEN * (len(row) - 1) + 2 * _MARGIN


def _needed(row: list[_Placed]) -> float:
    return _around(row) + sum(one.panel.width or _LEAST for one in row)


def _vertical(row: list[_Placed]) -> tuple[float, float, float]:
    """Above, of and below the panels of a row."""
    return (
        max(one.above for one in row),
        max(one.panel.height for one in row),
        max(one.below for one in row),
    )


def _place(row: list[_Placed], width: float, height: float, bottom: float) -> None:
    """Put the panels of a row side by side."""
    left = width - _around(row) - sum(one.panel.width or 0.0 for one in row)
    flexible = sum(one.panel.width is None for one in row)
    share = left / flexible if flexible else 0.0
    start = _MARGIN
    for one in row:
        across = one.panel.width or share
        start += one.left
        one.axes.set_position(
            (start / width, bottom / height, across / width, one.panel.height / height)
        )
        start += across + one.right + _BETWEEN


def _height(text: str, size: float) -> float:
    return (text.count("\n") + 1) * size * LINE_SPACING / 72 if text else 0.0
