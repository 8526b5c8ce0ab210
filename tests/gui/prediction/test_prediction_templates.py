"""Template cards: typing, switching, moving, problems, undo – with real keys and clicks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.predict.prompts import PROMPT_PRESETS, Template
from gui.context.lab_context import LabContext
from gui.prediction.pane import PredictionPane
from gui.window.main_window import MainWindow
from tests.support.prediction import (
    LABELS,
    card,
    make_pane,
    names,
    shown,
    steps,
    texts,
    wait_answer,
)

CLICK = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def pane(ready_lab: LabContext, qtbot: QtBot) -> PredictionPane:
    return make_pane(ready_lab, qtbot)


def enter(pane: PredictionPane, row: int, cursor: int | None = None) -> None:
    """Click into a template's field and put the cursor to a place, the end by default."""
    edit = card(pane, row).row.edit
    QTest.mouseClick(edit, CLICK)
    edit.setFocus()
    edit.setCursorPosition(len(edit.text()) if cursor is None else cursor)


def test_typing_is_one_step_a_visit(
    pane: PredictionPane, ready_lab: LabContext, qtbot: QtBot
) -> None:
    enter(pane, 0)
    QTest.keyClicks(card(pane, 0).row.edit, " here")
    assert texts(pane)[0] == "The word is written in {} font here"
    assert steps(ready_lab) == ["edit template"]
    enter(pane, 1, 0)
    QTest.keyClicks(card(pane, 1).row.edit, "very ")
    enter(pane, 0)
    QTest.keyClicks(card(pane, 0).row.edit, "!")
    assert steps(ready_lab) == ["edit template"] * 3
    wait_answer(pane, qtbot)
    assert card(pane, 1).chart.rows[0].prompt.startswith("very ")
    ready_lab.document.undo()
    ready_lab.document.undo()
    assert texts(pane) == ["The word is written in {} font here", "{}"]
    assert card(pane, 1).row.edit.text() == "{}"


def test_control_z_in_a_field_undoes_the_document(
    pane: PredictionPane, ready_lab: LabContext
) -> None:
    edit = card(pane, 0).row.edit
    card(pane, 1).row.switch.click()
    enter(pane, 0)
    QTest.keyClicks(edit, "xy")
    QTest.keyClick(edit, Qt.Key.Key_Z, CONTROL)
    assert edit.text() == "The word is written in {} font"
    QTest.keyClick(edit, Qt.Key.Key_Z, CONTROL)
    assert pane.edits.prompts.templates[1].enabled
    QTest.keyClick(edit, Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert not pane.edits.prompts.templates[1].enabled


def test_undo_while_typing_keeps_the_next_letters_apart(
    pane: PredictionPane, ready_lab: LabContext
) -> None:
    edit = card(pane, 0).row.edit
    enter(pane, 0)
    QTest.keyClicks(edit, "a")
    QTest.keyClick(edit, Qt.Key.Key_Z, CONTROL)
    QTest.keyClicks(edit, "b")
    assert texts(pane)[0].endswith("fontb")
    assert steps(ready_lab) == ["edit template"]


def test_slot_is_marked_where_it_is_painted(pane: PredictionPane) -> None:
    edit = card(pane, 0).row.edit
    box = edit.slot_box()
    assert box is not None
    before = edit.fontMetrics().horizontalAdvance("The word is written in ")
    slot = edit.fontMetrics().horizontalAdvance("{}")
    edit.setCursorPosition(0)
    start = edit.cursorRect().center().x()
    box = edit.slot_box()
    assert box is not None
    assert abs(box.left() - (start + before)) <= 3
    assert abs(box.width() - slot) <= 3
    pixels = edit.grab().toImage()
    marked = pixels.pixelColor(round(box.left()) + 1, round(box.top()) + 2)
    plain = pixels.pixelColor(round(box.right()) + 6, round(box.top()) + 2)
    assert marked != plain


def test_slot_behind_a_surrogate_pair_is_found(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot, ("🎨🎨 {}", "xx {}"))
    boxes = [card(pane, row).row.edit.slot_box() for row in (0, 1)]
    assert all(box is not None and 10 < box.width() < 30 for box in boxes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no slot", "no slot {}"),
        ("{} and {}", "2 slots"),
        ("   ", "blank"),
    ],
)
def test_r14_r15_problems_stand_beside_the_field(
    ready_lab: LabContext, qtbot: QtBot, text: str, words: str
) -> None:
    pane = make_pane(ready_lab, qtbot, (text, "{}"))
    first = card(pane, 0)
    assert words in first.problem.text() and shown(first.problem, pane)
    assert first.row.edit.property("problem") is True
    assert first.row.edit.accessibleDescription() == first.problem.text()
    assert not shown(first.chart, pane)
    assert shown(card(pane, 1).chart, pane), "the other template is asked all the same"
    enter(pane, 0)
    card(pane, 0).row.edit.selectAll()
    QTest.keyClicks(first.row.edit, "a {} now")
    wait_answer(pane, qtbot)
    assert not shown(first.problem, pane) and shown(first.chart, pane)
    assert not first.row.edit.property("problem")


