"""The numbers of the figures of a census as tables and CSV files. Imports no torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.base.errors import InvalidInput
from core.base.tables import (
    Cell,
    Region,
    Table,
    columns,
)
from core.figures.census_notes import TITLES, FigureName, figure_provenance
from core.figures.unit_figure import UnitSheet, unit_provenance, unit_table
from core.predict.export import write_described_csv
from core.units.category_styles import ORDER, STACK
from core.units.features.hue import COMPARED_BINS
from core.units.features.unit_hues import HueFigure
from core.units.neuron_indices import NeuronIndices, Parts
from core.units.selectivity_histogram import BINS, SelectivityHistogram
from core.units.type_histogram import TypeHistogram

_TYPE_COLUMNS = columns("layer category units:int units_of_layer:int percent:float")
_SELECTIVITY_COLUMNS = columns("block bin from:float to:float units:int percent_of_defined:float")
_HUE_COLUMNS = columns(
    "from_degrees:float to_degrees:float share_of_units:float share_of_pictures:float"
)


def type_table(histogram: TypeHistogram) -> Table:
    """Figure 5: a row for each layer and category."""
    percent = histogram.percent
    rows: list[tuple[Cell, ...]] = []
    for place, layer in enumerate(histogram.layers):
        for style, column in zip(STACK, ORDER, strict=True):
            rows.append(
                (
                    layer,
                    style.category,
                    int(histogram.counts[place, column]),
                    int(histogram.units[place]),
                    float(percent[place, column]),
                )
            )
    return Table(_TYPE_COLUMNS, tuple(rows))


def selectivity_table(histogram: SelectivityHistogram) -> Table:
    """Figure 2: a row for each block and bin; negative and undefined values have rows too."""
    percent = histogram.percent
    rows: list[tuple[Cell, ...]] = []
    for place, block in enumerate(histogram.groups):
        negative = int(histogram.negative[place])
        rows.append((block, "negative", None, 0.0, negative, float(percent[place, 0])))
        for number in range(BINS):
            edges = number / BINS, (number + 1) / BINS
            count = int(histogram.counts[place, number])
            rows.append((block, str(number), *edges, count, float(percent[place, number + 1])))
        rows.append((block, "undefined", None, None, int(histogram.undefined[place]), None))
    return Table(_SELECTIVITY_COLUMNS, tuple(rows))


def hue_table(figure: HueFigure) -> Table:
    """Figure 3: the two histograms over 100 bins."""
    nothing = np.full(COMPARED_BINS, np.nan)
    units, pictures = (
        shares if (shares := histogram.shares()) is not None else nothing
        for histogram in (figure.units, figure.pictures)
    )
    width = 360 / COMPARED_BINS
    rows = (
        (place * width, (place + 1) * width, float(units[place]), float(pictures[place]))
        for place in range(COMPARED_BINS)
    )
    return Table(_HUE_COLUMNS, tuple(rows))


def figure_table(
    indices: NeuronIndices,
    figure: FigureName,
    parts: Parts = "layers",
    hues: HueFigure | None = None,
    sheet: UnitSheet | None = None,
) -> Table:
    """The numbers of a figure; with the parameters of `core.figures.census_figures.census_figure`.

    Raises
    ------
    InvalidInput
        If there is nothing to show.
    """
    if figure == "types" and indices.types is not None:
        return type_table(indices.type_counts[parts])
    if figure == "selectivity":
        return selectivity_table(indices.selectivity_counts[parts])
    if figure == "hue" and hues is not None:
        return hue_table(hues)
    if figure == "unit" and sheet is not None:
        return unit_table(sheet)
    raise nothing_to_show(figure)


def write_figure_csv(
    path: Path,
    indices: NeuronIndices,
    figure: FigureName,
    *,
    parts: Parts = "layers",
    hues: HueFigure | None = None,
    sheet: UnitSheet | None = None,
    region: Region | None = None,
) -> tuple[Path, ...]:
    """Write the numbers of a figure, exact or for a region, and beside them how they came about.

    The other parameters are those of `figure_table`; both files are returned.

    Raises
    ------
    InvalidInput
        If there is nothing to show.
    ExportError
        If a file cannot be written.
    """
    table = figure_table(indices, figure, parts, hues, sheet)
    made = figure_provenance(indices, figure)
    if hues is not None:
        made["correlation"] = hues.correlation
        made["notes"] = list(hues.notes())
    if sheet is not None:
        made["unit"] = unit_provenance(indices, sheet)
    return write_described_csv(path, table, made, region, shared=True)


def nothing_to_show(figure: FigureName) -> InvalidInput:
    """The error for a figure without content."""
    return InvalidInput(f"There is nothing to show under “{TITLES[figure]}” yet.")
