"""A line above the results that says what needs attention, with a button or two."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from gui.look.theme import Theme
from gui.widgets.build import button, label, row

_ICON = QSize(16, 16)


class Banner(QFrame):
    """Stays until one of its buttons is pressed; never takes the focus by itself."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._call: Callable[[], object] | None = None
        self.setProperty("role", "card")
        self.setObjectName("banner")
        self._icon = QLabel(self)
        self.text = label(parent=self, wraps=True)
        self.accept = button("", "", self._on_accept, self)
        self.dismiss = button("Not now", "", self.hide, self)
        parts = (self._icon, (self.text, 1), self.accept, self.dismiss)
        row(*parts, spacing=8, margins=(10, 5, 8, 5), on=self)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def offer(self, text: str, action: str, call: Callable[[], object]) -> None:
        """Say something and offer to do something about it."""
        self.text.setText(text)
        self.accept.setText(action)
        self._call = call
        self.setAccessibleName(text)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _on_accept(self) -> None:
        self.hide()
        if self._call is not None:
            self._call()

    def _restyle(self) -> None:
        self._icon.setPixmap(self._theme.icon("warning").pixmap(_ICON, self.devicePixelRatioF()))
