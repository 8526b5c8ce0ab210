"""The text beside a field that says what is wrong with what was typed."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from core.base.errors import LabError


class FieldNote(QLabel):
    """Hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "problem")
        self.setWordWrap(True)
        self.hide()

    def show_error(self, error: LabError) -> None:
        """Say what is wrong and how to mend it."""
        self.setText(f"⚠ {error}")
        self.setAccessibleName(f"Problem: {error}")
        self.show()

    def clear_error(self) -> None:
        self.clear()
        self.hide()
