"""The list of runs: one row of two lines for each, painted by a delegate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPainterStateGuard
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.experiments.row_list import Index, RowList, RowModel, row_at
from gui.experiments.runs.run_rows import RunRow
from gui.look.theme import Theme, number_font

_MARGIN, _GAP, _BAR = 8, 3, 3
_LEAST_HEIGHT = 52
_PROBLEMS = ("failed", "damaged", "interrupted")


class RunDelegate(QStyledItemDelegate):
    """Paints title and state in the first line, details in the second, progress below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del index
        height = 2 * option.fontMetrics.height() + _GAP + 2 * _MARGIN - 2
        return QSize(200, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: RunRow = row_at(index)
        tokens = self._theme.tokens
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        with QPainterStateGuard(painter):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            area = QRectF(option.rect).adjusted(2, 1, -2, -1)
            if selected:
                painter.setPen(QColor(tokens.accent))
                painter.setBrush(QColor(tokens.accent_soft))
                painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
            elif option.state & QStyle.StateFlag.State_MouseOver:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(tokens.hover))
                painter.drawRoundedRect(area, 5, 5)
            inner = area.adjusted(_MARGIN, _MARGIN - 2, -_MARGIN, -(_MARGIN - 2))
            self._paint_texts(painter, inner, row, option.font)
            if row.place is not None and row.total:
                groove = QRectF(inner.left(), area.bottom() - _BAR - 1, inner.width(), _BAR)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(tokens.pressed))
                painter.drawRoundedRect(groove, 1.5, 1.5)
                groove.setWidth(groove.width() * row.done / row.total)
                painter.setBrush(QColor(tokens.accent))
                painter.drawRoundedRect(groove, 1.5, 1.5)

    def _paint_texts(self, painter: QPainter, area: QRectF, row: RunRow, font: QFont) -> None:
        tokens = self._theme.tokens
        strong = QFont(font)
        strong.setWeight(QFont.Weight.DemiBold)
        numbers = number_font(font.pointSizeF())
        state = row.state_text()
        width = QFontMetricsF(numbers).horizontalAdvance(state)
        height = QFontMetricsF(strong).height()
        line = QRectF(area.left(), area.top(), area.width(), height)
        middle, elide = Qt.AlignmentFlag.AlignVCenter, Qt.TextElideMode.ElideRight
        painter.setFont(numbers)
        painter.setPen(QColor(tokens.danger if row.state in _PROBLEMS else tokens.muted))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, state)
        line.setRight(line.right() - width - 10)
        painter.setFont(strong)
        painter.setPen(QColor(tokens.text))
        title = QFontMetricsF(strong).elidedText(row.title, elide, line.width())
        painter.drawText(line, middle, title)
        below = QRectF(area.left(), line.bottom() + _GAP, area.width(), height)
        painter.setFont(numbers)
        painter.setPen(QColor(tokens.muted))
        detail = QFontMetricsF(numbers).elidedText(row.detail_text(), elide, below.width())
        painter.drawText(below, middle, detail)


class RunList(RowList):
    """The list itself.

    Signals
    -------
    chosen(row)
        Another run was selected; None if none is.
    delete_wanted(), rename_wanted()
        By keyboard, for the selected run.
    """

    chosen = Signal(object)
    delete_wanted = Signal()
    rename_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        runs = RowModel(_texts, lambda row: row.path)
        super().__init__("Runs", runs, RunDelegate(theme), theme, parent)
        self._path: Path | None = None
        self._showing = False
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.selectionModel().currentChanged.connect(self._on_current)

    @property
    def current(self) -> RunRow | None:
        """The selected run."""
        place = self.currentIndex().row()
        return self.rows.rows[place] if 0 <= place < len(self.rows.rows) else None

    def minimumSizeHint(self) -> QSize:
        return QSize(120, _LEAST_HEIGHT)

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """Show other rows, keeping the selection by folder."""
        self._showing = True
        self.rows.show(rows)
        place = self.rows.place_of(self._path)
        if place >= 0:
            self.setCurrentIndex(self.rows.index(place))
        elif self._path is not None:
            self._path = None
            self.setCurrentIndex(QModelIndex())
            self.chosen.emit(None)
        self._showing = False

    def select(self, path: Path) -> bool:
        """Select the run in a folder; False if it is not listed."""
        place = self.rows.place_of(path)
        if place >= 0:
            self.setCurrentIndex(self.rows.index(place))
            self.scrollTo(self.rows.index(place))
        return place >= 0

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit()
        elif event.key() == Qt.Key.Key_F2:
            self.rename_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _on_current(self, new: QModelIndex, _old: QModelIndex) -> None:
        if self._showing:
            return
        row = self.rows.rows[new.row()] if new.isValid() else None
        path = row.path if row is not None else None
        if path != self._path:
            self._path = path
            self.chosen.emit(row)


def _texts(row: RunRow) -> tuple[str, str, str]:
    return row.title, row.tooltip(), f"{row.title}, {row.state_text()}, {row.detail_text()}"
