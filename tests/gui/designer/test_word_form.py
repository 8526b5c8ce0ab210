"""The word's field with its editor and document: they never differ without a word about it."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.context.lab_context import LabContext
from gui.designer.fields.word_form import WordForm
from gui.designer.pane import DesignerPane
from tests.support.designer import WORD, make_pane
from tests.support.pasting import ODD_TEXTS, paste

CLICK = Qt.MouseButton.LeftButton
UNSEEN = ("\u00ad", "\u200b", "\u200d", "\u202e", "\u202d", "\u2066", "\u200f", "\ufeff")


@pytest.fixture
def form(lab: LabContext, qtbot: QtBot) -> WordForm:
    pane: DesignerPane = make_pane(lab, qtbot)
    lab.document.new(msgspec.structs.replace(lab.document.state, stimulus=WORD))
    return pane.fields.word


def word_of(lab: LabContext) -> str:
    return lab.document.stimulus.word


def leave(form: WordForm) -> None:
    form.word.setFocus()
    QTest.keyClick(form.word, Qt.Key.Key_Tab)
    assert not form.word.hasFocus()


def told(form: WordForm) -> list[str]:
    """What stands beside the field."""
    notes = (form.note, form.note.text()), (form.invisible, form.invisible.label.text())
    return [text for note, text in notes if note.isVisible()]


@pytest.mark.parametrize("unseen", UNSEEN, ids=[f"{ord(c):04X}" for c in UNSEEN])
def test_r69_a_word_with_an_invisible_character_waits_for_its_removal(
    lab: LabContext, form: WordForm, qtbot: QtBot, unseen: str
) -> None:
    paste(form.word, f"re{unseen}d")
    assert word_of(lab) == "blue" and lab.document.undo_stack.count() == 0
    (said,) = told(form)
    assert f"⟨U+{ord(unseen):04X}⟩" in said and "cannot be drawn" in said
    leave(form)
    assert form.word.text() == word_of(lab) == "blue"
    assert told(form) == [said]  # it still says what was not used, and can still be asked
    qtbot.mouseClick(form.invisible.button, CLICK)
    assert form.word.text() == word_of(lab) == "red"
    assert told(form) == [] and form.word.hasFocus()


def test_r69_every_key_after_a_mark_of_direction_is_refused_quietly(
    lab: LabContext, form: WordForm
) -> None:
    paste(form.word, "\u202eder")
    QTest.keyClicks(form.word, "sky")
    assert word_of(lab) == "blue" and len(told(form)) == 1
    for _letter in form.word.text():
        QTest.keyClick(form.word, Qt.Key.Key_Backspace)
    QTest.keyClicks(form.word, "sky")
    assert form.word.text() == word_of(lab) == "sky" and told(form) == []


def test_r69_what_is_left_after_a_removal_may_still_be_refused(
    lab: LabContext, form: WordForm, qtbot: QtBot
) -> None:
    paste(form.word, "赤\u200b")
    qtbot.mouseClick(form.invisible.button, CLICK)
    (said,) = told(form)
    assert "no character “赤”" in said and word_of(lab) == "blue"
    leave(form)
    assert form.word.text() == word_of(lab) == "blue"


def test_r69_another_word_takes_the_note_away(
    lab: LabContext, form: WordForm, qtbot: QtBot
) -> None:
    paste(form.word, "re\u00add")
    qtbot.mouseClick(form.quick["blue"], CLICK)
    assert form.word.text() == word_of(lab) == "blue" and told(form) == []
    paste(form.word, "re\u00add")
    lab.document.change_stimulus("word", word="pink")
    assert form.word.text() == word_of(lab) == "pink" and told(form) == []


@pytest.mark.parametrize(
    ("pasted", "word"),
    [("red\n", "red"), ("\r\nred", "red"), ("sky\r\nblue", "sky blue"), ("sky\tblue", "sky blue"),
     ("sky\u00a0blue", "sky blue"), ("sky\u2028blue\u2029", "sky blue"),
     ("sky\x07blue", "sky blue")],
)  # fmt: skip
def test_a_pasted_word_is_one_line(lab: LabContext, form: WordForm, pasted: str, word: str) -> None:
    paste(form.word, pasted)
    assert form.word.text() == word_of(lab) == word and told(form) == []
    assert form.word.cursorPosition() == len(word)


@pytest.mark.parametrize("name", ODD_TEXTS)
def test_r69_field_and_document_never_differ_silently(
    lab: LabContext, form: WordForm, name: str
) -> None:
    paste(form.word, ODD_TEXTS[name])
    assert form.word.text() == word_of(lab) or len(told(form)) == 1
    leave(form)
    assert form.word.text() == word_of(lab)
    lab.document.undo()
    assert form.word.text() == word_of(lab) == "blue"
    assert QApplication.focusWidget() is not form.word
