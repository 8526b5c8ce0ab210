"""A path or an address to copy, under a heading of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget


class PlaceBox(QWidget):
    """Hides itself while there is nothing to show.

    Parameters
    ----------
    name : str
        For those who do not see it.
    copy_text, copy_tip : str
        Of the button that copies.
    further : QPushButton, optional
        One more, beside it.
    """

    def __init__(
        self, name: str, copy_text: str, copy_tip: str, further: QPushButton | None = None
    ) -> None:
        super().__init__()
        self.heading = QLabel()
        self.heading.setProperty("role", "muted")
        self.line = QLineEdit()
        self.line.setReadOnly(True)
        self.line.setAccessibleName(name)
        self.copy = QPushButton(copy_text)
        self.copy.setToolTip(copy_tip)
        self.copy.setAccessibleDescription(copy_tip)
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.line.text()))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        if further is not None:
            buttons.addWidget(further)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.line)
        column.addLayout(buttons)

    def show_place(self, heading: str, text: str) -> None:
        """Show a text under a heading, or nothing."""
        self.setVisible(bool(text))
        self.heading.setText(heading)
        if self.line.text() != text:  # the same one keeps its selection
            self.line.setText(text)
            self.line.setCursorPosition(0)
        self.line.setToolTip(text)
