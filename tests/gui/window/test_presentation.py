"""Presentation mode: one pane, larger, and everything back afterwards."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QSettings, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from core.base.paths import config_dir
from gui.export.tools import PictureTools
from gui.window.main_window import MainWindow
from gui.window.presentation import TYPE_SCALE, Presentation, _on_a_screen
from tests.gui.conftest import WAIT

KEY = Qt.Key
STEADY = 20


@pytest.fixture
def shown(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window that lies wholly on the screen of the tests, with all panes made."""
    window.resize(780, 700)
    window.move(0, 0)
    for dock in window.docks.values():
        dock.build()
    # The texts of some panes come a moment later, and with them the room that they need.
    least: list[tuple[int, int]] = []

    def steady() -> bool:
        least.append(window.minimumSizeHint().toTuple())
        return len(least) > STEADY and len(set(least[-STEADY:])) == 1

    qtbot.waitUntil(steady, timeout=WAIT)
    return window


@pytest.fixture
def presentation(shown: MainWindow) -> Presentation:
    return shown.findChild(PictureTools).presentation


def visible(window: MainWindow) -> set[str]:
    return {name for name, dock in window.docks.items() if not dock.isHidden()}


def places(window: MainWindow) -> dict[str, QRect]:
    """Where the panes stand that are not behind another's tab."""
    docks = window.docks.items()
    return {name: dock.geometry() for name, dock in docks if dock.geometry().x() >= 0}


def pictures_of(window: MainWindow) -> list[QImage]:
    panes = ("designer", "prediction")
    return [window.docks[name].pane.grab().toImage() for name in panes]


def font_of(window: MainWindow) -> dict[str, float]:
    return {
        f"{name}{number}": label.font().pointSizeF()
        for name, dock in window.docks.items()
        for number, label in enumerate(dock.pane.findChildren(QLabel))
    }


def test_one_pane_without_bars_and_all_back_afterwards(shown, presentation) -> None:
    shown.docks["designer"].pane.canvas.setFocus()
    before = (visible(shown), shown.geometry(), places(shown))
    fonts, picture = font_of(shown), pictures_of(shown)
    fields = shown.docks["designer"].pane.findChildren(QLineEdit)
    limits = [(field.minimumWidth(), field.maximumWidth()) for field in fields]
    presentation.begin(shown.docks["designer"])
    assert shown.isFullScreen() and presentation.active
    assert visible(shown) == {"designer"}
    assert shown.menuBar().isHidden() and shown.toolbar.isHidden() and shown.statusBar().isHidden()
    assert shown.docks["designer"]._bar.isHidden()
    larger = font_of(shown)
    scaled = [name for name in fonts if name.startswith("designer")]
    assert scaled
    for name in scaled:
        assert larger[name] == pytest.approx(fonts[name] * TYPE_SCALE, rel=0.01)
    assert shown.docks["designer"].pane.height() > shown.height() * 0.9
    presentation.leave()
    QApplication.processEvents()
    assert not shown.isFullScreen() and not presentation.active
    assert (visible(shown), shown.geometry(), places(shown)) == before
    assert font_of(shown) == fonts
    assert limits == [(field.minimumWidth(), field.maximumWidth()) for field in fields]
    assert shown.focusWidget() is shown.docks["designer"].pane.canvas
    assert pictures_of(shown) == picture


def test_the_command_and_escape_both_come_back(shown, presentation, qtbot) -> None:
    shown.lab.actions.trigger("view.present")
    assert presentation.active
    shown.lab.actions.trigger("view.present")
    assert not presentation.active
    presentation.begin(shown.docks["prediction"])
    qtbot.keyClick(shown.docks["prediction"], KEY.Key_Escape)
    assert not presentation.active and not shown.isFullScreen()


