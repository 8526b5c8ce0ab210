"""How parts of the window share the room they have, and grow with the type of a presentation."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF
from pytestqt.qtbot import QtBot

from gui.charts.drawing import small_font
from gui.context.lab_context import LabContext
from gui.designer.colors.swatches import SwatchRow
from gui.designer.pane import DesignerPane
from gui.window.main_window import MainWindow
from gui.window.presentation import TYPE_SCALE
from tests.gui.conftest import WAIT
from tests.support.designer import make_pane

WIDE, NARROW = (1600, 900), (600, 900)


@pytest.fixture
def designer(lab: LabContext, qtbot: QtBot) -> DesignerPane:
    return make_pane(lab, qtbot, *NARROW)


def test_fields_stand_beside_the_canvas_where_there_is_width(
    designer: DesignerPane, qtbot: QtBot
) -> None:
    canvas, fields = designer.canvas, designer.fields
    assert fields.geometry().top() > canvas.geometry().bottom()
    designer.resize(*WIDE)
    qtbot.waitUntil(lambda: fields.geometry().left() > canvas.geometry().right(), timeout=WAIT)
    assert canvas.height() > 0.8 * WIDE[1] and canvas.width() > 0.5 * WIDE[0]
    designer.resize(*NARROW)
    qtbot.waitUntil(lambda: fields.geometry().top() > canvas.geometry().bottom(), timeout=WAIT)
    assert fields.height() > 0.3 * NARROW[1]


@pytest.mark.parametrize("kind", ["shape", "word", "picture"])
def test_no_field_is_cut_at_the_least_width(designer: DesignerPane, kind: str) -> None:
    fields = designer.fields
    fields.show_kind(kind)
    designer.resize(designer.minimumSizeHint())
    assert fields.widget().width() <= fields.viewport().width()


def test_names_of_swatches_grow_with_the_type(qtbot: QtBot) -> None:
    row = SwatchRow("Figure")
    qtbot.addWidget(row)
    row.resize(800, row.sizeHint().height())
    row.show()
    before, height = row.choices[0].name_pixels, row.sizeHint().height()
    row.setFont(larger(row.font()))
    assert row.choices[0].name_pixels == pytest.approx(TYPE_SCALE * before)
    assert row.sizeHint().height() > height


def test_a_scan_keeps_room_for_its_numbers_in_larger_type(window: MainWindow, qtbot: QtBot) -> None:
    chart = window.docks["studies"].pane.pages["scan"].chart
    for font in (chart.font(), larger(chart.font())):
        chart.setFont(font)
        metrics = QFontMetricsF(small_font(font))
        assert chart.plot_box().left() - 6 >= metrics.horizontalAdvance("100\u00a0%")
        assert chart.strip_box(0).height() >= metrics.ascent()


def test_names_of_regions_cover_no_mark(window: MainWindow, qtbot: QtBot) -> None:
    pane = window.docks["studies"].pane
    window.lab.actions.trigger("studies.stroop")
    tab = pane.pages["map"]
    qtbot.waitUntil(
        lambda: tab.runner.result is not None and tab.runner.result.complete, timeout=WAIT
    )
    chart = tab.chart
    winners = chart._winners
    winners[:] = winners[0, 0]  # one region over all
    row, column = winners.shape[0] // 2, winners.shape[1] // 2
    center, size = chart._place(column, row), QSizeF(30, 10)
    region = (int(winners[0, 0]), row, column)
    assert chart._free_place(center, size, [], region) == center
    mark = QRectF(center - QPointF(7, 7), center + QPointF(7, 7))
    free = chart._free_place(center, size, [mark], region)
    assert free is not None and free.x() == center.x()
    plate = QRectF(QPointF(), size)
    plate.moveCenter(free)
    assert not plate.intersects(mark)
    everywhere = QRectF(chart.rect())
    assert chart._free_place(center, size, [everywhere], region) is None
    winners[:row], winners[row + 1 :] = region[0] + 1, region[0] + 1  # no other place inside
    assert chart._free_place(center, size, [mark], region) is None


def test_live_maps_ask_for_no_more_width_in_a_wide_tab(window: MainWindow) -> None:
    dock = window.docks["inspector"]
    dock.build()
    live = dock.pane.live
    least = []
    for width in (1500, 520):
        live.resize(width, 700)
        assert live.splitter.orientation() == (
            Qt.Orientation.Horizontal if width == 1500 else Qt.Orientation.Vertical
        )
        least.append(live.minimumSizeHint().width())
    assert least[0] == least[1] < 520


def larger(font: QFont) -> QFont:
    grown = QFont(font)
    grown.setPointSizeF(TYPE_SCALE * font.pointSizeF())
    return grown
