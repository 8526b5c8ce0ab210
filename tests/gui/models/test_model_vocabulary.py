"""The dialog “Models” with a model that has a vocabulary of its own: R06, R41."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QFile, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from core.models.files import catalog, store
from core.models.files.catalog import EMBEDDED_ENTRY, models_dir
from gui.models import dialog as dialogs
from gui.models.dialog import ModelsDialog
from gui.models.opener import ModelTools
from gui.models.rows import ModelRow
from gui.window.main_window import MainWindow
from tests.core.siglip_files import ENTRY, NAME, REPOSITORY, vocabulary
from tests.gui.conftest import WAIT


@pytest.fixture
def dialog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: MainWindow, qtbot: QtBot
) -> ModelsDialog:
    """Only the weights are here."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    for module in (catalog, store, dialogs):
        monkeypatch.setattr(module, "CATALOG", (EMBEDDED_ENTRY, ENTRY))
    (models_dir() / ENTRY.file_name).write_bytes(b"PK\x03\x04")
    tools = window.findChild(ModelTools)
    window.lab.actions.trigger("model.manage")
    qtbot.waitUntil(lambda: bool(tools.dialog._addresses), timeout=WAIT)
    tools.dialog.list.choose(ENTRY.id)
    return tools.dialog


def row(dialog: ModelsDialog) -> ModelRow:
    return next(row for row in dialog.list.models.rows if row.key == ENTRY.id)


def test_a_missing_vocabulary_is_shown_brought_and_removed(
    dialog: ModelsDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    details = dialog.details
    place = models_dir() / f"{NAME}-webli.tokenizer.json"
    assert (row(dialog).state, row(dialog).state_text) == ("incomplete", "Vocabulary missing")
    assert "vocabulary of its own, which is not here" in details.note.text()
    assert details.download.isVisible() and details.have.isVisible() and details.remove.isVisible()
    assert not details.use.isVisible()
    box = details.vocabulary_box
    assert (box.heading.text(), box.line.text()) == ("Where to put its vocabulary", str(place))
    assert (
        f"/{REPOSITORY}/resolve/main/tokenizer.json" in details.vocabulary_address_box.line.text()
    )
    box.copy.click()
    assert QGuiApplication.clipboard().text() == str(place)
    chosen = tmp_path / "tokenizer.json"
    chosen.write_bytes(vocabulary())
    asked = []

    def choose(*arguments: object) -> tuple[str, str]:
        asked.append(arguments[-1])
        return str(chosen), ""

    monkeypatch.setattr(dialogs.QFileDialog, "getOpenFileName", choose)
    qtbot.mouseClick(details.have, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: row(dialog).state == "here", timeout=WAIT)
    assert "*tokenizer.json" in asked[0]
    assert place.read_bytes() == chosen.read_bytes()
    assert details.use.isVisible() and not details.download.isVisible()
    assert box.heading.text() == "Where its vocabulary is"
    assert not details.vocabulary_address_box.isVisible()
    gone: list[str] = []

    def trash(path: str) -> bool:
        gone.append(Path(path).name)
        Path(path).unlink()
        return True

    monkeypatch.setattr(QFile, "moveToTrash", staticmethod(trash))
    monkeypatch.setattr(dialog, "confirm", lambda _row: True)
    qtbot.mouseClick(details.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: row(dialog).state == "absent", timeout=WAIT)
    assert gone == [ENTRY.file_name, place.name]
