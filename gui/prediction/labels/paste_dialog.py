"""Paste a list of labels: what will be taken is shown before it is."""

from __future__ import annotations

import re
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.widgets.build import label

_EXAMPLES = 6
MAX_LABELS = 1000
"""Longest list of labels the pane takes: beyond it one prediction would take minutes."""

# Commas and semicolons of Latin, Arabic and East Asian typing.
_SEPARATORS = re.compile("[\n\r\t,;،؛，、；\u2028\u2029]")


class PasteDialog(QDialog):
    """A field for the list, its reading in words, and two ways to use it.

    Signals
    -------
    chosen(entries, replace)
        The labels; True to replace the present ones, False to add to them.
    """

    chosen = Signal(object, bool)

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Paste a list of labels")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(420, 320)
        hint = label("One label a line, or separated by commas.", "muted", self)
        self.field = QPlainTextEdit(self)
        self.field.setAccessibleName("List of labels")
        self.field.setTabChangesFocus(True)
        self.reading = label("", "", self, wraps=True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.replace_button = QPushButton("Replace labels", self)
        self.add_button = QPushButton("Add to labels", self)
        role = QDialogButtonBox.ButtonRole
        self.buttons.addButton(self.add_button, role.ActionRole)
        self.buttons.addButton(self.replace_button, role.AcceptRole)
        self.replace_button.setDefault(True)
        self.add_button.clicked.connect(lambda: self._finish(False))
        self.replace_button.clicked.connect(lambda: self._finish(True))
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(hint)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.reading)
        layout.addWidget(self.buttons)
        self.field.textChanged.connect(self._read)
        self.field.setPlainText(text)
        self.field.selectAll()
        self._read()

    def _read(self) -> None:
        found = parse_list(self.field.toPlainText())
        self.reading.setText(describe(found))
        for button in (self.replace_button, self.add_button):
            button.setEnabled(bool(found.entries))

    def _finish(self, replace: bool) -> None:
        entries = parse_list(self.field.toPlainText()).entries
        self.accept()
        self.chosen.emit(entries, replace)


def describe(found: PastedList) -> str:
    """What was read from a pasted text, in words."""
    count = len(found.entries)
    if count == 0:
        return "No label found."
    shown = ", ".join(entry[:40] for entry in found.entries[:_EXAMPLES])
    text = f"{count} label{'s' if count != 1 else ''}: {shown}"
    text += ", …" if count > _EXAMPLES else "."
    if found.duplicates:
        text += f" {found.duplicates} repeated and dropped."
    if found.beyond_limit:
        text += f" {found.beyond_limit} beyond the limit of {MAX_LABELS} and dropped."
    return text


class PastedList(NamedTuple):
    """What a pasted text holds: the entries in order, and how many were dropped and why."""

    entries: tuple[str, ...]
    duplicates: int
    beyond_limit: int


def parse_list(text: str) -> PastedList:
    """Split a pasted text into entries: one a line, or separated by commas, semicolons or tabs.

    Entries lose the blanks around them and the straight or curly double quotes that a spreadsheet
    puts around a cell; empty entries vanish; a repeated entry is kept once.
    """
    found = (_unquoted(part.strip()) for part in _SEPARATORS.split(text))
    entries = [entry for entry in found if entry]
    unique = tuple(dict.fromkeys(entries))
    return PastedList(
        entries=unique[:MAX_LABELS],
        duplicates=len(entries) - len(unique),
        beyond_limit=max(0, len(unique) - MAX_LABELS),
    )


def _unquoted(entry: str) -> str:
    for opening, closing in (('"', '"'), ("“", "”")):
        if len(entry) >= 2 and entry.startswith(opening) and entry.endswith(closing):
            return entry[1:-1].strip()
    return entry
