"""Figures 2, 3 and 5 of the paper, of a census."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from core.figures.census_notes import (
    TITLES,
    FigureName,
    figure_provenance,
    reading_notes,
    settings_lines,
)
from core.figures.census_tables import nothing_to_show
from core.figures.description import (
    DASHED,
    DOTTED,
    Axis,
    Bars,
    Column,
    Figure,
    Fill,
    Histograms,
    Mark,
    Panel,
    Rule,
    Sectors,
    named_axis,
)
from core.figures.style import SOFT
from core.figures.unit_figure import WIDTH, UnitSheet, unit_rows, unit_title
from core.units.category_styles import ORDER, STACK
from core.units.features.hue import SHOWN_BINS
from core.units.features.opponent import HUE_NAMES
from core.units.features.unit_hues import HueFigure
from core.units.neuron_indices import NeuronIndices, Parts
from core.units.selectivity_histogram import BINS
from core.units.unit_facts import type_reason

_BIN = Fill(SOFT)


def census_figure(
    indices: NeuronIndices,
    figure: FigureName,
    *,
    parts: Parts = "layers",
    as_counts: bool = False,
    hues: HueFigure | None = None,
    sheet: UnitSheet | None = None,
    now: datetime | None = None,
) -> Figure:
    """A figure of a census; that of the hues needs `hues`, that of a unit its `sheet`.

    Parameters
    ----------
    as_counts : bool
        Numbers of units in place of percent, for the types.

    Raises
    ------
    InvalidInput
        If there is nothing to draw.
    """
    title, width = TITLES[figure], 6.4
    notes = list(reading_notes(indices, figure))
    rows: tuple[tuple[Panel, ...], ...]
    if figure == "types" and indices.types is not None:
        title = f"{title} by {parts[:-1]}"
        panel = types_panel(indices, parts, as_counts)
        rows, width = ((panel,),), max(width, 1.9 + 0.17 * len(panel.x.ticks or ()))
    elif figure == "selectivity":
        title = f"{title} by {parts[:-1]}"
        rows = ((selectivity_panel(indices, parts),),)
    elif figure == "hue" and hues is not None:
        rows = ((hue_panel(hues),),)
        notes[:0] = hues.notes()
    elif figure == "unit" and sheet is not None:
        title, width = unit_title(indices, sheet.unit), WIDTH
        rows = unit_rows(indices, sheet)
        notes = [type_reason(indices, sheet.unit)]
    else:
        raise nothing_to_show(figure)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    return Figure(
        title=title,
        rows=rows,
        notes=tuple(notes),
        settings=settings_lines(indices, figure),
        provenance=figure_provenance(indices, figure, moment),
        width=width,
        made=moment,
    )


def types_panel(indices: NeuronIndices, parts: Parts, as_counts: bool) -> Panel:
    """Figure 5: what page and window draw. The marks are the categories as in `STACK`."""
    histogram = indices.type_counts[parts]
    values = histogram.counts.astype(float) if as_counts else histogram.percent
    values = np.nan_to_num(values)[:, ORDER]
    tops = np.cumsum(values, axis=1)
    names = named_axis(histogram.layers, turned=90)
    marks = tuple(
        Bars(
            range(len(values)),
            values[:, number],
            (Fill(style.color, style.pattern),) * len(values),
            floors=(tops - values)[:, number],
            name=f"{style.letter}  {style.title}",
        )
        for number, style in enumerate(STACK)
    )
    high = max(1.0, 1.04 * float(tops.max(initial=0.0))) if as_counts else 100.0
    label = "neurons" if as_counts else "% of neurons"
    return Panel(marks, names, Axis(0.0, high, label), height=2.7)


def selectivity_panel(indices: NeuronIndices, parts: Parts) -> Panel:
    """Figure 2: what page and window draw.

    Beside the rows stand the shares that reach the first cut-off, and the units without a
    selectivity.
    """
    histogram = indices.selectivity_counts[parts]
    percent = np.nan_to_num(histogram.percent)
    bins = Histograms(
        np.arange(-1, BINS + 1) / BINS,
        percent,
        (Fill("#ffffff", "rising"), *(_BIN,) * BINS),
    )
    first, second = indices.thresholds.color_selective, indices.thresholds.strongly_selective
    cut_offs = [
        Rule(cut_off, dash=dash, text=f"{cut_off:g}", strong=True)
        for cut_off, dash in ((first, DASHED), (second, DOTTED))
    ]
    marks: tuple[Mark, ...] = (bins, *cut_offs)
    ticks = [(place / BINS, f"{place / BINS:g}") for place in range(0, BINS + 1, 2)]
    label = f"color selectivity α (highest bar: {bins.highest:.1f} % of a {parts[:-1]})"
    rows = len(histogram.groups)
    reached = indices.selective_counts[parts][0]
    shares = tuple(
        f"{100 * int(count) / int(defined):.1f} %" if defined else "–"
        for count, defined in zip(reached, histogram.defined, strict=True)
    )
    undefined = tuple(f"{count:,} undefined" if count else "" for count in histogram.undefined)
    return Panel(
        marks,
        Axis(-1 / BINS, 1.0, label, ((-0.5 / BINS, "< 0"), *ticks)),
        named_axis(histogram.groups, downward=True),
        beside=(Column(shares, head=f"≥ {first:g}"), Column(undefined, quiet=True)),
        height=rows * (0.5 if rows <= 10 else 0.36),
    )


def hue_panel(hues: HueFigure) -> Panel:
    """Figure 3: what page and window draw."""
    units, pictures = hues.units.shares(SHOWN_BINS), hues.pictures.shares(SHOWN_BINS)
    marks = []
    if units is not None:
        marks.append(Sectors(units, "neurons", _BIN))
    if pictures is not None:
        marks.append(Sectors(pictures, "pictures"))
    r = hues.correlation
    return Panel(
        tuple(marks),
        Axis(0.0, 360.0, ticks=tuple((angle, f"{name} {angle:.0f}°") for angle, name in HUE_NAMES)),
        Axis(),
        title=f"r = {r:.3f}".replace("-", "−") if r is not None else "r undefined",
        kind="round",
        key_title="area by share",
        width=3.6,
        height=3.6,
    )
