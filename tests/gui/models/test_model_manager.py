"""The dialog “Models” and the threads behind it: R05, R06, R40, R41, R42, R45."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from pytestqt.qtbot import QtBot

from core.base.errors import LabError
from core.color.terms import CSS
from core.models.files import catalog, store
from core.models.files import download as downloading
from core.models.files.catalog import EMBEDDED_ENTRY, CatalogEntry, embedded_dir, models_dir
from core.models.files.partial import partial_size
from gui.jobs import background
from gui.models import dialog as dialogs
from gui.models.dialog import ModelsDialog
from gui.models.opener import ModelTools
from gui.models.rows import ModelRow
from gui.widgets.job_progress import JobBadge
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support import network_guard
from tests.support.quick_model import QuickLoader, QuickModel
from tests.support.weights_server import (
    WeightsServer,
    broken_off,
    other_bytes,
    stalled,
    take_anything,
    weights_server,
)

CONTENT = b"PK\x03\x04" + bytes(number * 31 % 251 for number in range(299_996))
SHA256 = hashlib.sha256(CONTENT).hexdigest()
TINY = CatalogEntry(
    id="Tiny:openai",
    title="Tiny (OpenAI)",
    family="OpenAI",
    quick_gelu=True,
    source="OpenAI, for tests",
    license="MIT",
    file_name="Tiny.pt",
    sha256=SHA256,
    size=300_000,
)
FOREIGN = CatalogEntry(
    id="Foreign:webli",
    title="Foreign (WebLI)",
    family="SigLIP",
    quick_gelu=False,
    source="tests",
    file_name="Foreign.safetensors",
    hub_repository="owner/foreign",
    unsupported="It reads text with another vocabulary.",
)
ENTRIES = (EMBEDDED_ENTRY, TINY, FOREIGN)


@pytest.fixture(autouse=True)
def small_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loader: QuickLoader) -> None:
    for module in (catalog, store, dialogs):
        monkeypatch.setattr(module, "CATALOG", ENTRIES)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    loader.models["Tiny:openai"] = QuickModel("Tiny", seed=3)


@pytest.fixture
def server(loopback: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with weights_server() as server:
        server.files[f"/{SHA256}/Tiny.pt"] = CONTENT
        monkeypatch.setattr(downloading, "OPENAI_ADDRESS", server.address)
        take_anything(monkeypatch)
        yield server


@pytest.fixture
def tools(window: MainWindow) -> ModelTools:
    found = window.findChild(ModelTools)
    assert found is not None
    return found


@pytest.fixture
def dialog(tools: ModelTools, window: MainWindow, qtbot: QtBot) -> ModelsDialog:
    window.lab.actions.trigger("model.manage")
    dialog = tools.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: bool(dialog.list.models.rows and dialog._addresses), timeout=WAIT)
    return dialog


def row(dialog: ModelsDialog, key: str = "Tiny:openai") -> ModelRow:
    return next(row for row in dialog.list.models.rows if row.key == key)


def choose(dialog: ModelsDialog, key: str = "Tiny:openai") -> None:
    dialog.list.choose(key)
    assert dialog.list.present is not None
    assert dialog.list.present.key == key


def press(button: object, qtbot: QtBot) -> None:
    assert button.isVisible() and button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def wait_for(dialog: ModelsDialog, state: str, qtbot: QtBot, key: str = "Tiny:openai") -> None:
    qtbot.waitUntil(lambda: row(dialog, key).state == state, timeout=WAIT)


def drop(dialog: ModelsDialog, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    dialog.dropEvent(
        QDropEvent(
            QPointF(QPoint(50, 50)),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def test_the_list_says_what_is_here_and_what_cannot_be_used(
    dialog: ModelsDialog, qtbot: QtBot
) -> None:
    assert [(row.title, row.state) for row in dialog.list.models.rows] == [
        (EMBEDDED_ENTRY.title, "in use"),
        (TINY.title, "absent"),
        (FOREIGN.title, "unsupported"),
    ]
    choose(dialog)
    details = dialog.details
    assert details.download.isVisible() and details.have.isVisible()
    assert not details.use.isVisible() and not details.remove.isVisible()
    assert details.facts["License"].text() == "MIT"
    assert details.facts["Size"].text() == "about 300 kB"
    assert details.facts["SHA-256"].text().replace(" ", "") == SHA256
    assert details.place.text() == str(models_dir() / "Tiny.pt")
    press(details.copy, qtbot)
    assert QGuiApplication.clipboard().text() == details.place.text()
    assert details.address.text() == f"{downloading.OPENAI_ADDRESS}/{SHA256}/Tiny.pt"
    choose(dialog, FOREIGN.id)
    assert details.note.text() == FOREIGN.unsupported
    for button in (details.download, details.have, details.use, details.remove):
        assert not button.isVisible()
    choose(dialog, "embedded")
    assert not details.remove.isVisible()
    assert not details.use.isEnabled()


def test_words_and_the_switch_narrow_the_list(dialog: ModelsDialog, qtbot: QtBot) -> None:
    qtbot.keyClicks(dialog.search, "openai tiny")
    assert [row.title for row in dialog.list.models.rows] == [TINY.title]
    qtbot.keyClicks(dialog.search, " nothing")
    assert dialog.empty.isVisible() and not dialog.details.isEnabled()
    dialog.search.clear()
    press(dialog.shown.buttons["here"], qtbot)
    assert [row.key for row in dialog.list.models.rows] == ["embedded"]


def test_the_commands_are_in_menu_toolbar_and_palette(window: MainWindow) -> None:
    for name in ("model.manage", "model.device"):
        action = window.lab.actions[name]
        assert action.isVisible() and action.isEnabled()
        assert action in window.toolbar._model_menu.actions() or _filled(window, action)
        menus = [menu.menu() for menu in window.menuBar().actions()]
        assert any(action in menu.actions() for menu in menus)
    palette = window.palette_dialog()
    try:
        palette.query.setText("models")
        titles = [palette.list.item(i).text() for i in range(palette.list.count())]
    finally:
        palette.deleteLater()
    assert any("Models" in title for title in titles)


def _filled(window: MainWindow, action: object) -> bool:
    window.toolbar._fill_model_menu()
    return action in window.toolbar._model_menu.actions()


def test_r42_cancel_resume_and_use_while_the_lab_is_used(
    dialog: ModelsDialog, window: MainWindow, server: WeightsServer, qtbot: QtBot
) -> None:
    server.behaviors = [stalled(0.3)]
    choose(dialog)
    press(dialog.details.download, qtbot)
    share = round(len(CONTENT) * 0.3)
    qtbot.waitUntil(
        lambda: (
            row(dialog).job is not None
            and row(dialog).job.progress is not None
            and row(dialog).job.progress.done == share
        ),
        timeout=WAIT,
    )
    assert dialog.details.bar.value() == 300
    assert "90 kB of 300 kB" in dialog.details.progress.text()
    badge = window.findChild(JobBadge)
    assert badge.isVisible()
    assert badge.text() == "Tiny (OpenAI) · 30\u00a0%"
    with qtbot.waitSignal(window.lab.inference.answered, timeout=WAIT):  # the lab goes on
        stimulus = window.lab.document.stimulus
        window.lab.document.change(
            "color", stimulus=type(stimulus)(**_fields(stimulus) | {"figure_color": CSS["red"]})
        )
    press(dialog.details.stop, qtbot)
    wait_for(dialog, "paused", qtbot)
    assert not badge.isVisible()
    assert partial_size(TINY) == (share, len(CONTENT))
    assert row(dialog).state_text == "Paused at 30 %"
    assert dialog.details.download.text() == "Resume"
    press(dialog.details.download, qtbot)
    wait_for(dialog, "here", qtbot)
    assert server.requests[-1][1] == share
    assert (models_dir() / "Tiny.pt").read_bytes() == CONTENT
    press(dialog.details.use, qtbot)
    wait_for(dialog, "in use", qtbot)
    assert window.lab.inference.info.name == "Tiny"
    assert window.lab.settings.model == "Tiny:openai"
    assert not dialog.details.remove.isEnabled()


def _fields(stimulus: object) -> dict[str, object]:
    return {name: getattr(stimulus, name) for name in stimulus.__struct_fields__}


def test_a_connection_broken_off_at_30_percent_recovers_by_itself(
    dialog: ModelsDialog, server: WeightsServer, qtbot: QtBot
) -> None:
    server.behaviors = [broken_off(0.3)]
    choose(dialog)
    press(dialog.details.download, qtbot)
    wait_for(dialog, "here", qtbot)
    assert (models_dir() / "Tiny.pt").read_bytes() == CONTENT
    assert [first for _, first in server.requests] == [0, round(len(CONTENT) * 0.3)]


@pytest.mark.logs("has the SHA-256 .* in place of")
def test_r05_wrong_bytes_are_refused_in_the_dialog_and_retry_recovers(
    dialog: ModelsDialog, server: WeightsServer, qtbot: QtBot
) -> None:
    server.behaviors = [other_bytes]
    choose(dialog)
    press(dialog.details.download, qtbot)
    qtbot.waitUntil(dialog.notice.isVisible, timeout=WAIT)
    assert "it was deleted" in dialog.notice.text
    assert dialog.rect().contains(dialog.notice.geometry())
    wait_for(dialog, "absent", qtbot)
    press(dialog.notice._retry, qtbot)
    wait_for(dialog, "here", qtbot)


def test_a_part_can_be_discarded(dialog: ModelsDialog, server: WeightsServer, qtbot: QtBot) -> None:
    server.behaviors = [stalled(0.5)]
    choose(dialog)
    press(dialog.details.download, qtbot)
    qtbot.waitUntil(lambda: partial_size(TINY)[0] > 100_000, timeout=WAIT)
    press(dialog.details.stop, qtbot)
    wait_for(dialog, "paused", qtbot)
    press(dialog.details.remove, qtbot)
    wait_for(dialog, "absent", qtbot)
    assert partial_size(TINY) == (0, None)


def test_r40_closing_the_window_keeps_the_part_and_leaves_no_thread(
    dialog: ModelsDialog,
    tools: ModelTools,
    window: MainWindow,
    server: WeightsServer,
    qtbot: QtBot,
) -> None:
    server.behaviors = [stalled(0.4)]
    choose(dialog)
    press(dialog.details.download, qtbot)
    share = round(len(CONTENT) * 0.4)
    qtbot.waitUntil(lambda: partial_size(TINY)[0] == share, timeout=WAIT)
    window.close_without_asking()
    assert not dialog.isVisible()
    assert all(not queue.worker.isRunning() for queue in tools.jobs.queues.values())
    assert partial_size(TINY)[0] == share


@pytest.mark.logs("Could not reach openaipublic.azureedge.net")
def test_r06_offline_one_sentence_says_what_to_do(dialog: ModelsDialog, qtbot: QtBot) -> None:
    choose(dialog)
    press(dialog.details.download, qtbot)
    qtbot.waitUntil(dialog.notice.isVisible, timeout=WAIT)
    assert dialog.notice.text.startswith("Could not reach openaipublic.azureedge.net: ")
    assert f"copy the file by hand to {models_dir() / 'Tiny.pt'}." in dialog.notice.text
    assert network_guard.take_attempts() == ["look up 'openaipublic.azureedge.net'"]


@pytest.mark.logs("has the SHA-256 .* in place of")
def test_a_failure_behind_a_closed_dialog_is_told_in_the_window(
    dialog: ModelsDialog, window: MainWindow, server: WeightsServer, qtbot: QtBot
) -> None:
    server.behaviors = [other_bytes]
    choose(dialog)
    press(dialog.details.download, qtbot)
    dialog.close()
    qtbot.waitUntil(window.notice.isVisible, timeout=WAIT)
    assert "it was deleted" in window.notice.text


@pytest.mark.logs("Tiny.pt is a web page")
def test_files_are_imported_by_dropping_them(
    dialog: ModelsDialog, tmp_path: Path, window: MainWindow, qtbot: QtBot, loader: QuickLoader
) -> None:
    good = tmp_path / "mein Modell.safetensors"
    good.write_bytes((embedded_dir() / "model.safetensors").read_bytes())
    key = str(models_dir() / good.name)
    loader.models[key] = QuickModel("Mine", seed=5)
    drop(dialog, good)
    qtbot.waitUntil(lambda: dialog.list.present.key == key, timeout=WAIT)
    assert row(dialog, key).state == "here"
    assert row(dialog, key).source_text == "your own file"
    press(dialog.details.use, qtbot)
    wait_for(dialog, "in use", qtbot, key)
    assert window.lab.inference.info.name == "Mine"
    window.toolbar._fill_model_menu()
    listed = [
        (action.text(), action.isChecked()) for action in window.toolbar._model_menu.actions()
    ]
    assert (good.name, True) in listed
    assert (EMBEDDED_ENTRY.title, False) in listed
    page = tmp_path / "Tiny.pt"
    page.write_bytes(b"<!DOCTYPE html><html></html>")
    drop(dialog, page)
    qtbot.waitUntil(dialog.notice.isVisible, timeout=WAIT)
    assert "Tiny.pt is a web page" in dialog.notice.text
    assert sorted(path.name for path in models_dir().glob("*.*")) == [good.name]


def test_r81_split_weights_are_imported_whole_whichever_part_is_dropped(
    dialog: ModelsDialog, tmp_path: Path, qtbot: QtBot
) -> None:
    from tests.core.model_files import random_state
    from tests.core.models.files.test_models_split import split

    index = split(tmp_path / "large model", random_state("embedded"))
    drop(dialog, index.with_name("model-00002-of-00002.safetensors"))
    key = str(models_dir() / "large model" / index.name)
    qtbot.waitUntil(lambda: dialog.list.present.key == key, timeout=WAIT)
    assert row(dialog, key).title == "large model (model.safetensors)"
    assert not dialog.notice.isVisible()


@pytest.mark.logs("is not the file of Tiny")
def test_a_file_named_as_a_model_must_be_it(
    dialog: ModelsDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    other = tmp_path / "other.safetensors"
    other.write_bytes((embedded_dir() / "model.safetensors").read_bytes())
    monkeypatch.setattr(dialogs.QFileDialog, "getOpenFileName", lambda *_args: (str(other), ""))
    choose(dialog)
    press(dialog.details.have, qtbot)
    qtbot.waitUntil(dialog.notice.isVisible, timeout=WAIT)
    assert "is not the file of Tiny (OpenAI) that was published" in dialog.notice.text
    assert not list(models_dir().glob("*.*"))


def test_removing_asks_and_moves_to_the_trash(
    dialog: ModelsDialog, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    file = models_dir() / "Tiny.pt"
    file.write_bytes(CONTENT)
    dialog.refresh()
    wait_for(dialog, "here", qtbot)
    trashed: list[str] = []

    def take(path: str) -> bool:
        trashed.append(path)
        Path(path).unlink()
        return True

    monkeypatch.setattr(background.QFile, "moveToTrash", take)
    monkeypatch.setattr(dialog, "confirm", lambda _row: False)
    choose(dialog)
    press(dialog.details.remove, qtbot)
    assert file.exists()
    monkeypatch.setattr(dialog, "confirm", lambda _row: True)
    press(dialog.details.remove, qtbot)
    wait_for(dialog, "absent", qtbot)
    assert trashed == [str(file)]


@pytest.mark.logs("ZeroDivisionError")
def test_r41_an_unexpected_fault_is_told_and_the_thread_goes_on(
    dialog: ModelsDialog,
    tools: ModelTools,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    def fail(*_args: object) -> None:
        raise ZeroDivisionError

    source = tmp_path / "mine.safetensors"
    source.write_bytes((embedded_dir() / "model.safetensors").read_bytes())
    with monkeypatch.context() as patch:
        patch.setattr(store, "check_room", fail)
        with qtbot.waitSignal(tools.jobs.crashed, timeout=WAIT):
            drop(dialog, source)
        qtbot.waitUntil(dialog.notice.isVisible, timeout=WAIT)
    assert "unexpected fault (ZeroDivisionError)" in dialog.notice.text
    drop(dialog, source)
    qtbot.waitUntil(lambda: (models_dir() / source.name).exists(), timeout=WAIT)
    qtbot.waitUntil(lambda: not tools.jobs.active, timeout=WAIT)


@pytest.mark.logs("“nothing” is no model")
def test_a_model_that_cannot_be_loaded_is_told_in_the_dialog(
    dialog: ModelsDialog, window: MainWindow, qtbot: QtBot
) -> None:
    window.lab.use_model("nothing")
    qtbot.waitUntil(dialog.notice.isVisible, timeout=WAIT)
    assert "is no model" in dialog.notice.text
    assert row(dialog, "embedded").state == "in use"


def test_what_cannot_be_trashed_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    file = models_dir() / "Tiny.pt"
    file.write_bytes(CONTENT)
    monkeypatch.setattr(background.QFile, "moveToTrash", lambda _path: False)
    model = next(model for model in store.installed() if model.entry == TINY)
    with pytest.raises(LabError, match="cannot be moved to the trash"):
        dialogs._trash(model)
