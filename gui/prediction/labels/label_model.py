"""The labels of the document as a list that can be edited, checked and dragged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QIcon

from core.base.text import invisible_sentence, marked
from core.color.terms import Palette
from core.predict.prompts import Label
from gui.look.theme import Tokens
from gui.prediction.cards.views import label_color
from gui.prediction.labels.prompt_edits import PromptEdits
from gui.widgets.images import swatch_icon

ROWS_MIME = "application/x-clip-color-lab-label-rows"
NoteRole = Qt.ItemDataRole.UserRole + 1
_Index = QModelIndex | QPersistentModelIndex


class LabelModel(QAbstractListModel):
    """A list model over the document's labels; every edit is an undo step.

    The model holds what it was last given by `show`; it changes only when the document does.
    """

    def __init__(self, edits: PromptEdits, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self._tokens = tokens
        self._labels: tuple[Label, ...] = ()
        self._notes: tuple[str, ...] = ()
        self._palette: Palette | None = None

    def show(self, labels: Sequence[Label], notes: Sequence[str], palette: Palette) -> None:
        """Take the labels, a note on each (empty if all is well) and the palette."""
        same_length = len(labels) == len(self._labels)
        if not same_length:
            self.beginResetModel()
        self._labels, self._notes, self._palette = tuple(labels), tuple(notes), palette
        if same_length:
            self._all_changed()
        else:
            self.endResetModel()

    def set_tokens(self, tokens: Tokens) -> None:
        """Take the colors of another theme."""
        self._tokens = tokens
        self._all_changed()

    def _all_changed(self) -> None:
        if self._labels:
            self.dataChanged.emit(self.index(0), self.index(len(self._labels) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._labels)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._labels):
            return None
        label = self._labels[index.row()]
        note = self._notes[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return marked(label.text)
        if role == Qt.ItemDataRole.EditRole:
            return label.text
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if label.enabled else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DecorationRole:
            return self._swatch(label)
        if role == NoteRole:
            return note
        if role == Qt.ItemDataRole.ToolTipRole:
            return note or invisible_sentence(label.text) or label.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = "" if label.enabled else ", switched off"
            return f"{label.text or 'blank label'}{state}" + (f", {note}" if note else "")
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if not index.isValid():
            return False
        if role == Qt.ItemDataRole.EditRole:
            self._edits.rename_label(index.row(), str(value))
            return True
        if role == Qt.ItemDataRole.CheckStateRole:
            on = Qt.CheckState(value) == Qt.CheckState.Checked
            self._edits.enable_labels([index.row()], on)
            return True
        return False

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsEditable
            | Qt.ItemFlag.ItemIsUserCheckable
            | Qt.ItemFlag.ItemIsDragEnabled
        )

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [ROWS_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        rows = ",".join(str(index.row()) for index in indexes)
        data.setData(ROWS_MIME, QByteArray(rows.encode()))
        return data

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index
    ) -> bool:
        if not data.hasFormat(ROWS_MIME):
            return False
        text = bytes(data.data(ROWS_MIME).data()).decode()
        rows = [int(part) for part in text.split(",") if part]
        gap = row if row >= 0 else (parent.row() if parent.isValid() else len(self._labels))
        if rows and max(rows) < len(self._labels):
            self._edits.move_labels(rows, gap)
        # The document has moved the labels already; the view has nothing left to remove.
        return False

    def _swatch(self, label: Label) -> QIcon | None:
        if self._palette is None:
            return None
        color = label_color(label.text, self._palette)
        return swatch_icon(color, self._tokens)
