"""The window: menus, toolbar, panes, status bar, and the one way to close it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QChildEvent, QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMainWindow,
    QMenu,
    QTabBar,
    QTabWidget,
    QWidget,
)
from shiboken6 import isValid

from core.base.errors import LabError
from core.base.paths import APP_NAME, log_dir
from gui.context.action_specs import MENUS, ActionSpec
from gui.context.application import application
from gui.context.lab_context import LabContext
from gui.dialogs.about import AboutDialog
from gui.dialogs.command_palette import CommandPalette
from gui.dialogs.folder_rows import open_folder
from gui.dialogs.model_details import ModelDetailsDialog
from gui.dialogs.preferences import PreferencesDialog
from gui.dialogs.questions import ask_stop
from gui.jobs.job_queue import Job
from gui.look.theme import MODES, Mode
from gui.widgets.notices import Notice
from gui.widgets.pane_dock import PaneDock
from gui.widgets.wheel import WheelGuard
from gui.window.closing import close_lab
from gui.window.files import Files
from gui.window.layout import Layout
from gui.window.status import LabStatusBar
from gui.window.toolbar import MainToolBar

_MODEL_FILES = "Model weights (*.safetensors *.pt *.pth *.bin *.index.json);;All files (*)"
_AREA = Qt.DockWidgetArea
_TWO_ROWS = 840
"""Least height of a window in which two rows of panes can be read."""
_WIDE_SHARE = 0.42
_BARS = 105
"""About what menu, toolbar and status bar take of the height."""
_UNDO_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class MainWindow(QMainWindow):
    """Arranges the panes around one `LabContext`.

    Add panes with `add_pane`, then call `finish`.

    Signals
    -------
    closed()
        The user closed the window; all work has ended.
    first_painted()
        The window was drawn for the first time; what takes long can begin.
    """

    closed = Signal()
    first_painted = Signal()

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lab.theme.dress(self)
        self.lab = lab
        self.docks: dict[str, PaneDock] = {}
        self._row: list[tuple[str, str, int]] = []
        self._wide: list[tuple[str, str]] = []
        self._painted = False
        self.installEventFilter(self)
        self._ask = True
        self._ended = self._closed = False
        self.setWindowIcon(lab.theme.icon("app"))
        self.setDockNestingEnabled(True)
        self.setTabPosition(_AREA.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        # There is no fixed middle: panes may take all of the window.
        middle = QWidget()
        middle.setMaximumSize(0, 0)
        self.setCentralWidget(middle)
        middle.hide()
        self.files = Files(lab, self)
        self.ask_stop: Callable[[Job[Any], QWidget], bool] = lambda job, parent: ask_stop(
            job, lab, parent
        )
        self.layout_memory = Layout(self)
        self.toolbar: MainToolBar | None = None
        self.notice = Notice(lab.theme, self)
        self._recent_menu = QMenu("Open recent", self)
        self._recent_menu.aboutToShow.connect(self._fill_recent)
        lab.error.connect(self._show_error)
        lab.document.file_changed.connect(self._show_title)
        self._bind()
        self._show_title()

    def add_pane(
        self,
        id: str,
        title: str,
        pane: QWidget | Callable[[], QWidget],
        beside: str = "",
        shortcut: str = "",
        least_width: int = 0,
        wide: bool = False,
    ) -> PaneDock:
        """Put a pane into the window, to the right of another or in a new column.

        Parameters
        ----------
        id : str
            Stable name under which the layout is remembered.
        pane : QWidget or callable
            What is not needed at once is given as what makes it; that happens after the window was
            drawn for the first time.
        beside : str
            Id of the pane on its left, or with which it shares its place as a tab.
        shortcut : str
            Shows the pane and gives it the focus.
        least_width : int
            Of the window; in a narrower one it shares the place of the pane on its left as a tab.
        wide : bool
            Below the others, over the full width; a tab in a window that is too low for two rows of
            panes. Several of them share their place as tabs, the first in front.
        """
        dock = PaneDock(id, title, pane, self.lab.theme, self)
        if wide:
            self._wide.append((id, beside))
        else:
            self._row.append((id, beside, least_width))
        self.docks[id] = dock
        self.notice.stay_above(dock)
        spec = ActionSpec(f"view.show-{id}", f"Go to {title}", shortcut, menu="View", group=0)
        self.lab.actions.declare(spec)
        self.lab.actions.bind(spec.id, lambda: self._go_to(dock))
        return dock

    def finish(self, widths: dict[str, int]) -> None:
        """Build the bars and menus once all panes are there, and put the layout back.

        `widths` are first widths of the panes by id, in relation to one another.
        """
        self.toolbar = MainToolBar(self.lab, self)
        self.addToolBar(self.toolbar)
        self.setStatusBar(LabStatusBar(self.lab, self))
        self._show_commands()
        self.first_painted.connect(self._build_panes)
        self._follow_theme()
        self.lab.theme.changed.connect(self._follow_theme)
        application().focusChanged.connect(self._watch_field)
        self.resize(_first_size(self))
        self._widths = widths
        # Not both: Qt would leave the bar over panes of the first arrangement over the menu.
        if not self.layout_memory.restore():
            self.reset_layout()

    def _build_panes(self) -> None:
        """Make the panes that waited until the window was seen."""
        if self._ended:
            return
        for dock in self.docks.values():
            dock.build()
        self._show_commands()  # they bring their own

    def _show_commands(self) -> None:
        for spec in self.lab.actions:
            self.addAction(self.lab.actions[spec.id])
        self.menuBar().clear()
        self._build_menus()

    def reset_layout(self) -> None:
        """Show all panes as at first, in the way that suits the present height of the window."""
        focused = QApplication.focusWidget()
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)  # it also takes the dock out of its tabs
        side_by_side = []
        for name, beside, least_width in self._row:
            if not beside:
                self.addDockWidget(_AREA.LeftDockWidgetArea, self.docks[name])
            elif self.width() < least_width:
                self.tabifyDockWidget(self.docks[beside], self.docks[name])
                continue
            else:
                self.splitDockWidget(
                    self.docks[beside], self.docks[name], Qt.Orientation.Horizontal
                )
            side_by_side.append(name)
        self._place_wide()
        docks = [self.docks[name] for name in side_by_side]
        widths = [self._widths[name] for name in side_by_side]
        self.resizeDocks(docks, widths, Qt.Orientation.Horizontal)
        if focused is not None and focused.isVisible():
            focused.setFocus()

    def _place_wide(self) -> None:
        """Put the wide panes below the others or into tabs, and show all."""
        two_rows = self.height() >= _TWO_ROWS
        pairs = [(self.docks[name], self.docks[beside]) for name, beside in self._wide]
        wide, beside = pairs[0]
        for dock, neighbor in pairs:
            if not two_rows:
                self.tabifyDockWidget(neighbor, dock)
            elif dock is wide:
                self.addDockWidget(_AREA.BottomDockWidgetArea, dock)
            else:
                self.tabifyDockWidget(wide, dock)
        for dock in self.docks.values():
            dock.show()
        beside.raise_()
        if two_rows:
            wide.raise_()
            room = self.height() - _BARS
            low = round(room * _WIDE_SHARE)
            self.resizeDocks([beside, wide], [room - low, low], Qt.Orientation.Vertical)

    def palette_dialog(self) -> CommandPalette:
        """The command palette, placed under the toolbar."""
        dialog = CommandPalette(self.lab.actions, self.lab.theme, self)
        top = self.mapToGlobal(QPoint((self.width() - dialog.width()) // 2, self._content_top()))
        dialog.move(top)
        return dialog

    def _watch_field(self, before: QWidget | None, now: QWidget | None) -> None:
        """See the keys of the field with the focus; those of all others would cost time."""
        if before is not None and isValid(before):
            before.removeEventFilter(self)
        if isinstance(now, (QLineEdit, QAbstractSpinBox)) and now.window() is self:
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if watched is self:  # only until it is painted
            if event.type() == QEvent.Type.Paint:
                self._begin()
            return False
        # Fields change the document as one types, so undo in a field is undo of the document.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and any(event.matches(keys) for keys in _UNDO_KEYS)
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, next: bool) -> bool:  # Qt's name
        # Qt counts panes that lie behind another one as visible; the focus would vanish there.
        first = QApplication.focusWidget()
        while super().focusNextPrevChild(next):
            focused = QApplication.focusWidget()
            if focused is None or focused is first or not self._is_behind(focused):
                return True
        return False

    def _is_behind(self, widget: QWidget) -> bool:
        """True in a pane of which another one, in the same place, is in front."""
        return any(
            dock.isAncestorOf(widget) and dock.visibleRegion().isEmpty()
            for dock in self.docks.values()
        )

    def childEvent(self, event: QChildEvent) -> None:  # Qt's name
        super().childEvent(event)
        # The bars over panes that share a place are Qt's own, made when they are needed.
        bar = event.child()
        if event.polished() and isinstance(bar, QTabBar):
            bar.setAccessibleName("Panes in this place")
            WheelGuard(bar)

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        super().showEvent(event)
        # A window that is shown minimized is not painted, and works all the same.
        if self.isMinimized():
            QTimer.singleShot(0, self._begin)

    def _begin(self) -> None:
        if not self._painted:
            self._painted = True
            self.removeEventFilter(self)
            self._go_to(next(iter(self.docks.values())))
            QTimer.singleShot(0, self._tell_painted)

    def _tell_painted(self) -> None:
        if not self._ended:
            self.first_painted.emit()

    def close_without_asking(self) -> None:
        """Close even if there are unsaved changes."""
        self._ask = False
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        if self._ended:
            event.setAccepted(self._closed)  # not while it is being closed
            return
        if self._ask and not (self._may_stop_jobs() and self.files.may_discard()):
            event.ignore()
            return
        self._ended = True
        self.layout_memory.save()
        # The thread may be in the middle of loading a model: that need not be seen.
        self.hide()
        application().focusChanged.disconnect(self._watch_field)
        close_lab(self.lab, self)
        self._closed = True
        event.accept()
        self.closed.emit()

    def _may_stop_jobs(self) -> bool:
        """Ask whether to close while an experiment, a census or a study is at work."""
        job = self.lab.work.queue.current
        return job is None or self.ask_stop(job, self)

    def _bind(self) -> None:
        actions, document = self.lab.actions, self.lab.document
        actions.bind("edit.undo", document.undo, enabled=False)
        actions.bind("edit.redo", document.redo, enabled=False)
        actions.bind("file.preferences", lambda: _show(PreferencesDialog(self.lab, self)))
        actions.bind("file.quit", self.close)
        actions.bind("model.open-file", self._open_model_file)
        actions.bind("model.reload", self._reload_model, enabled=False)
        actions.bind("model.details", self._show_model_details, enabled=False)
        actions.bind("view.reset-layout", self.reset_layout)
        actions.bind("help.actions", self._search_actions)
        actions.bind("help.open-logs", lambda: open_folder(log_dir()))
        actions.bind("help.about", lambda: _show(AboutDialog(self.lab, self)))
        for mode in MODES:
            actions.bind(f"view.theme-{mode}", lambda _on, mode=mode: self._set_theme(mode))
        self._mark_theme()
        self.lab.inference.model_ready.connect(self._on_model_ready)
        self.lab.settings_changed.connect(self._on_settings)

    def _build_menus(self) -> None:
        for name in MENUS:
            specs = [
                s for s in self.lab.actions if s.menu == name and self.lab.actions.is_bound(s.id)
            ]
            if not specs:
                continue
            menu = self.menuBar().addMenu(f"&{name}")
            group = None
            for spec in sorted(specs, key=lambda spec: spec.group):
                if group is not None and spec.group != group:
                    menu.addSeparator()
                group = spec.group
                menu.addAction(self.lab.actions[spec.id])
                if spec.id == "file.open":
                    menu.addMenu(self._recent_menu)
            if name == "View":
                self._add_pane_toggles(menu)
        self._show_recent_menu()

    def _add_pane_toggles(self, menu: QMenu) -> None:
        first = menu.actions()[0]
        for dock in self.docks.values():
            toggle = dock.toggleViewAction()
            toggle.setText(f"Show {dock.windowTitle()}")
            menu.insertAction(first, toggle)
        menu.insertSeparator(first)

    def _show_recent_menu(self) -> None:
        self._recent_menu.menuAction().setVisible(bool(self.files.recent()))

    def _fill_recent(self) -> None:
        self._recent_menu.clear()
        for path in self.files.recent():
            action = QAction(path.name.replace("&", "&&"), self._recent_menu)
            action.setToolTip(str(path))
            action.setStatusTip(str(path))
            action.triggered.connect(lambda _checked, path=path: self.files.open(path))
            self._recent_menu.addAction(action)
        self._recent_menu.addSeparator()
        self._recent_menu.addAction("Clear this list", self.files.clear_recent)

    def _show_title(self) -> None:
        self.setWindowTitle(f"{self.lab.document.name}[*] — {APP_NAME}")
        self.setWindowModified(self.lab.document.modified)
        path = self.lab.document.path
        self.setWindowFilePath(str(path) if path else "")

    def _show_error(self, error: LabError, retry: object) -> None:
        self.notice.show_error(error, retry if callable(retry) else None, self._content_top())

    def _content_top(self) -> int:
        return self.toolbar.geometry().bottom() if self.toolbar is not None else 0

    def _go_to(self, dock: PaneDock) -> None:
        dock.show()
        dock.raise_()
        if dock.isFloating():
            dock.activateWindow()
        dock.pane.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not dock.isAncestorOf(QApplication.focusWidget() or self):
            dock.pane.focusNextChild()

    def _search_actions(self) -> None:
        dialog = self.palette_dialog()
        _show(dialog)
        if dialog.chosen is not None:
            self.lab.actions.trigger(dialog.chosen)

    def _show_model_details(self) -> None:
        info = self.lab.inference.info
        if info is not None:
            _show(ModelDetailsDialog(info, self))

    def _open_model_file(self) -> None:
        present = Path(self.lab.settings.model)
        folder = present.parent if present.is_file() else Path.home()
        name, _filter = QFileDialog.getOpenFileName(
            self, "Open model file", str(folder), _MODEL_FILES
        )
        if name:
            self.lab.use_model(name)

    def _reload_model(self) -> None:
        request = self.lab.inference.request
        if request is not None:
            self.lab.use_model(request.reference, request.architecture)

    def _on_model_ready(self, _info: object) -> None:
        self.lab.actions.set_enabled("model.details", True)
        self.lab.actions.set_enabled("model.reload", True)

    def _set_theme(self, mode: Mode) -> None:
        self.lab.change_settings(theme=mode)
        self._mark_theme()

    def _on_settings(self, _settings: object) -> None:
        self.lab.theme.set_mode(self.lab.settings.theme)
        self._mark_theme()
        self._show_recent_menu()

    def _mark_theme(self) -> None:
        for mode in MODES:
            self.lab.actions[f"view.theme-{mode}"].setChecked(mode == self.lab.theme.mode)

    def _follow_theme(self) -> None:
        self._recent_menu.setIcon(self.lab.theme.icon("open"))


def _first_size(window: QWidget) -> QSize:
    """Most of the screen, at most 1600 × 980."""
    available = window.screen().availableGeometry().size()
    return QSize(
        min(1600, max(960, round(available.width() * 0.94))),
        min(980, max(620, round(available.height() * 0.9))),
    )


def _show(dialog: QDialog) -> None:
    """Show a dialog until it is closed, once."""
    dialog.exec()
    dialog.deleteLater()
