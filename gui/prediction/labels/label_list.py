"""The list of labels: edited in place, checked, dragged, moved by keys."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterStateGuard, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.look.theme import Tokens
from gui.prediction.labels.label_model import LabelModel, NoteRole
from gui.widgets.images import SWATCH_SIDE
from gui.widgets.plain_text import OneLine

_MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_NOTE_MARGIN = 8


class LabelDelegate(QStyledItemDelegate):
    """Draws a row and, at its right end, what is wrong with it."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tokens = tokens

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        editor = super().createEditor(parent, option, index)
        if isinstance(editor, QLineEdit):
            OneLine(editor)
        return editor

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        checked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        if not checked or index.data(NoteRole):
            muted = QColor(self.tokens.muted)
            option.palette.setColor(QPalette.ColorRole.Text, muted)
        if not index.data(Qt.ItemDataRole.DisplayRole):
            option.text = "(blank)"

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        note = index.data(NoteRole)
        if not note:
            return
        with QPainterStateGuard(painter):
            painter.setFont(option.font)
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.setPen(QColor(self.tokens.on_accent if selected else self.tokens.danger))
            box = QRectF(option.rect).adjusted(option.rect.width() * 0.4, 0, -_NOTE_MARGIN, 0)
            text = option.fontMetrics.elidedText(
                note, Qt.TextElideMode.ElideRight, int(box.width())
            )
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, align, text)


class LabelList(QListView):
    """The view of a `LabelModel`.

    Signals
    -------
    move_wanted(int)
        Alt+Up (−1) or Alt+Down (+1) on the selected rows.
    removal_wanted()
        Delete or Backspace.
    """

    move_wanted = Signal(int)
    removal_wanted = Signal()

    def __init__(self, model: LabelModel, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self._delegate = LabelDelegate(tokens, self)
        self.setItemDelegate(self._delegate)
        self.setObjectName("labelList")
        self.setAccessibleName("Labels")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.SelectedClicked
        )
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setIconSize(QSize(SWATCH_SIDE, SWATCH_SIDE))
        self.setDropIndicatorShown(True)
        self.setDragDropOverwriteMode(False)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take the colors of another theme."""
        self._delegate.tokens = tokens
        self.viewport().update()

    def selected_rows(self) -> list[int]:
        """Indices of the selected labels, in order."""
        return sorted(index.row() for index in self.selectedIndexes())

    def select_rows(self, first: int, count: int = 1) -> None:
        """Select `count` rows from `first` on and make the first one current."""
        model = self.model()
        if not 0 <= first < model.rowCount():
            return
        selection = self.selectionModel()
        flag = selection.SelectionFlag
        selection.setCurrentIndex(model.index(first, 0), flag.ClearAndSelect)
        for row in range(first + 1, min(first + count, model.rowCount())):
            selection.select(model.index(row, 0), flag.Select)
        self.scrollTo(model.index(first, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        editing = self.state() == QAbstractItemView.State.EditingState
        if alt and event.key() in _MOVES:
            self.move_wanted.emit(_MOVES[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and not editing:
            self.removal_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editing:
            self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)
            return
        event.accept()
