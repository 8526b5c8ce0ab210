"""Errors of all four levels reach the user in the right form."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.base.errors import ModelError
from core.base.log import CrashTrace
from gui.app.command_line import Options
from gui.app.crash import CrashGuard
from gui.app.start import Session
from gui.dialogs.crash_report import CrashReportDialog
from gui.widgets.notices import Notice
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.waiting import let_events_pass


@pytest.fixture
def guard(qapp, qtbot: QtBot) -> Iterator[CrashGuard]:
    guard = CrashGuard(qapp)
    window = QWidget()
    qtbot.addWidget(window)
    saved: list[str] = []
    shown: list[object] = []
    guard.attach(window, lambda: saved.append("saved"), shown.append)
    guard.saved, guard.shown = saved, shown
    with qtbot.captureExceptions():
        guard.install()
        yield guard
        guard.uninstall()
    if guard.dialog is not None:
        guard.dialog.close()
    guard.deleteLater()


def raised(exception: Exception) -> tuple:
    try:
        raise exception
    except Exception:
        return sys.exc_info()


@pytest.mark.logs("ZeroDivisionError: in the designer", "ZeroDivisionError: again")
def test_an_unexpected_exception_opens_one_dialog_with_the_report(
    guard: CrashGuard, qtbot: QtBot
) -> None:
    sys.excepthook(*raised(ZeroDivisionError("in the designer")))
    assert guard.dialog is not None
    assert "ZeroDivisionError: in the designer" in guard.dialog.report
    assert "test_errors.py" in guard.dialog.report
    assert "CLIP Color Lab" in guard.dialog.report
    first = guard.dialog
    for _ in range(5):
        sys.excepthook(*raised(ZeroDivisionError("again")))
    assert guard.dialog is first
    assert guard.reports == 6


@pytest.mark.logs("KeyError: 'x'")
def test_copy_report_and_save_work(guard: CrashGuard, qtbot: QtBot) -> None:
    sys.excepthook(*raised(KeyError("x")))
    qtbot.mouseClick(guard.dialog.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == guard.dialog.report
    qtbot.mouseClick(guard.dialog.save_button, Qt.MouseButton.LeftButton)
    assert guard.saved == ["saved"]


@pytest.mark.logs("KeyError: 'first'", "KeyError: 'second'")
def test_the_dialog_can_be_opened_again_after_it_was_closed(
    guard: CrashGuard, qtbot: QtBot
) -> None:
    sys.excepthook(*raised(KeyError("first")))
    guard.dialog.close()
    assert guard.dialog is None
    sys.excepthook(*raised(KeyError("second")))
    assert "second" in guard.dialog.report


@pytest.mark.logs("RuntimeError: beside the window")
def test_r41_an_exception_in_any_thread_reaches_the_dialog(guard: CrashGuard, qtbot: QtBot) -> None:
    def fail() -> None:
        raise RuntimeError("beside the window")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: guard.dialog is not None, timeout=WAIT)
    assert "beside the window" in guard.dialog.report


@pytest.mark.logs("unhandled ModelError: The file is gone")
def test_an_expected_failure_that_nobody_caught_is_shown_as_one(guard: CrashGuard) -> None:
    error = ModelError("The file is gone.", "Choose another.")
    sys.excepthook(*raised(error))
    assert guard.dialog is None
    assert guard.shown == [error]


def test_ctrl_c_is_left_to_python(guard: CrashGuard, monkeypatch) -> None:
    seen: list[type] = []
    guard._before = (lambda kind, *_rest: seen.append(kind), guard._before[1])
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert seen == [KeyboardInterrupt]
    assert guard.dialog is None


@pytest.mark.no_qt_log
@pytest.mark.logs("WARNING qt.default: something about a layout")
def test_messages_of_qt_go_to_the_log(guard: CrashGuard, caplog: pytest.LogCaptureFixture) -> None:
    qWarning("something about a layout")
    assert "something about a layout" in caplog.text
    assert guard.dialog is None


def test_hooks_are_given_back() -> None:
    before = (sys.excepthook, threading.excepthook)
    guard = CrashGuard()
    guard.install()
    assert sys.excepthook != before[0]
    guard.uninstall()
    assert (sys.excepthook, threading.excepthook) == before


@pytest.mark.logs("It broke")
def test_r41_a_failure_is_one_sentence_a_hint_and_a_retry(window: MainWindow, qtbot: QtBot) -> None:
    tries: list[int] = []
    window.lab.report(ModelError("It broke.", "Mend it."), lambda: tries.append(1))
    notice: Notice = window.notice
    assert notice.isVisible()
    assert notice.text == "It broke. Mend it."
    assert notice.accessibleDescription() == "It broke. Mend it."
    assert window.rect().contains(notice.geometry())
    qtbot.mouseClick(notice._retry, Qt.MouseButton.LeftButton)
    assert tries == [1]
    assert not notice.isVisible()


@pytest.mark.logs("It broke")
def test_a_notice_stays_over_panes_that_come_forward(window: MainWindow, qtbot: QtBot) -> None:
    window.lab.report(ModelError("It broke.", "Mend it."))
    notice = window.notice
    for name in ("studies", "experiments", "inspector", "designer", "prediction", "studies"):
        window.lab.actions.trigger(f"view.show-{name}")
        let_events_pass()
        center = notice._dismiss.mapTo(window, notice._dismiss.rect().center())
        assert window.childAt(center) is notice._dismiss, name
    qtbot.mouseClick(notice._dismiss, Qt.MouseButton.LeftButton)
    assert not notice.isVisible()


@pytest.mark.logs("no need of")
def test_a_notice_shows_a_hash_and_what_follows_whole(window: MainWindow) -> None:
    sentence = f"It asks for code that a file of weights has no need of (SHA-256 {'5d' * 32})."
    window.lab.report(ModelError(sentence, "Open another file. " * 6))
    let_events_pass()
    for label in (window.notice._message, window.notice._hint):
        assert label.width() >= label.fontMetrics().horizontalAdvance("5d" * 32) or (
            label is window.notice._hint
        )
        assert label.height() >= label.heightForWidth(label.width())
        assert window.notice.rect().contains(label.geometry())
    window.notice.hide()


@pytest.mark.logs("A long sentence about a file")
def test_a_notice_goes_by_escape_and_stays_within_a_small_window(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.lab.report(ModelError("A long sentence about a file. " * 6, "A long hint. " * 6))
    window.resize(window.minimumSizeHint())
    let_events_pass()
    assert window.rect().contains(window.notice.geometry())
    qtbot.keyClick(window.notice, Qt.Key.Key_Escape)
    assert not window.notice.isVisible()


def test_a_crash_of_the_last_run_is_offered_at_the_next_start(qapp, loader, qtbot: QtBot) -> None:
    crash = CrashTrace("Fatal Python error: Segmentation fault", datetime(2026, 1, 2, tzinfo=UTC))
    session = Session(qapp, CrashGuard(qapp), Options(), (crash,), load=loader)
    session.window.show()
    qtbot.waitUntil(lambda: _crash_dialog(session.window) is not None, timeout=WAIT)
    dialog = _crash_dialog(session.window)
    assert "Segmentation fault" in dialog.report
    assert "2026-01-02" in dialog.report
    dialog.close()
    session.window.close_without_asking()
    session.window.deleteLater()
    session.deleteLater()


def _crash_dialog(window: QWidget) -> CrashReportDialog | None:
    return window.findChild(CrashReportDialog)


@pytest.mark.logs("ZeroDivisionError: in the model")
def test_r41_a_crash_in_the_inference_thread_reaches_the_dialog(qapp, loader, qtbot: QtBot) -> None:
    def fail() -> None:
        raise ZeroDivisionError("in the model")

    guard = CrashGuard(qapp)
    session = Session(qapp, guard, Options(), load=loader)
    session.window.show()
    qtbot.waitUntil(lambda: session.lab.inference.answer is not None, timeout=WAIT)
    loader.models["embedded"].before_images = fail
    session.lab.document.change_stimulus("size", size=0.3)
    qtbot.waitUntil(lambda: guard.dialog is not None, timeout=WAIT)
    assert "in the model" in guard.dialog.report
    guard.dialog.close()
    session.window.close_without_asking()
    session.window.deleteLater()
    session.deleteLater()
    guard.deleteLater()
