"""The window as a whole: menus, docks, layout, titles, files, closing, keyboard, names."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.base.settings import load_settings
from gui.app.start import build_window
from gui.context.lab_context import LabContext
from gui.dialogs.about import AboutDialog
from gui.dialogs.model_details import ModelDetailsDialog, model_rows
from gui.dialogs.preferences import PreferencesDialog
from gui.window.files import Unsaved
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.quick_model import QuickLoader
from tests.support.waiting import let_events_pass


def menus(window: MainWindow) -> dict[str, QMenu]:
    return {action.text().replace("&", ""): action.menu() for action in window.menuBar().actions()}


def entries(menu: QMenu) -> list[QAction]:
    return [action for action in menu.actions() if not action.isSeparator()]


def test_no_menu_is_empty_and_nothing_is_a_placeholder(window: MainWindow) -> None:
    for name, menu in menus(window).items():
        shown = [action for action in entries(menu) if action.isVisible()]
        assert shown, name
        for action in shown:
            known = action.objectName()
            own = action.menu() is not None or action in [
                dock.toggleViewAction() for dock in window.docks.values()
            ]
            assert own or window.lab.actions.is_bound(known), action.text()


def test_every_bound_command_is_in_its_menu(window: MainWindow) -> None:
    found = menus(window)
    for spec in window.lab.actions:
        if window.lab.actions.is_bound(spec.id) and spec.menu:
            assert window.lab.actions[spec.id] in entries(found[spec.menu]), spec.id


def test_no_two_usable_commands_share_a_shortcut(window: MainWindow) -> None:
    keys: dict[str, str] = {}
    for spec in window.lab.actions:
        key = window.lab.actions[spec.id].shortcut().toString()
        if key and window.lab.actions.is_bound(spec.id):
            assert key not in keys, f"{spec.id} and {keys.get(key)}: {key}"
            keys[key] = spec.id


def test_undo_and_redo_show_the_name_of_the_step(window: MainWindow) -> None:
    actions = window.lab.actions
    assert not actions["edit.undo"].isEnabled()
    window.lab.document.change_stimulus("move", center_x=0.4)
    assert actions["edit.undo"].text() == "Undo move"
    actions.trigger("edit.undo")
    assert not actions["edit.undo"].isEnabled()
    assert actions["edit.redo"].text() == "Redo move"
    actions.trigger("edit.redo")
    assert window.lab.document.stimulus.center_x == 0.4


def test_the_title_names_the_document_and_marks_changes(window: MainWindow, tmp_path: Path) -> None:
    assert window.windowTitle() == "Untitled[*] — CLIP Color Lab"
    assert not window.isWindowModified()
    window.lab.document.change("seed", seed=5)
    assert window.isWindowModified()
    window.files.ask_save = lambda _suggested: tmp_path / "My stimuli.colorlab"
    window.lab.actions.trigger("file.save")
    assert (tmp_path / "My stimuli.colorlab").is_file()
    assert window.windowTitle() == "My stimuli[*] — CLIP Color Lab"
    assert not window.isWindowModified()


@pytest.fixture
def hidden_window(lab: LabContext) -> Iterator[MainWindow]:
    window = build_window(lab)
    yield window
    window.close_without_asking()
    window.deleteLater()


def test_a_window_that_is_shown_minimized_begins_all_the_same(
    hidden_window: MainWindow, qtbot: QtBot
) -> None:
    begun: list[bool] = []
    hidden_window.first_painted.connect(lambda: begun.append(True))
    QApplication.sendEvent(hidden_window, QShowEvent())
    let_events_pass()
    assert not begun  # what is shown as usual begins once it is painted
    hidden_window.setWindowState(Qt.WindowState.WindowMinimized)
    with qtbot.waitSignal(hidden_window.first_painted, timeout=WAIT):
        QApplication.sendEvent(hidden_window, QShowEvent())


def test_a_dialog_begins_where_the_document_is_or_the_last_one_was(
    window: MainWindow, tmp_path: Path
) -> None:
    asked: list[Path] = []

    def ask(place: Path, answer: Path | None = None) -> Path | None:
        asked.append(place)
        return answer

    window.files.ask_open = ask
    window.lab.actions.trigger("file.open")
    assert asked == [Path.home()]
    window.files.ask_save = lambda place: ask(place, tmp_path / "stimuli.colorlab")
    window.lab.actions.trigger("file.save")
    assert asked[1].parent == Path.home()
    window.lab.actions.trigger("file.open")
    assert asked[2] == tmp_path
    window.lab.actions.trigger("file.new")
    window.lab.actions.trigger("file.open")
    assert asked[3] == tmp_path  # a new document has no place of its own


def test_saved_and_opened_documents_are_remembered_as_recent(
    window: MainWindow, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{name}.colorlab" for name in ("first", "zweites ü")]
    for path in paths:
        window.files.ask_save = lambda _suggested, path=path: path
        window.lab.actions.trigger("file.save-as")
    assert window.files.recent() == paths[::-1]
    window.lab.finish_writing()
    settings, notes = load_settings()
    assert settings.recent_documents == [str(path) for path in paths[::-1]]
    assert notes == ()
    paths[1].unlink()
    assert window.files.recent() == paths[:1]
    window.files.clear_recent()
    assert window.files.recent() == []


@pytest.mark.logs("“not a document.colorlab” is no")
def test_a_document_that_cannot_be_opened_is_said_in_the_window(
    window: MainWindow, tmp_path: Path
) -> None:
    before = window.lab.document.state
    broken = tmp_path / "not a document.colorlab"
    broken.write_text("<html>")
    window.files.open(broken)
    assert window.notice.isVisible()
    assert "not a document.colorlab" in window.notice.text
    assert window.lab.document.state is before


@pytest.mark.logs("“later.colorlab” cannot be read")
def test_retry_of_a_failed_open_opens_it_once_it_is_mended(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "later.colorlab"
    window.files.open(path)
    assert window.notice.isVisible()
    window.lab.document.write_copy(path)
    retry = next(b for b in window.notice.findChildren(QAbstractButton) if b.text() == "Retry")
    qtbot.mouseClick(retry, Qt.MouseButton.LeftButton)
    assert window.lab.document.path == path
    assert not window.notice.isVisible()


@pytest.mark.parametrize("way", ["menu", "x", "keys"])
@pytest.mark.parametrize("choice", [Unsaved.CANCEL, Unsaved.DISCARD, Unsaved.SAVE])
def test_r40_every_way_to_close_asks_about_unsaved_changes(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, way: str, choice: Unsaved
) -> None:
    asked: list[str] = []
    window.files.ask_unsaved = lambda name: asked.append(name) or choice
    window.files.ask_save = lambda _suggested: tmp_path / "kept.colorlab"
    window.lab.document.change("seed", seed=5)
    if way == "menu":
        window.lab.actions.trigger("file.quit")
    elif way == "x":
        window.close()
    else:
        window.activateWindow()
        qtbot.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert asked == ["Untitled"]
    assert window.isVisible() == (choice is Unsaved.CANCEL)
    assert window.lab.inference.running == (choice is Unsaved.CANCEL)
    assert (tmp_path / "kept.colorlab").exists() == (choice is Unsaved.SAVE)


def test_r40_a_window_without_changes_closes_without_a_question(window: MainWindow) -> None:
    window.files.ask_unsaved = lambda _name: pytest.fail("it asked")
    assert window.close()
    assert not window.lab.inference.running


def test_r40_it_closes_while_a_model_loads(lab, make_window, loader: QuickLoader) -> None:
    inside, opened = threading.Event(), threading.Event()
    loader.before_load = lambda _request: (inside.set(), opened.wait(30))
    window = make_window(lab)
    lab.use_model("embedded")
    assert inside.wait(30)
    threading.Timer(0.05, opened.set).start()
    assert window.close()
    assert not lab.inference.running


@pytest.mark.logs("“a.colorlab” cannot be written")
def test_saving_that_fails_keeps_the_window_open(window: MainWindow, tmp_path: Path) -> None:
    window.lab.document.change("seed", seed=5)
    window.files.ask_unsaved = lambda _name: Unsaved.SAVE
    window.files.ask_save = lambda _suggested: tmp_path / "no such folder" / "a.colorlab"
    assert not window.close()
    assert window.isVisible()
    assert window.notice.isVisible()


def test_panes_hide_float_and_come_back_on_reset(window: MainWindow) -> None:
    designer, prediction = window.docks["designer"], window.docks["prediction"]
    prediction.close()
    designer.setFloating(True)
    assert not prediction.isVisible()
    window.lab.actions.trigger("view.reset-layout")
    assert prediction.isVisible()
    assert not designer.isFloating()
    assert designer.x() < prediction.x()


def test_the_layout_is_remembered(window: MainWindow, make_lab, make_window) -> None:
    window.resize(1111, 677)  # wider than the offscreen screen
    window.docks["prediction"].close()
    window.close()
    again = make_window(make_lab(start=False))
    assert again.height() == 677
    assert not again.docks["prediction"].isVisible()
    assert again.docks["designer"].isVisible()


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_nothing_lies_over_the_menu_of_a_window_that_remembers(
    window: MainWindow, make_lab, make_window, size: tuple[int, int]
) -> None:
    window.resize(*size)
    window.reset_layout()
    window.close()
    again = make_window(make_lab(start=False))
    assert again.childAt(20, again.menuBar().height() // 2) is again.menuBar()


def test_r50_a_damaged_layout_file_falls_back_to_the_first_layout(
    lab, make_window, profile: Path
) -> None:
    (profile / "config").mkdir(exist_ok=True)
    (profile / "config" / "layout.ini").write_bytes(b"\x00[General\nversion=x\ngeometry=@Bad\n")
    window = make_window(lab)
    assert all(dock.isVisible() for dock in window.docks.values())


def test_the_window_fits_a_small_screen(window: MainWindow) -> None:
    window.resize(1280, 720)
    assert window.size() == QSize(1280, 720)
    hint = window.minimumSizeHint()
    assert hint.width() <= 1280
    assert hint.height() <= 720


def test_loading_and_ready_are_announced(
    lab, make_window, loader: QuickLoader, qtbot: QtBot
) -> None:
    inside, opened = threading.Event(), threading.Event()
    loader.before_load = lambda _request: (inside.set(), opened.wait(30))
    window = make_window(lab)
    status = window.statusBar()
    lab.use_model("embedded")
    assert inside.wait(30)
    assert status.model.text().startswith("Loading Embedded: ColorLab Tiny")
    assert "Loading" in window.toolbar.model_button.toolTip()
    lab.document.change_stimulus("size", size=0.3)  # usable meanwhile
    assert lab.pixels is not None
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        opened.set()
    assert status.model.text() == "Quick ready"
    assert status.notice.text() == "A model of the tests"
    assert "7 of 7 tensors" in status.currentMessage()
    assert "Quick" in window.toolbar.model_button.toolTip()


def test_r02_r04_r07_the_model_panel_tells_everything(ready_lab, qtbot: QtBot) -> None:
    info = ready_lab.inference.info
    dialog = ModelDetailsDialog(info)
    qtbot.addWidget(dialog)
    rows = dict(model_rows(info))
    assert rows["Activation"] == "QuickGELU (the architecture's own)"
    assert rows["Tensors matched"] == "7 of 7"
    assert rows["Input size"] == "32 × 32 pixels, sRGB"
    assert rows["Mean (R, G, B)"] == "0.481455, 0.457827, 0.408211"
    assert rows["Std (R, G, B)"] == "0.26863, 0.261303, 0.275777"
    assert "bicubic" in rows["Interpolation"]
    assert "center crop" in rows["Crop"]
    assert rows["SHA-256"].replace(" ", "") == info.sha256
    for name, value in rows.items():
        assert f"{name}: {value}" in dialog.text()


def test_about_names_the_model_and_its_notice(ready_lab, qtbot: QtBot) -> None:
    dialog = AboutDialog(ready_lab)
    qtbot.addWidget(dialog)
    from PySide6.QtWidgets import QLabel

    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "Quick" in texts
    assert "A model of the tests" in texts
    assert "MIT" in texts


def test_r50_preferences_are_written_and_read_back(window: MainWindow, qtbot: QtBot) -> None:
    dialog = PreferencesDialog(window.lab, window)
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    dialog.gray.setCurrentIndex(dialog.gray.findData("grey"))
    dialog.threads.setValue(1)
    dialog.autosave.setValue(33)
    dialog.accept()
    dialog.deleteLater()
    assert window.lab.theme.dark
    window.lab.finish_writing()
    settings, notes = load_settings()
    assert notes == ()
    assert (settings.theme, settings.gray_spelling) == ("dark", "grey")
    assert (settings.threads, settings.autosave_seconds) == (1, 33)
    window.files.new()
    labels = [label.text for label in window.lab.document.prompts.labels]
    assert "grey" in labels
    assert "gray" not in labels


def test_theme_commands_switch_the_chrome(window: MainWindow) -> None:
    window.lab.actions.trigger("view.theme-dark")
    assert window.lab.theme.dark
    assert window.lab.actions["view.theme-dark"].isChecked()
    window.lab.actions.trigger("view.theme-light")
    assert not window.lab.theme.dark
    assert not window.lab.actions["view.theme-dark"].isChecked()


def test_ctrl_z_in_a_field_undoes_the_document(window: MainWindow, qtbot: QtBot) -> None:
    field = QLineEdit(window)
    field.setText("typed")
    field.insert(" more")
    field.show()
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is field, timeout=WAIT)
    event = QKeyEvent(
        QEvent.Type.ShortcutOverride, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier
    )
    event.ignore()
    QApplication.sendEvent(field, event)
    assert not event.isAccepted()  # left to the window's own shortcut


def test_every_control_has_a_name(window: MainWindow) -> None:
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, QAbstractButton | QLineEdit | QComboBox | QAbstractSpinBox)
        and widget.isVisible()
        and not (widget.accessibleName() or _text(widget) or _inside_control(widget))
    ]
    assert [(type(w).__name__, w.objectName()) for w in nameless] == []


def test_every_visible_control_can_be_reached_by_tab(window: MainWindow) -> None:
    unreachable = [
        widget
        for widget in window.findChildren(QAbstractButton)
        if widget.isVisible()
        and widget.isEnabled()
        and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not _inside_control(widget)
        and not _one_of_a_row(widget)
    ]
    names = [(type(w).__name__, w.accessibleName() or _text(w)) for w in unreachable]
    assert names == []


def _text(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QAbstractButton) else ""


def _one_of_a_row(button: QAbstractButton) -> bool:
    """Exclusive choices have one stop for Tab; arrow keys move among them."""
    siblings = button.parentWidget().findChildren(type(button))
    return any(sibling.focusPolicy() & Qt.FocusPolicy.TabFocus for sibling in siblings) or bool(
        button.parentWidget().focusPolicy() & Qt.FocusPolicy.TabFocus
    )


def _inside_control(widget: QWidget) -> bool:
    """Parts of a combo box, spin box, scroll bar, menu or tab bar are reached through it."""
    parent = widget.parentWidget()
    kinds = (QComboBox, QAbstractSpinBox, QLineEdit)
    return isinstance(parent, kinds) or type(parent).__name__ in ("QTabBar", "QMenuBar", "QToolBar")


@pytest.mark.parametrize("width", [960, 1203, 1280, 1920])
def test_the_toolbar_pushes_nothing_out_of_sight(
    window: MainWindow, qtbot: QtBot, width: int
) -> None:
    document = window.lab.document
    for number in range(2):  # long names on both buttons
        document.change("a step of quite some name", seed=number + 1)
        document.end_merge()
    document.undo()
    window.resize(width, 540)
    qtbot.waitUntil(lambda: window.toolbar.width() > width - 20, timeout=WAIT)
    toolbar = window.toolbar
    shown = [toolbar.model_button, toolbar.device, toolbar.search]
    shown += [toolbar._undo, toolbar._redo, *toolbar._others]
    qtbot.waitUntil(
        lambda: all(
            widget.isVisible() and widget.geometry().right() <= toolbar.width() for widget in shown
        ),
        timeout=WAIT,
    )
