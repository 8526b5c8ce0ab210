"""A row of exclusive buttons that works like tabs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget


class Segments(QWidget):
    """The arrow keys move between the buttons; one tab stop for all of them.

    Each has a name, a text and a tooltip.
    """

    chosen = Signal(str)  # name
    """By the user."""

    def __init__(
        self, entries: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._names = [name for name, _text, _tip in entries]
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for name, text, tip in entries:
            button = QPushButton(text, self)
            button.setProperty("role", "segment")
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(text)
            button.setAccessibleDescription(tip)
            button.setMinimumWidth(48)
            button.clicked.connect(lambda _on=False, name=name: self._take(name))
            button.installEventFilter(self)
            self._group.addButton(button)
            row.addWidget(button, 1)
            self.buttons[name] = button
        self.show_name(self._names[0])

    @property
    def chosen_name(self) -> str:
        """Name of the button that is down."""
        return next(name for name, button in self.buttons.items() if button.isChecked())

    def show_name(self, name: str) -> None:
        """Press a button without reporting it."""
        had_focus = any(button.hasFocus() for button in self.buttons.values())
        self.buttons[name].setChecked(True)
        self.setFocusProxy(self.buttons[name])
        if had_focus:
            self.buttons[name].setFocus()
        for other, button in self.buttons.items():
            policy = Qt.FocusPolicy.StrongFocus if other == name else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(policy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
            if step is not None:
                place = (self._names.index(self.chosen_name) + step) % len(self._names)
                button = self.buttons[self._names[place]]
                button.setFocus(Qt.FocusReason.TabFocusReason)
                button.click()
                return True
        return super().eventFilter(watched, event)

    def _take(self, name: str) -> None:
        self.show_name(name)
        self.chosen.emit(name)
