"""A grid of equal tiles that costs the same for ten items as for a hundred thousand.

Where an item lies follows from its row alone, so nothing is laid out, and only what is seen is
painted. Keyboard, selection and accessibility are those of every item view of Qt.
"""

from __future__ import annotations

import time

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

Index = QModelIndex | QPersistentModelIndex

_Action = QAbstractItemView.CursorAction
_SETTLE = 30
"""Milliseconds between two reports of what is seen while scrolling."""

BUDGET_SECONDS = 0.016
"""Tiles that take longer than this to paint, all together, are painted in several steps."""


class TileView(QAbstractItemView):
    """Rows of tiles, from left to right and on from above to below.

    Parameters
    ----------
    tile : QSize
        Least size of a tile; columns share what is left over.

    Signals
    -------
    opened(row)
        Double-clicked, or Enter pressed.
    left()
        Escape.
    seen(first, last)
        Rows that are seen now, the last one included; also after the model was reset.
    """

    opened = Signal(int)
    left = Signal()
    seen = Signal(int, int)

    def __init__(self, tile: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tile = tile
        self._in_steps = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(0)
        self._rest.timeout.connect(self._paint_rest)
        self._skipped = QRegion()
        self._seen: tuple[int, int] | None = None
        self._report = QTimer(self)
        self._report.setSingleShot(True)
        self._report.setInterval(_SETTLE)
        self._report.timeout.connect(self._report_seen)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setMouseTracking(True)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    @property
    def tile(self) -> QSize:
        """Least size of a tile."""
        return self._tile

    def set_tile(self, tile: QSize) -> None:
        """Change the size of the tiles; the current one stays in sight."""
        if tile != self._tile:
            self._tile = tile
            self.updateGeometries()
            self.scrollTo(self.currentIndex())
            self.viewport().update()
            self._note_seen()

    @property
    def count(self) -> int:
        """Number of tiles."""
        model = self.model()  # none at first
        return model.rowCount() if model else 0

    @property
    def columns(self) -> int:
        """Tiles side by side."""
        return max(1, self.viewport().width() // self._tile.width())

    @property
    def rows_seen(self) -> tuple[int, int]:
        """First and last row of the model that are in sight; (0, −1) for none."""
        top = self.verticalOffset() // self._tile.height()
        bottom = (self.verticalOffset() + self.viewport().height() - 1) // self._tile.height()
        first = top * self.columns
        last = min((bottom + 1) * self.columns, self.count) - 1
        return (first, last) if first <= last else (0, -1)

    def go_to(self, row: int) -> None:
        """Make a row the current one and bring it into sight; −1 for none."""
        if not 0 <= row < self.count:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
            return
        self.setCurrentIndex(self.model().index(row, 0))

    # --- what an item view must know ---

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        if model is not None:
            model.modelReset.connect(self._on_reset)

    def sizeHint(self) -> QSize:
        return QSize(4 * self._tile.width(), 3 * self._tile.height())

    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._tile.width() + bar, min(self._tile.height(), 64))

    def visualRect(self, index: Index) -> QRect:
        return self._rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        if not self.viewport().rect().contains(point):
            return QModelIndex()
        columns, width = self.columns, self.viewport().width()
        # The inverse of rounding down the left edges in `_rect`.
        column = min(((point.x() + 1) * columns - 1) // max(width, 1), columns - 1)
        row = (point.y() + self.verticalOffset()) // self._tile.height() * columns + column
        return self.model().index(row, 0) if row < self.count else QModelIndex()

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint | None = None) -> None:
        if not index.isValid():
            return
        bar, rect = self.verticalScrollBar(), self._rect(index.row())
        if hint == QAbstractItemView.ScrollHint.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - self.viewport().height() // 2)
        elif rect.top() < 0:
            bar.setValue(bar.value() + rect.top())
        elif rect.bottom() >= self.viewport().height():
            # Of a tile that is higher than the view its upper part is shown.
            below = rect.bottom() + 1 - self.viewport().height()
            bar.setValue(bar.value() + min(below, rect.top()))

    def moveCursor(self, action: _Action, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        del modifiers
        model, last = self.model(), self.count - 1
        if last < 0:
            return QModelIndex()
        row, columns = self.currentIndex().row(), self.columns
        if row < 0:
            return model.index(max(self.rows_seen[0], 0), 0)
        page = columns * max(1, self.viewport().height() // self._tile.height())
        steps = {
            _Action.MoveLeft: -1,
            _Action.MovePrevious: -1,
            _Action.MoveRight: 1,
            _Action.MoveNext: 1,
            _Action.MoveUp: -columns,
            _Action.MoveDown: columns,
            _Action.MovePageUp: -page,
            _Action.MovePageDown: page,
            _Action.MoveHome: -row,
            _Action.MoveEnd: last - row,
        }
        step = steps[action]
        if abs(step) in (columns, page) and abs(step) > 1:
            # The column is kept; there is nothing above the first line nor below the last.
            while not 0 <= row + step <= last and step:
                step -= columns if step > 0 else -columns
            if step == 0 and action == _Action.MoveDown and row // columns < last // columns:
                step = last - row
        return model.index(min(max(row + step, 0), last), 0)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        del index
        return False

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        index = self.indexAt(rect.center())
        self.selectionModel().select(QItemSelection(index, index), command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for index in selection.indexes():
            region += self.visualRect(index)
        return region

    # --- events ---

    def updateGeometries(self) -> None:
        super().updateGeometries()
        height = self.viewport().height()
        lines = -(-self.count // self.columns)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, lines * self._tile.height() - height))
        bar.setPageStep(max(1, height))
        bar.setSingleStep(max(1, self._tile.height() // 3))

    def resizeEvent(self, event: QResizeEvent) -> None:
        first = self.rows_seen[0]
        current = self.currentIndex()
        self._in_steps = True
        super().resizeEvent(event)
        self.updateGeometries()
        # What was in sight stays in sight although the columns have changed.
        in_sight = current.isValid() and current.row() >= first
        if self.count and event.oldSize().width() != event.size().width():
            self.scrollTo(current if in_sight else self.model().index(first, 0))
        self._note_seen()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._in_steps = True
        self._skipped.translate(dx, dy)
        self.scrollDirtyRegion(dx, dy)
        self.viewport().scroll(dx, dy)
        self._note_seen()

    def paintEvent(self, event: QPaintEvent) -> None:
        model = self.model()
        with QPainter(self.viewport()) as painter:
            option = QStyleOptionViewItem()
            self.initViewItemOption(option)
            plain = option.state & ~(
                QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver
            )
            current = self.currentIndex().row()
            hovered = self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos())).row()
            hovered = hovered if self.viewport().underMouse() else -1
            delegate, focus = self.itemDelegate(), self.hasFocus()
            area = event.rect()
            top = (area.top() + self.verticalOffset()) // self._tile.height()
            bottom = (area.bottom() + self.verticalOffset()) // self._tile.height()
            columns = self.columns
            deadline = time.perf_counter() + BUDGET_SECONDS
            skipped = QRegion()
            for row in range(top * columns, min((bottom + 1) * columns, self.count)):
                rect = self._rect(row)
                if not rect.intersects(area):
                    continue
                if self._in_steps and time.perf_counter() > deadline:
                    skipped += rect
                    continue
                option.rect = rect
                option.state = plain
                if row == current:
                    option.state |= QStyle.StateFlag.State_Selected
                    if focus:
                        option.state |= QStyle.StateFlag.State_HasFocus
                if row == hovered:
                    option.state |= QStyle.StateFlag.State_MouseOver
                delegate.paint(painter, option, model.index(row, 0))
        if skipped.isEmpty():
            self._in_steps = self._rest.isActive()
        else:
            self._skipped += skipped
            self._rest.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid():
                self.opened.emit(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        # Dragging selects nothing: one tile is chosen at a time.
        if event.buttons() == Qt.MouseButton.NoButton:
            super().mouseMoveEvent(event)

    def _paint_rest(self) -> None:
        """Go on painting after other events had their turn."""
        rest, self._skipped = self._skipped, QRegion()
        self.viewport().update(rest)

    def _on_reset(self) -> None:
        self._in_steps = True
        self._note_seen()

    # --- geometry ---

    def _rect(self, row: int) -> QRect:
        columns, width = self.columns, self.viewport().width()
        line, column = divmod(row, columns)
        left, right = column * width // columns, (column + 1) * width // columns
        height = self._tile.height()
        return QRect(left, line * height - self.verticalOffset(), right - left, height)

    def _note_seen(self) -> None:
        if not self._report.isActive():
            self._report.start()

    def _report_seen(self) -> None:
        self.seen.emit(*self.rows_seen)
