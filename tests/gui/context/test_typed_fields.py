"""What is typed counts when a command reads it, and what cannot be used stops the command (R68)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.base.errors import InvalidInput
from core.document.document import read_document
from gui.prediction.labels.label_list import LabelList
from gui.widgets.numbers import NumberEntry, Reason, WholeSpin
from gui.window.files import Unsaved
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.pages import pages


def type_only(field: QWidget, text: str) -> None:
    """Replace what a field shows by real keys, without Enter; it keeps the focus."""
    field.setFocus()
    line = field.lineEdit() if isinstance(field, QComboBox | QAbstractSpinBox) else field
    line.selectAll()
    QTest.keyClicks(field, text)


@dataclass
class Command:
    """Something the user can do that reads a field.

    Attributes
    ----------
    field : QWidget
        In sight.
    act : callable
        Does it while the field has the focus.
    read : callable
        What the command would use in place of the field.
    worker : (object, str)
        Called by the command if it goes on; replaced by a spy.
    """

    field: QWidget
    act: Callable[[], object]
    read: Callable[[], object]
    worker: tuple[object, str]


def is_above_panes(reason: Reason, window: MainWindow) -> bool:
    order = window.children()  # the later, the further in front
    return all(order.index(dock) < order.index(reason) for dock in window.docks.values())


COMMANDS = (
    "experiment by F5", "experiment by its button", "experiment's time", "experiment's images",
    "plan by F5", "study", "scan", "map", "census", "document by Ctrl+S", "document as",
    "pixels", "picture", "pin",
)  # fmt: skip


def command(window: MainWindow, name: str) -> Command:
    lab, actions = window.lab, window.lab.actions
    pane = {key: dock.pane for key, dock in window.docks.items()}
    experiments, studies, inspector = pane["experiments"], pane["studies"], pane["inspector"]

    def keys(id: str) -> Callable[[], object]:
        assert not actions[id].shortcut().isEmpty()
        return lambda: QTest.keySequence(QApplication.focusWidget(), actions[id].shortcut())

    if name.startswith("experiment"):
        actions.trigger("view.show-experiments")
        field, controller = experiments.setup.samples, experiments.controller
        act, worker = {
            "experiment by F5": (keys("experiments.run"), (controller, "run")),
            "experiment by its button": (experiments.setup.run.click, (controller, "run")),
            "experiment's time": (experiments.setup.measure.click, (controller, "measure")),
            "experiment's images": (
                lambda: actions.trigger("experiments.export-stimuli"),
                (experiments.stimuli, "begin"),
            ),
        }[name]
        return Command(field, act, lambda: controller.draft.samples, worker)
    if name == "plan by F5":
        actions.trigger("view.show-experiments")
        experiments.show_plan(True)
        controller, field = experiments.controller, experiments.editor.form.seed
        return Command(
            field, keys("experiments.run"), lambda: controller.draft.seed, (controller, "run")
        )
    if name == "study":
        actions.trigger("studies.ablation")
        panel = studies.pages["ablation"].study
        panel.start.setEnabled(True)
        return Command(
            panel.controls, panel.start.click, panel.controls.value, (lab.ablation, "file")
        )
    if name in ("scan", "map"):
        actions.trigger(f"studies.{name}")
        page = studies.pages[name]
        page.runner.cancel()
        if name == "map":
            page.controls.preset.setCurrentIndex(page.controls.preset.count() - 1)
            page.controls.preset.activated.emit(page.controls.preset.count() - 1)
        field = page.controls.steps if name == "scan" else page.controls.columns
        return Command(
            field, page.run_button.click, lambda: page.setup.x.steps, (page.runner, "run")
        )
    if name == "census":
        actions.trigger("view.show-inspector")
        inspector.show_form(True)
        form, planning = inspector.form, inspector.controller.planning
        form.begin.setEnabled(True)
        return Command(
            form.words.samples,
            form.begin_wanted.emit,  # as the button does, also where it takes no focus
            lambda: planning.draft.stroop,
            (inspector.controller, "begin"),
        )
    actions.trigger("view.show-designer")
    transfer = pane["designer"].transfer
    act, worker = {
        "document by Ctrl+S": (keys("file.save"), (window.files, "ask_save")),
        "document as": (keys("file.save-as"), (window.files, "ask_save")),
        "pixels": (keys("stimulus.copy-pixels"), (lab, "say")),
        "picture": (keys("stimulus.save-png"), (transfer, "ask_save")),
        "pin": (
            lambda: actions.trigger("studies.pin-stimulus"),
            (studies.pages["compare"], "_add"),
        ),
    }[name]
    size = pane["designer"].fields.geometry_form.spins["size"]
    return Command(size, act, lambda: round(100 * lab.document.stimulus.size), worker)


@pytest.mark.parametrize("name", COMMANDS)
def test_r68_a_command_takes_what_is_typed_or_is_not_carried_out(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    qtbot.waitUntil(lambda: "experiments" in window.docks, timeout=WAIT)
    one = command(window, name)
    used: list[object] = []
    said: list[str] = []

    def spy(*_given: object) -> None:
        used.append(one.read())
        if name == "study":
            raise InvalidInput("Not now.")

    window.lab.message.connect(lambda text, _for: said.append(text))
    if name != "pixels":
        monkeypatch.setattr(*one.worker, spy)
    type_only(one.field, "12x")
    one.act()
    assert used == []
    assert "“12x” in the field" in said[-1] and said[-1].endswith("cannot be used.")
    assert one.field.hasFocus() and one.field.isVisible() and one.field.property("problem")
    (reason,) = window.findChildren(Reason)
    assert reason.isVisible()
    qtbot.waitUntil(lambda: is_above_panes(reason, window), timeout=WAIT)
    if name == "pixels":
        return
    type_only(one.field, "12")
    one.act()
    assert used == [12]


def test_r68_every_button_that_acts_leads_back_to_a_field_that_cannot_be_used(
    window: MainWindow, qtbot: QtBot
) -> None:
    pressed = set()
    for page in pages(window, qtbot):
        fields = [entry.owner for entry in page.findChildren(NumberEntry)]
        seen = [field for field in fields if field.isVisible() and field.isEnabled()]
        buttons = [
            button
            for button in page.findChildren(QPushButton)
            if button.property("role") == "primary" and button.isVisible()
        ]
        for button in buttons if seen else ():
            before = [field.accessibleName() for field in seen if field.property("problem")]
            assert before == []
            button.setEnabled(True)  # whatever else is lacking
            type_only(seen[-1], "1x")
            button.click()
            assert seen[-1].hasFocus() and seen[-1].property("problem"), button.text()
            pressed.add(button.text())
            type_only(seen[-1], str(next_number(seen[-1])))
            QTest.keyClick(seen[-1], Qt.Key.Key_Return)
    assert pressed == {"Run", "Start study", "Start census"}


def next_number(field: QWidget) -> int:
    (entry,) = (field if isinstance(field, QLineEdit) else field.lineEdit()).findChildren(
        NumberEntry
    )
    return int(entry.rule.low) + 1


def test_r68_the_file_of_a_document_holds_what_is_typed(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    lab, form = window.lab, window.docks["designer"].pane.fields
    path = tmp_path / "figure.colorlab"
    lab.document.save(path)
    saved = lambda: read_document(path)[0].stimulus  # noqa: E731
    type_only(form.geometry_form.spins["size"], "40")
    QTest.keySequence(QApplication.focusWidget(), lab.actions["file.save"].shortcut())
    assert saved().size == 0.4 and not lab.document.modified
    type_only(form.figure.fields.hex, "#123456")
    QTest.keySequence(QApplication.focusWidget(), lab.actions["file.save"].shortcut())
    assert saved().figure_color == (0x12, 0x34, 0x56)
    type_only(form.figure.fields.hex, "#12")
    assert window.files.save() is False
    assert form.figure.fields.hex.hasFocus() and saved() == lab.document.stimulus


def test_r68_what_is_typed_is_unsaved_when_the_window_closes(window: MainWindow) -> None:
    asked: list[str] = []
    answers = iter((Unsaved.CANCEL, Unsaved.SAVE, Unsaved.DISCARD))

    def ask(name: str) -> Unsaved:
        asked.append(name)
        return next(answers)

    window.files.ask_unsaved = ask
    size = window.docks["designer"].pane.fields.geometry_form.spins["size"]
    type_only(size, "40")
    window.close()
    assert len(asked) == 1 and window.isVisible()
    assert window.lab.document.stimulus.size == 0.4
    type_only(size, "4x")
    window.close()  # saving leads to the field
    assert len(asked) == 2 and window.isVisible() and size.hasFocus() and size.text() == "4x"
    assert window.files.may_discard()


def test_r68_a_label_that_is_being_typed_is_saved(window: MainWindow, tmp_path: Path) -> None:
    lab, pane = window.lab, window.docks["prediction"].pane
    lab.document.save(tmp_path / "labels.colorlab")
    lab.actions.trigger("prompts.edit-labels")
    labels = pane.findChild(LabelList)
    labels.select_rows(0)
    labels.edit(labels.currentIndex())
    editor = labels.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "violet")
    lab.actions.trigger("file.save")
    assert read_document(tmp_path / "labels.colorlab")[0].prompts.labels[0].text == "violet"


def test_r68_only_fields_that_matter_hold_a_command_up(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    pane = window.docks["experiments"].pane
    ran: list[object] = []
    monkeypatch.setattr(pane.controller, "run", lambda: ran.append(None))
    window.lab.actions.trigger("view.show-experiments")
    pane.controller.use_preset("experiment-1")
    pane.show_plan(True)
    type_only(pane.editor.shape_size.low, "1x")
    pane.show_plan(False)
    pane.run()
    assert not ran and pane.stack.currentWidget() is pane.editor
    assert pane.editor.shape_size.low.hasFocus()
    pane.controller.use_preset("experiment-4")  # of words, which have no such size
    pane.run()
    assert len(ran) == 1


def test_r68_one_reason_is_seen_at_a_time_and_lies_over_no_button(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(500, 220)
    one, other = WholeSpin("One", 1, 9, page), WholeSpin("Other", 1, 9, page)
    one.setGeometry(20, 60, 90, 28)
    other.setGeometry(120, 60, 90, 28)
    start = QPushButton("Start", page)
    start.setGeometry(20, 92, 200, 28)
    with qtbot.waitActive(page, timeout=WAIT):
        page.show()
        page.activateWindow()
    for field in (one, other):
        type_only(field, "x")
        QTest.keyClick(field, Qt.Key.Key_Return)

    def seen() -> list[Reason]:
        return [reason for reason in page.findChildren(Reason) if reason.isVisible()]

    (reason,) = seen()
    assert "x" in reason.text() and not reason.geometry().intersects(start.geometry())
    assert not reason.geometry().intersects(other.geometry())
    one.setFocus()
    (first,) = seen()
    assert first is not reason
    type_only(one, "5")
    QTest.keyClick(one, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(page.findChildren(Reason)) == 1, timeout=WAIT)
    other.setFocus()
    assert seen() == [reason]


def test_r68_a_refused_text_outlasts_an_edit_of_another_field(window: MainWindow) -> None:
    window.lab.actions.trigger("studies.scan")
    controls = window.docks["studies"].pane.pages["scan"].controls
    refused = {controls.low: "abc", controls.high: "400", controls.steps: "1,5"}
    for field, text in refused.items():
        type_only(field, text)
    type_only(controls.held["chroma"], "0,05")
    QTest.keyClick(controls.held["chroma"], Qt.Key.Key_Return)
    assert controls.held["chroma"].value() == 0.05
    for field, text in refused.items():
        assert field.text() == text and field.problem, field.accessibleName()


def test_r68_a_number_set_elsewhere_while_one_is_typed_is_the_present_one(qtbot: QtBot) -> None:
    field = WholeSpin("Steps", 2, 200)
    qtbot.addWidget(field)
    with qtbot.waitActive(field, timeout=WAIT):
        field.show()
        field.activateWindow()
    told: list[int] = []
    field.valueChanged.connect(told.append)
    type_only(field, "5")
    field.show_value(60)
    assert (field.value(), field.text(), told) == (60, "5", [])
    type_only(field, "2")  # as it was before
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert told == [2]
