"""A line above the results that says what needs attention, with a button or two."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from gui.look.theme import Theme

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
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.accept = QPushButton(self)
        self.dismiss = QPushButton("Not now", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 5, 8, 5)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        row.addWidget(self.accept)
        row.addWidget(self.dismiss)
        self.accept.clicked.connect(self._on_accept)
        self.dismiss.clicked.connect(self.hide)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def offer(self, text: str, button: str, call: Callable[[], object]) -> None:
        """Say something and offer to do something about it."""
        self.text.setText(text)
        self.accept.setText(button)
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
