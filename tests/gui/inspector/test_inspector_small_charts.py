"""Charts of one unit: what they draw, and what pointer, keys and the clipboard get from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.census.data import CensusData
from core.color.terms import COLOR_TERMS, CSS
from core.figures.description import Bars, Rule
from core.figures.unit_figure import slot_panels
from core.network.receptive_field import Box
from core.units.neuron_indices import CensusReader
from core.units.selectivity import SLOTS
from core.units.thresholds import TypeThresholds
from gui.charts.view import NONE, ChartView
from gui.inspector.live.stimulus_overlay import StimulusOverlay
from gui.inspector.live.unit_value import LENGTH, ShareBar, ValueHistory
from gui.inspector.neurons.set_panel import ActivationChart, FeatureView
from gui.inspector.neurons.slot_bars import SlotBars
from gui.look.theme import Theme
from tests.support.waiting import WAIT

Chart = TypeVar("Chart", bound=ChartView)
Showing = Callable[..., Chart]


@pytest.fixture
def shown(qapp: QApplication, qtbot: QtBot) -> Showing:
    """Make a chart of a size and show it."""
    theme = Theme(qapp, "light")

    def make(kind: type[Chart], width: int, height: int) -> Chart:
        chart = kind(theme)
        qtbot.addWidget(chart)
        chart.resize(width, height)
        chart.show()
        qtbot.waitExposed(chart, timeout=WAIT)
        return chart

    return make


def color_at(chart: ChartView, place: QPointF) -> str:
    return chart.grab().toImage().pixelColor(place.toPoint()).name()


def colors_near(chart: ChartView, place: QPointF) -> set[str]:
    """All colors at most a pixel away."""
    image, center = chart.grab().toImage(), place.toPoint()
    ways = (-1, 0, 1)
    return {image.pixelColor(center.x() + x, center.y() + y).name() for x in ways for y in ways}


def copied(chart: ChartView) -> list[list[str]]:
    chart.copy_data()
    lines = QApplication.clipboard().text().splitlines()
    return [line.split(",") for line in lines]


def test_color_labels_are_drawn_as_they_are_printed(shown: Showing, census: CensusData) -> None:
    slots = CensusReader(census).read(TypeThresholds(top=12)).slots
    unit = int(np.nanargmax(slots.word.max(axis=1)))
    chart = shown(SlotBars, 500, 260)
    chart.show_unit(slots, unit, CSS)
    panels = slot_panels(slots, unit, CSS)
    printed = [next(mark for mark in panel.marks if isinstance(mark, Bars)) for panel in panels]
    chances = [next(mark for mark in panel.marks if isinstance(mark, Rule)) for panel in panels]
    assert chart.longest == panels[0].y.high
    rows = copied(chart)[1:]
    assert len(rows) == len(SLOTS) * len(COLOR_TERMS)
    for column, slot in enumerate(SLOTS):
        for row, term in enumerate(COLOR_TERMS):
            name, color, value, chance = rows[column * len(COLOR_TERMS) + row]
            assert (name, color) == (slot, term)
            assert float(value) == printed[column].values[row] == slots.index(slot)[unit][row]
            assert float(chance) == chances[column].value
    chart.resize(chart.sizeHint().expandedTo(QSize(500, 0)))
    lengths = {}
    image = chart.grab().toImage()
    height = chart.height() / (len(COLOR_TERMS) + 1)
    for row in range(len(COLOR_TERMS)):
        fill = QColor(printed[0].fills[row].color)
        y = round((row + 1.5) * height)
        inside = [x for x in range(chart.width() // 3) if image.pixelColor(x, y) == fill]
        if fill not in (QColor("black"), QColor("white")) and printed[0].values[row] > 0.05:
            lengths[row], left = len(inside), inside[0] - 1
    assert len(lengths) > 1 and min(lengths.values()) > 5
    scale = max(lengths.values()) / max(printed[0].values[row] for row in lengths)
    for row, length in lengths.items():
        assert length == pytest.approx(scale * printed[0].values[row], abs=4), COLOR_TERMS[row]
    text = QColor(chart.tokens.text)
    inks = [
        sum(image.pixelColor(x, y) == text for y in range(round(height), chart.height()))
        for x in range(left, chart.width() // 3)
    ]
    assert int(np.argmax(inks)) == pytest.approx(scale * chances[0].value, abs=3), "of the dashes"


def test_color_labels_are_walked_through(shown: Showing, census: CensusData) -> None:
    slots = CensusReader(census).read(TypeThresholds(top=12)).slots
    chart = shown(SlotBars, 500, 260)
    chart.show_unit(slots, 10, CSS)
    chart.setFocus()
    for key in ("Down", "Down", "Down", "Right", "Up"):
        QTest.keyClick(chart, getattr(Qt.Key, f"Key_{key}"))
    value = slots.font[10][1]
    wanted = f"white as the color of the font: {value:.3f} (chance 0.091)"
    assert chart.accessibleDescription() == wanted
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.accessibleDescription() == chart.described() != wanted


def test_activations_are_told_for_each_image(shown: Showing) -> None:
    chart = shown(ActivationChart, 300, 64)
    values = np.array([4.0, 2.5, 1.0, np.nan], np.float32)
    gray = np.array([1.0, np.nan, 0.5, np.nan], np.float32)
    chart.show_unit(values, gray)
    assert (
        chart.accessibleDescription() == "In color from 4.00 down to 1.00, in gray 0.750 on average"
    )
    assert copied(chart) == [
        ["rank", "value", "gray_value"],
        ["1", "4.0", "1.0"],
        ["2", "2.5", ""],
        ["3", "1.0", "0.5"],
    ]
    QTest.mouseMove(chart.viewport(), chart.plot.map(2, 1.0).toPoint())
    assert chart.words_of(2) == "Image 3: 1.00 in color, 0.500 in gray"
    assert chart.words_of(1) == "Image 2: 2.50 in color"
    line, dot = QColor(chart.tokens.accent).name(), QColor(chart.tokens.border_strong).name()
    assert line in colors_near(chart, chart.plot.map(1, 2.5))
    assert dot in colors_near(chart, chart.plot.map(2, 0.5))
    chart.show_unit(values[3:], gray[3:])
    assert chart.described() == "No values" and chart.table() is None


def test_the_history_grows_from_the_right_and_forgets(shown: Showing) -> None:
    chart = shown(ValueHistory, 320, 58)
    for number in range(LENGTH + 20):
        chart.add(float(number % 7), 5.0)
    assert len(chart.values) == LENGTH
    assert chart.accessibleName() == "Values between 0 and 6.00"
    assert chart.point_at(QPointF(chart.plot.box.right() - 0.2, 30)) == LENGTH - 1
    assert chart.words_of(LENGTH - 1) == f"{(LENGTH + 19) % 7:.2f}, now"
    assert chart.words_of(LENGTH - 2).endswith(", 1 change ago")
    chart.clear()
    chart.add(2.0, None)
    assert chart.point_at(QPointF(chart.plot.box.left() + 3, 30)) == NONE
    assert copied(chart) == [["number", "value"], ["1", "2.0"]]
    accent = QColor(chart.tokens.accent).name()
    assert accent in colors_near(chart, chart.plot.map(LENGTH - 1, 2.0))
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.accessibleDescription() == "2.00, now"
    chart.clear()
    assert chart.cursor_point == NONE and chart.accessibleName() == "No values yet"


def test_the_map_over_the_stimulus_tells_its_values(shown: Showing) -> None:
    chart = shown(StimulusOverlay, 160, 160)
    pixels = np.full((32, 32, 3), (255, 0, 0), np.uint8)
    values = np.zeros((4, 4), np.float32)
    values[1, 2] = 3.0
    chart.show_map(pixels, values, Box(0, 0, 32, 32, True), "layer #1")
    place = QPointF(100, 60)
    assert chart.words_of(chart.point_at(place)) == "Map at row 2, column 3: 3.00"
    assert color_at(chart, place) == "#ff0000", "no veil where the neuron is strongest"
    weak = QPointF(20, 100)
    assert color_at(chart, weak) != "#ff0000"
    chart.set_veiled(False)
    assert color_at(chart, weak) == "#ff0000"
    chart.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(chart, key)
    assert chart.cursor_point == 2 * 4 + 1, "keys begin at the strongest place"
    rows = copied(chart)
    assert rows[0] == ["row", "column", "value"] and rows[7] == ["2", "3", "3.0"]
    chart.show_map(pixels, None, None, "layer #1: no place in it")
    assert chart.point_at(place) == NONE == chart.cursor_point
    assert copied(chart)[1] == ["0", "0", "255", "0", "0"]


def test_a_feature_is_square_whatever_its_room(shown: Showing, qapp: QApplication) -> None:
    chart = shown(FeatureView, 100, 100)
    host = QWidget()
    column = QVBoxLayout(host)
    column.addWidget(chart)
    column.addStretch(1)
    host.show()
    for width, side in ((122, 100), (822, 200), (142, 120)):
        host.resize(width, 400)
        qapp.processEvents()
        margins = column.contentsMargins()
        side = min(host.width() - margins.left() - margins.right(), side)
        assert chart.height() == chart.viewport().height() == side
    chart.show_feature(None, "No neuron feature", "")
    assert chart.accessibleDescription() == "No neuron feature"
    assert color_at(chart, QPointF(5, 5)) == QColor(chart.tokens.canvas).name()
    chart.show_feature(np.full((3, 3, 3), 9, np.uint8), "", "the feature")
    assert color_at(chart, QPointF(5, 5)) == "#090909"
    chart.setParent(None)  # whoever made it closes it


def test_a_share_ends_where_the_bar_does(shown: Showing) -> None:
    chart = shown(ShareBar, 251, 14)
    accent = QColor(chart.tokens.accent).name()
    for share, end in ((0.5, 100), (1.0, 200), (9.0, 250)):
        chart.show_share(share)
        assert color_at(chart, QPointF(end - 8, 7)) == accent
        assert end > 240 or color_at(chart, QPointF(end + 4, 7)) != accent
    chart.show_share(0.5)
    assert chart.accessibleName() == "50 % of the best" and copied(chart)[1] == ["0.5"]
