"""Figures of a census for publication: PNG, SVG, PDF.

Lines at the bottom tell thresholds, sets and model; the file's metadata tells the whole provenance.
Matplotlib is imported when the first figure is drawn; pyplot is not used and nothing of the global
state is left changed, so figures may be drawn in any thread.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

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
from core.figures.figure_notes import FigureName, figure_lines, figure_provenance
from core.figures.figure_page import Page
from core.figures.figure_style import INK, LINE, QUIET, SMALL_SIZE, drawable, styled
from core.figures.figure_tables import TITLES, nothing_to_show
from core.figures.unit_figure import UnitSheet, draw_unit, unit_lines, unit_texts
from core.predict.export import to_json
from core.units.category_styles import ORDER, STACK, Pattern
from core.units.features.hue import SHOWN_BINS
from core.units.features.hue_names import HUE_NAMES
from core.units.features.unit_hues import HueFigure
from core.units.neuron_indices import NeuronIndices, Parts
from core.units.selectivity_histogram import BINS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HATCHES: dict[Pattern, str] = {
    "plain": "",
    "level": "---",
    "rising": "////",
    "crossed": "xxxx",
    "dots": "....",
    "upright": "||||",
}
_WIDTH = 6.4  # inches
_NARROW = 0.17  # of a bar, least


def write_figure(
    path: Path,
    indices: NeuronIndices,
    figure: FigureName,
    form: FigureForm,
    *,
    parts: Parts = "layers",
    as_counts: bool = False,
    hues: HueFigure | None = None,
    sheet: UnitSheet | None = None,
    size: FigureSize | None = None,
    dpi: float = DPI,
    settings: bool = True,
) -> None:
    """Draw a figure into a file; an existing one is replaced in one step or left as it was.

    Parameters
    ----------
    path, indices, figure, form, parts, as_counts, hues, sheet, size, dpi, settings
        As for `figure_bytes`.

    Raises
    ------
    InvalidInput
        If there is nothing to draw, or the form is unknown.
    ExportError
        If the file cannot be written.
    """
    content = figure_bytes(
        indices,
        figure,
        form,
        parts=parts,
        as_counts=as_counts,
        hues=hues,
        sheet=sheet,
        size=size,
        dpi=dpi,
        settings=settings,
    )
    write_export(path, content)


def figure_bytes(
    indices: NeuronIndices,
    figure: FigureName,
    form: FigureForm,
    *,
    parts: Parts = "layers",
    as_counts: bool = False,
    hues: HueFigure | None = None,
    sheet: UnitSheet | None = None,
    size: FigureSize | None = None,
    dpi: float = DPI,
    settings: bool = True,
    now: datetime | None = None,
) -> bytes:
    """The content of a figure's file.

    Parameters
    ----------
    indices : NeuronIndices
    figure : {"types", "selectivity", "hue", "unit"}
    form : {"png", "svg", "pdf"}
        In SVG text stays text, in PDF it is set in embedded TrueType fonts.
    parts : {"layers", "blocks"}
        How the units are parted.
    as_counts : bool
        Numbers of units in place of percent, for the types.
    hues : HueFigure, optional
        For the hues.
    sheet : UnitSheet, optional
        For a unit.
    size : FigureSize, optional
        On paper, in millimeters; the figure's own by default.
    dpi : float
        Pixels per inch of a PNG.
    settings : bool
        False leaves out the lines with thresholds, sets and model; what is undefined is said all
        the same, and the metadata has everything always.
    now : datetime, optional
        Aware; the present by default.

    Raises
    ------
    InvalidInput
        If there is nothing to draw, or the form is unknown.
    """
    checked_form(form)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    with styled(figure_text(indices, figure, parts=parts, hues=hues, sheet=sheet)):
        drawn = draw_figure(
            indices,
            figure,
            parts=parts,
            as_counts=as_counts,
            hues=hues,
            sheet=sheet,
            settings=settings,
        )
        metadata = _metadata(indices, figure, form, moment)
        return saved_figure(drawn, form, size=size, dpi=dpi, metadata=metadata)


def figure_text(
    indices: NeuronIndices,
    figure: FigureName,
    *,
    parts: Parts = "layers",
    hues: HueFigure | None = None,
    sheet: UnitSheet | None = None,
) -> str:
    """All the text of a figure, for `core.figures.figure_style.styled`; as `figure_bytes`."""
    lines = _lines(indices, figure, hues, sheet, settings=True)
    texts = [TITLES[figure], *lines, *indices.groupings[parts].names, "−–≥0123456789°%αr="]
    texts += unit_texts(indices, sheet) if sheet is not None else []
    return " ".join(texts)


def draw_figure(
    indices: NeuronIndices,
    figure: FigureName,
    *,
    parts: Parts = "layers",
    as_counts: bool = False,
    hues: HueFigure | None = None,
    sheet: UnitSheet | None = None,
    settings: bool = True,
) -> Figure:
    """The figure itself; within `core.figures.figure_style.styled` only.

    Parameters
    ----------
    indices, figure, parts, as_counts, hues, sheet, settings
        As for `figure_bytes`.

    Raises
    ------
    InvalidInput
        If there is nothing to draw.
    """
    lines = _lines(indices, figure, hues, sheet, settings)
    if figure == "types" and indices.types is not None:
        return _draw_types(indices, lines, parts, as_counts)
    if figure == "selectivity":
        return _draw_selectivity(indices, lines, parts)
    if figure == "hue" and hues is not None:
        return _draw_hues(lines, hues)
    if figure == "unit" and sheet is not None:
        return draw_unit(indices, sheet, lines)
    raise nothing_to_show(figure)


def _lines(
    indices: NeuronIndices,
    figure: FigureName,
    hues: HueFigure | None,
    sheet: UnitSheet | None,
    settings: bool,
) -> list[str]:
    """The lines at the bottom."""
    lines = list(figure_lines(indices, figure, settings=settings))
    if hues is not None:
        place = 1 if settings else 0
        lines[place:place] = hues.notes()
    if sheet is not None:
        lines[:0] = unit_lines(indices, sheet)
    return lines


def _draw_types(indices: NeuronIndices, lines: list[str], parts: Parts, as_counts: bool) -> Figure:
    histogram = indices.type_counts[parts]
    names = [drawable(name) for name in histogram.layers]
    width = max(_WIDTH, 1.9 + _NARROW * len(names))
    page = Page(f"{TITLES['types']} by {parts[:-1]}", lines, width, 3.5)
    below = 0.15 + max(page.measured(name, SMALL_SIZE) for name in names)
    axes = page.axes(0.55, below, width - 2.0, 3.4 - below)
    values = histogram.counts.astype(float) if as_counts else histogram.percent
    values = np.nan_to_num(values)[:, ORDER]
    places = np.arange(len(names))
    floor = np.zeros(len(names))
    for number, style in enumerate(STACK):
        axes.bar(
            places,
            values[:, number],
            0.8,
            floor,
            color=style.color,
            edgecolor=INK,
            linewidth=0.4,
            hatch=_HATCHES[style.pattern],
            label=f"{style.letter}  {style.title}",
        )
        floor += values[:, number]
    axes.set_xticks(places, names, rotation=90)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_ylabel("units" if as_counts else "% of units")
    if not as_counts:
        axes.set_ylim(0, 100)
    # From the top of the bars to their bottom.
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        labels[::-1],
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        frameon=False,
        fontsize=SMALL_SIZE,
        handlelength=1.6,
        handleheight=1.2,
    )
    return page.figure


def _draw_selectivity(indices: NeuronIndices, lines: list[str], parts: Parts) -> Figure:
    histogram = indices.selectivity_counts[parts]
    percent = np.nan_to_num(histogram.percent)
    names = [drawable(name) for name in histogram.groups]
    rows, row = len(names), 0.5 if len(names) <= 10 else 0.36
    page = Page(f"{TITLES['selectivity']} by {parts[:-1]}", lines, _WIDTH, rows * row + 0.75)
    left = 0.2 + max(page.measured(name, SMALL_SIZE) for name in names)
    axes = page.axes(left, 0.5, _WIDTH - left - 1.35, rows * row)
    highest = percent.max() or 1.0
    edges = np.concatenate([[-1 / BINS], np.arange(BINS) / BINS])
    for place in range(rows):
        floor = rows - 1 - place
        heights = 0.88 * percent[place] / highest
        axes.bar(
            edges,
            heights,
            1 / BINS,
            floor,
            align="edge",
            color=["white", *["#9fb7d9"] * BINS],
            edgecolor=INK,
            linewidth=0.4,
            hatch=["////", *[""] * BINS],
        )
        axes.axhline(floor, color=LINE, linewidth=0.5)
        side = _beside(indices, parts, place)
        axes.text(1.02, floor + 0.4, side, fontsize=SMALL_SIZE, va="center", color=INK)
    limits = indices.thresholds
    cut_offs = (limits.color_selective, limits.strongly_selective)
    for cut_off, dashes in zip(cut_offs, ((4, 2), (1.5, 1.5)), strict=True):
        axes.axvline(cut_off, color=INK, linewidth=0.9, linestyle=(0, dashes))
        axes.text(cut_off, rows, f"{cut_off:g}", fontsize=SMALL_SIZE, ha="center", va="bottom")
    axes.text(1.02, rows, f"≥ {cut_offs[0]:g}", fontsize=SMALL_SIZE, va="bottom")
    axes.set_xlim(-1 / BINS, 1)
    axes.set_ylim(0, rows)
    axes.set_yticks(np.arange(rows)[::-1] + 0.4, names)
    axes.tick_params(axis="y", length=0, labelsize=SMALL_SIZE)
    axes.set_xticks([-0.5 / BINS, *np.arange(0, BINS + 1, 2) / BINS])
    axes.set_xticklabels(["< 0", *(f"{edge / BINS:g}" for edge in range(0, BINS + 1, 2))])
    axes.set_xlabel(f"color selectivity α (highest bar: {highest:.1f} % of a {parts[:-1]})")
    return page.figure


def _beside(indices: NeuronIndices, parts: Parts, place: int) -> str:
    histogram = indices.selectivity_counts[parts]
    defined = int(histogram.defined[place])
    reached = int(indices.selective_counts[parts][0][place])
    share = f"{100 * reached / defined:.1f} %" if defined else "–"
    undefined = int(histogram.undefined[place])
    return f"{share}, {undefined:,} undefined" if undefined else share


def _draw_hues(lines: list[str], hues: HueFigure) -> Figure:
    page = Page(TITLES["hue"], lines, _WIDTH, 4.25)
    axes: Any = page.axes(1.4, 0.4, 3.6, 3.6, polar=True)
    width = 2 * np.pi / SHOWN_BINS
    middles = (np.arange(SHOWN_BINS) + 0.5) * width
    units, pictures = hues.units.shares(SHOWN_BINS), hues.pictures.shares(SHOWN_BINS)
    if units is not None:
        axes.bar(
            middles,
            np.sqrt(units),
            width,
            color="#9fb7d9",
            edgecolor=INK,
            linewidth=0.4,
            label="units",
        )
    if pictures is not None:
        angles = np.repeat(np.arange(SHOWN_BINS + 1) * width, 2)[1:-1]
        radii = np.repeat(np.sqrt(pictures), 2)
        axes.plot(
            np.append(angles, angles[0]),
            np.append(radii, radii[0]),
            color=INK,
            linewidth=1.2,
            linestyle=(0, (4, 2)),
            label="pictures",
        )
    axes.set_yticks([])
    axes.set_xticks(
        np.radians([angle for angle, _ in HUE_NAMES]),
        [f"{name} {angle:.0f}°" for angle, name in HUE_NAMES],
    )
    axes.tick_params(axis="x", pad=9)
    axes.spines["polar"].set_color(LINE)
    axes.grid(color=LINE, linewidth=0.5)
    r = hues.correlation
    text = f"r = {r:.3f}".replace("-", "−") if r is not None else "r undefined"
    page.figure.text(0.02, 0.86, text, fontsize=SMALL_SIZE + 2, color=INK)
    _hue_legend(axes)
    return page.figure


def _hue_legend(axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        axes.legend(
            handles,
            labels,
            loc="upper left",
            bbox_to_anchor=(1.12, 1.06),
            frameon=False,
            fontsize=SMALL_SIZE,
            title="area by share",
            title_fontsize=SMALL_SIZE,
            labelcolor=QUIET,
        )


def _metadata(
    indices: NeuronIndices, figure: FigureName, form: FigureForm, moment: datetime
) -> dict[str, Any]:
    provenance = to_json(figure_provenance(indices, figure, moment)).decode("utf-8")
    creator = f"{APP_NAME} {VERSION}"
    title = TITLES[figure]
    if form == "png":
        return {"Title": title, "Software": creator, "Description": provenance}
    if form == "svg":
        date = moment.replace(microsecond=0).isoformat()
        return {"Title": title, "Creator": creator, "Date": date, "Description": provenance}
    return {
        "Title": title,
        "Creator": creator,
        "Subject": " | ".join(figure_lines(indices, figure)),
        "Keywords": provenance,
        "CreationDate": moment,
    }