def test_r13_template_over_the_limit_says_what_is_lost(ready_lab: LabContext, qtbot: QtBot) -> None:
    long = " ".join(f"w{i}" for i in range(80)) + " {}"
    pane = make_pane(ready_lab, qtbot, (long, "{}"))
    first = card(pane, 0)
    assert "83 tokens" in first.problem.text() and "77" in first.problem.text()
    assert "w75" in first.problem.text(), "the part that would be lost"
    assert "w74" not in first.problem.text()
    assert not shown(first.chart, pane)
    assert first.row.tokens.text() == "83 / 77 tokens"
    assert shown(card(pane, 1).chart, pane)


def test_huge_prompt_is_blocked_at_once(pane: PredictionPane, qtbot: QtBot) -> None:
    enter(pane, 0)
    edit = card(pane, 0).row.edit
    edit.selectAll()
    edit.insert("x" * 10_000 + "{}")
    edit.textEdited.emit(edit.text())
    first = card(pane, 0)
    assert "10,002 characters" in first.problem.text(), "no model is needed to say so"
    wait_answer(pane, qtbot)
    assert not shown(first.chart, pane) and shown(card(pane, 1).chart, pane)
    assert edit.slot_box() is None


def test_r16_text_as_the_model_sees_it(pane: PredictionPane, qtbot: QtBot) -> None:
    first = card(pane, 0)
    assert first.row.tokens.text() == "9 / 77 tokens"  # seven words, start and end
    assert "the word is written in purple font" in first.row.tokens.toolTip()
    assert not shown(first.seen, pane)
    QTest.mouseClick(first.row.tokens, CLICK)
    assert shown(first.seen, pane)
    lines = first.seen.toPlainText().splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        f"the word is written in {label} font" for label in LABELS
    ]


