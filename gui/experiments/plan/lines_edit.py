"""A list of texts, one a line, with what is wrong with it above."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from core.base.text import without_invisible
from gui.widgets.build import column, label
from gui.widgets.plain_text import InvisibleNote

_LEAST_HEIGHT = 76


class LinesEdit(QWidget):
    """Edits a tuple of texts; blank lines do not count.

    Signals
    -------
    edited(tuple)
        The texts, while they are typed.
    """

    edited = Signal(tuple)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[str, ...] = ()
        self.field = QPlainTextEdit(self)
        self.field.setAccessibleName(name)
        self.field.setTabChangesFocus(True)
        self.field.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.field.setMinimumHeight(_LEAST_HEIGHT)
        self.problem = label("", "problem", self, wraps=True, shown=False)
        self.invisible = InvisibleNote(self)
        self.invisible.removal_wanted.connect(self._clean)
        # Above the field: below, they would lie out of sight where the window is low.
        column(self.problem, self.invisible, (self.field, 1), on=self, spacing=4)
        self.field.textChanged.connect(self._take)

    def sizeHint(self) -> QSize:
        return QSize(200, 110)

    def show_lines(self, lines: Iterable[str]) -> None:
        """Show texts; the cursor stays if they are those that were typed."""
        lines = tuple(lines)
        if lines == self._lines:
            return
        self._lines = lines
        with QSignalBlocker(self.field):
            self.field.setPlainText("\n".join(" ".join(line.splitlines()) for line in lines))
        self.invisible.show_texts(lines)

    def show_problem(self, text: str) -> None:
        """Say what is wrong; empty if nothing is."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _take(self) -> None:
        lines = tuple(line for line in self.field.toPlainText().split("\n") if line.strip())
        if lines != self._lines:
            self._lines = lines
            self.invisible.show_texts(lines)
            self.edited.emit(lines)

    def _clean(self) -> None:
        clean = (without_invisible(line) for line in self.field.toPlainText().split("\n"))
        self.field.setPlainText("\n".join(clean))
