"""R69 in the window: labels that are one prompt, and characters that show nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.context.lab_context import LabContext
from gui.designer.fields.word_form import WordForm
from gui.experiments.plan.lines_edit import LinesEdit
from gui.prediction.cards.template_edit import TemplateEdit
from gui.prediction.labels.label_model import NoteRole
from gui.widgets.plain_text import InvisibleNote
from tests.support.prediction import (
    STROOP,
    card,
    label_texts,
    make_pane,
    names,
    shown,
    steps,
    texts,
    wait_answer,
)
from tests.support.waiting import WAIT

CLICK = Qt.MouseButton.LeftButton
SOFT = "\u00ad"


def remove(note: InvisibleNote) -> None:
    QTest.mouseClick(note.button, CLICK)


def test_r69_a_label_that_is_one_prompt_with_another_is_flagged_and_asked_once(
    ready_lab: LabContext, qtbot: QtBot
) -> None:
    pane = make_pane(ready_lab, qtbot, ("The color is {}",), ("red", "blue", "Red "))
    pane.open_labels()
    assert sorted(names(pane)) == ["blue", "red"]
    assert sum(row.probability for row in card(pane).chart.rows) == pytest.approx(1.0)
    assert "“Red ”" in card(pane).note.text() and shown(card(pane).note, pane)
    model = pane.panel.model
    assert "row 1" in model.index(2, 0).data(NoteRole)
    assert not model.index(0, 0).data(NoteRole)
    assert pane.panel.summary.text() == "2 of 3 used"
    assert pane.footer.labels.text() == "Labels · 2 of 3"
    pane.edits.rename_label(2, "green")
    wait_answer(pane, qtbot)
    assert sorted(names(pane)) == ["blue", "green", "red"]
    assert not model.index(2, 0).data(NoteRole) and pane.panel.summary.text() == "3 used"
    assert not shown(card(pane).note, pane)


def test_r69_a_template_that_becomes_another_is_explained(
    ready_lab: LabContext, qtbot: QtBot
) -> None:
    pane = make_pane(ready_lab, qtbot, ("a {}", "A  {}"), ("red", "blue"))
    assert names(pane, 0) and not shown(card(pane, 1).chart, pane)
    assert "row 1" in card(pane, 1).problem.text()


def test_r69_invisible_characters_of_prompts_are_shown_and_removed_by_a_click(
    ready_lab: LabContext, qtbot: QtBot
) -> None:
    pane = make_pane(ready_lab, qtbot, (f"The co{SOFT}lor is {{}}",), ("red", f"pur{SOFT}ple"))
    pane.open_labels()
    assert shown(card(pane).invisible, pane) and shown(pane.panel.invisible, pane)
    assert "soft hyphen" in card(pane).invisible.label.text()
    assert pane.panel.model.index(1, 0).data() == "pur⟨U+00AD⟩ple"
    assert pane.panel.model.index(1, 0).data(Qt.ItemDataRole.EditRole) == f"pur{SOFT}ple"
    assert sorted(names(pane)) == ["pur⟨U+00AD⟩ple", "red"]
    remove(card(pane).invisible)
    remove(pane.panel.invisible)
    assert texts(pane) == ["The color is {}"] and label_texts(pane) == ["red", "purple"]
    assert steps(ready_lab) == ["remove invisible characters"] * 2
    assert not shown(card(pane).invisible, pane) and not shown(pane.panel.invisible, pane)
    ready_lab.document.undo()
    assert label_texts(pane) == ["red", f"pur{SOFT}ple"]


def test_r69_the_template_field_marks_the_place(ready_lab: LabContext, qtbot: QtBot) -> None:
    tokens = ready_lab.theme.tokens

    def warm_pixels(text: str) -> int:
        edit = TemplateEdit(tokens)
        qtbot.addWidget(edit)
        edit.resize(300, 30)
        edit.setText(text)
        image = edit.grab().toImage()
        wanted = QColor(tokens.warning)
        return sum(
            abs(image.pixelColor(x, y).hue() - wanted.hue()) < 12
            and image.pixelColor(x, y).saturation() > 60
            for x in range(image.width())
            for y in range(image.height())
        )

    assert warm_pixels(f"co{SOFT}lor") > warm_pixels("color") + 5


def test_r69_the_word_says_what_it_holds(qtbot: QtBot) -> None:
    form = WordForm()
    qtbot.addWidget(form)
    form.show()
    form.show_word(STROOP)
    form.word.selectAll()
    QTest.keyClicks(form.word, f"pi{SOFT}nk")
    assert form.invisible.isVisible() and "soft hyphen" in form.invisible.label.text()
    with qtbot.waitSignal(form.word_edited, timeout=WAIT) as edited:
        remove(form.invisible)
    assert edited.args[0] == "pink" and not form.invisible.isVisible()


def test_r69_lists_of_a_plan_say_what_they_hold(qtbot: QtBot) -> None:
    field = LinesEdit("Labels")
    qtbot.addWidget(field)
    field.show()
    field.show_lines(("red", f"blue\u200b {SOFT}"))
    assert field.invisible.isVisible() and "2 invisible characters" in field.invisible.label.text()
    with qtbot.waitSignal(field.edited, timeout=WAIT) as edited:
        remove(field.invisible)
    assert edited.args[0] == ("red", "blue ") and not field.invisible.isVisible()


@pytest.mark.parametrize("count", [0, 1, 5])
def test_r69_a_note_names_a_few_texts_and_counts_the_rest(qtbot: QtBot, count: int) -> None:
    note = InvisibleNote()
    qtbot.addWidget(note)
    note.show_texts(["plain", *(f"{number}{SOFT}" + "x" * 500 for number in range(count))])
    assert note.isHidden() == (count == 0)
    assert ("2 more" in note.label.text()) == (count == 5)
    assert len(note.label.text()) < 600
