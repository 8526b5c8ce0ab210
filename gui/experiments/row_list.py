"""What a list whose rows a delegate paints is made of: its model, and the view's settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QWidget

from gui.look.theme import Theme

Index = QModelIndex | QPersistentModelIndex
Texts = Callable[[Any], tuple[str, str, str]]
"""Of a row: what it is called, all about it, and what is read aloud."""


class RowModel(QAbstractListModel):
    """Holds rows of any kind; one that stays the same row may change what it says."""

    def __init__(self, texts: Texts, key: Callable[[Any], object]) -> None:
        super().__init__()
        self._texts, self._key = texts, key
        self.rows: list[Any] = []

    def show(self, rows: Sequence[Any]) -> None:
        """Take other rows; those that stay in place are only told to repaint."""
        old, new = self.rows, list(rows)
        if [self._key(row) for row in new] == [self._key(row) for row in old]:
            self.rows = new
            for place, (before, now) in enumerate(zip(old, new, strict=True)):
                if before != now:
                    self.dataChanged.emit(self.index(place), self.index(place))
            return
        self.beginResetModel()
        self.rows = new
        self.endResetModel()

    def place_of(self, key: object) -> int:
        """Where the row with that key stands; −1 if it is not listed."""
        return next((i for i, row in enumerate(self.rows) if self._key(row) == key), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        roles = Qt.ItemDataRole
        wanted = (roles.DisplayRole, roles.ToolTipRole, roles.AccessibleTextRole)
        texts = self._texts(self.rows[index.row()]) if role in wanted else ()
        return texts[wanted.index(role)] if texts else None


class RowList(QListView):
    """Shows a `RowModel` by way of a delegate."""

    def __init__(
        self,
        name: str,
        rows: RowModel,
        delegate: QStyledItemDelegate,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.rows = rows
        rows.setParent(self)
        delegate.setParent(self)
        self.setModel(rows)
        self.setItemDelegate(delegate)
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        theme.changed.connect(self.viewport().update)


def row_at(index: Index) -> Any:
    """The row of a `RowModel` at an index."""
    model = index.model()
    assert isinstance(model, RowModel)
    return model.rows[index.row()]