def test_r16_any_language(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(
        ready_lab,
        qtbot,
        ("كلمة مكتوبة بلون {} هنا", "字体颜色是 {}", "🎨 {}"),
        ("أحمر", "红", "🟥"),
    )
    for row in range(3):
        assert set(names(pane, row)) == {"أحمر", "红", "🟥"}
        assert shown(card(pane, row).chart, pane)
        pane.grab()
    enter(pane, 1)
    QTest.keyClicks(card(pane, 1).row.edit, " ok")
    assert texts(pane)[1] == "字体颜色是 {} ok"


def test_switch_off_and_on(pane: PredictionPane, ready_lab: LabContext, qtbot: QtBot) -> None:
    QTest.mouseClick(
        card(pane, 0).row.switch, CLICK, pos=QPoint(9, card(pane, 0).row.switch.height() // 2)
    )
    assert not pane.edits.prompts.templates[0].enabled
    assert not shown(card(pane, 0).chart, pane)
    assert not shown(card(pane, 0).problem, pane), "switching off is no fault"
    wait_answer(pane, qtbot)
    assert [outcome.row for outcome in pane.shown.predictions] == [1]
    ready_lab.document.undo()
    wait_answer(pane, qtbot)
    assert card(pane, 0).row.switch.isChecked() and shown(card(pane, 0).chart, pane)
    assert ready_lab.document.undo_stack.redoText() == "switch template off"


def test_alt_arrows_move_and_keep_the_cursor(pane: PredictionPane, ready_lab: LabContext) -> None:
    enter(pane, 0, 3)
    QTest.keyClick(card(pane, 0).row.edit, Qt.Key.Key_Down, ALT)
    assert texts(pane) == ["{}", "The word is written in {} font"]
    assert pane.window().focusWidget() is card(pane, 1).row.edit
    assert card(pane, 1).row.edit.cursorPosition() == 3
    QTest.keyClick(card(pane, 1).row.edit, Qt.Key.Key_Down, ALT)
    assert steps(ready_lab) == ["move template"], "beyond the end nothing happens"
    QTest.keyClick(card(pane, 1).row.edit, Qt.Key.Key_Up, ALT)
    assert texts(pane) == ["The word is written in {} font", "{}"]


def test_cards_are_dragged_by_their_grip(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot, ("a {}", "b {}", "c {}"))
    grip = card(pane, 0).row.grip
    middle = grip.rect().center()
    below = grip.mapFromGlobal(
        pane.cards.mapToGlobal(QPoint(5, card(pane, 1).geometry().bottom() - 2))
    )
    QTest.mousePress(grip, CLICK, pos=middle)
    QTest.mouseMove(grip, below)
    assert not pane.cards._drop_line.isHidden()
    QTest.mouseRelease(grip, CLICK, pos=below)
    assert pane.cards._drop_line.isHidden()
    assert texts(pane) == ["b {}", "a {}", "c {}"]
    QTest.mouseClick(grip, CLICK, pos=middle)
    assert steps(ready_lab) == ["move template"], "a click moves nothing"


def test_menu_duplicates_and_removes(
    pane: PredictionPane, ready_lab: LabContext, qtbot: QtBot
) -> None:
    actions = {a.text().split("\t")[0]: a for a in card(pane, 0).row.more.menu().actions()}
    actions["Duplicate"].trigger()
    assert texts(pane) == [texts(pane)[0]] * 2 + ["{}"]
    assert "repeats row 1" in card(pane, 1).problem.text()
    actions["Remove"].trigger()
    assert texts(pane) == ["The word is written in {} font", "{}"]
    assert steps(ready_lab) == ["duplicate template", "remove template"]
    assert not actions["Move up"].isEnabled() and actions["Move down"].isEnabled()
    ready_lab.document.undo()
    ready_lab.document.undo()
    assert len(pane.cards.cards) == 2
    wait_answer(pane, qtbot)


def test_add_button_gives_a_field_to_type_in(pane: PredictionPane, qtbot: QtBot) -> None:
    QTest.mouseClick(pane.footer.add, CLICK)
    edit = card(pane, 2).row.edit
    assert pane.window().focusWidget() is edit
    QTest.keyClicks(edit, "it is {}")
    wait_answer(pane, qtbot)
    assert shown(card(pane, 2).chart, pane)


def test_presets_replace_or_add(pane: PredictionPane, ready_lab: LabContext) -> None:
    ids = {preset.id: preset for preset in PROMPT_PRESETS}
    menu = {action.text(): action for action in pane.footer.presets.menu().actions()}
    menu[ids["experiment-3"].title].trigger()
    assert tuple(texts(pane)) == ids["experiment-3"].templates and len(texts(pane)) == 5
    add = {a.text(): a for a in menu["Add to the templates"].menu().actions()}
    add[ids["experiment-2-object"].title].trigger()
    assert texts(pane)[-1] == "The color of the object is {}" and len(texts(pane)) == 6
    add[ids["experiment-1"].title].trigger()
    assert len(texts(pane)) == 6, "a template that is there is not added twice"
    assert steps(ready_lab) == ["preset prompts"] * 2


def test_everything_undone_is_the_start(pane: PredictionPane, ready_lab: LabContext) -> None:
    start = ready_lab.document.state
    enter(pane, 0)
    QTest.keyClicks(card(pane, 0).row.edit, "abc")
    pane.add_template()
    QTest.keyClicks(card(pane, 2).row.edit, "x {}")
    QTest.keyClick(card(pane, 2).row.edit, Qt.Key.Key_Up, ALT)
    card(pane, 0).row.switch.click()
    card(pane, 1).row.remove_wanted.emit()
    pane.panel.add_field.setText("dog, red")
    QTest.keyClick(pane.panel.add_field, Qt.Key.Key_Return)
    while ready_lab.document.undo_stack.canUndo():
        ready_lab.document.undo()
    assert ready_lab.document.state == start
    assert texts(pane) == [card(pane, row).row.edit.text() for row in (0, 1)]


def test_commands_of_the_window_reach_the_pane(window: MainWindow, qtbot: QtBot) -> None:
    pane = window.docks["prediction"].pane
    assert isinstance(pane, PredictionPane)
    count = len(pane.cards.cards)
    window.lab.actions.trigger("prompts.add-template")
    assert len(pane.cards.cards) == count + 1
    window.lab.actions.trigger("prompts.edit-labels")
    assert pane.panel.isVisible() and pane.footer.labels.isChecked()
    assert window.focusWidget() is pane.panel.list
    edit = card(pane, 0).row.edit
    edit.setFocus()
    QTest.keyClicks(edit, "!!")
    QTest.keyClick(edit, Qt.Key.Key_Z, CONTROL)
    assert not card(pane, 0).row.edit.text().endswith("!!")


def test_disabled_template_row_is_kept(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot, (Template("no slot", enabled=False), "{}"))
    assert not shown(card(pane, 0).problem, pane)
    assert not card(pane, 0).row.switch.isChecked()
