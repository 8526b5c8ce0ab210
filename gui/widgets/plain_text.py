"""Texts as they are seen: what is pasted is made one line, what is invisible is told."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from core.base.text import invisible_places, invisible_sentence, marked, one_line
from gui.widgets.build import button, label, row

_SHOWN_TEXTS = 3
_SHOWN_CHARACTERS = 60


class InvisibleNote(QWidget):
    """Hidden while every text can be seen whole."""

    removal_wanted = Signal()
    """The invisible characters should be taken out of the texts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = label(role="warning", parent=self, wraps=True)
        tip = "Remove the invisible characters"
        self.button = button("Remove", tip, self.removal_wanted, self, name=tip)
        top = Qt.AlignmentFlag.AlignTop
        row((self.label, 1), (self.button, 0, top), spacing=8, on=self)
        self.hide()

    def show_texts(self, texts: Sequence[str]) -> None:
        """Say which of the texts hold invisible characters, each marked where it stands."""
        found = [text for text in texts if invisible_places(text)]
        lines = [f"“{_around(text)}”: {invisible_sentence(text)}" for text in found[:_SHOWN_TEXTS]]
        if len(found) > _SHOWN_TEXTS:
            lines.append(f"{len(found) - _SHOWN_TEXTS} more hold such characters.")
        self._say("\n".join(lines))

    def show_refused(self, text: str, why: str) -> None:
        """Say why a text with invisible characters is not used, with these marked in it."""
        self._say(f"“{_around(text)}”: {why}")

    def _say(self, text: str) -> None:
        self.label.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))


def _around(text: str) -> str:
    """The first invisible character, marked, with what stands about it."""
    place = invisible_places(text)[0]
    start = max(0, place - _SHOWN_CHARACTERS // 2)
    stop = start + _SHOWN_CHARACTERS
    before, after = "…" if start else "", "…" if stop < len(text) else ""
    return f"{before}{marked(text[start:stop])}{after}"


class OneLine(QValidator):
    """Takes a text as the field shows it, so that what is seen is what is stored.

    A field of one line shows line ends, tabs and control characters as spaces but would keep them.
    Here they become spaces, as do all kinds of white space; line ends around a copied line go.
    """

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field)
        field.setValidator(self)

    def validate(self, text: str, cursor: int) -> tuple[QValidator.State, str, int]:
        clean = re.sub(r"\s", " ", one_line(text.strip("\r\n\u2028\u2029")))
        behind = _units(text) - cursor  # what was pasted ends at the cursor
        return QValidator.State.Acceptable, clean, max(0, min(cursor, _units(clean) - behind))


def _units(text: str) -> int:
    """Length as Qt counts it, in units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
