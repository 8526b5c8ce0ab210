"""Autosave and recovery."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.base.errors import LabError
from core.document.autosave import find_recoveries
from core.document.document import open_document
from core.stimuli.imported.pictures import PictureStore
from gui.app import start
from gui.app.command_line import Options
from gui.app.crash import CrashGuard
from gui.app.start import Session
from gui.context.document import Document
from gui.window.autosave import Autosave
from tests.gui.conftest import WAIT


@pytest.fixture
def document(qapp, tmp_path: Path) -> Iterator[Document]:
    document = Document(PictureStore(tmp_path / "pictures"))
    yield document
    document.deleteLater()


@pytest.fixture
def errors() -> list[LabError]:
    return []


@pytest.fixture
def autosave(document: Document, errors: list[LabError]) -> Iterator[Autosave]:
    autosave = Autosave(document, 1, errors.append)
    yield autosave
    autosave.close()
    autosave.deleteLater()


def test_a_change_is_autosaved_after_a_while(
    document: Document, autosave: Autosave, qtbot: QtBot
) -> None:
    assert autosave.store.path is None
    document.change("seed", seed=4)
    qtbot.waitUntil(lambda: autosave.store.path is not None, timeout=WAIT)
    assert find_recoveries() == []  # it belongs to a running copy: us


def test_r84_the_copy_is_written_beside_the_gui_thread(
    document: Document, autosave: Autosave, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow disk holds nobody up who works; saving and closing wait for what is under way."""
    gate, begun = threading.Event(), threading.Event()
    save = autosave.store.save

    def slow(*content: object) -> None:
        begun.set()
        assert gate.wait(WAIT / 1000)
        save(*content)

    monkeypatch.setattr(autosave.store, "save", slow)
    document.change("seed", seed=4)
    qtbot.waitUntil(begun.is_set, timeout=WAIT)
    document.change("seed", seed=5)  # the window works on meanwhile
    assert autosave.store.path is None
    gate.set()
    assert autosave.save_now()  # after the earlier copy, never under it
    assert open_document(autosave.store.path)[0].seed == 5


def test_nothing_is_written_without_unsaved_changes(document: Document, autosave: Autosave) -> None:
    assert not autosave.save_now()
    assert autosave.store.path is None


def test_saving_makes_the_autosave_go(
    document: Document, autosave: Autosave, tmp_path: Path
) -> None:
    document.change("seed", seed=4)
    assert autosave.save_now()
    document.save(tmp_path / "a.colorlab")
    assert autosave.store.path is None


def test_zero_seconds_never_autosaves(document: Document, autosave: Autosave, qtbot: QtBot) -> None:
    autosave.set_seconds(0)
    document.change("seed", seed=4)
    assert not autosave._timer.isActive()
    autosave.set_seconds(5)
    assert autosave._timer.isActive()


@pytest.mark.logs("autosave failed: The document cannot be autosaved")
def test_a_failing_autosave_is_said_once(
    document: Document, autosave: Autosave, errors: list[LabError], profile: Path
) -> None:
    (profile / "data").mkdir(parents=True, exist_ok=True)
    (profile / "data" / "autosave").write_text("a file where the folder should be")
    document.change("seed", seed=4)
    assert not autosave.save_now()
    assert not autosave.save_now()
    assert len(errors) == 1
    assert "autosaved" in errors[0].message


@pytest.fixture
def make_session(qapp, loader) -> Iterator:
    sessions: list[Session] = []

    def make(document: Path | None = None) -> Session:
        session = Session(qapp, CrashGuard(qapp), Options(document), load=loader)
        sessions.append(session)
        return session

    yield make
    for session in sessions:
        session.signals.stop()
        session.window.close_without_asking()
        session.window.deleteLater()
        session.deleteLater()


def leave_behind(document: Document, seed: int) -> None:
    """What a killed process leaves: the autosave stays, its lock is free."""
    store = start.Autosave(document, 1, lambda _error: None)
    document.change("seed", seed=seed)
    assert store.save_now()
    store.store._claim.release(remove=False)
    store._timer.stop()
    store.deleteLater()


@pytest.mark.parametrize(("answer", "seed", "left"), [(True, 77, 0), (False, 0, 0), (None, 0, 1)])
def test_work_left_by_a_crash_is_offered(
    document: Document, make_session, qtbot: QtBot, monkeypatch, answer, seed: int, left: int
) -> None:
    leave_behind(document, 77)
    asked: list[object] = []
    monkeypatch.setattr(
        start, "ask_recovery", lambda recovery, _parent: asked.append(recovery) or answer
    )
    session = make_session()
    session.window.show()
    qtbot.waitUntil(lambda: bool(asked), timeout=WAIT)
    qtbot.waitUntil(lambda: session.lab.inference.answer is not None, timeout=WAIT)
    assert session.lab.document.state.seed == seed
    assert session.lab.document.modified == (answer is True)
    if answer is True:  # the recovered work is safe again before its only copy goes
        assert session.autosave.store.path is not None
    found = find_recoveries()
    assert len(found) == left
    for recovery in found:
        recovery.keep()


def kept(profile: Path) -> list[Path]:
    """What the next start would find, or another copy holds."""
    return list((profile / "data" / "autosave").rglob("*.colorlab"))


def test_closing_properly_leaves_nothing_to_recover(
    make_session, qtbot: QtBot, profile: Path
) -> None:
    session = make_session()
    session.window.show()
    qtbot.waitUntil(lambda: session.lab.inference.answer is not None, timeout=WAIT)
    session.lab.document.change("seed", seed=9)
    assert session.autosave.save_now() and kept(profile)
    session.window.close_without_asking()
    assert find_recoveries() == [] and not kept(profile)


@pytest.mark.logs("ended by signal")
@pytest.mark.parametrize("changed", [True, False])
def test_a_signal_of_the_system_keeps_what_was_not_saved(
    make_session, qtbot: QtBot, profile: Path, changed: bool
) -> None:
    session = make_session()
    session.window.show()
    qtbot.waitUntil(lambda: session.lab.inference.answer is not None, timeout=WAIT)
    if changed:
        session.lab.document.change("seed", seed=9)
    signal.raise_signal(signal.SIGTERM)
    qtbot.waitUntil(lambda: not session.window.isVisible(), timeout=WAIT)
    assert bool(kept(profile)) == changed


def test_a_document_named_on_the_command_line_is_opened(
    document: Document, make_session, qtbot: QtBot, tmp_path: Path
) -> None:
    document.change("seed", seed=21)
    document.save(tmp_path / "named on the line.colorlab")
    session = make_session(tmp_path / "named on the line.colorlab")
    session.window.show()
    qtbot.waitUntil(lambda: session.lab.document.state.seed == 21, timeout=WAIT)
    assert session.lab.document.path == tmp_path / "named on the line.colorlab"
