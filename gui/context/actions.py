"""The commands of the window, as far as a part of it has bound a handler to them.

A command appears in its menu, in the palette (Ctrl+K) and as a shortcut only when a part of the
window has bound a handler to it: nothing is ever shown that does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from gui.context.action_specs import MENUS, SPECS, ActionSpec
from gui.context.typed_fields import finish_typing


class Actions(QObject):
    """The registry: one `QAction` for each `ActionSpec`.

    The main window adds them to itself so that shortcuts work.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._specs: dict[str, ActionSpec] = {}
        self._actions: dict[str, QAction] = {}
        self._handlers: dict[str, Callable[..., object]] = {}
        for spec in SPECS:
            self.declare(spec)

    def declare(self, spec: ActionSpec) -> QAction:
        """Add a command that `SPECS` does not hold; its id must be new."""
        if spec.id in self._specs:
            raise ValueError(f"action {spec.id!r} is declared twice")
        if spec.menu and spec.menu not in MENUS:
            raise ValueError(f"action {spec.id!r} names no menu of the window: {spec.menu!r}")
        action = QAction(spec.text, self)
        action.setObjectName(spec.id)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(_tooltip(spec, action))
        action.setStatusTip(spec.tooltip)
        action.setCheckable(spec.checkable)
        action.setVisible(False)
        action.setEnabled(False)
        action.triggered.connect(lambda checked, id=spec.id: self._run(id, checked))
        self._specs[spec.id] = spec
        self._actions[spec.id] = action
        return action

    def bind(self, id: str, handler: Callable[..., object], enabled: bool = True) -> QAction:
        """Give a command its handler and show it; see also `set_enabled`.

        The handler is called without arguments, or with the new state if the command is checkable.
        """
        action = self._actions[id]
        self._handlers[id] = handler
        action.setVisible(True)
        action.setEnabled(enabled)
        return action

    def set_enabled(self, id: str, enabled: bool) -> None:
        """Say whether a bound command makes sense at present."""
        self._actions[id].setEnabled(enabled and id in self._handlers)

    def trigger(self, id: str) -> None:
        """Run a command as if the user had chosen it."""
        self._actions[id].trigger()

    def is_bound(self, id: str) -> bool:
        return id in self._handlers

    def spec(self, id: str) -> ActionSpec:
        return self._specs[id]

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def __iter__(self) -> Iterator[ActionSpec]:
        """All declared commands, in order of declaration."""
        return iter(self._specs.values())

    def _run(self, id: str, checked: bool) -> None:
        finish_typing()  # a key takes no focus from the field in which something is typed
        handler = self._handlers[id]
        if self._specs[id].checkable:
            handler(checked)
        else:
            handler()


def _tooltip(spec: ActionSpec, action: QAction) -> str:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    first = f"{spec.text.rstrip('…')} ({keys})" if keys else spec.text.rstrip("…")
    return f"{first}\n{spec.tooltip}" if spec.tooltip else first
