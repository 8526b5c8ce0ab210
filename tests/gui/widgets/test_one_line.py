"""Fields of one line: what is seen is what is stored, whatever is pasted."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gui.widgets.plain_text import OneLine
from tests.support.pasting import ODD_TEXTS, paste


@pytest.fixture
def field(qtbot: QtBot) -> QLineEdit:
    field = QLineEdit()
    qtbot.addWidget(field)
    OneLine(field)
    field.show()
    return field


@pytest.mark.parametrize(
    ("pasted", "line"),
    [("red\n", "red"), ("\r\nred sky\r\nblue\n\n", "red sky blue"), ("red ", "red "),
     ("a\tb\u00a0c\u2028d", "a b c d"), ("\n", ""), ("re\x00d\x1b", "re d "),
     ("re\u200bd", "re\u200bd"), ("👩\u200d🚀\n", "👩\u200d🚀")],
)  # fmt: skip
def test_a_pasted_text_is_one_line(field: QLineEdit, pasted: str, line: str) -> None:
    told: list[str] = []
    field.textEdited.connect(told.append)
    paste(field, pasted)
    assert field.text() == line and told[-1] == line
    assert field.hasAcceptableInput()
    field.setText("")
    field.setText(pasted)
    assert field.text() == line


def test_the_cursor_stays_behind_what_was_pasted(field: QLineEdit) -> None:
    field.setText("👍 end")
    field.setCursorPosition(2)  # behind the emoji, which is two units of UTF-16
    field.insert("one\r\ntwo")
    assert field.text() == "👍one two end"
    QTest.keyClicks(field, "!")
    assert field.text() == "👍one two! end"


@pytest.mark.parametrize("name", ODD_TEXTS)
def test_a_cleaned_text_stays_as_it_is(field: QLineEdit, name: str) -> None:
    paste(field, ODD_TEXTS[name])
    once = field.text()
    assert not set(once) & set("\n\r\t\x00\x07\x1b\u2028\u2029\u00a0")
    paste(field, once)
    assert field.text() == once
