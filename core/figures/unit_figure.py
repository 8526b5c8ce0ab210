"""Figure 4 of the paper for one unit: what it looks for in each set, and its color labels.

Draws a row for each set – neuron feature, strongest images with the receptive field, facts – and
the color-label selectivity in three slots below. Imports no torch; matplotlib late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.base.tables import Cell, Column, Table
from core.census.data import CensusData
from core.census.plan import PictureSet
from core.census.sets import KIND_TITLES
from core.color.terms import COLOR_TERMS, CSS, Palette
from core.figures.figure_page import Page
from core.figures.figure_style import HEADER_SIZE, INK, LINE, QUIET, SMALL_SIZE
from core.units.features.unit_pictures import TopImage, UnitInSet, UnitPictures
from core.units.neuron_indices import NeuronIndices
from core.units.selectivity import CHANCE, SLOTS
from core.units.unit_facts import set_lines, type_of, type_reason

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 9
"""Images of each set, as in the paper's figure."""

_WIDTH = 7.2  # inches, as all lengths here
_FEATURE = 1.0
_GAP = 0.07
_FACTS = 0.22
_ROW = _FEATURE + _FACTS + 0.2
_BARS = 1.55

_COLUMNS = (
    Column("set"),
    Column("rank", "int"),
    Column("image", "int"),
    Column("value", "float"),
    Column("gray_value", "float"),
    Column("left", "int"),
    Column("top", "int"),
    Column("right", "int"),
    Column("bottom", "int"),
    Column("subject"),
    Column("figure"),
    Column("background"),
    Column("file"),
)


@dataclass(frozen=True, eq=False)
class UnitSheet:
    """The pictures of a unit over all sets.

    Attributes
    ----------
    unit : int
        Place in the arrays of the census.
    parts : tuple of UnitInSet
    """

    unit: int
    parts: tuple[UnitInSet, ...]


def unit_sheet(
    indices: NeuronIndices, unit: int, first: int = SHOWN, *, photographs: bool = True
) -> UnitSheet:
    """Draw the pictures of a unit; takes about a second, beside the window.

    Parameters
    ----------
    indices : NeuronIndices
    unit : int
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


def unit_lines(indices: NeuronIndices, sheet: UnitSheet) -> tuple[str, ...]:
    """What stands below the figure besides the settings: why the unit is of its type."""
    return (type_reason(indices, sheet.unit),)


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


def unit_texts(indices: NeuronIndices, sheet: UnitSheet) -> list[str]:
    """All other words of the figure, to look for fonts that have their characters."""
    facts = [line for part in sheet.parts for line in set_lines(indices, part.kind, sheet.unit)]
    return [unit_title(indices, sheet.unit), *facts, *COLOR_TERMS, *KIND_TITLES.values()]


def draw_unit(indices: NeuronIndices, sheet: UnitSheet, lines: Sequence[str]) -> Figure:
    """Draw within `core.figures.figure_style.styled`."""
    slots = indices.slots
    has_bars = slots is not None and not np.isnan(slots.word[sheet.unit]).any()
    height = len(sheet.parts) * _ROW + (_BARS if has_bars else 0.0)
    page = Page(unit_title(indices, sheet.unit), lines, _WIDTH, height)
    for number, part in enumerate(sheet.parts):
        _draw_set(page, indices, sheet.unit, part, height - (number + 1) * _ROW)
    if has_bars:
        _draw_slots(page, indices, sheet.unit)
    return page.figure


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


def _draw_set(page: Page, indices: NeuronIndices, unit: int, part: UnitInSet, floor: float) -> None:
    bottom = floor + _FACTS
    left = 0.12
    title = page.axes(left, bottom + _FEATURE, _WIDTH - 2 * left, 0.18)
    title.axis("off")
    words = KIND_TITLES[part.kind]
    title.text(0, 0.3, words, fontsize=HEADER_SIZE, weight="bold", transform=title.transAxes)
    axes = page.axes(left, bottom, _FEATURE, _FEATURE)
    _bare(axes)
    if part.feature.images:
        axes.imshow(part.picture, interpolation="nearest")
    else:
        _say(axes, "no feature")
    room = _WIDTH - 2 * left - _FEATURE - 0.15
    side = (room - (SHOWN - 1) * _GAP) / SHOWN
    for place, image in enumerate(part.images[:SHOWN]):
        start = left + _FEATURE + 0.15 + place * (side + _GAP)
        _draw_image(page.axes(start, bottom + _FEATURE - side, side, side), image)
    below = page.axes(left + _FEATURE + 0.15, bottom, room, _FEATURE - side - 0.04)
    below.axis("off")
    page.write_into(below, "\n".join(set_lines(indices, part.kind, unit, part)), room)


def _draw_image(axes: Axes, image: TopImage) -> None:
    from matplotlib.patches import Rectangle

    _bare(axes)
    if image.pixels is None:
        _say(axes, "?")
        return
    axes.imshow(image.pixels, interpolation="nearest")
    box = image.box
    if box.is_whole:
        return
    corner, size = (box.left - 0.5, box.top - 0.5), (box.right - box.left, box.bottom - box.top)
    for color, width in (("black", 1.6), ("white", 0.7)):
        axes.add_patch(Rectangle(corner, *size, fill=False, edgecolor=color, linewidth=width))


def _draw_slots(page: Page, indices: NeuronIndices, unit: int) -> None:
    slots, palette = indices.slots, palette_of_census(indices.census)
    assert slots is not None
    names = 0.5
    width = (_WIDTH - 0.24 - 2 * names) / 3
    values = {slot: slots.index(slot)[unit] for slot in SLOTS}
    highest = max(0.25, *(float(index.max()) for index in values.values()))
    for number, (slot, index) in enumerate(values.items()):
        axes = page.axes(0.35 + number * (width + names - 0.15), 0.5, width, _BARS - 0.75)
        places = np.arange(len(COLOR_TERMS))
        colors = [tuple(channel / 255 for channel in palette[term]) for term in COLOR_TERMS]
        axes.bar(places, index, 0.8, color=colors, edgecolor=INK, linewidth=0.4)
        axes.axhline(CHANCE[slot], color=INK, linewidth=0.8, linestyle=(0, (4, 2)))
        axes.set_xticks(places, COLOR_TERMS, rotation=90)
        axes.tick_params(axis="x", length=0)
        axes.tick_params(axis="y", labelsize=SMALL_SIZE)
        axes.set_ylim(0, highest * 1.05)
        axes.set_title(f"f, {slot} (dashed: chance)", fontsize=HEADER_SIZE, loc="left")


def _say(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, fontsize=SMALL_SIZE, ha="center", va="center", color=QUIET)


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(LINE)
