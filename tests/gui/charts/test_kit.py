"""What all charts of the kit do: draw, follow the theme, pointer, keys, wheel, copied data."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.base.tables import Column, Table
from gui.charts.drawing import box_path, draw_mark, nice_ticks, spread
from gui.charts.parts import Part, PartsChart
from gui.charts.plot import Axis, Plot
from gui.charts.view import NONE, ChartView
from gui.export.layers import widget_layers
from gui.export.vector import fragments
from gui.look.theme import DARK, LIGHT, Theme, Tokens
from tests.support.waiting import WAIT
from tests.support.window_code import classes

ROOT = Path(__file__).resolve().parents[3]
DECISION = ROOT / "docs" / "adr" / "0015-charts-on-pyqtgraph.md"
BLUE = (31, 95, 214)
COUNT = 20


class Squares(ChartView):
    """The example of the kit, with numbers to copy."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "Squares of numbers")
        self.values: list[int] = []
        self.plot = Plot(self, zoom_x=True)
        self.axis = Axis(self, "bottom", self.plot, numbers)
        self.shares = Axis(self, "left", self.plot, numbers, grid=True)
        self.add_layer(self.paint_values)

    def show_values(self, values: list[int]) -> None:
        self.values = values
        self.plot.set_whole((-0.5, len(values) - 0.5), (0.0, max(values)))
        self.refresh()

    def arrange(self) -> None:
        box = QRectF(self.rect()).adjusted(50, 10, -10, -30)
        self.plot.place(box)
        self.axis.place(QRectF(box.left(), box.bottom(), box.width(), 30))
        self.shares.place(QRectF(0, box.top(), box.left(), box.height()))

    def paint_values(self, painter: QPainter) -> None:
        for point, value in enumerate(self.values):
            draw_mark(painter, self.plot.map(point, value), BLUE)

    def point_at(self, place: QPointF) -> int:
        return self.plot.nearest_whole(place, len(self.values))

    def words_of(self, point: int) -> str:
        return f"{point} squared is {self.values[point]}"

    def described(self) -> str:
        return "Squares"

    @property
    def count(self) -> int:
        return len(self.values)

    def table(self) -> Table:
        rows = tuple(enumerate(self.values))
        return Table((Column("number", "int"), Column("square", "int")), rows)


def numbers(low: float, high: float, most: int) -> list[tuple[float, str]]:
    return [(tick, f"{tick:g}") for tick in nice_ticks(low, high, most)]


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, "light")


@pytest.fixture
def chart(theme: Theme, qtbot: QtBot) -> Squares:
    made = Squares(theme)
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show()
    qtbot.waitExposed(made, timeout=WAIT)
    made.show_values([number * number for number in range(COUNT)])
    return made


def color_at(chart: ChartView, place: QPointF) -> tuple[int, int, int]:
    color = chart.grab().toImage().pixelColor(place.toPoint())
    return color.red(), color.green(), color.blue()


def rgb(token: str) -> tuple[int, int, int]:
    color = QColor(token)
    return color.red(), color.green(), color.blue()


def turn_wheel(chart: ChartView, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier):
    window = chart.window()
    at = chart.mapTo(window, chart.plot.box.center().toPoint())
    QTest.wheelEvent(window.windowHandle(), at, QPoint(0, 120), QPoint(), keys)


def test_layers_draw_what_axes_promise_in_both_themes(chart: Squares, theme: Theme) -> None:
    corner = QPointF(3, 3)
    for point in (0, 7, COUNT - 1):
        assert color_at(chart, chart.plot.map(point, point * point)) == BLUE
    assert color_at(chart, corner) == rgb(LIGHT.surface)
    grid = chart.plot.map(1, 300)
    assert color_at(chart, QPointF(grid.x(), round(grid.y()))) == rgb(LIGHT.grid)
    theme.set_mode("dark")
    assert color_at(chart, corner) == rgb(DARK.surface)
    assert color_at(chart, chart.plot.map(7, 49)) == BLUE, "marks never follow the theme"
    theme.set_mode("light")


