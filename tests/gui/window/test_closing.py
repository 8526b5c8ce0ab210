"""Closing waits for what must not be lost, and says so; nothing that was asked for is dropped."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from core.base import reading
from core.base.errors import ExportError
from core.base.settings import change_settings, load_settings
from core.base.tables import write_export
from core.document import document as core_document
from core.document.document import default_document, save_document
from gui.context import lab_context
from gui.jobs.background import Background
from gui.widgets import waiting
from gui.widgets.waiting import WaitingSign
from gui.window import files
from tests.gui.conftest import WAIT

SECONDS = WAIT / 1000


def signs() -> list[WaitingSign]:
    found = (w for w in QApplication.topLevelWidgets() if isinstance(w, WaitingSign))
    return [sign for sign in found if sign.isVisible()]


@pytest.fixture
def held(window, qtbot):
    """A prediction that does not end before it is let through."""
    gate, begun = threading.Event(), threading.Event()

    def stand() -> None:
        begun.set()
        assert gate.wait(SECONDS)

    model = window.lab.inference.session
    model.before_images = stand
    window.lab.document.change_stimulus("move", center_x=0.42)
    qtbot.waitUntil(begun.is_set, timeout=WAIT)
    yield gate
    gate.set()


def test_r84_a_sign_says_what_closing_waits_for(window, held, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 0)
    seen: list[str] = []

    def look() -> None:
        for sign in signs():
            if "prediction" in sign.text.text() and "\n" not in sign.text.text():
                seen.append(sign.text.text())
                window.close()  # a second time, while it is being closed
                held.set()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(5)
    window.close_without_asking()
    timer.stop()
    assert set(seen) == {"The prediction ends."}
    assert not window.isVisible() and not signs()
    assert not window.lab.inference.running


def test_r84_there_is_no_sign_when_all_ends_at_once(window, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", WAIT)
    shown: list[object] = []
    monkeypatch.setattr(WaitingSign, "say", lambda _sign, reasons: shown.append(reasons))
    window.close_without_asking()
    assert shown == [] and not window.isVisible()


def until_stopped(background: Background) -> None:
    """Wait beside the GUI thread until it closes."""
    pause = threading.Event()
    for _ in range(10 * WAIT):
        if background.stopped:
            return
        pause.wait(0.001)
    raise AssertionError("it was never stopped")


def test_r64_all_exports_that_were_asked_for_are_written_at_closing(qtbot, tmp_path: Path):
    background = Background()
    order: list[str] = []

    def first() -> None:
        until_stopped(background)
        write_export(tmp_path / "first.csv", b"1\n")

    def nobody(_result: object) -> None:
        order.append("called back")

    background.write(first, nobody, nobody)
    background.run(lambda: order.append("read"), nobody, nobody)
    background.write(lambda: write_export(tmp_path / "second.csv", b"2\n"), nobody, nobody)
    background.stop()
    assert (tmp_path / "first.csv").read_bytes() == b"1\n"
    assert (tmp_path / "second.csv").read_bytes() == b"2\n"
    background.write(lambda: order.append("too late"), nobody, nobody)
    QApplication.processEvents()
    assert order == []


@pytest.mark.logs("while the lab was closed: There is no space left")
def test_r64_an_export_that_fails_at_closing_is_in_the_log(qtbot, tmp_path: Path, caplog):
    background = Background()

    def fail() -> None:
        until_stopped(background)
        raise ExportError("There is no space left on the disk.")

    background.write(fail, lambda _none: None, lambda _error: None)
    background.stop()
    assert "no space left" in caplog.text


@pytest.mark.parametrize(
    "lack", [MemoryError(), RuntimeError("DefaultCPUAllocator: out of memory")]
)
def test_r84_memory_that_runs_out_beside_the_window_is_an_expected_failure(qtbot, lack):
    background = Background()
    told: list[object] = []

    def work() -> None:
        raise lack

    background.run(work, lambda _none: None, told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT)
    background.stop()
    assert "not enough memory" in str(told[0])


def test_r84_a_document_is_saved_beside_the_window_with_a_sign(window, monkeypatch, tmp_path):
    monkeypatch.setattr(waiting, "PATIENCE", 0)
    gate = threading.Event()
    threads: list[int] = []

    def slow(path: Path, state: object, pictures: object) -> str:
        threads.append(threading.get_ident())
        assert gate.wait(SECONDS)
        return save_document(path, state, pictures)

    monkeypatch.setattr(files, "save_document", slow)
    seen: list[str] = []

    def look() -> None:
        for sign in signs():
            seen.append(sign.text.text())
            gate.set()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(5)
    window.files.ask_save = lambda _suggested: tmp_path / "slow.colorlab"
    window.lab.document.change_stimulus("move", center_x=0.42)
    assert window.files.save()
    timer.stop()
    assert set(seen) == {"“slow.colorlab” is being written."} and not signs()
    assert threads != [threading.get_ident()] and not window.lab.document.modified
    assert not window.lab.document.changed_outside()


def test_r84_a_document_is_read_once_and_beside_the_window(window, monkeypatch, tmp_path):
    path = tmp_path / "there.colorlab"
    save_document(path, default_document(), {})
    threads: list[int] = []
    read = reading.read_bytes

    def read_bytes(asked: Path, *most: int) -> bytes:
        if asked == path:
            threads.append(threading.get_ident())
        return read(asked, *most)

    monkeypatch.setattr(core_document, "read_bytes", read_bytes)
    window.files.open(path)
    assert window.lab.document.path == path
    assert len(threads) == 1 and threading.get_ident() not in threads
    window.lab.document.change_stimulus("move", center_x=0.42)
    assert window.files.save()  # which looks at the disk, too
    assert threading.get_ident() not in threads


def test_r84_preferences_are_written_beside_the_window(window, monkeypatch):
    threads: list[int] = []

    def write(*arguments: object) -> str | None:
        threads.append(threading.get_ident())
        return change_settings(*arguments)

    monkeypatch.setattr(lab_context, "change_settings", write)
    window.lab.change_settings(threads=1)
    assert window.lab.settings.threads == 1
    window.lab.change_settings(autosave_seconds=33)
    window.lab.finish_writing()
    assert len(threads) == 2 and threading.get_ident() not in threads
    settings, notes = load_settings()
    assert (settings.threads, settings.autosave_seconds, notes) == (1, 33, ())


def test_r84_preferences_changed_at_the_last_moment_are_written(window):
    window.lab.change_settings(threads=1)
    window.close_without_asking()
    assert load_settings()[0].threads == 1