def test_page_keys_and_arrows_go_from_pane_to_pane(shown, presentation, qtbot) -> None:
    names = list(shown.docks)
    presentation.begin(shown.docks[names[0]])
    seen = []
    for key in (KEY.Key_PageDown, KEY.Key_Right, KEY.Key_Left, KEY.Key_PageUp, KEY.Key_PageUp):
        qtbot.keyClick(presentation.shown, key)
        seen.append(presentation.shown.objectName())
        assert visible(shown) == {seen[-1]}
    assert seen == [names[1], names[2], names[1], names[0], names[-1]]
    presentation.leave()
    assert visible(shown) == set(names)


def test_arrows_still_move_the_figure_where_the_canvas_has_the_focus(
    shown, presentation, qtbot
) -> None:
    presentation.begin(shown.docks["designer"])
    canvas = shown.docks["designer"].pane.canvas
    before = shown.lab.document.stimulus.center_x
    canvas.setFocus()
    qtbot.keyClick(canvas, KEY.Key_Right)
    assert shown.lab.document.stimulus.center_x > before
    assert presentation.shown is shown.docks["designer"]
    qtbot.keyClick(canvas, KEY.Key_PageDown)
    assert presentation.shown is shown.docks["prediction"]
    presentation.leave()


def test_going_to_a_pane_presents_that_one(shown, presentation) -> None:
    presentation.begin(shown.docks["designer"])
    shown.lab.actions.trigger("view.show-experiments")
    QApplication.processEvents()
    assert presentation.shown is shown.docks["experiments"]
    assert visible(shown) == {"experiments"}
    shown.lab.actions.trigger("view.reset-layout")
    assert not presentation.active and visible(shown) == set(shown.docks)


def test_a_detached_or_hidden_pane_is_so_again(shown, presentation) -> None:
    shown.docks["prediction"].setFloating(True)
    shown.docks["studies" if "studies" in shown.docks else "inspector"].hide()
    before = visible(shown)
    presentation.begin(shown.docks["prediction"])
    assert not shown.docks["prediction"].isFloating()
    presentation.leave()
    QApplication.processEvents()
    assert shown.docks["prediction"].isFloating()
    assert visible(shown) == before


def test_the_pointer_and_the_controls_go_when_idle(shown, presentation) -> None:
    presentation.begin(shown.docks["designer"])
    controls = presentation.controls
    assert controls.isVisible() and controls.title.text() == "Designer"
    presentation._hide_pointer()
    assert not controls.isVisible()
    assert QApplication.overrideCursor().shape() == Qt.CursorShape.BlankCursor
    presentation._wake()
    assert controls.isVisible() and QApplication.overrideCursor() is None
    controls.on.click()
    assert presentation.shown is shown.docks["prediction"]
    assert controls.title.text() == "Prediction"
    presentation._hide_pointer()
    controls.out.click()
    assert not presentation.active and QApplication.overrideCursor() is None
    assert not controls.isVisible()


def test_a_screen_that_comes_or_goes_is_filled_anew(shown, presentation) -> None:
    presentation.begin(shown.docks["designer"])
    shown.showNormal()
    screen = QGuiApplication.primaryScreen()
    QGuiApplication.instance().screenRemoved.emit(screen)
    assert shown.isFullScreen()
    presentation.leave()
    QGuiApplication.instance().screenAdded.emit(screen)
    assert not shown.isFullScreen()
    # Where the window's screen is gone, it comes back onto one that is there.
    presentation.begin(shown.docks["designer"])
    presentation._place.moveTo(90_000, 90_000)
    presentation.leave()
    assert _on_a_screen(shown.geometry())


def test_closing_meanwhile_keeps_the_layout_of_before(shown, presentation) -> None:
    before = bytes(shown.saveState(4).data())
    presentation.begin(shown.docks["designer"])
    shown.close_without_asking()
    assert not presentation.active
    memory = QSettings(str(config_dir() / "layout.ini"), QSettings.Format.IniFormat)
    assert bytes(memory.value("state").data())[4:] == before[4:]
