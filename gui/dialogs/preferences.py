"""The preferences that the window itself has no place for."""

from __future__ import annotations

import os

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.settings import FILE_NAME
from gui.lab import Lab

_THEMES = (("Follow the system", "system"), ("Light", "light"), ("Dark", "dark"))
_GRAYS = (("gray", "gray"), ("grey", "grey"))


class PreferencesDialog(QDialog):
    """Theme, threads, spelling of gray, autosave; written on OK."""

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.setWindowTitle("Preferences")
        settings = lab.settings
        self.theme = _choice(_THEMES, settings.theme)
        self.gray = _choice(_GRAYS, settings.gray_spelling)
        self.threads = QSpinBox()
        self.threads.setRange(0, max(os.cpu_count() or 1, settings.threads))
        self.threads.setSpecialValueText("All cores")
        self.threads.setValue(settings.threads)
        self.autosave = QSpinBox()
        self.autosave.setRange(0, 3600)
        self.autosave.setSuffix(" s")
        self.autosave.setSpecialValueText("Never")
        self.autosave.setValue(settings.autosave_seconds)
        for box in (self.threads, self.autosave):
            box.lineEdit().setTextMargins(6, 0, 0, 0)  # the style gives spin boxes none
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(4)
        for name, field, help_text in (
            ("&Theme", self.theme, "Colors of the window; stimulus colors never change."),
            ("&Model threads", self.threads, "The model steps back behind the window by itself."),
            (
                "&Spelling of gray",
                self.gray,
                "For the label in new documents. The text encoder tells the two words apart.",
            ),
            ("&Autosave after", self.autosave, "Time from a change to its autosave."),
        ):
            form.addRow(name, field)
            hint = QLabel(help_text)
            hint.setProperty("role", "muted")
            hint.setWordWrap(True)
            hint.setContentsMargins(0, 0, 0, 8)
            form.addRow("", hint)
            field.setAccessibleName(name.replace("&", ""))
            field.setAccessibleDescription(help_text)
        file = QLabel(f"All preferences stand in {FILE_NAME}, which can be edited by hand.")
        file.setProperty("role", "muted")
        file.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addLayout(form)
        column.addWidget(file)
        column.addWidget(buttons)
        self.setMinimumWidth(460)

    def accept(self) -> None:
        """Write what differs from before, and close."""
        self._lab.change_settings(
            theme=self.theme.currentData(),
            gray_spelling=self.gray.currentData(),
            threads=self.threads.value(),
            autosave_seconds=self.autosave.value(),
        )
        super().accept()


def _choice(options: tuple[tuple[str, str], ...], present: str) -> QComboBox:
    box = QComboBox()
    for text, value in options:
        box.addItem(text, value)
    box.setCurrentIndex(box.findData(present))
    return box