def test_a_sentence_stands_in_place_of_the_chart(chart: Squares) -> None:
    place = chart.plot.map(7, 49)
    chart.show_message("Nothing yet")
    assert color_at(chart, place) != BLUE
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert chart.cursor_point == NONE
    chart.show_message("")
    assert color_at(chart, place) == BLUE


def test_places_and_values_are_each_other_s_inverse(chart: Squares) -> None:
    for zoom in (1.0, 0.5):
        chart.plot.zoom(zoom)
        x, y = chart.plot.values_at(chart.plot.map(9.25, 77.0))
        assert (x, y) == pytest.approx((9.25, 77.0))


def test_pointer_and_keys_tell_the_same_point(chart: Squares, qtbot: QtBot) -> None:
    pointed, chosen, stepped = [], [], []
    chart.pointed.connect(pointed.append)
    chart.chosen.connect(chosen.append)
    chart.stepped.connect(stepped.append)
    place = chart.plot.map(5, 200).toPoint()
    QTest.mouseMove(chart.viewport(), place)
    qtbot.waitUntil(lambda: chart.cursor_point == 5, timeout=WAIT)
    assert chart.accessibleDescription() == "5 squared is 25"
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=place)
    chart.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(chart, key)
    assert chosen == [5, 1] and stepped == [0, 1] and pointed[-1] == 1
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.cursor_point == NONE and chart.accessibleDescription() == "Squares"


def test_a_drag_chooses_nothing(chart: Squares) -> None:
    chosen = []
    chart.chosen.connect(chosen.append)
    start = chart.plot.map(5, 200).toPoint()
    QTest.mousePress(chart.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseRelease(chart.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(60, 0))
    assert not chosen


def test_zoom_pan_and_the_way_back(chart: Squares, qtbot: QtBot) -> None:
    chart.setFocus()
    whole = chart.plot.viewRange()
    assert not chart.zoomed
    QTest.keyClick(chart, Qt.Key.Key_Plus)
    (left, right), upright = chart.plot.viewRange()
    assert chart.zoomed and right - left < COUNT and upright == whole[1], "only along x"
    chart.plot.translateBy(x=1000.0)
    assert chart.plot.viewRange()[0][1] == pytest.approx(COUNT - 0.5), "never beyond the whole"
    assert "Show the whole" in [action.text() for action in chart.menu().actions()]
    QTest.keyClick(chart, Qt.Key.Key_0)
    assert chart.plot.viewRange() == whole and not chart.zoomed
    for _ in range(50):
        QTest.keyClick(chart, Qt.Key.Key_Plus)
    (left, right), _upright = chart.plot.viewRange()
    assert right - left >= 2.9, "some points always stay in sight"


def test_the_wheel_zooms_only_what_has_the_focus_or_with_control(
    theme: Theme, qtbot: QtBot
) -> None:
    window, area = QWidget(), QScrollArea()
    page, chart = QWidget(), Squares(theme)
    page.setMinimumHeight(2000)
    QVBoxLayout(page).addWidget(chart)
    area.setWidget(page)
    area.setWidgetResizable(True)
    QVBoxLayout(window).addWidget(area)
    qtbot.addWidget(window)
    window.resize(600, 500)
    window.show()
    qtbot.waitExposed(window, timeout=WAIT)
    chart.setFixedHeight(300)
    QApplication.processEvents()
    chart.show_values(list(range(1, COUNT)))
    area.setFocus()
    bar = area.verticalScrollBar()
    bar.setValue(850)
    QApplication.processEvents()
    turn_wheel(chart)
    assert not chart.zoomed and bar.value() < 850, "the page is scrolled past it"
    bar.setValue(850)
    turn_wheel(chart, Qt.KeyboardModifier.ControlModifier)
    assert chart.zoomed and bar.value() == 850
    chart.reset_view()
    chart.setFocus()
    turn_wheel(chart)
    assert chart.zoomed and bar.value() == 850


def test_the_numbers_are_copied_from_the_menu(chart: Squares) -> None:
    (copy,) = [action for action in chart.menu().actions() if action.text() == "Copy data"]
    copy.trigger()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0] == "number,square" and lines[8] == "7,49" and len(lines) == COUNT + 1


