"""The parts that panes are built of: where they are put, what they say, what they report."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from gui.look.theme import Theme
from gui.widgets.build import STRETCH, IconButton, button, column, label, once, row, scrolling, tell
from gui.widgets.wheel import Combo
from tests.support.waiting import WAIT


def test_items_stand_in_order_and_share_what_is_left(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    ends = [QPushButton(text, whole) for text in ("left", "right")]
    middle, alone = QWidget(whole), QWidget(whole)
    line = row(ends[0], (middle, 1), ends[1], spacing=3)
    column(
        line, (alone, 0, Qt.AlignmentFlag.AlignRight), 2 * STRETCH, margins=(5, 6, 7, 8), on=whole
    )
    alone.setFixedSize(20, 10)
    whole.resize(400, 200)
    whole.show()
    assert ends[0].pos().toTuple() == (5, 6)
    assert middle.x() == ends[0].geometry().right() + 1 + 3
    assert ends[1].geometry().right() + 1 == alone.geometry().right() + 1 == 400 - 7
    assert line.spacing() == 3 and line.contentsMargins().isNull()


def test_a_label_shows_what_it_is_told_and_nothing_else(qtbot: QtBot) -> None:
    shown = label("<b>a</b> & b", "muted", wraps=True, copied=True)
    qtbot.addWidget(shown)
    assert shown.textFormat() == Qt.TextFormat.PlainText and shown.wordWrap()
    assert shown.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
    tell(shown, "")
    assert shown.isHidden()
    tell(shown, "there")
    assert not shown.isHidden() and shown.text() == "there"


def test_buttons_call_without_arguments_and_open_menus(qtbot: QtBot) -> None:
    calls: list[tuple[object, ...]] = []
    pressed = button("Go", "Away", lambda: calls.append(()), role="primary", name="Go away")
    qtbot.addWidget(pressed)
    qtbot.mouseClick(pressed, Qt.MouseButton.LeftButton)
    assert calls == [()]
    assert pressed.accessibleName() == "Go away" and pressed.property("role") == "primary"
    menu = QMenu()
    qtbot.addWidget(menu)
    opening = button("Export", menu=menu)
    qtbot.addWidget(opening)
    assert opening.menu() is menu and opening.property("role") == "menu"


def test_an_icon_follows_the_theme(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(qapp, "light")
    closing = IconButton(theme, "close", "Close it (Escape)", side=13)
    qtbot.addWidget(closing)
    assert closing.accessibleName() == "Close it" and closing.iconSize().width() == 13
    light = closing.icon().pixmap(13, 13).toImage()
    theme.set_mode("dark")
    assert closing.icon().pixmap(13, 13).toImage() != light
    closing.show_icon("undo")
    theme.set_mode("light")
    assert closing.icon().pixmap(13, 13).toImage() != light
    more = IconButton(theme, "more", "More", menu=QMenu(closing))
    qtbot.addWidget(more)
    assert more.popupMode() == QToolButton.ToolButtonPopupMode.InstantPopup


def test_a_list_is_filled_and_set_in_silence(qtbot: QtBot) -> None:
    chosen = Combo(None, "Size", "How large", (("Small", 1), ("Large", 2, "Very")), letters=6)
    qtbot.addWidget(chosen)
    told: list[int] = []
    chosen.currentIndexChanged.connect(told.append)
    chosen.choose(2)
    assert chosen.currentText() == "Large"
    assert chosen.itemData(1, Qt.ItemDataRole.ToolTipRole) == "Very"
    chosen.choose("what is not offered")
    assert chosen.currentData() == 1
    chosen.offer([("None", None)])
    chosen.add([("Some", 3)])
    assert [chosen.itemText(place) for place in range(chosen.count())] == ["None", "Some"]
    assert not told
    chosen.setCurrentIndex(1)
    assert told == [1]


def test_an_area_scrolls_up_and_down_and_takes_no_focus(qtbot: QtBot) -> None:
    inside = QWidget()
    inside.setMinimumSize(50, 500)
    area = scrolling(inside)
    qtbot.addWidget(area)
    area.resize(40, 100)
    area.show()
    assert area.verticalScrollBar().maximum() > 0
    assert not area.horizontalScrollBar().isVisible()
    assert area.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_a_timer_calls_once(qtbot: QtBot) -> None:
    owner, calls = QWidget(), []
    qtbot.addWidget(owner)
    timer = once(0, lambda: calls.append(1), owner)
    assert not timer.isActive()
    for number in (1, 2):
        timer.start()
        qtbot.waitUntil(lambda number=number: len(calls) == number, timeout=WAIT)
        assert not timer.isActive()
