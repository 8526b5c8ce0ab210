"""The sheet a figure is drawn on: title, row names, panels side by side, lines at the bottom.

All places are worked out in inches from measured text, so that nothing overlaps whatever the names
of rows and prompts are.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.figures.figure_style import (
    FONT_SIZE,
    HEADER_SIZE,
    QUIET,
    SMALL_SIZE,
    TITLE_SIZE,
    drawable,
)
from core.results.cell_text import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARGIN = 0.12  # inches
_ROW = 0.24
_LINE = 1.35  # line height by font size
_PANEL_TITLE = 0.3
_TICKS = 0.34
_LEAST_WIDTH = 5.0
_MEASURING_DPI = 300
_CAUTION = 0.97  # letters may come out a little wider than measured
TURN = 35.0
"""Degrees that column titles of a matrix are turned by."""


class Sheet:
    """A figure with empty panels; make one within `core.figures.figure_style.styled`.

    Parameters
    ----------
    title : str
    lines : sequence of str
        For the bottom.
    names : sequence of str
        Of the rows, with line breaks.
    header : str
        What the names are.
    widths : sequence of float
        Of the panels, inches.
    beside : float
        Room to the right of each panel, inches.
    turned_titles : sequence of str
        Column titles that stand above the panel, turned; without them the panels get titles and
        ticks.

    Attributes
    ----------
    figure : Figure
        With an Agg canvas of its own.
    panels : list of Axes
        The first row is at y = 0, the next at y = 1, downward.
    """

    def __init__(
        self,
        title: str,
        lines: Sequence[str],
        names: Sequence[str],
        header: str,
        widths: Sequence[float],
        *,
        beside: float = 0.0,
        turned_titles: Sequence[str] = (),
    ) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        # Letters are as wide as at any other resolution only where there are many pixels.
        self.figure: Figure = Figure(figsize=(_LEAST_WIDTH, _LEAST_WIDTH), dpi=_MEASURING_DPI)
        FigureCanvasAgg(self.figure)
        self._names = [drawable(name) for name in names]
        self._header = drawable(header)
        widest = max(self._measured(name, FONT_SIZE)[0] for name in self._names)
        left = 2 * _MARGIN + max(widest, self._measured(self._header, HEADER_SIZE)[0])
        last = 0.25 if turned_titles else 0.0  # the last title leans out
        width = max(left + sum(widths) + len(widths) * beside + last + _MARGIN, _LEAST_WIDTH)
        room = (width - 2 * _MARGIN) * _CAUTION
        heading = self._wrapped(title, TITLE_SIZE, room, bold=True)
        footer = "\n".join(self._wrapped(line, SMALL_SIZE, room) for line in lines)
        rows = sum(max(_ROW, self._measured(name, FONT_SIZE)[1] + 0.05) for name in self._names)
        top = _MARGIN + _lines_height(heading, TITLE_SIZE)
        if turned_titles:
            longest = max(self._measured(name, SMALL_SIZE)[0] for name in turned_titles)
            top += 0.35 + 0.6 * longest
            under = 0.1
        else:
            top += _PANEL_TITLE
            under = _TICKS
        bottom = _MARGIN + _lines_height(footer, SMALL_SIZE) + under
        height = top + rows + bottom
        self.figure.set_size_inches(width, height)
        self.figure.text(
            _MARGIN / width,
            1 - _MARGIN / height,
            heading,
            va="top",
            fontsize=TITLE_SIZE,
            weight="bold",
        )
        self.figure.text(
            _MARGIN / width,
            _MARGIN / height,
            footer,
            va="bottom",
            fontsize=SMALL_SIZE,
            color=QUIET,
            linespacing=_LINE,
        )
        self.panels: list[Axes] = []
        for number, panel in enumerate(widths):
            start = left + sum(widths[:number]) + number * beside
            axes = self.figure.add_axes(
                (start / width, bottom / height, panel / width, rows / height)
            )
            axes.set_ylim(len(names) - 0.5, -0.5)
            if number:
                axes.set_yticks([])
            self.panels.append(axes)

    def name_rows(self) -> None:
        """Write the names beside the first panel, and above them what they are."""
        axes = self.panels[0]
        axes.set_yticks(range(len(self._names)), self._names)
        axes.tick_params(axis="y", which="major", length=0, labelsize=FONT_SIZE)
        self.figure.text(
            axes.get_position().x0 - _MARGIN / 2 / self.figure.get_figwidth(),
            axes.get_position().y1 + 0.07 / self.figure.get_figheight(),
            self._header,
            ha="right",
            fontsize=HEADER_SIZE,
            color=QUIET,
        )

    def _measured(self, text: str, size: float, bold: bool = False) -> tuple[float, float]:
        """Width and height of a text in inches."""
        written = self.figure.text(0, 0, text, fontsize=size, weight="bold" if bold else "normal")
        box = written.get_window_extent()
        written.remove()
        return box.width / self.figure.dpi, box.height / self.figure.dpi

    def _wrapped(self, text: str, size: float, room: float, bold: bool = False) -> str:
        """Text in as few lines as fit the room, in inches."""
        text = drawable(one_line(text))
        characters = len(text)
        while True:
            lines = textwrap.wrap(text, max(characters, 10))
            widest = max((self._measured(line, size, bold)[0] for line in lines), default=0.0)
            if widest <= room or characters <= 10:
                return "\n".join(lines)
            characters = min(characters - 1, int(characters * room / max(widest, room)))


def _lines_height(text: str, size: float) -> float:
    return (text.count("\n") + 1) * size * _LINE / 72 if text else 0.0
