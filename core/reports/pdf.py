"""A report as a PDF file: pages of A4 with text that can be selected, and the figures behind.

Drawn by matplotlib with the fonts of the app, so that it needs neither a window nor a browser.
Figures keep their own size, each on a page of its own.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from core.base.paths import APP_NAME
from core.base.text import one_line
from core.base.version import VERSION
from core.color.spaces import to_hex
from core.color.terms import COLOR_TERMS, Palette
from core.figures.description import all_text
from core.figures.page import Ruler, drawn_figure
from core.figures.style import (
    FONT_SIZE,
    INK,
    LINE,
    QUIET,
    SMALL_SIZE,
    drawable,
    styled,
)
from core.reports.content import Block, Facts, Heading, Items, Report, Role, Section, Words

if TYPE_CHECKING:
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT, _MARGIN = 8.27, 11.69, 0.6  # inches
_ROOM = _WIDTH - 2 * _MARGIN
_SPACING = 1.45  # line height by font size
_HEADING, _TITLE = 11.0, 16.0
_GAP = 0.13
_CELL_GAP = 0.12
_LEAST_SIZE = 4.5
_COLORS: dict[Role, str] = {"plain": INK, "quiet": QUIET, "caution": "#8a5a00", "command": INK}
_SWATCH = 0.42


def pdf_report(report: Report) -> bytes:
    """The content of the file."""
    from matplotlib.backends.backend_pdf import PdfPages

    buffer = io.BytesIO()
    with styled(all_text((report, *report.blocks()))):
        metadata = {"Title": one_line(report.title), "Creator": f"{APP_NAME} {VERSION}"}
        with PdfPages(buffer, metadata=metadata) as pages:
            flow = _Flow(pages)
            flow.text(report.title, _TITLE, bold=True)
            blocks = [*report.blocks(), None]
            for block, following in pairwise(blocks):
                flow.block(block, following)
            flow.close()
            for section in report.sections:
                if section.figure is not None:
                    pages.savefig(drawn_figure(section.figure))
    return buffer.getvalue()


class _Flow:
    """Puts blocks below one another and begins new pages."""

    def __init__(self, pages: PdfPages) -> None:
        self._pages = pages
        self._figure: Figure | None = None
        self._number = 0
        self._y = 0.0  # inches from the top
        self._ruler = Ruler(1.0)
        self._begin()

    def close(self) -> None:
        """Write the last page."""
        figure = self._page
        self._put(f"{self._number}", _WIDTH / 2, _HEIGHT - 0.38, SMALL_SIZE, color=QUIET)
        self._pages.savefig(figure)  # type: ignore[no-untyped-call]

    def block(self, block: Block | None, following: Block | None = None) -> None:
        """A part of the report; figures have pages of their own."""
        match block:
            case Heading(text):
                self.heading(text, self._least(following))
            case Words(text, role):
                self.text(text, color=_COLORS[role])
            case Items(texts, numbered):
                for number, text in enumerate(texts, 1):
                    if numbered:
                        self.text(f"{number}. {text}")
                    else:
                        self.text(f"– {text}", SMALL_SIZE, color=QUIET)
            case Facts(groups):
                for group, rows in groups:
                    self.pairs(group, rows)
            case Section():
                if block.header:
                    self.table(block)
            case Palette():
                self.swatches(block)

    def heading(self, text: str, following: float) -> None:
        """A heading that never stands alone at the end of a page, with the room that follows."""
        self._y += 0.12
        self._need(0.5 + following)
        self._line(self._y - 0.02)
        self._y += 0.07
        self.text(text, _HEADING, bold=True)

    def text(
        self, text: str, size: float = FONT_SIZE, *, bold: bool = False, color: str = INK
    ) -> None:
        """A paragraph."""
        height = size * _SPACING / 72
        for line in self._ruler.wrapped(text, size, _ROOM, bold).split("\n"):
            self._need(height)
            self._put(line, _MARGIN, self._y, size, bold=bold, color=color)
            self._y += height
        self._y += height * 0.3

    def pairs(self, group: str, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values in two columns under a small heading."""
        self._need(0.6)
        self.text(group, FONT_SIZE, bold=True)
        height = FONT_SIZE * _SPACING / 72
        for name, value in rows:
            lines = self._ruler.wrapped(value, FONT_SIZE, _ROOM - 1.7).split("\n")
            self._need(height)
            self._put(drawable(one_line(name)), _MARGIN, self._y, FONT_SIZE, color=QUIET)
            for line in lines:
                self._need(height)
                self._put(line, _MARGIN + 1.7, self._y, FONT_SIZE)
                self._y += height
        self._y += 0.06

    def swatches(self, palette: Palette) -> None:
        """The colors of a palette with their names and values."""
        from matplotlib.patches import Rectangle

        self._need(_SWATCH + 0.4)
        step = _ROOM / len(COLOR_TERMS)
        for place, term in enumerate(COLOR_TERMS):
            left = _MARGIN + place * step
            self._page.add_artist(
                Rectangle(
                    (left / _WIDTH, 1 - (self._y + _SWATCH) / _HEIGHT),
                    (step - 0.08) / _WIDTH,
                    _SWATCH / _HEIGHT,
                    facecolor=to_hex(palette[term]),
                    edgecolor=QUIET,
                    linewidth=0.6,
                )
            )
            below = self._y + _SWATCH + 0.05
            self._put(term, left, below, SMALL_SIZE)
            self._put(to_hex(palette[term]), left, below + 0.12, SMALL_SIZE, color=QUIET)
        self._y += _SWATCH + 0.38

    def table(self, section: Section) -> None:
        """A table, as large as there is room, its head repeated on each page."""
        size, head, widths = self._fitted(section)
        height = size * _SPACING / 72
        deep = max(map(len, head))
        self._need(height * (deep + 2))
        self._head(section, size, head, widths)
        for number, row in enumerate(section.body):
            total = number < len(section.totals) and section.totals[number]
            cells = [drawable(one_line(cell)) for cell in row]
            if self._y + height > _HEIGHT - _MARGIN:
                self._turn()
                self._head(section, size, head, widths)
            if total:
                self._y += 0.03
                self._line(self._y - 0.015, INK)
            self._row(cells, section.names, size, widths, bold=total)
            self._y += height
        self._y += _GAP

    # --- inside ---

    @property
    def _page(self) -> Figure:
        assert self._figure is not None
        return self._figure

    def _begin(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=150)
        FigureCanvasAgg(self._figure)
        self._y = _MARGIN
        self._number += 1

    def _turn(self) -> None:
        self.close()
        self._begin()

    def _need(self, room: float) -> None:
        if self._y + room > _HEIGHT - _MARGIN:
            self._turn()

    def _put(
        self,
        text: str,
        x: float,
        y: float,
        size: float,
        *,
        bold: bool = False,
        color: str = INK,
        right: bool = False,
    ) -> None:
        self._page.text(
            x / _WIDTH,
            1 - y / _HEIGHT,
            text,
            fontsize=size,
            weight="bold" if bold else "normal",
            color=color,
            ha="right" if right else "left",
            va="top",
        )

    def _line(self, y: float, color: str = LINE) -> None:
        from matplotlib.lines import Line2D

        place = 1 - y / _HEIGHT
        ends = (_MARGIN / _WIDTH, 1 - _MARGIN / _WIDTH)
        self._page.add_artist(Line2D(ends, (place, place), color=color, linewidth=0.6))

    def _head(
        self, section: Section, size: float, head: list[list[str]], widths: list[float]
    ) -> None:
        height = size * _SPACING / 72
        deep = max(map(len, head))
        for line in range(deep):
            cells = [
                lines[line - deep + len(lines)] if line >= deep - len(lines) else ""
                for lines in head
            ]
            self._row(cells, section.names, size, widths, bold=True)
            self._y += height
        self._line(self._y, INK)
        self._y += 0.04

    def _row(
        self, cells: Sequence[str], names: int, size: float, widths: list[float], *, bold: bool
    ) -> None:
        left = _MARGIN
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            right = place >= names
            if cell:
                x = left + width if right else left
                self._put(cell, x, self._y, size, bold=bold, right=right)
            left += width + _CELL_GAP

    def _fitted(self, section: Section) -> tuple[float, list[list[str]], list[float]]:
        """Font size, wrapped head and column widths that fit the page."""
        size = FONT_SIZE
        while True:
            head = [
                self._parted(cell, 14 if p >= section.names else 24)
                for p, cell in enumerate(section.header)
            ]
            widths = [
                max(
                    [self._ruler.measured(line, size, True) for line in head[place]]
                    + [
                        self._ruler.measured(drawable(one_line(row[place])), size, True)
                        for row in section.body
                    ]
                )
                for place in range(len(section.header))
            ]
            whole = sum(widths) + _CELL_GAP * (len(widths) - 1)
            if whole <= _ROOM or size <= _LEAST_SIZE:
                return size, head, widths
            size = max(_LEAST_SIZE, min(size - 0.25, size * _ROOM / whole))

    def _least(self, block: Block | None) -> float:
        """What of a block has to stand on the page of its heading."""
        if not isinstance(block, Section) or not block.header:
            return 0.6
        size, head, _widths = self._fitted(block)
        return (max(map(len, head)) + 2) * size * _SPACING / 72

    def _parted(self, text: str, characters: int) -> list[str]:
        return textwrap.wrap(drawable(one_line(text)), characters) or [""]
