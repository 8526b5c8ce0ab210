"""Every word of the trade that the window shows says what it means, and every control its name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.dialogs.preferences import PreferencesDialog
from gui.dialogs.shortcuts import ShortcutsDialog
from gui.inspector.neurons.units_tab import UnitsTab
from gui.window.main_window import MainWindow
from tests.support.waiting import WAIT

TERMS = re.compile(
    r"α|\bPearson|\bmargins?\b|\bties?\b|\btied\b|\bfield\b|\bstride\b|\bselectiv\w+|\bcosines?\b"
    r"|\bchroma\b|\bcut-offs?\b|\bpopulation\b|\btokens?\b|\blogit|\bmultimodal\b|\bNF\b"
    r"|\bneuron features?\b|\bablat\w+|\bf\b|\br\b",
    re.IGNORECASE,
)
LONGEST_NAME = 48
"""What is longer is a sentence, which explains itself."""
CONTROLS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractSlider)


def shown_texts(root: QWidget) -> Iterator[tuple[QWidget, str, str]]:
    """Every widget's text with its tooltip or that of what it belongs to."""
    for widget in root.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget, plain(widget.text()), tip_of(widget)
        elif isinstance(widget, QGroupBox):
            yield widget, plain(widget.title()), tip_of(widget)
        elif isinstance(widget, QComboBox):
            for row in range(widget.count()):
                tip = widget.itemData(row, Qt.ItemDataRole.ToolTipRole) or tip_of(widget)
                yield widget, plain(widget.itemText(row)), str(tip)
        elif isinstance(widget, QHeaderView):
            model = widget.model()
            for section in range(widget.count() if model is not None else 0):
                data = [
                    model.headerData(section, widget.orientation(), role)
                    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
                ]
                yield widget, str(data[0] or ""), str(data[1] or "")


def plain(text: str) -> str:
    return re.sub(r"<[^>]+>", "", text).replace("&", "")


def tip_of(widget: QWidget) -> str:
    """A widget's tooltip, or that of the panel around it or of the field that it names."""
    around: QWidget | None = widget
    for _level in range(3):
        if around is None:
            break
        if around.toolTip():
            return around.toolTip()
        around = around.parentWidget()
    if isinstance(widget, QLabel) and widget.buddy() is not None:
        return widget.buddy().toolTip()
    return ""


def unexplained(root: QWidget) -> list[tuple[str, str]]:
    return sorted(
        {
            (type(widget).__name__, text)
            for widget, text, tip in shown_texts(root)
            if 0 < len(text) <= LONGEST_NAME and TERMS.search(text) and not tip.strip()
        }
    )


def nameless(root: QWidget) -> list[tuple[str, str]]:
    found = []
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, (*CONTROLS, QAbstractItemView)) or inside(widget):
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if isinstance(widget, QPushButton) and not text and widget.icon().isNull():
            continue  # a button of a message: it has nothing to show yet
        if not (widget.accessibleName() or plain(text) or named_by_a_label(widget, root)):
            found.append((type(widget).__name__, path_of(widget)))
    return found


def named_by_a_label(widget: QWidget, root: QWidget) -> bool:
    return any(label.buddy() is widget for label in root.findChildren(QLabel))


def inside(widget: QWidget) -> bool:
    """Parts of a control of Qt's are reached and read through it."""
    if isinstance(widget, QHeaderView | QScrollBar) or widget.objectName().startswith("qt_"):
        return True
    around = widget.parentWidget()
    while around is not None:
        name = type(around).__name__
        kinds = (QComboBox, QAbstractSpinBox, QLineEdit, QAbstractItemView, QHeaderView)
        if isinstance(around, kinds) or name in ("QTabBar", "QMenuBar", "QToolBar", "QMenu"):
            return True
        around = around.parentWidget()
    return False


def path_of(widget: QWidget) -> str:
    names = []
    around: QWidget | None = widget
    while around is not None and len(names) < 6:
        names.append(around.objectName() or type(around).__name__)
        around = around.parentWidget()
    return " < ".join(names)


@pytest.fixture
def whole(window: MainWindow) -> MainWindow:
    """The window with all panes made."""
    for dock in window.docks.values():
        dock.build()
    QApplication.processEvents()
    return window


def test_every_index_in_the_window_has_a_tooltip(whole: MainWindow) -> None:
    assert unexplained(whole) == []


def test_every_index_about_units_has_a_tooltip(tab: UnitsTab, qtbot: QtBot) -> None:
    assert unexplained(tab) == []
    tab.grid.view.opened.emit(0)
    qtbot.waitUntil(tab.page.isVisible, timeout=WAIT)
    texts = [text for _widget, text, _tip in shown_texts(tab.page)]
    assert any(TERMS.search(text) for text in texts), "the page shows indices"
    assert unexplained(tab.page) == []


def test_every_control_of_the_window_has_a_name(whole: MainWindow) -> None:
    assert nameless(whole) == []


def test_every_control_about_units_has_a_name(tab: UnitsTab) -> None:
    assert nameless(tab) == []


@pytest.mark.parametrize("kind", ["preferences", "shortcuts"])
def test_every_control_of_the_dialogs_has_a_name(window: MainWindow, kind: str) -> None:
    dialog: QDialog = (
        PreferencesDialog(window.lab, window)
        if kind == "preferences"
        else ShortcutsDialog(window.lab.actions, window)
    )
    try:
        assert nameless(dialog) == []
        assert unexplained(dialog) == []
    finally:
        dialog.reject()
        dialog.deleteLater()


def test_the_test_itself_sees_what_is_not_explained(window: MainWindow) -> None:
    label = QLabel("Margin", window)
    button = QAbstractButtonWithoutName(window)
    assert ("QLabel", "Margin") in unexplained(window)
    assert any(name == "QAbstractButtonWithoutName" for name, _path in nameless(window))
    label.setToolTip("Difference of the first two probabilities")
    button.setAccessibleName("Something")
    assert ("QLabel", "Margin") not in unexplained(window)
    assert not any(name == "QAbstractButtonWithoutName" for name, _path in nameless(window))


class QAbstractButtonWithoutName(QAbstractButton):
    def paintEvent(self, event: object) -> None:
        """It is never seen."""