def test_a_program_ends_well_after_numbers_were_copied() -> None:
    code = """
import os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtWidgets import QApplication
application = QApplication([])
from tests.gui.charts.test_kit import Squares
from gui.look.theme import Theme
chart = Squares(Theme(application))
chart.copy_data()
assert application.clipboard().text().startswith("number,square")
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=800)


def test_the_type_of_a_presentation_enlarges_axes(chart: Squares) -> None:
    before = chart.small.pointSizeF()
    font = QFont(chart.font())
    font.setPointSizeF(2 * font.pointSizeF())
    chart.setFont(font)
    assert chart.small.pointSizeF() > 1.8 * before and chart.large(100) > 190
    assert color_at(chart, chart.plot.map(7, 49)) == BLUE


def test_a_copied_picture_has_lines_and_text_not_pixels(chart: Squares) -> None:
    chart.point_to(3)
    chart.set_bare(True)
    parts = fragments(list(widget_layers(chart)))
    drawn = "".join(part.body for part in parts)
    assert "<image" not in drawn and "non-scaling-stroke" not in drawn
    assert drawn.count("#1f5fd6") >= COUNT
    assert set(re.findall(r">(\d+)</text>", drawn)) >= {"0", "100", "300"}
    chart.set_bare(False)


class Boxes(PartsChart):
    """Two columns of boxes, the left one of two."""

    def layout_parts(self) -> list[Part]:
        made = []
        for column, row in ((0, 0), (0, 1), (1, 0)):
            part = Part(column, row, box(column, row), f"box {column}{row}", (column, row))
            made.append(part)
        return made

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        for part in self.parts:
            painter.fillPath(part.shape, QColor(tokens.accent))


def box(column: int, row: int) -> QPainterPath:
    return box_path(QRectF(20 + 100 * column, 150 - 100 * row, 60, 60))


def test_parts_are_walked_told_and_chosen(theme: Theme, qtbot: QtBot) -> None:
    chart = Boxes(theme, "Boxes")
    qtbot.addWidget(chart)
    chart.resize(240, 240)
    chart.show()
    qtbot.waitExposed(chart, timeout=WAIT)
    chart.refresh()
    chosen = []
    chart.part_chosen.connect(chosen.append)
    chart.setFocus()
    for key, words in (("Right", "box 00"), ("Up", "box 01"), ("Right", "box 10")):
        QTest.keyClick(chart, getattr(Qt.Key, f"Key_{key}"))
        assert chart.current.words == words == chart.accessibleDescription()
    QTest.keyClick(chart, Qt.Key.Key_Space)
    QTest.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 80))
    assert chosen == [(1, 0), (0, 1)]
    assert color_at(chart, QPointF(50, 80)) == rgb(LIGHT.accent)
    chart.point_to(2)
    chart.resize(300, 300)
    assert chart.current.words == "box 10", "the cursor stays at its part"


def test_what_paints_itself_is_in_the_decision() -> None:
    own = {
        kind.__name__ for kind in classes() if "paintEvent" in vars(kind) and kind is not ChartView
    }
    table = [line for line in DECISION.read_text("utf-8").splitlines() if line.startswith("| `")]
    listed = {name for line in table for name in re.findall(r"`(\w+)`", line)}
    assert own == listed and len(own) <= 10


@pytest.mark.parametrize("places", [[0.0, 1.0, 2.0], [5.0, 50.0, 51.0], [99.0, 99.0, 99.0]])
def test_names_are_spread_apart(places: list[float]) -> None:
    moved = spread(places, 10.0, 0.0, 100.0)
    assert all(b - a >= 10.0 - 1e-9 for a, b in pairwise(moved))
    assert moved[0] >= 5.0 and moved[-1] <= 95.0


def test_ticks_are_round_numbers_and_those_of_angles_in_degrees() -> None:
    assert nice_ticks(0, 100, 5) == [0, 25, 50, 75, 100]
    assert nice_ticks(0, 200, 5) == [0, 50, 100, 150, 200]
    assert nice_ticks(0, 360, 5, degrees=True) == [0, 90, 180, 270, 360]
    assert nice_ticks(0, 3, 9) == [0, 0.5, 1, 1.5, 2, 2.5, 3]
