"""Saving over a file that another program has changed, deleted or only touched (R60)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox

from core.document.autosave import Autosave, find_recoveries
from core.document.document import open_document, save_document
from gui.window.files import Overwrite
from gui.window.main_window import MainWindow
from tests.support.waiting import WAIT

Asked = list[Path]


@pytest.fixture
def path(window: MainWindow, tmp_path: Path) -> Path:
    """A saved document that has unsaved changes."""
    path = tmp_path / "study.colorlab"
    window.files.ask_save = lambda _suggested: path
    assert window.files.save()
    window.lab.document.change("seed", seed=77)
    return path


@pytest.fixture
def answer(window: MainWindow) -> Callable[[Overwrite], Asked]:
    """Answer the question; gives what was asked about."""

    def answer(choice: Overwrite) -> Asked:
        asked: Asked = []
        window.files.ask_overwrite = lambda about: asked.append(about) or choice
        return asked

    return answer


def change(path: Path) -> bytes:
    """What another copy of the program saves."""
    data = path.read_bytes().replace(b'"seed": 0', b'"seed": 1234')
    assert data != path.read_bytes()
    path.write_bytes(data)
    return data


def test_r60_a_file_changed_outside_is_kept_when_the_user_says_so(window, path, answer):
    theirs, asked = change(path), answer(Overwrite.CANCEL)
    assert not window.files.save()
    assert asked == [path] and path.read_bytes() == theirs and window.lab.document.modified


def test_r60_a_file_changed_outside_is_replaced_only_when_the_user_says_so(window, path, answer):
    change(path)
    asked = answer(Overwrite.SAVE)
    assert window.files.save()
    assert asked == [path] and open_document(path)[0].seed == 77
    window.lab.document.change("seed", seed=78)
    assert window.files.save() and asked == [path]  # it is ours again


def test_r60_both_are_kept_by_saving_as(window, path, answer, tmp_path):
    theirs, asked = change(path), answer(Overwrite.SAVE_AS)
    window.files.ask_save = lambda _suggested: tmp_path / "mine.colorlab"
    assert window.files.save()
    assert asked == [path] and path.read_bytes() == theirs
    assert open_document(tmp_path / "mine.colorlab")[0].seed == 77


def test_r60_a_file_deleted_outside_is_asked_about(window, path, answer):
    path.unlink()
    asked = answer(Overwrite.CANCEL)
    assert not window.files.save() and asked == [path] and not path.exists()
    asked = answer(Overwrite.SAVE)
    assert window.files.save() and asked == [path] and path.exists()


def test_r60_a_file_that_was_only_touched_or_is_the_same_again_is_not_asked_about(
    window, path, answer
):
    asked = answer(Overwrite.CANCEL)
    data = path.read_bytes()
    os.utime(path, (2e9, 2e9))
    path.unlink()
    path.write_bytes(data)
    assert window.files.save() and asked == []


def test_r60_a_document_that_was_opened_is_watched_too(window, path, answer):
    assert window.files.save()
    window.files.open(path)
    window.lab.document.change("seed", seed=5)
    path.write_bytes(path.read_bytes().replace(b'"seed": 77', b'"seed": 1234'))
    asked = answer(Overwrite.CANCEL)
    assert not window.files.save() and asked == [path]


def test_r60_what_changes_while_the_file_is_written_stays_unsaved(window, path, monkeypatch):
    document, changed = window.lab.document, threading.Event()

    def change() -> None:
        document.change("seed", seed=88)
        changed.set()

    def write(*content: Any) -> str:
        done = save_document(*content)
        # On the GUI thread, as for a picture that is decoded by then.
        window.files._disk.deliver(change)
        assert changed.wait(WAIT / 1000)
        return done

    monkeypatch.setattr("gui.window.files.save_document", write)
    assert window.files.save()
    assert open_document(path)[0].seed == 77 and document.state.seed == 88 and document.modified
    monkeypatch.undo()
    assert window.files.save() and not document.modified and open_document(path)[0].seed == 88


@pytest.mark.parametrize("changed", [True, False])
def test_r60_a_recovered_document_remembers_what_its_file_held(
    window, path, answer, profile, changed
):
    document = window.lab.document
    crashed = Autosave(profile / "autosave")
    crashed.save(document.state, {}, document.path, document.content)
    crashed._claim.release(remove=False)
    if changed:
        change(path)
    document.new()
    (recovery,) = find_recoveries(profile / "autosave")
    document.recover(recovery)
    recovery.discard()
    asked = answer(Overwrite.CANCEL)
    assert window.files.save() is not changed
    assert asked == ([path] if changed else [])


def test_r60_the_autosave_of_an_earlier_version_is_asked_about(window, path, answer, profile):
    document = window.lab.document
    crashed = Autosave(profile / "autosave")
    crashed.save(document.state, {}, document.path)
    folder = crashed._claim.folder
    (folder / "origin.json").write_text(f'{{"path": "{path}"}}')
    crashed._claim.release(remove=False)
    (recovery,) = find_recoveries(profile / "autosave")
    assert recovery.content is None
    document.recover(recovery)
    recovery.discard()
    asked = answer(Overwrite.CANCEL)
    assert not window.files.save() and asked == [path]


@pytest.mark.parametrize(
    ("button", "choice"),
    [
        ("Save anyway", Overwrite.SAVE),
        ("Save as…", Overwrite.SAVE_AS),
        ("Cancel", Overwrite.CANCEL),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_r60_the_question_names_the_file_and_what_happened(
    window, path, monkeypatch, button, choice, there
):
    said: list[str] = []

    def execute(box: QMessageBox) -> int:
        said.append(box.text())
        next(b for b in box.buttons() if b.text().replace("&", "") == button).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", execute)
    if not there:
        path.unlink()
    assert window.files._overwrite_dialog(path) is choice
    assert "study.colorlab" in said[0] and ("changed" if there else "deleted") in said[0]
