"""What stands in place of something that cannot be shown: why, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.base.errors import LabError


class Explanation(QWidget):
    """A sentence, its remedy, and a button if there is something to press."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._call: Callable[[], object] | None = None
        self._heading = _wrapped(self, "heading")
        self._body = _wrapped(self, "muted")
        self.button = QPushButton(self)
        self.button.clicked.connect(self._on_clicked)
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 4, 8)
        column.setSpacing(6)
        column.addWidget(self._heading)
        column.addWidget(self._body)
        column.addLayout(row)
        column.addStretch(1)

    @property
    def text(self) -> str:
        """What it says; empty if it is not shown."""
        if self.isHidden():
            return ""
        return f"{self._heading.text()} {self._body.text()}".strip()

    def explain(
        self,
        heading: str,
        body: str = "",
        button: str = "",
        call: Callable[[], object] | None = None,
    ) -> None:
        """Say why there is nothing to see.

        Parameters
        ----------
        heading, body : str
        button : str
            What the button says; none if empty.
        call : callable, optional
            What it does.
        """
        self._call = call
        self._heading.setText(heading)
        self._body.setText(body)
        self._body.setVisible(bool(body))
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.setAccessibleName(heading)
        self.setAccessibleDescription(body)
        self.show()

    def show_error(self, error: LabError, retry: Callable[[], object] | None = None) -> None:
        """Show a failure with its remedy."""
        self.explain(error.message, error.hint, "Retry" if retry is not None else "", retry)

    def _on_clicked(self) -> None:
        if self._call is not None:
            self._call()


def _wrapped(parent: QWidget, role: str) -> QLabel:
    label = QLabel(parent)
    label.setProperty("role", role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
