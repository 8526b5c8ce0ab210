"""What is scrolled past stays as it is: the wheel changes only what has the focus (R74)."""

from __future__ import annotations

import ast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.dialogs.preferences import PreferencesDialog
from gui.export.tools import PictureTools
from gui.widgets.numbers import WholeSpin
from gui.widgets.wheel import Combo, Slider
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.pages import pages
from tests.support.window_code import called, trees

Input = QComboBox | QAbstractSlider | QAbstractSpinBox | QTabBar
OURS = ("gui/widgets/wheel.py", "gui/widgets/numbers.py")
MADE_BY_QT = ("QComboBox", "QFontComboBox", "QSlider", "QDial", "QTabBar", "QTabWidget")


def inputs(page: QWidget) -> list[Input]:
    """What can be set on a page and is seen; bars to scroll by are there for the wheel."""
    return [
        part
        for part in page.findChildren(QWidget)
        if isinstance(part, Input) and not isinstance(part, QScrollBar) and part.isVisible()
    ]


def setting(part: Input) -> object:
    if isinstance(part, QComboBox | QTabBar):
        return part.currentIndex(), getattr(part, "currentText", str)()
    return part.value()


def turn(part: QWidget, way: int) -> bool:
    """Turn the wheel one notch over the middle of a widget; False if that is not to be seen."""
    at = part.rect().center()
    if not part.visibleRegion().contains(at):
        return False
    window = part.window()
    QTest.wheelEvent(window.windowHandle(), part.mapTo(window, at), QPoint(0, 120 * way))
    return True


def changed_by_the_wheel(page: QWidget) -> tuple[int, list[str]]:
    """How many inputs of a page were scrolled past, and those that the wheel changed."""
    areas = page.findChildren(QScrollArea)
    areas += [page] if isinstance(page, QScrollArea) else []
    found, changed = 0, []
    for part in inputs(page):
        area = next((area for area in areas if area.isAncestorOf(part)), None)
        if area is not None:
            area.ensureWidgetVisible(part)
        focused = QApplication.focusWidget()
        if focused is not None:
            focused.clearFocus()
        before = setting(part)
        turned = [turn(part, way) for way in (-1, 1, 1, -1)]
        found += any(turned)
        if setting(part) != before or part.hasFocus():
            changed.append(f"{type(part).__name__} “{part.accessibleName()}”")
    return found, changed


def test_r74_nothing_of_the_panes_changes_when_it_is_scrolled_past(
    window: MainWindow, qtbot: QtBot
) -> None:
    total = 0
    for page in pages(window, qtbot):
        count, changed = changed_by_the_wheel(page)
        assert not changed
        total += count
    assert total > 40
    count, changed = changed_by_the_wheel(window)  # with the bars over panes in one place
    assert not changed
    assert any(isinstance(part, QTabBar) for part in inputs(window))


@pytest.mark.parametrize("name", ["preferences", "picture"])
def test_r74_nothing_of_a_dialog_changes_when_it_is_scrolled_past(
    window: MainWindow, qtbot: QtBot, name: str
) -> None:
    dialog: QDialog
    if name == "preferences":
        dialog = PreferencesDialog(window.lab, window)
    else:
        dialog = window.findChild(PictureTools).dialog()
    qtbot.addWidget(dialog)
    dialog.show()
    # Coming to the front gives a field the focus, which is not the wheel's doing.
    qtbot.waitUntil(
        lambda: QApplication.focusWidget() in dialog.findChildren(QWidget), timeout=WAIT
    )
    total = 0
    rows = dialog.list.count() if name == "preferences" else 1
    for row in range(rows):
        if name == "preferences":
            dialog.list.setCurrentRow(row)
        count, changed = changed_by_the_wheel(dialog)
        assert not changed
        total += count
    assert total >= 4
    dialog.reject()


@pytest.mark.parametrize("kind", ["combo", "editable", "slider", "number"])
def test_r74_the_page_scrolls_instead_and_the_focus_brings_the_wheel_back(
    qapp, qtbot: QtBot, kind: str
) -> None:
    page, area = QWidget(), QScrollArea()
    qtbot.addWidget(area)
    column = QVBoxLayout(page)
    part: QWidget
    if kind in ("combo", "editable"):
        part = Combo()
        part.setEditable(kind == "editable")
        part.addItems(["1", "2", "3"])
        part.setCurrentIndex(1)
    elif kind == "slider":
        part = Slider(Qt.Orientation.Horizontal)
        part.setValue(50)
    else:
        part = WholeSpin("Steps", 0, 100)
        part.setValue(50)
    column.addSpacing(100)
    column.addWidget(part)
    column.addStretch(1)
    page.setFixedHeight(2000)
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.resize(300, 200)
    area.show()
    area.activateWindow()
    bar = area.verticalScrollBar()
    area.setFocus()  # what a window is opened with has the focus
    qtbot.waitUntil(lambda: not part.hasFocus(), timeout=WAIT)
    before = setting(part)
    assert turn(part, -1)
    assert bar.value() > 0 and setting(part) == before
    assert turn(part, 1)
    assert bar.value() == 0 and setting(part) == before
    part.setFocus()
    qtbot.waitUntil(part.hasFocus, timeout=WAIT)
    assert turn(part, 1)
    assert setting(part) != before and bar.value() == 0


def test_r74_all_inputs_are_made_of_those_that_leave_the_wheel() -> None:
    others = []
    for path, tree in trees("gui"):
        if path in OURS:
            continue
        for node in ast.walk(tree):
            bases = node.bases if isinstance(node, ast.ClassDef) else []
            names = [called(node), *(getattr(base, "id", "") for base in bases)]
            others += [f"{path}:{node.lineno} {name}" for name in names if name in MADE_BY_QT]
            if isinstance(node, ast.FunctionDef) and node.name == "wheelEvent":
                others.append(f"{path}:{node.lineno} wheelEvent")
    # Canvas and charts zoom with Ctrl held, charts with the focus as well.
    zooming = ("gui/designer/canvas/canvas.py", "gui/charts/view.py")
    assert [other for other in others if not other.startswith(zooming)] == []
