"""The bar under the menu: model, device, undo and redo by name, frequent commands, search."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from core.models.files.store import installed
from gui.context.lab_context import LabContext
from gui.widgets.build import label
from gui.widgets.words import count_text

_STEP_WIDTH = 118


class _Level(NamedTuple):
    """How much the bar says; widths in widget units."""

    step_names: bool  # “Undo move figure” rather than “Undo”
    words: bool  # texts beside the icons
    model_width: int
    search: str


_LEVELS = (
    _Level(True, True, 364, "Search actions…"),  # the embedded model's title fits
    _Level(False, True, 364, "Search actions…"),
    _Level(False, True, 250, "Search…"),
    _Level(False, False, 250, "Search…"),
)


class MainToolBar(QToolBar):
    """Reflects the model in use and the undo stack; holds no state of its own."""

    def __init__(self, lab: LabContext, parent: QWidget) -> None:
        super().__init__("Main toolbar", parent)
        self._lab = lab
        self.setObjectName("main-toolbar")
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.toggleViewAction().setVisible(False)
        self.setIconSize(QSize(16, 16))
        self.model_button = QPushButton()
        self.model_button.setProperty("role", "menu")
        self._model_menu = QMenu(self.model_button)
        self._model_menu.aboutToShow.connect(self._fill_model_menu)
        self.model_button.setMenu(self._model_menu)
        self.addWidget(self.model_button)
        self.device = label("", "badge")
        self.device.setToolTip("Where the model runs, with how many threads and which precision.")
        self.addWidget(self.device)
        self.addSeparator()
        self._undo = self._tool("edit.undo")
        self._redo = self._tool("edit.redo")
        self.addSeparator()
        self._others = [self._tool(name) for name in ("stimulus.randomize", "stimulus.swap-colors")]
        spring = QWidget()
        spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spring)
        self.search = QPushButton(" Search actions…   Ctrl+K")
        self.search.setProperty("role", "search")
        self.search.setAccessibleName("Search actions")
        self.search.clicked.connect(lambda: lab.actions.trigger("help.actions"))
        self.addWidget(self.search)
        lab.document.steps_changed.connect(self._show_steps)
        inference = lab.inference
        inference.model_loading.connect(self._show_model)
        inference.model_ready.connect(self._show_model)
        inference.model_failed.connect(self._show_model)
        lab.settings_changed.connect(self._show_model)
        lab.theme.changed.connect(self._restyle)
        self._model_text = ""
        self._show_steps()
        self._show_model()
        self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Say as much as there is room for, so that no command is pushed out of sight."""
        for level in _LEVELS:
            self._apply(level)
            if self.sizeHint().width() <= self.width():
                return

    def _apply(self, level: _Level) -> None:
        style = Qt.ToolButtonStyle
        for button in (self._undo, self._redo, *self._others):
            button.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if level.words else style.ToolButtonIconOnly
            )
        metrics = QFontMetrics(self.font())
        for name, verb in (("edit.undo", "Undo"), ("edit.redo", "Redo")):
            action = self._lab.actions[name]
            text = action.text() if level.step_names else verb
            action.setIconText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, _STEP_WIDTH))
        self.model_button.setMaximumWidth(level.model_width)
        room = level.model_width - 60  # icon, menu arrow and margins
        metrics = QFontMetrics(self.model_button.font())
        elided = metrics.elidedText(self._model_text, Qt.TextElideMode.ElideMiddle, room)
        self.model_button.setText(f" {elided}")
        self.search.setText(f" {level.search}   Ctrl+K")
        self.search.setMinimumWidth(190 if level.words else 150)
        layout = self.layout()
        assert layout is not None
        layout.invalidate()

    def _tool(self, name: str) -> QToolButton:
        action = self._lab.actions[name]
        button = QToolButton()
        button.setProperty("role", "tool")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        place = self.addWidget(button)
        place.setVisible(action.isVisible())
        action.visibleChanged.connect(lambda: place.setVisible(action.isVisible()))
        return button

    def _show_steps(self) -> None:
        stack = self._lab.document.undo_stack
        for name, verb, step, possible in (
            ("edit.undo", "Undo", stack.undoText(), stack.canUndo()),
            ("edit.redo", "Redo", stack.redoText(), stack.canRedo()),
        ):
            action = self._lab.actions[name]
            text = f"{verb} {step}".strip()
            action.setText(text)
            action.setToolTip(f"{text} ({action.shortcut().toString()})")
            self._lab.actions.set_enabled(name, possible)
        self._fit()
        self._undo.setAccessibleName(self._lab.actions["edit.undo"].text())
        self._redo.setAccessibleName(self._lab.actions["edit.redo"].text())

    def _show_model(self) -> None:
        inference = self._lab.inference
        info, loading = inference.info, inference.loading
        if loading is not None:
            text = f"Loading {loading.title}…"
        elif info is not None:
            text = f"{info.name} · {info.preprocessing.side} px"
        else:
            text = "No model"
        self._model_text = text
        self.model_button.setToolTip(f"Model: {text}")
        self.model_button.setAccessibleName(f"Model: {text}")
        threads = self._lab.settings.threads
        parts = [
            (info.device if info else self._lab.settings.device).upper(),
            "all cores" if threads == 0 else count_text(threads, "thread"),
            info.precision if info else self._lab.settings.precision,
        ]
        self.device.setText(" · ".join(parts))
        self.device.setAccessibleName(f"Device: {self.device.text()}")
        self._fit()

    def _fill_model_menu(self) -> None:
        menu = self._model_menu
        menu.clear()
        inference = self._lab.inference
        request = inference.request
        present = request.reference if request else ""
        here = installed()
        for model in here:
            self._add_model(menu, model.title, model.reference, present)
        known = {model.reference for model in here}
        if present and present not in known and Path(present).is_file():
            self._add_model(menu, Path(present).name, present, present)
        menu.addSeparator()
        if inference.loading is not None:
            stop = menu.addAction(f"Stop loading {inference.loading.title}".replace("&", "&&"))
            stop.triggered.connect(inference.stop_loading)
        for name in ("model.manage", "model.open-file", "model.device", "model.details"):
            menu.addAction(self._lab.actions[name])

    def _add_model(self, menu: QMenu, title: str, reference: str, present: str) -> None:
        action = QAction(title.replace("&", "&&"), menu)
        action.setCheckable(True)
        action.setChecked(reference == present)
        action.triggered.connect(lambda: self._lab.use_model(reference))
        menu.addAction(action)

    def _restyle(self) -> None:
        theme = self._lab.theme
        self.model_button.setIcon(theme.icon("model"))
        self.search.setIcon(theme.icon("search"))
        for spec in self._lab.actions:
            if spec.icon:
                self._lab.actions[spec.id].setIcon(theme.icon(spec.icon))
