"""The page a figure of a census is drawn on: title, room for the drawing, lines at the bottom."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.figures.figure_style import QUIET, SMALL_SIZE, TITLE_SIZE, drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARGIN = 0.12  # inches
_LINE = 1.35  # line height by font size


class Page:
    """A page; make one within `core.figures.figure_style.styled`.

    Parameters
    ----------
    title : str
    lines : sequence of str
        For the bottom.
    width, height : float, inches
        Of the page, and of the room for the drawing.

    Attributes
    ----------
    figure : Figure
        With an Agg canvas of its own.
    """

    def __init__(self, title: str, lines: Sequence[str], width: float, height: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure: Figure = Figure(figsize=(width, height))
        FigureCanvasAgg(self.figure)
        self._room = width - 2 * _MARGIN
        heading = self._wrapped(title, TITLE_SIZE, self._room, bold=True)
        footer = "\n".join(self._wrapped(line, SMALL_SIZE, self._room) for line in lines)
        above = _MARGIN + _lines_height(heading, TITLE_SIZE) + 0.06
        below = _MARGIN + _lines_height(footer, SMALL_SIZE) + 0.06
        whole = above + height + below
        self._scale = width, whole
        self._below = below
        self.figure.set_size_inches(width, whole)
        left = _MARGIN / width
        self.figure.text(
            left, 1 - _MARGIN / whole, heading, va="top", fontsize=TITLE_SIZE, weight="bold"
        )
        self.figure.text(
            left,
            _MARGIN / whole,
            footer,
            va="bottom",
            fontsize=SMALL_SIZE,
            color=QUIET,
            linespacing=_LINE,
        )

    def axes(
        self, left: float, bottom: float, width: float, height: float, *, polar: bool = False
    ) -> Axes:
        """Axes at a place of the room for the drawing, in inches from its left lower corner."""
        across, down = self._scale
        place = (left / across, (self._below + bottom) / down, width / across, height / down)
        return self.figure.add_axes(place, polar=polar)

    def write_into(self, axes: Axes, text: str, width: float) -> None:
        """Write small text at the top of axes, wrapped to a width in inches."""
        wrapped = "\n".join(self._wrapped(line, SMALL_SIZE, width) for line in text.split("\n"))
        axes.text(
            0,
            1,
            wrapped,
            transform=axes.transAxes,
            va="top",
            fontsize=SMALL_SIZE,
            color=QUIET,
            linespacing=_LINE,
        )

    def measured(self, text: str, size: float, bold: bool = False) -> float:
        """Width of a text in inches."""
        written = self.figure.text(0, 0, text, fontsize=size, weight="bold" if bold else "normal")
        box = written.get_window_extent()
        written.remove()
        return float(box.width / self.figure.dpi)

    def _wrapped(self, text: str, size: float, room: float, bold: bool = False) -> str:
        text = drawable(text)
        characters = len(text)
        while True:
            lines = textwrap.wrap(text, max(characters, 10))
            widest = max((self.measured(line, size, bold) for line in lines), default=0.0)
            if widest <= room or characters <= 10:
                return "\n".join(lines)
            characters = min(characters - 1, int(characters * room / widest))


def _lines_height(text: str, size: float) -> float:
    return (text.count("\n") + 1) * size * _LINE / 72 if text else 0.0
