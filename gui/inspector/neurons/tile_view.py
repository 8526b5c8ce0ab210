"""A grid of equal tiles that costs the same for ten items as for a hundred thousand.

Where an item lies follows from its row alone, so nothing is laid out, and only what is seen is
painted. Keyboard, selection and accessibility are those of every item view of Qt.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.charts.drawing import bold_font
from gui.look.theme import Theme, number_font
from gui.widgets.build import once

Index = QModelIndex | QPersistentModelIndex

_Action = QAbstractItemView.CursorAction
_State = QStyle.StateFlag
_POINTS = 8.5
_SETTLE = 30
"""Milliseconds between two reports of what is seen while scrolling."""

BUDGET_SECONDS = 0.016
"""Tiles that take longer than this to paint, all together, are painted in several steps."""


class TileModel(QAbstractListModel):
    """Units in an order: `units` has that of each row, int64, shape (M,)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.units: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def row_of(self, unit: int) -> int:
        """Where a unit stands; −1 if it is not shown."""
        rows = np.flatnonzero(self.units == unit)
        return int(rows[0]) if len(rows) else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.units)


class TileDelegate(QStyledItemDelegate):
    """What tiles of units have in common: fonts, ground and frame; a subclass paints the rest."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._small = number_font(_POINTS)
        self._strong = bold_font(self._small)
        self._metrics = QFontMetricsF(self._strong)
        self._small_metrics = QFontMetricsF(self._small)

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> QRectF:
        """Mark the tile that is selected or under the pointer; gives what is inside of it."""
        area, tokens = QRectF(option.rect).adjusted(1, 1, -1, -1), self._theme.tokens
        if option.state & (_State.State_Selected | _State.State_MouseOver):
            selected = bool(option.state & _State.State_Selected)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(tokens.accent if selected else tokens.border), 1.5))
            painter.setBrush(QColor(tokens.accent_soft if selected else tokens.raised))
            painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        return area

    def paint_frame(self, painter: QPainter, place: QRectF) -> None:
        """The outline of a picture."""
        painter.setPen(QColor(self._theme.tokens.border_strong))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(-1, -1, 0, 0))

    def write(self, painter: QPainter, box: QRectF, text: str, font: QFont, color: str) -> None:
        """A line of text in the middle of a box; of one that is too long the end is seen."""
        metrics = self._metrics if font is self._strong else self._small_metrics
        painter.setFont(font)
        painter.setPen(QColor(color))
        if metrics.horizontalAdvance(text) > box.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideLeft, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


class TileView(QAbstractItemView):
    """Rows of tiles, from left to right and on from above to below.

    `tile` is the least size of one; columns share what is left over.
    """

    opened = Signal(int)  # row
    """Double-clicked, or Enter pressed."""
    left = Signal()
    """Escape."""
    seen = Signal(int, int)  # first, last
    """Rows that are seen now, the last one included; also after the model was reset."""

    def __init__(self, tile: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tile = tile
        self._in_steps = False
        self._rest = once(0, self._paint_rest, self)
        self._skipped = QRegion()
        self._report = once(_SETTLE, lambda: self.seen.emit(*self.rows_seen), self)
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

    def mark(self, row: int, scroll: bool = False) -> None:
        """Make a row the current one without announcing it; −1 for none."""
        if row == self.currentIndex().row():
            return
        self.setAutoScroll(scroll)
        with QSignalBlocker(self.selectionModel()):
            self.go_to(row)
        self.setAutoScroll(True)
        if scroll and row >= 0:
            self.scrollTo(self.model().index(row, 0))
        self.viewport().update()

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
            plain = option.state & ~(_State.State_HasFocus | _State.State_MouseOver)
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
                    option.state |= _State.State_Selected
                    if focus:
                        option.state |= _State.State_HasFocus
                if row == hovered:
                    option.state |= _State.State_MouseOver
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
