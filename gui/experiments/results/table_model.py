"""A table of results as a model of Qt's: row names first, then cells, then the notes."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon

from core.color.terms import CSS, Palette, Rgb, canonical
from core.results.result_types import Cell, Difference, ResultTable, Share
from gui.experiments.results.cell_text import cell_sentence, cell_text
from gui.look.theme import Tokens
from gui.widgets.images import swatch_icon

Index = QModelIndex | QPersistentModelIndex

_CHROMATIC = "achromatic is black, white or gray, chromatic one of the eight other colors"
_NAME_TIPS = {
    "Prompt": "The template that was asked; {} is where each label goes.",
    "Font color": "The color of the letters.",
    "Written word": "The color word that the letters spell.",
    "Face": "The typeface of the letters.",
    "Label": "One of the answers to choose from.",
    "Object": f"The color of the shape: {_CHROMATIC}.",
    "Background": f"The color behind the shape: {_CHROMATIC}.",
}


class ResultTableModel(QAbstractTableModel):
    """Shows one `ResultTable`; the last row spans all columns and holds the notes."""

    def __init__(self, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._table: ResultTable | None = None
        self._palette = CSS
        self._swatches: dict[Rgb, QIcon] = {}

    @property
    def table(self) -> ResultTable | None:
        return self._table

    @property
    def names(self) -> int:
        """Number of columns that hold row names."""
        return len(self._table.row_headers) if self._table is not None else 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What stands below the table."""
        return self._table.notes if self._table is not None else ()

    def show(self, table: ResultTable | None, palette: Palette) -> bool:
        """Show a table; True if its shape differs from before, so that columns are new."""
        old = self._table
        same = (
            old is not None
            and table is not None
            and old.outline == table.outline
            and old.columns == table.columns
            and len(old.rows) == len(table.rows)
            and bool(old.notes) == bool(table.notes)
            and palette == self._palette
        )
        if same:
            self._table = table
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return False
        self.beginResetModel()
        self._table, self._palette = table, palette
        self.endResetModel()
        return True

    def set_tokens(self, tokens: Tokens) -> None:
        """Take the colors of another theme."""
        self._tokens = tokens
        self._swatches.clear()

    def cell(self, index: Index) -> Cell:
        """What is in a cell; None for names, notes and undefined cells."""
        table = self._table
        column = index.column() - self.names
        if table is None or not 0 <= index.row() < len(table.rows) or column < 0:
            return None
        return table.rows[index.row()].cells[column]

    def name(self, index: Index) -> str:
        """The row's name in that column; empty outside the names."""
        table = self._table
        if table is None or index.row() >= len(table.rows) or index.column() >= self.names:
            return ""
        return table.rows[index.row()].names[index.column()]

    def is_note(self, row: int) -> bool:
        """True for the row of the notes."""
        return self._table is not None and row == len(self._table.rows)

    def is_total(self, row: int) -> bool:
        """True for a row that sums up the others."""
        table = self._table
        return table is not None and row < len(table.rows) and table.rows[row].total

    def place_text(self, index: Index) -> str:
        """Where a cell stands, in words: the row's names and the column's title."""
        table = self._table
        if table is None or not 0 <= index.row() < len(table.rows):
            return ""
        column = table.columns[index.column() - self.names].title
        return " · ".join([*filter(None, table.rows[index.row()].names), column])

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if self._table is None or parent.isValid():
            return 0
        return len(self._table.rows) + bool(self._table.notes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if self._table is None or parent.isValid():
            return 0
        return self.names + len(self._table.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.is_note(index.row()):
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._table is None:
            return None
        if self.is_note(index.row()):
            shown = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
            return "\n".join(self.notes) if shown else None
        is_name = index.column() < self.names
        if role == Qt.ItemDataRole.DisplayRole:
            return self.name(index) if is_name else cell_text(self.cell(index))
        if role == Qt.ItemDataRole.DecorationRole and is_name:
            return self._swatch(self.name(index))
        if role == Qt.ItemDataRole.ToolTipRole:
            if is_name:
                return self.name(index)
            label = self._table.published_label
            return cell_sentence(self.cell(index), label) or None
        if role == Qt.ItemDataRole.AccessibleTextRole and not is_name:
            return f"{self.place_text(index)}: {cell_text(self.cell(index))}"
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        table = self._table
        if table is None or orientation == Qt.Orientation.Vertical:
            return None
        if section < self.names:
            if role == Qt.ItemDataRole.DisplayRole:
                return table.row_headers[section]
            tip = _NAME_TIPS.get(table.row_headers[section])
            return tip if role == Qt.ItemDataRole.ToolTipRole else None
        column = table.columns[section - self.names]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tooltip
        if role == Qt.ItemDataRole.DecorationRole:
            return self._swatch(column.title)
        if role == Qt.ItemDataRole.TextAlignmentRole and column.kind in ("count", "number"):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _swatch(self, text: str) -> QIcon | None:
        term = canonical(text)
        if term is None:
            return None
        color = self._palette[term]
        if color not in self._swatches:
            self._swatches[color] = swatch_icon(color, self._tokens)
        return self._swatches[color]


def selectable(cell: Cell) -> bool:
    """True if a cell stands for images that can be looked at."""
    if isinstance(cell, Difference):
        return bool(cell.first.count or cell.second.count)
    return isinstance(cell, Share) and cell.count > 0
