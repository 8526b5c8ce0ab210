"""The view of a table of results: columns share the width, notes stand below the rows."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from core.color.terms import CSS, Palette
from core.results.result_types import ResultTable
from gui.experiments.results.table_delegate import ResultDelegate
from gui.experiments.results.table_model import ResultTableModel, selectable
from gui.look.theme import Theme

_WIDEST_SHARE = 330
_WIDEST_MATRIX = 84
_WIDEST_NAME, _LEAST_NAME = 330, 112
_HEADER_MARGIN = 20
_LEAST_HEIGHT = 64


class ResultTableView(QTableView):
    """Shows one table.

    Signals
    -------
    cell_chosen(cell, place)
        A `Share` or `Difference` was clicked, or Enter pressed on it, and where it stands in words.
    copy_wanted()
    """

    cell_chosen = Signal(object, str)
    copy_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.results = ResultTableModel(theme.tokens, self)
        self.cells = ResultDelegate(theme, self)
        self.setModel(self.results)
        self.setItemDelegate(self.cells)
        self.setObjectName("resultTable")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._restyle)

    def show_table(self, table: ResultTable | None, palette: Palette = CSS) -> None:
        """Show a table; where only numbers differ from before, place and selection stay."""
        if self.results.show(table, palette):
            self._lay_out()
        elif table is not None:
            self._set_note_height()
        self.setAccessibleName(table.title if table is not None else "No table")

    def choose_current(self) -> None:
        """Ask for the images of the cell with the cursor."""
        self._choose(self.currentIndex())

    def minimumSizeHint(self) -> QSize:
        return QSize(160, _LEAST_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_sizes()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self._choose(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        live = index.isValid() and selectable(self.results.cell(index))
        shape = Qt.CursorShape.PointingHandCursor if live else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.choose_current()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        cell = self.results.cell(index) if index.isValid() else None
        if selectable(cell):
            self.cell_chosen.emit(cell, self.results.place_text(index))

    def _lay_out(self) -> None:
        self.clearSpans()
        table = self.results.table
        if table is None:
            return
        if self.results.notes:
            self.setSpan(len(table.rows), 0, 1, self.results.columnCount())
        self._set_sizes()
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self.results.index(0, self.results.names))
            self.clearSelection()

    def _set_sizes(self) -> None:
        """Fit the columns into the width, and the rows to what their cells then need."""
        table = self.results.table
        if table is None:
            return
        room = self.viewport().width()
        self.cells.compact = False
        widths = self._least_widths(_WIDEST_NAME)
        if sum(widths) > room:
            widths = self._least_widths(_LEAST_NAME)
        if sum(widths) > room and not table.is_matrix:
            self.cells.compact = True
            widths = self._least_widths(_LEAST_NAME)
        for column, width in enumerate(self._shared_out(table, widths, room)):
            self.setColumnWidth(column, width)
        for row in range(len(table.rows)):
            self.setRowHeight(row, self.cells.row_height(self.results, row))
        self._set_note_height()

    def _least_widths(self, widest_name: int) -> list[int]:
        """Widths at which neither titles nor cells are cut; names only up to a limit."""
        metrics = self.horizontalHeader().fontMetrics()
        across = Qt.Orientation.Horizontal
        widths = []
        for column in range(self.results.columnCount()):
            title = str(self.results.headerData(column, across))
            swatch = self.results.headerData(column, across, Qt.ItemDataRole.DecorationRole)
            head = metrics.horizontalAdvance(title) * 1.06 + _HEADER_MARGIN
            head += 20 if swatch is not None else 0
            cell = self.cells.cell_width(self.results, column)
            if column < self.results.names:
                cell = min(cell, widest_name)
            widths.append(max(round(head), cell))
        return widths

    def _shared_out(self, table: ResultTable, widths: list[int], room: int) -> list[int]:
        """Give names what they still need, and the shares what is left, up to a limit."""
        spare = room - sum(widths)
        wanted = [
            min(self.cells.cell_width(self.results, column), _WIDEST_NAME)
            for column in range(self.results.names)
        ]
        shares = [
            number + self.results.names
            for number, column in enumerate(table.columns)
            if column.kind in ("share", "difference")
        ]
        widest = _WIDEST_MATRIX if table.is_matrix else _WIDEST_SHARE
        limits = {**dict(enumerate(wanted)), **dict.fromkeys(shares, widest)}
        columns = [*range(self.results.names), *shares]
        for place, column in enumerate(columns):
            # Names come first and take all they want; the shares share the rest evenly.
            among = 1 if column < self.results.names else len(columns) - place
            more = max(0, min(spare // among, limits[column] - widths[column]))
            widths[column] += more
            spare -= more
        return widths

    def _set_note_height(self) -> None:
        table = self.results.table
        if table is None or not self.results.notes:
            return
        width = min(self.viewport().width(), self.horizontalHeader().length())
        self.setRowHeight(len(table.rows), self.cells.note_height(self.results, width))

    def _restyle(self) -> None:
        self.results.set_tokens(self._theme.tokens)
        self.viewport().update()
        self.horizontalHeader().viewport().update()
