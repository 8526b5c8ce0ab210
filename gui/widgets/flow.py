"""Layouts that follow the width: lines set as text is, and a line that folds."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Widgets of any width, line after line, with the same gap both ways."""

    def __init__(self, parent: QWidget | None = None, gap: int = 4) -> None:
        super().__init__(parent)
        self._gap = gap
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._set(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._set(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _set(self, rect: QRect, move: bool) -> int:
        x, y, line = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self._gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x += size.width() + self._gap
            line = max(line, size.height())
        return y + line - rect.y()


class FoldingLine(QGridLayout):
    """Three parts in a line; where it is narrow, the middle one stands in a second line.

    Call `fit` when the width changes.

    Parameters
    ----------
    wide : int
        Least width for a single line.
    stretches : tuple of int
        Of the left part, and of the middle one in a single line.
    """

    def __init__(
        self,
        left: QLayout,
        middle: QLayout,
        right: QLayout,
        wide: int,
        stretches: tuple[int, int] = (0, 1),
    ) -> None:
        super().__init__()
        self._parts = left, middle, right
        self._least, self._stretches = wide, stretches
        self._wide: bool | None = None
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(10)
        self.setVerticalSpacing(4)
        self.fit(wide)

    def fit(self, width: int) -> None:
        """Fold or unfold."""
        wide = width >= self._least
        if wide == self._wide:
            return
        self._wide = wide
        left, middle, right = self._parts
        for part in self._parts:
            self.removeItem(part)
        self.addLayout(left, 0, 0)
        if wide:
            self.addLayout(middle, 0, 1)
        else:
            self.addLayout(middle, 1, 0, 1, 3)
        self.addLayout(right, 0, 2)
        first, second = self._stretches
        self.setColumnStretch(0, first)
        self.setColumnStretch(1, second if wide or not first else 0)
