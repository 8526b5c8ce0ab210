"""The labels panel: in-place edits, order, switches, pasted lists, presets – with undo."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QStyleOptionViewItem, QToolButton
from pytestqt.qtbot import QtBot

from core.color.terms import CSS
from core.predict.prompts import LABEL_PRESETS, Label
from gui.context.lab_context import LabContext
from gui.prediction.labels.label_model import ROWS_MIME, NoteRole
from gui.prediction.pane import PredictionPane
from tests.support.prediction import (
    LABELS,
    card,
    label_texts,
    make_pane,
    names,
    steps,
    wait_answer,
)
from tests.support.waiting import WAIT

CLICK = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def pane(ready_lab: LabContext, qtbot: QtBot) -> PredictionPane:
    pane = make_pane(ready_lab, qtbot)
    QTest.mouseClick(pane.footer.labels, CLICK)
    assert pane.panel.isVisible()
    return pane


def open_editor(pane: PredictionPane, row: int) -> QLineEdit:
    """Open the in-place field of a row with Enter."""
    pane.panel.list.setFocus()
    pane.panel.list.select_rows(row)
    QTest.keyClick(pane.panel.list, Qt.Key.Key_Return)
    editor = pane.panel.list.findChild(QLineEdit)
    assert editor is not None
    return editor


def button(pane: PredictionPane, tip: str) -> object:
    buttons = pane.panel.findChildren(QToolButton)
    (found,) = [button for button in buttons if button.toolTip().startswith(tip)]
    return found


def test_label_is_edited_in_place(
    pane: PredictionPane, ready_lab: LabContext, qtbot: QtBot
) -> None:
    editor = open_editor(pane, 3)
    assert editor.text() == "cat"
    editor.selectAll()
    QTest.keyClicks(editor, "dog")
    QTest.keyClick(editor, Qt.Key.Key_Return)  # the list takes it a moment later
    wanted = ["purple", "pink", "green", "dog"]
    qtbot.waitUntil(lambda: label_texts(pane) == wanted, timeout=WAIT)
    assert steps(ready_lab) == ["edit label"]
    wait_answer(pane, qtbot)
    assert "dog" in names(pane)
    ready_lab.document.undo()
    assert label_texts(pane) == list(LABELS)


def test_escape_leaves_a_label_as_it_was(pane: PredictionPane, ready_lab: LabContext) -> None:
    editor = open_editor(pane, 0)
    QTest.keyClicks(editor, "x")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert label_texts(pane) == list(LABELS) and steps(ready_lab) == []


def test_labels_are_added_at_the_end(pane: PredictionPane, ready_lab: LabContext) -> None:
    QTest.keyClicks(pane.panel.add_field, "{}")
    QTest.keyClick(pane.panel.add_field, Qt.Key.Key_Return)
    assert label_texts(pane)[-1] == "{}" and pane.panel.add_field.text() == ""
    assert pane.panel.list.selected_rows() == [4]
    QTest.keyClicks(pane.panel.add_field, "a, b, pink")
    QTest.keyClick(pane.panel.add_field, Qt.Key.Key_Return)
    assert label_texts(pane)[-2:] == ["a", "b"], "one that is there is not added twice"
    QTest.keyClick(pane.panel.add_field, Qt.Key.Key_Return)
    assert steps(ready_lab) == ["add label", "paste labels"]


def test_labels_are_removed(pane: PredictionPane, ready_lab: LabContext) -> None:
    pane.panel.list.select_rows(1, 2)
    QTest.keyClick(pane.panel.list, Qt.Key.Key_Delete)
    assert label_texts(pane) == ["purple", "cat"]
    assert pane.panel.list.selected_rows() == [1]
    QTest.mouseClick(button(pane, "Remove"), CLICK)
    assert label_texts(pane) == ["purple"]
    assert steps(ready_lab) == ["remove labels", "remove label"]


def test_labels_are_moved_by_keys_and_buttons(pane: PredictionPane, ready_lab: LabContext) -> None:
    pane.panel.list.select_rows(0)
    QTest.keyClick(pane.panel.list, Qt.Key.Key_Down, ALT)
    assert label_texts(pane) == ["pink", "purple", "green", "cat"]
    assert pane.panel.list.selected_rows() == [1]
    QTest.mouseClick(button(pane, "Move up"), CLICK)
    QTest.mouseClick(button(pane, "Move up"), CLICK)
    assert label_texts(pane) == list(LABELS), "at the top it stays"
    pane.panel.list.select_rows(2, 2)
    QTest.keyClick(pane.panel.list, Qt.Key.Key_Down, ALT)
    assert label_texts(pane) == list(LABELS)
    QTest.keyClick(pane.panel.list, Qt.Key.Key_Up, ALT)
    assert label_texts(pane) == ["purple", "green", "cat", "pink"]
    assert steps(ready_lab) == ["move label", "move label", "move labels"]


def test_labels_are_dropped_into_a_gap(pane: PredictionPane, qtbot: QtBot) -> None:
    model = pane.panel.model
    data = model.mimeData([model.index(3), model.index(0)])
    assert data.hasFormat(ROWS_MIME)
    moved = model.dropMimeData(data, Qt.DropAction.MoveAction, 2, 0, QModelIndex())
    assert label_texts(pane) == ["pink", "purple", "cat", "green"]
    assert not moved, "the view must not remove rows that were moved already"
    assert not model.dropMimeData(QMimeData(), Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    pane.edits.set_labels(())
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    assert label_texts(pane) == []


def test_order_of_labels_is_that_of_the_bars(
    pane: PredictionPane, ready_lab: LabContext, qtbot: QtBot
) -> None:
    ready_lab.document.change("label order", sort_bars=False)
    pane.panel.list.select_rows(3)
    for _ in range(3):
        QTest.keyClick(pane.panel.list, Qt.Key.Key_Up, ALT)
    wait_answer(pane, qtbot)
    assert names(pane) == ["cat", "purple", "pink", "green"]


def test_label_is_switched_off_by_its_box(
    pane: PredictionPane, ready_lab: LabContext, qtbot: QtBot
) -> None:
    view = pane.panel.list
    box = view.visualRect(pane.panel.model.index(1))
    QTest.mouseClick(view.viewport(), CLICK, pos=QPoint(box.left() + 16, box.center().y()))
    assert not ready_lab.document.prompts.labels[1].enabled
    wait_answer(pane, qtbot)
    assert "pink" not in names(pane)
    assert pane.footer.labels.text() == "Labels · 3 of 4"
    assert steps(ready_lab) == ["switch label off"]
    view.select_rows(1)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert ready_lab.document.prompts.labels[1].enabled


def test_r14_problems_of_labels_stand_in_their_rows(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot, labels=("red", "", " red", Label("x", enabled=False)))
    notes = [pane.panel.model.index(row).data(NoteRole) for row in range(4)]
    assert notes[0] == "" and notes[3] == ""
    assert "blank" in notes[1] and "repeats row 1" in notes[2]
    spoken = pane.panel.model.index(3).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "x, switched off"
    pane.open_labels()
    pane.panel.list.select_rows(2)
    pane.grab()


def test_presets_spell_gray_both_ways(pane: PredictionPane, ready_lab: LabContext) -> None:
    actions = pane.panel.presets.menu().actions()
    assert [a.text() for a in actions] == [preset.title for preset in LABEL_PRESETS]
    for action, gray in zip(actions, ("gray", "grey"), strict=True):
        action.trigger()
        assert len(label_texts(pane)) == 11 and gray in label_texts(pane)
    assert LABEL_PRESETS[1].title in pane.footer.labels.toolTip()
    assert steps(ready_lab) == ["replace labels"] * 2


def test_pasted_list_is_read_out_before_it_is_used(
    pane: PredictionPane, ready_lab: LabContext, qtbot: QtBot
) -> None:
    QGuiApplication.clipboard().setText("red\nblue, green\nred\n")
    QTest.mouseClick(pane.panel.paste, CLICK)
    dialog = pane.panel.open_paste_dialog()
    assert dialog.reading.text() == "3 labels: red, blue, green. 1 repeated and dropped."
    QTest.keyClicks(dialog.field, " , ,")
    assert dialog.reading.text() == "No label found."
    assert not dialog.replace_button.isEnabled() and not dialog.add_button.isEnabled()
    QTest.keyClicks(dialog.field, "one,two")
    QTest.mouseClick(dialog.replace_button, CLICK)
    assert label_texts(pane) == ["one", "two"]
    second = pane.panel.open_paste_dialog()
    second.field.setPlainText("two\nthree")
    QTest.mouseClick(second.add_button, CLICK)
    assert label_texts(pane) == ["one", "two", "three"]
    assert steps(ready_lab) == ["replace labels", "paste labels"]
    wait_answer(pane, qtbot)
    assert sorted(names(pane)) == ["one", "three", "two"]


def test_swatches_are_the_palette_s_own_colors(pane: PredictionPane) -> None:
    for row, rgb in enumerate((CSS["purple"], CSS["pink"], CSS["green"])):
        icon = pane.panel.model.index(row).data(Qt.ItemDataRole.DecorationRole)
        color = icon.pixmap(14, 14).toImage().pixelColor(7, 7)
        assert (color.red(), color.green(), color.blue()) == rgb


def test_selection_survives_an_edit_elsewhere(pane: PredictionPane, qtbot: QtBot) -> None:
    pane.panel.list.select_rows(2)
    pane.edits.add_label("new")
    assert pane.panel.list.selected_rows() == [2]
    wait_answer(pane, qtbot)
    assert len(card(pane).chart.rows) == 5


def test_labels_that_are_off_or_have_a_note_are_muted(
    pane: PredictionPane, ready_lab: LabContext, qtbot: QtBot
) -> None:
    view = pane.panel.list

    def color(row: int) -> str:
        option = QStyleOptionViewItem()
        view.initViewItemOption(option)
        view.itemDelegate().initStyleOption(option, view.model().index(row, 0))
        return option.palette.color(QPalette.ColorRole.Text).name()

    muted = ready_lab.theme.color("muted").name()
    assert muted not in (color(0), color(1))
    model = view.model()
    off = Qt.CheckState.Unchecked.value
    model.setData(model.index(0, 0), off, Qt.ItemDataRole.CheckStateRole)
    assert (color(0) == muted, color(1) == muted) == (True, False)
    editor = open_editor(pane, 3)
    editor.setText(label_texts(pane)[2])  # twice the same: the second says so
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(model.index(3, 0).data(NoteRole)), timeout=WAIT)
    assert [color(row) == muted for row in range(4)] == [True, False, False, True]
