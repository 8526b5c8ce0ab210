"""What stands in place of bars when there are none: why, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.base.errors import LabError
from gui.look.theme import Theme

_ICON = QSize(18, 18)


class StateNotice(QFrame):
    """A calm explanation, or an error with its remedy and a retry."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = "info"
        self._retry_call: Callable[[], object] | None = None
        self.setProperty("role", "card")
        self.setObjectName("stateNotice")
        self._icon = QLabel(self)
        self._heading = _wrapped(self, "heading")
        self._body = _wrapped(self, "muted")
        self.retry = QPushButton("Retry", self)
        self.retry.clicked.connect(self._on_retry)
        texts = QVBoxLayout()
        texts.setSpacing(3)
        texts.addWidget(self._heading)
        texts.addWidget(self._body)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(10)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)
        layout.addWidget(self.retry, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def text(self) -> str:
        """What it says at present; empty if it is not shown."""
        if self.isHidden():
            return ""
        return f"{self._heading.text()} {self._body.text()}".strip()

    def explain(self, heading: str, body: str = "") -> None:
        """Say why there is nothing to see."""
        self._show("info", heading, body, None)

    def show_error(self, error: LabError, retry: Callable[[], object] | None = None) -> None:
        """Show a failure with its remedy."""
        self._show("warning", error.message, error.hint, retry)

    def apply_theme(self) -> None:
        """Take the icon of the present theme."""
        self._icon.setPixmap(
            self._theme.icon(self._icon_name).pixmap(_ICON, self.devicePixelRatioF())
        )

    def _show(self, icon: str, heading: str, body: str, retry: Callable[[], object] | None) -> None:
        self._icon_name = icon
        self._retry_call = retry
        self._heading.setText(heading)
        self._body.setText(body)
        self._body.setVisible(bool(body))
        self.retry.setVisible(retry is not None)
        self.setAccessibleName(heading)
        self.setAccessibleDescription(body)
        self.apply_theme()
        self.show()

    def _on_retry(self) -> None:
        if self._retry_call is not None:
            self._retry_call()


def _wrapped(parent: QWidget, role: str) -> QLabel:
    label = QLabel(parent)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
