"""The table of a folder of stimuli: one row an image, with all that was varied and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.base.tables import Cell, Column, Table, to_csv
from core.color.spaces import to_hex
from core.color.terms import is_chromatic
from core.stimuli.factorial import FactorialSet, Item
from core.stimuli.render import area_fraction
from core.stimuli.stimulus import WordStimulus

COLUMNS: tuple[Column, ...] = (
    Column("file"),
    Column("index", "int"),
    Column("combination", "int"),
    Column("sample", "int"),
    Column("kind"),
    Column("subject"),
    Column("figure"),
    Column("background"),
    Column("figure_rgb"),
    Column("background_rgb"),
    Column("figure_is_chromatic", "bool"),
    Column("background_is_chromatic", "bool"),
    Column("word"),
    Column("font"),
    Column("center_x", "float"),
    Column("center_y", "float"),
    Column("size", "float"),
    Column("rotation_degrees", "float"),
    Column("side", "int"),
    Column("area", "float"),
    Column("geometry", "int"),
    Column("sample_seed"),
    Column("pixels_sha256"),
)
"""Columns of a manifest; give them to `core.base.tables.read_csv`.

`subject`, `figure` and `background` are names, `figure_rgb` and `background_rgb` the sRGB values as
``#rrggbb``. Lengths are fractions of the side, `area` is the share of the picture that is covered.
Images with the same number in `geometry` have the same mask. `sample_seed` names the set's seed and
what else the geometry was drawn from. `pixels_sha256` is the hash of the raw pixels, row by row.
"""


class ManifestRow(NamedTuple):
    """What a row is made of."""

    file: str
    item: Item
    stimuli: FactorialSet
    coverage: NDArray[np.uint8]
    pixels_sha256: str


def table_of(rows: Sequence[ManifestRow]) -> Table:
    """The rows under `COLUMNS`."""
    return Table(COLUMNS, tuple(map(_cells, rows)))


def header() -> bytes:
    """The first line of a manifest."""
    return to_csv(Table(COLUMNS, ()))


def lines(rows: Sequence[ManifestRow]) -> bytes:
    """The lines of some rows, without the first line."""
    return to_csv(table_of(rows))[len(header()) :]


def _cells(row: ManifestRow) -> tuple[Cell, ...]:
    item, stimuli = row.item, row.stimuli
    shown, figure = item.condition, item.stimulus
    word = figure.word if isinstance(figure, WordStimulus) else None
    return (
        *(row.file, item.index, item.combination, item.sample),
        "shape" if word is None else "word",
        *(shown.subject, shown.figure, shown.background),
        *(to_hex(figure.figure_color), to_hex(figure.background_color)),
        *(is_chromatic(shown.figure), is_chromatic(shown.background)),
        *(word, figure.font if isinstance(figure, WordStimulus) else None),
        *(float(figure.center_x), float(figure.center_y)),
        *(float(figure.size), float(figure.rotation), figure.side),
        *(area_fraction(row.coverage), stimuli.geometry_index(item.index)),
        _seed_text(item, stimuli),
        row.pixels_sha256,
    )


def _seed_text(item: Item, stimuli: FactorialSet) -> str:
    """Everything that the geometry depends on, to draw it again; see `core.stimuli.sampling`."""
    parts = [str(stimuli.seed), item.condition.subject, str(item.sample)]
    if stimuli.geometry == "independent":
        parts[2:2] = [item.condition.figure, item.condition.background]
    return "/".join(parts)
