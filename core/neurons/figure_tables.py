"""The numbers of the figures of a census as tables, for CSV files. Imports no torch."""

from __future__ import annotations

import numpy as np

from core.neurons.category_styles import ORDER, STACK
from core.neurons.hue import COMPARED_BINS
from core.neurons.selectivity_histogram import BINS, SelectivityHistogram
from core.neurons.type_histogram import TypeHistogram
from core.neurons.unit_hues import HueFigure
from core.tables import Cell, Column, Table

_TYPE_COLUMNS = (
    Column("layer"),
    Column("category"),
    Column("units", "int"),
    Column("units_of_layer", "int"),
    Column("percent", "float"),
)
_SELECTIVITY_COLUMNS = (
    Column("block"),
    Column("bin"),
    Column("from", "float"),
    Column("to", "float"),
    Column("units", "int"),
    Column("percent_of_defined", "float"),
)
_HUE_COLUMNS = (
    Column("from_degrees", "float"),
    Column("to_degrees", "float"),
    Column("share_of_units", "float"),
    Column("share_of_pictures", "float"),
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
