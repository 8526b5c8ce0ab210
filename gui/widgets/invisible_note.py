"""What a field holds that cannot be seen, with a button that takes it out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from core.base.text import invisible_places, invisible_sentence, marked
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
