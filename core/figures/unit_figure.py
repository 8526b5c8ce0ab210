"""Figure 4 of the paper for one unit: what it looks for in each set, and its color labels.

A row for each set – neuron feature, strongest images with the receptive field, facts – and the
color-label selectivity in three slots below. Imports no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.base.tables import Cell, Table, columns
from core.census.data import CensusData
from core.census.plan import PictureSet
from core.census.sets import KIND_TITLES
from core.color.spaces import to_hex
from core.color.terms import COLOR_TERMS, CSS, Palette
from core.figures.description import (
    DASHED,
    Axis,
    Bars,
    Fill,
    Panel,
    Paragraph,
    Rule,
    Tile,
    named_axis,
)
from core.units.features.unit_pictures import UnitInSet, UnitPictures
from core.units.neuron_indices import NeuronIndices
from core.units.selectivity import CHANCE, SLOTS, SlotSelectivity
from core.units.unit_facts import set_lines, type_of, type_reason

SHOWN = 9
"""Images of each set, as in the paper's figure."""

WIDTH = 7.2
"""Of the page in inches, as all lengths here."""
_ROOM = WIDTH - 0.24
_FEATURE = 1.0
_GAP = 0.07

_COLUMNS = columns(
    "set rank:int image:int value:float gray_value:float left:int top:int right:int "
    "bottom:int subject figure background file"
)


@dataclass(frozen=True, eq=False)
class UnitSheet:
    """The pictures of a unit over all sets."""

    unit: int
    """Place in the arrays of the census."""
    parts: tuple[UnitInSet, ...]


def unit_sheet(
    indices: NeuronIndices, unit: int, first: int = SHOWN, *, photographs: bool = True
) -> UnitSheet:
    """Draw the pictures of a unit; takes about a second, beside the window.

    Parameters
    ----------
    first : int
        Images of each set.
    photographs : bool
        False leaves the natural pictures themselves out, which may not be ours to print; their
        mean, the neuron feature, stays.

    Raises
    ------
    FontError
        If words have to be drawn, and a font is missing.
    """
    pictures = UnitPictures(indices.census)
    top = indices.thresholds.top
    return UnitSheet(
        unit,
        tuple(
            pictures.unit_in_set(kind, unit, top, first if photographs or kind != "pictures" else 0)
            for kind in indices.census.sets
        ),
    )


def unit_title(indices: NeuronIndices, unit: int) -> str:
    """Name and type of a unit."""
    found = type_of(indices, unit)
    name = indices.census.name_of(unit)
    return name if found is None else f"{name}: {found.title}"


def unit_provenance(indices: NeuronIndices, sheet: UnitSheet) -> dict[str, Any]:
    """Name, type, color labels and facts of a unit, as JSON knows them."""
    unit, slots = sheet.unit, indices.slots
    found = type_of(indices, unit)
    labels: dict[str, dict[str, float | None]] = {}
    if slots is not None:
        for slot in SLOTS:
            values = slots.index(slot)[unit]
            labels[slot] = {
                term: None if np.isnan(value) else float(value)
                for term, value in zip(COLOR_TERMS, values, strict=True)
            }
    return {
        "name": indices.census.name_of(unit),
        "type": None if found is None else found.title,
        "reason": type_reason(indices, unit),
        "color_labels": labels,
        "facts": {part.kind: set_lines(indices, part.kind, unit, part) for part in sheet.parts},
    }


def unit_rows(indices: NeuronIndices, sheet: UnitSheet) -> tuple[tuple[Panel, ...], ...]:
    """The panels of the figure: a row for each set, and the color labels below."""
    rows = [(_set_panel(indices, sheet.unit, part),) for part in sheet.parts]
    slots = indices.slots
    if slots is None or np.isnan(slots.word[sheet.unit]).any():
        return tuple(rows)
    return (*rows, slot_panels(slots, sheet.unit, palette_of_census(indices.census)))


def unit_table(sheet: UnitSheet) -> Table:
    """The strongest images of each set as rows, with the box of what the unit sees."""
    rows: list[tuple[Cell, ...]] = []
    for part in sheet.parts:
        for image in part.images:
            box = image.box
            shown = image.condition
            rows.append(
                (
                    part.kind,
                    image.rank + 1,
                    image.image,
                    image.value,
                    None if np.isnan(image.gray) else image.gray,
                    box.left,
                    box.top,
                    box.right,
                    box.bottom,
                    shown.subject if shown else None,
                    shown.figure if shown else None,
                    shown.background if shown else None,
                    image.name or None,
                )
            )
    return Table(_COLUMNS, tuple(rows))


def palette_of_census(census: CensusData) -> Palette:
    """The colors of the labels as the Stroop set showed them; CSS without that set."""
    found = census.sets.get("stroop")
    images = None if found is None else found.plan.images
    return CSS if images is None or isinstance(images, PictureSet) else images.palette


def _set_panel(indices: NeuronIndices, unit: int, part: UnitInSet) -> Panel:
    """Neuron feature, strongest images, and facts below these; in inches."""
    start = _FEATURE + 0.15
    side = (_ROOM - start - (SHOWN - 1) * _GAP) / SHOWN
    feature = part.picture if part.feature.images else None
    tiles = [Tile(0.0, 0.0, _FEATURE, feature, instead="no feature")]
    for place, image in enumerate(part.images[:SHOWN]):
        box = image.box
        edges = None if box.is_whole else (box.left, box.top, box.right, box.bottom)
        left = start + place * (side + _GAP)
        tiles.append(Tile(left, _FEATURE - side, side, image.pixels, edges))
    facts = set_lines(indices, part.kind, unit, part)
    text = Paragraph(start, _FEATURE - side - 0.06, _ROOM - start, tuple(facts))
    return Panel(
        (*tiles, text),
        Axis(0.0, _ROOM),
        Axis(0.0, _FEATURE),
        title=KIND_TITLES[part.kind],
        kind="bare",
        width=_ROOM,
        height=_FEATURE,
    )


def slot_panels(slots: SlotSelectivity, unit: int, palette: Palette) -> tuple[Panel, ...]:
    """A panel for each slot, of a unit that has color labels: what page and window draw."""
    values = {slot: slots.index(slot)[unit] for slot in SLOTS}
    highest = max(0.25, *(float(index.max()) for index in values.values()))
    names = named_axis(COLOR_TERMS, turned=90)
    fills = tuple(Fill(to_hex(palette[term])) for term in COLOR_TERMS)
    return tuple(
        Panel(
            (
                Bars(range(len(fills)), index, fills),
                Rule(CHANCE[slot], upright=False, dash=DASHED, strong=True),
            ),
            names,
            Axis(0.0, highest * 1.05),
            title=f"f, {slot} (dashed: chance)",
            height=0.8,
        )
        for slot, index in values.items()
    )
