"""The field of one template: a line edit that marks its slot."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QTextLayout,
    QTextLine,
)
from PySide6.QtWidgets import QLineEdit, QWidget

from core.base.text import invisible_places
from core.predict.prompts import SLOT
from gui.look.theme import Tokens
from gui.prediction.cards.views import utf16_length
from gui.widgets.plain_text import OneLine

MAX_LENGTH = 100_000
_LONGEST_MARKED = 2_000
_MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class TemplateEdit(QLineEdit):
    """A line edit without a history of its own.

    Undo and redo belong to the document, so that one key takes back edits of every kind in the
    order they were made.

    Signals
    -------
    left()
        The field lost the focus or was confirmed with Enter: the typing is over.
    move_wanted(int)
        Alt+Up (−1) or Alt+Down (+1).
    undo_wanted(), redo_wanted()
    """

    left = Signal()
    move_wanted = Signal(int)
    undo_wanted = Signal()
    redo_wanted = Signal()

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self.setMaxLength(MAX_LENGTH)
        OneLine(self)
        self.setPlaceholderText("A sentence with the slot {}")
        self.returnPressed.connect(self.left)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take the colors of another theme."""
        self._tokens = tokens
        self.update()

    def show_text(self, text: str) -> None:
        """Show a text that comes from the document; the cursor stays where it was if it can."""
        if text == self.text():
            return
        cursor = self.cursorPosition()
        self.setText(text)
        if self.hasFocus():
            self.setCursorPosition(min(cursor, len(text)))
        else:
            self.setCursorPosition(0)

    def slot_box(self) -> QRectF | None:
        """Where the first slot is painted, in pixels of the widget; None if there is none."""
        found = self.text().find(SLOT)
        return None if found < 0 else self._box(found, len(SLOT))

    def _box(self, start: int, length: int) -> QRectF | None:
        """Where some characters are painted; None if the text is too long to mark it."""
        text = self.text()
        if len(text) > _LONGEST_MARKED:
            return None
        first = utf16_length(text[:start])
        last = first + utf16_length(text[start : start + length])
        layout = QTextLayout(text, self.font())
        layout.beginLayout()
        line = layout.createLine()
        layout.endLayout()
        if not line.isValid():
            return None
        # The field's own scrolling is private; its cursor shows how far it has scrolled.
        cursor_box = QRectF(self.cursorRect())
        offset = cursor_box.center().x() - _x(line, self.cursorPosition())
        ends = sorted((_x(line, first), _x(line, last)))
        middle = cursor_box.center().y()
        height = self.fontMetrics().height() + 1.0
        return QRectF(ends[0] + offset - 0.5, middle - height / 2, ends[1] - ends[0] + 1.0, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        slot = self.slot_box()
        unseen = [self._box(place, 1) for place in invisible_places(self.text())]
        boxes = [(slot, self._tokens.accent), *((box, self._tokens.warning) for box in unseen)]
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(self.rect().adjusted(3, 2, -3, -2))
            for box, name in boxes:
                if box is None:
                    continue
                color = QColor(name)
                painter.setPen(QPen(color, 1.0))
                color.setAlphaF(0.16)
                painter.setBrush(color)
                painter.drawRoundedRect(box, 3.0, 3.0)

    def event(self, event: QEvent) -> bool:
        # Let the window's own undo and redo have their keys.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if _is_undo(event) or _is_redo(event):
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _is_undo(event):
            self.undo_wanted.emit()
        elif _is_redo(event):
            self.redo_wanted.emit()
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in _MOVES:
            self.move_wanted.emit(_MOVES[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        for action in menu.actions():
            if action.objectName() in ("edit-undo", "edit-redo"):
                menu.removeAction(action)
        first = menu.actions()[0] if menu.actions() else None
        if first is not None and first.isSeparator():
            menu.removeAction(first)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())


def _x(line: QTextLine, position: int) -> float:
    """Horizontal place of a cursor position."""
    found = line.cursorToX(position)
    assert isinstance(found, tuple)  # and the position, which Qt may have moved
    return float(found[0])


def _is_undo(event: QKeyEvent) -> bool:
    return event.matches(QKeySequence.StandardKey.Undo)


def _is_redo(event: QKeyEvent) -> bool:
    redo = event.matches(QKeySequence.StandardKey.Redo)
    return redo or event.keyCombination() == _REDO


_REDO = QKeyCombination(
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier, Qt.Key.Key_Z
)
