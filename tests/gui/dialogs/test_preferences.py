"""The pages of the preferences, and the questions that can be switched off."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from core.base.paths import cache_dir
from core.base.settings import load_settings
from gui.dialogs.preferences import PreferencesDialog
from gui.dialogs.questions import Role, confirm
from gui.window.main_window import MainWindow
from tests.support.waiting import WAIT

PAGES = ["Appearance", "Files", "Performance", "Questions", "Folders", "Shortcuts"]


@pytest.fixture
def dialog(window: MainWindow):
    dialog = PreferencesDialog(window.lab, window)
    dialog.show()
    yield dialog
    dialog.reject()
    dialog.deleteLater()


def test_the_pages_are_reached_by_name(dialog: PreferencesDialog) -> None:
    assert [dialog.list.item(row).text() for row in range(dialog.list.count())] == PAGES
    for row, name in enumerate(PAGES):
        dialog.show_page(name)
        assert dialog.stack.currentIndex() == row


def test_r50_every_choice_is_written_and_shown_again(
    window: MainWindow, dialog: PreferencesDialog
) -> None:
    dialog.decimals.setValue(3)
    dialog.region.setCurrentIndex(dialog.region.findData("comma"))
    dialog.confirm_stop.setChecked(False)
    dialog.confirm_delete.setChecked(False)
    dialog.tour.setChecked(False)
    dialog.accept()
    window.lab.finish_writing()
    settings, notes = load_settings()
    assert notes == ()
    assert settings.probability_decimals == 3
    assert settings.csv_region == "comma"
    assert (settings.confirm_stop, settings.confirm_delete) == (False, False)
    assert settings.tour_seen
    again = PreferencesDialog(window.lab, window)
    assert again.region.currentData() == "comma"
    assert not again.confirm_stop.isChecked()
    assert not again.tour.isChecked()
    again.reject()
    again.deleteLater()


def test_cancel_changes_nothing(window: MainWindow, dialog: PreferencesDialog) -> None:
    dialog.confirm_stop.setChecked(False)
    dialog.reject()
    assert window.lab.settings.confirm_stop


def test_the_cache_shows_its_size_and_is_emptied(window: MainWindow, qtbot: QtBot) -> None:
    (cache_dir() / "something").write_bytes(b"x" * 2_000)
    dialog = PreferencesDialog(window.lab, window)
    folders = dialog.folders
    qtbot.waitUntil(lambda: folders.sizes["Cache"].text() == "2 kB", timeout=WAIT)
    right = {size.alignment() & Qt.AlignmentFlag.AlignRight for size in folders.sizes.values()}
    assert right == {Qt.AlignmentFlag.AlignRight}  # numbers below one another
    folders.ask = lambda: False
    folders.empty.click()
    assert (cache_dir() / "something").exists()
    folders.ask = lambda: True
    with qtbot.waitSignal(folders.emptied, timeout=WAIT) as told:
        folders.empty.click()
    assert told.args == [2_000]
    assert not (cache_dir() / "something").exists()
    qtbot.waitUntil(lambda: folders.sizes["Cache"].text() == "0 bytes", timeout=WAIT)
    assert not folders.empty.isEnabled()
    dialog.reject()
    dialog.deleteLater()


def answer(yes: bool, again: bool) -> list[str]:
    """Answer the next question; gives its texts once it was asked."""
    seen: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append(box.text())
        box.checkBox().setChecked(again)
        role = QMessageBox.ButtonRole.AcceptRole if yes else QMessageBox.ButtonRole.RejectRole
        next(b for b in box.buttons() if box.buttonRole(b) == role).click()

    QTimer.singleShot(0, press)
    return seen


def question(window: QWidget) -> bool:
    return confirm(
        window.lab, "confirm_delete", window, "", "Really?", "", ("Yes", Role.AcceptRole), "No"
    )


@pytest.mark.parametrize("yes", [True, False])
def test_a_question_is_asked_again_unless_told_otherwise(window: MainWindow, yes: bool) -> None:
    seen = answer(yes, again=False)
    assert question(window) is yes
    assert seen == ["Really?"]
    assert window.lab.settings.confirm_delete


def test_a_question_that_ends_without_an_answer_is_a_no(window: MainWindow) -> None:
    # The program may be told to end, by a signal of the system, while it asks.
    QTimer.singleShot(0, lambda: QApplication.activeModalWidget().done(0))
    assert not question(window)


def test_a_question_is_switched_off_by_a_yes_and_on_in_the_preferences(
    window: MainWindow,
) -> None:
    answer(True, again=True)
    assert question(window)
    window.lab.finish_writing()
    assert not load_settings()[0].confirm_delete
    assert question(window)  # nobody is there to answer
    window.lab.change_settings(confirm_delete=True)
    seen = answer(False, again=False)
    assert not question(window)
    assert seen == ["Really?"]


def test_a_no_never_switches_a_question_off(window: MainWindow) -> None:
    answer(False, again=True)
    assert not question(window)
    assert window.lab.settings.confirm_delete
