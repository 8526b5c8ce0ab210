"""Tables of results as figures for publication: PNG, SVG, PDF.

Every column of shares is a panel of its own, so that no color is needed to tell what is what, and
bars carry their numbers. Matrices become cells in shades of gray with the numbers in them. Lines at
the bottom tell the settings, the file's metadata the whole provenance.

Matplotlib is imported when the first figure is drawn; pyplot is not used and nothing of the global
state is left changed, so figures may be drawn in any thread.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.base.errors import InvalidInput
from core.base.paths import APP_NAME
from core.base.tables import write_export
from core.base.version import VERSION
from core.figures.figure_file import (
    DPI,
    FigureForm,
    FigureSize,
    checked_form,
    saved_figure,
)
from core.figures.figure_panels import (
    common_chance,
    draw_bars,
    draw_differences,
    draw_matrix,
    scale_end,
    scale_reach,
)
from core.figures.figure_sheet import Sheet
from core.figures.figure_style import HEADER_SIZE, QUIET, drawable, styled
from core.predict.export import to_json
from core.results.cell_text import one_line
from core.results.export import Results, results_provenance
from core.results.facts import settings_line
from core.results.result_types import ResultTable, Share

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANEL_WIDTH = 1.3  # inches
_CELL_WIDTH = 0.5
_SHARE_WIDTH = 0.55
_PUBLISHED_WIDTH = 1.0
_PAIR_WIDTH = 1.4
_NAME_CHARACTERS = 26


def can_draw(table: ResultTable) -> bool:
    """True if a table holds something to draw."""
    return bool(table.rows) and bool(_shown(table))


def write_figure(
    path: Path,
    table: ResultTable,
    results: Results,
    form: FigureForm,
    *,
    size: FigureSize | None = None,
    dpi: float = DPI,
    settings: bool = True,
    now: datetime | None = None,
) -> None:
    """Draw a table into a file; an existing one is replaced in one step or left as it was.

    Parameters
    ----------
    path, table, results, form, size, dpi, settings, now
        As for `figure_bytes`.

    Raises
    ------
    InvalidInput
        If there is nothing to draw, or the form is unknown.
    ExportError
        If the file cannot be written.
    """
    content = figure_bytes(table, results, form, size=size, dpi=dpi, settings=settings, now=now)
    write_export(path, content)


def figure_bytes(
    table: ResultTable,
    results: Results,
    form: FigureForm,
    *,
    size: FigureSize | None = None,
    dpi: float = DPI,
    settings: bool = True,
    now: datetime | None = None,
) -> bytes:
    """The content of a figure's file.

    In SVG text stays text, in PDF it is set in embedded TrueType fonts.

    Parameters
    ----------
    table : ResultTable
    results : Results
        What the table belongs to; its runs give settings and provenance.
    form : {"png", "svg", "pdf"}
    size : FigureSize, optional
        On paper, in millimeters; the figure's own by default.
    dpi : float
        Pixels per inch of a PNG.
    settings : bool
        False leaves out the lines that say what made the numbers; the metadata has them always.
    now : datetime, optional
        Aware; the present by default.

    Raises
    ------
    InvalidInput
        If there is nothing to draw, or the form is unknown.
    """
    checked_form(form)
    if not can_draw(table):
        raise InvalidInput(f"“{table.title}” has nothing to draw.")
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    with styled(drawn_text(table, results)):
        figure = draw_table(table, results, settings=settings)
        metadata = _metadata(table, results, form, moment)
        return saved_figure(figure, form, size=size, dpi=dpi, metadata=metadata)


def draw_table(table: ResultTable, results: Results, *, settings: bool = True) -> Figure:
    """The figure, with a canvas of its own; within `core.figures.figure_style.styled` only."""
    shown = _shown(table)
    names = [_row_name(row.names) for row in table.rows]
    lines = [_legend(table), *(map(settings_line, results.runs) if settings else ())]
    header = " / ".join(table.row_headers)
    if table.is_matrix:
        titles = [drawable(one_line(table.columns[number].title)) for number in shown]
        sheet = Sheet(
            table.title, lines, names, header, [_CELL_WIDTH * len(shown)], turned_titles=titles
        )
        axes = sheet.panels[0]
        draw_matrix(axes, titles, table.rows, shown)
        axes.set_xlabel(table.column_header, loc="left", color=QUIET, fontsize=HEADER_SIZE)
        axes.xaxis.set_label_position("top")
        sheet.name_rows()
        return sheet.figure
    everything = [row.cells[number] for row in table.rows for number in shown]
    differences = any(table.columns[number].kind == "difference" for number in shown)
    beside = _beside(table, differences)
    sheet = Sheet(table.title, lines, names, header, [_PANEL_WIDTH] * len(shown), beside=beside)
    totals = [row.total for row in table.rows]
    for axes, number in zip(sheet.panels, shown, strict=True):
        cells = [row.cells[number] for row in table.rows]
        if differences:
            draw_differences(axes, table.columns[number], cells, scale_reach(everything))
        else:
            draw_bars(axes, table.columns[number], cells, totals, scale_end(everything))
    sheet.name_rows()
    return sheet.figure


def _beside(table: ResultTable, differences: bool) -> float:
    """Width of the numbers to the right of each panel, in inches."""
    if differences:
        return _PAIR_WIDTH
    return _PUBLISHED_WIDTH if table.published_label else _SHARE_WIDTH


def _shown(table: ResultTable) -> list[int]:
    kinds = [column.kind for column in table.columns]
    return [number for number, kind in enumerate(kinds) if kind in ("share", "difference")]


def _legend(table: ResultTable) -> str:
    compared = any(column.kind == "difference" for column in table.columns)
    if table.is_matrix and compared:
        return "Difference of shares in points, second minus first; the larger, the darker."
    if table.is_matrix:
        return "Share of images in percent; the larger, the darker."
    if compared:
        return (
            "Points: difference of shares, second minus first, with Newcombe's 95 % interval; "
            "beside them the difference and both shares in percent."
        )
    parts = ["Bars: share of images, with Wilson's 95 % interval"]
    cells = [cell for row in table.rows for cell in row.cells if isinstance(cell, Share)]
    if any(cell.published is not None for cell in cells):
        parts.append(f"◇ {table.published_label[0].lower()}{table.published_label[1:]}")
    columns = zip(*(row.cells for row in table.rows), strict=True)
    if any(common_chance(column) is not None for column in columns):
        parts.append("dotted: chance")
    return "; ".join(parts) + "."


def _row_name(names: Sequence[str]) -> str:
    return "\n".join(textwrap.wrap(one_line(" / ".join(names)), _NAME_CHARACTERS)) or "–"


def drawn_text(table: ResultTable, results: Results) -> str:
    """All the text of a figure, for `core.figures.figure_style.styled`."""
    titles = [column.title for column in table.columns]
    names = [name for row in table.rows for name in row.names]
    lines = [table.title, _legend(table), *map(settings_line, results.runs)]
    return one_line(" ".join([*titles, *names, *lines, "→−+.0123456789<>%()"]))


def _metadata(
    table: ResultTable, results: Results, form: FigureForm, moment: datetime
) -> dict[str, Any]:
    provenance = to_json(results_provenance(results, moment)).decode("utf-8")
    creator = f"{APP_NAME} {VERSION}"
    title = one_line(table.title)
    if form == "png":
        return {"Title": title, "Software": creator, "Description": provenance}
    if form == "svg":
        date = moment.replace(microsecond=0).isoformat()
        return {"Title": title, "Creator": creator, "Date": date, "Description": provenance}
    settings = one_line(" | ".join(map(settings_line, results.runs)))
    return {
        "Title": title,
        "Creator": creator,
        "Subject": settings,
        "Keywords": provenance,
        "CreationDate": moment,
    }
