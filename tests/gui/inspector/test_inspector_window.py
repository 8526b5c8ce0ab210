"""The inspector in the window: its place, its commands, and the way from a bar to a unit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from core.units.unit_filter import UnitFilter
from gui.app.start import build_window
from gui.context.lab_context import LabContext
from gui.inspector.pane import TABS, InspectorPane
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.unit_census import made_census


@pytest.fixture
def pane(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> InspectorPane:
    """The inspector in front, with a census that is worked out."""
    made: InspectorPane = window.docks["inspector"].pane
    window.docks["inspector"].raise_()
    with qtbot.waitSignal(made.shown_census.changed, timeout=WAIT):
        made.shown_census.take(made_census(tmp_path / "pictures"))
    return made


def menu_texts(window: MainWindow, name: str) -> list[str]:
    (menu,) = [a.menu() for a in window.menuBar().actions() if a.text() == f"&{name}"]
    return [action.text() for action in menu.actions() if action.text()]


def stray_tabs(window: MainWindow) -> list[QTabBar]:
    """Tabs of docks that lie over the menu."""
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    bottom = window.menuBar().geometry().bottom()
    return [bar for bar in bars if bar.isVisible() and 0 <= bar.geometry().top() <= bottom]


def test_in_a_wide_window_it_stands_beside_the_predictions(window: MainWindow, qtbot) -> None:
    docks = window.docks
    window.resize(1920, 1080)
    window.reset_layout()
    qtbot.waitUntil(
        lambda: docks["inspector"].x() > docks["prediction"].x() > docks["designer"].x(),
        timeout=WAIT,
    )
    assert not window.tabifiedDockWidgets(docks["inspector"])
    assert not docks["inspector"].visibleRegion().isEmpty()
    assert not stray_tabs(window)


def test_in_a_narrow_window_it_shares_the_place_of_the_predictions(
    window: MainWindow, qtbot
) -> None:
    docks = window.docks
    window.resize(1280, 720)
    window.reset_layout()
    qtbot.waitUntil(
        lambda: docks["prediction"] in window.tabifiedDockWidgets(docks["inspector"]),
        timeout=WAIT,
    )
    window.lab.actions.trigger("view.show-inspector")
    qtbot.waitUntil(lambda: not docks["inspector"].visibleRegion().isEmpty(), timeout=WAIT)
    assert not stray_tabs(window)


def test_panes_that_can_wait_are_made_after_the_window_was_seen(lab: LabContext, qtbot) -> None:
    window = build_window(lab)
    try:
        assert window.docks["inspector"]._pane is None
        assert window.docks["experiments"]._pane is None
        with qtbot.waitSignal(window.first_painted, timeout=WAIT):
            window.show()
        qtbot.waitUntil(lambda: window.docks["inspector"]._pane is not None, timeout=WAIT)
        assert "New census…" in menu_texts(window, "Network")
        assert any("Experiment 4" in text for text in menu_texts(window, "Experiments"))
        assert menu_texts(window, "Edit").count("Undo") == 1
    finally:
        window.close_without_asking()
        window.deleteLater()


def test_r40_a_window_that_closes_before_it_is_painted_makes_no_pane(
    lab: LabContext, qtbot
) -> None:
    window = build_window(lab)
    window.close_without_asking()
    window.first_painted.emit()
    assert window.docks["inspector"]._pane is None
    window.deleteLater()


def test_every_tab_has_a_command(window: MainWindow, pane: InspectorPane, qtbot) -> None:
    window.docks["prediction"].raise_()
    for name in TABS:
        window.lab.actions.trigger(f"inspector.show-{name}")
        assert pane.tab == name
        assert pane.stack.currentWidget() is pane._pages[name]
    pane.tabs.buttons["neurons"].setFocus()
    qtbot.keyClick(pane.tabs.buttons["neurons"], Qt.Key.Key_Right)
    assert pane.tab == "live"
    qtbot.keyClick(pane.tabs.buttons["live"], Qt.Key.Key_Left)
    assert pane.tab == "neurons"


def test_from_a_bar_to_its_units_to_a_page_to_the_live_maps(
    window: MainWindow, pane: InspectorPane, qtbot
) -> None:
    pane.show_tab("types")
    qtbot.waitUntil(lambda: bool(pane.types.bars.parts), timeout=WAIT)
    part = max(pane.types.bars.parts, key=lambda p: p.shape.boundingRect().height())
    qtbot.mouseClick(
        pane.types.bars.viewport(),
        Qt.MouseButton.LeftButton,
        pos=part.shape.boundingRect().center().toPoint(),
    )
    assert pane.tab == "neurons"
    wanted = np.flatnonzero(part.stands_for.mask(pane.shown_census.indices))
    assert sorted(pane.units.grid.units.units.tolist()) == wanted.tolist()
    unit = int(wanted[0])
    pane.shown_census.open_page(unit)
    assert pane.units.stack.currentWidget() is pane.units.page
    pane.units.live_wanted.emit()
    assert pane.tab == "live"
    pane.shown_census.show_units(UnitFilter(category="dead"))
    assert pane.units.stack.currentWidget() is pane.units.grid


def test_commands_follow_what_is_possible(window: MainWindow, pane: InspectorPane) -> None:
    actions = window.lab.actions
    assert actions["inspector.new-census"].isEnabled()
    assert not actions["inspector.resume-census"].isEnabled()
    assert not actions["inspector.pause-census"].isEnabled()
    pane.shown_census.take(pane.shown_census.data, "Not finished: the gray pass.")
    assert actions["inspector.resume-census"].isEnabled()
    assert pane.bar.resume.isVisibleTo(pane)
    assert "the gray pass" in pane.bar.resume.toolTip()


def test_both_themes_redraw_the_figures(window: MainWindow, pane: InspectorPane, qtbot) -> None:
    pane.show_tab("types")
    for mode in ("dark", "light"):
        window.lab.change_settings(theme=mode)
        ground = window.lab.theme.color("surface")
        picture = pane.types.bars.grab().toImage()
        assert picture.pixelColor(2, picture.height() - 2) == ground
