"""The inspector's charts: what they draw is what is printed, copied, told and walked through."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPolygonF

from core.figures.census_figures import census_figure
from core.figures.census_tables import hue_table, selectivity_table, type_table
from core.units.category_styles import ORDER, STACK
from core.units.unit_filter import UnitFilter
from gui.inspector.figures.selectivity_tab import SelectivityTab
from gui.inspector.figures.types_tab import TypesTab
from tests.support.figure_tabs import drag, hue_tab
from tests.support.unit_census import made_census, made_layer


def test_types_are_drawn_as_they_are_printed(show, census, held) -> None:
    tab = show(TypesTab, census)
    for number, high in ((0, 100), (1, None)):
        tab.scale.setCurrentIndex(number)
        shown = tab.shown()
        printed = census_figure(held.indices, "types", as_counts=shown.as_counts)
        (panel,) = printed.panels
        assert high is None or panel.y.high == high
        scale = tab.bars.plot.box.height() / panel.y.high
        drawn = {(part.column, part.row): part.shape.boundingRect() for part in tab.bars.parts}
        for row, bars in enumerate(panel.marks):
            for column, (floor, value) in enumerate(zip(bars.floors, bars.values, strict=True)):
                box = drawn.pop((column, row), None)
                assert (box is not None) == (value > 0)
                if box is not None:
                    bottom = tab.bars.plot.box.bottom() - scale * floor
                    assert box.bottom() == pytest.approx(bottom, abs=1)
                    assert box.height() == pytest.approx(scale * value, abs=1.5)
        assert not drawn
        copied = tab.bars.table()
        assert copied == type_table(held.indices.type_counts["layers"])


def test_selectivities_are_drawn_as_they_are_printed(show, census, held, qtbot) -> None:
    tab = show(SelectivityTab, census)
    drag(held, qtbot, color_selective=0.15)
    (panel,) = census_figure(held.indices, "selectivity", parts="blocks").panels
    bins, *rules = panel.marks
    rows = len(bins.values)
    plot = tab.rows.plot
    pitch = plot.box.height() / rows
    drawn = {
        (rows - 1 - part.row, part.column): part.shape.boundingRect()
        for part in tab.rows.parts
        if part.column < bins.values.shape[1]
    }
    assert set(drawn) == set(zip(*map(list, np.nonzero(bins.values)), strict=True))
    for (row, column), box in drawn.items():
        wanted = pitch * bins.HEIGHT * bins.values[row, column] / bins.highest
        assert box.height() == pytest.approx(max(wanted, 2), abs=1.5)
        assert box.left() == pytest.approx(plot.map(bins.edges[column], 0).x(), abs=1)
        assert box.right() == pytest.approx(plot.map(bins.edges[column + 1], 0).x(), abs=1)
    assert rules[0].value == 0.15
    text = QColor(tab.rows.tokens.text)
    image = tab.rows.grab().toImage()
    for rule in rules:
        x = round(plot.map(rule.value, 0).x())
        column = {image.pixelColor(x, y).name() for y in range(int(plot.box.top()) + 40)}
        assert text.name() in column
    assert tab.rows.table() == selectivity_table(held.indices.selectivity_counts["blocks"])


def test_hues_are_drawn_as_they_are_printed(show, census, held, qtbot) -> None:
    tab = hue_tab(show, census, qtbot)
    (panel,) = census_figure(held.indices, "hue", hues=tab.rose.figure).panels
    units, pictures = panel.marks
    assert np.array_equal(tab.rose.units.shares, units.shares)
    assert np.array_equal(tab.rose.pictures.shares, pictures.shares)
    assert {part.column for part in tab.rose.parts} == set(np.flatnonzero(units.shares).tolist())
    areas = {part.column: _area(part.shape.toFillPolygon()) for part in tab.rose.parts}
    total = sum(areas.values())
    for column, area in areas.items():
        assert area / total == pytest.approx(units.shares[column], rel=0.02)
    assert tab.rose.table() == hue_table(tab.rose.figure)


def _area(polygon: QPolygonF) -> float:
    """By the shoelace formula."""
    x, y = np.array([(point.x(), point.y()) for point in polygon]).T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def test_bars_zoomed_in_are_walked_through_all_the_same(show, census, held, qtbot) -> None:
    layers = tuple(made_layer(f"layer{number}.conv", 5) for number in range(9))
    census = made_census(census.path, layers)
    tab = show(TypesTab, census)
    tab.bars.setFocus()
    qtbot.keyClick(tab.bars, Qt.Key.Key_Plus)
    qtbot.keyClick(tab.bars, Qt.Key.Key_Plus)
    assert tab.bars.zoomed
    for column in range(len(layers)):
        qtbot.keyClick(tab.bars, Qt.Key.Key_Right)
        assert tab.bars.current.column == column
        box = tab.bars.current.shape.boundingRect()
        assert box.width() > 20 and tab.bars.plot.box.contains(box)
    hidden = next(part for part in tab.bars.parts if part.column == 0)
    assert hidden.shape.isEmpty()
    qtbot.keyClick(tab.bars, Qt.Key.Key_0)
    assert not tab.bars.zoomed
    assert not any(part.shape.isEmpty() for part in tab.bars.parts)


def test_the_legend_counts_types_and_lists_their_units(show, census, held, qtbot) -> None:
    tab = show(TypesTab, census)
    counts = held.indices.type_counts["layers"].counts.sum(axis=0)
    assert [part.stands_for.category for part in tab.legend.parts] == [s.category for s in STACK]
    for part, style, column in zip(tab.legend.parts, STACK, ORDER, strict=True):
        assert part.words.startswith(f"{style.title}  {counts[column]:,}")
    tab.legend.setFocus()
    qtbot.keyClick(tab.legend, Qt.Key.Key_Down)
    qtbot.keyClick(tab.legend, Qt.Key.Key_Return)
    assert held.filter == UnitFilter(category=STACK[0].category)
    tab.resize(300, 620)
    last = tab.legend.parts[-1].shape.boundingRect()
    assert last.bottom() == pytest.approx(tab.legend.height())
