"""The list of models."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from gui.look.theme import Theme
from gui.models.rows import ModelRow

_TITLE, _STATE, _SIZE, _LICENSE, _SOURCE = range(5)
HEADINGS = (
    ("Model", "Architecture, and in brackets what its weights were trained on."),
    ("State", "Whether its file is on this computer."),
    ("Size", "Of the file of weights; “about” where it is not here."),
    ("License", "As the publisher states it."),
    ("Source", "Who trained it, and on what."),
)
_WIDTHS = {_STATE: 148, _SIZE: 116, _LICENSE: 92}
_ROOM_FOR_SOURCE, _ROOM_FOR_LICENSE = 720, 560
"""Least width at which these columns are shown; the side of the dialog has them anyway."""

_COLORS = {
    "in use": "accent",
    "here": "ok",
    "coming": "accent",
    "paused": "warning",
    "incomplete": "warning",
    "absent": "muted",
    "unsupported": "muted",
}
_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ModelTable(QAbstractTableModel):
    """Rows as they are given."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: list[ModelRow] = []

    def show_rows(self, rows: Sequence[ModelRow]) -> None:
        """Take other rows; where they are the same models the view keeps its place."""
        if [row.key for row in rows] == [row.key for row in self.rows]:
            self.rows = list(rows)
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, _SOURCE))
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(HEADINGS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(row, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            if column == _STATE:
                return self._theme.color(_COLORS[row.state])
            if row.state == "unsupported" or column in (_LICENSE, _SOURCE):
                return self._theme.color("muted")
        if (
            role == Qt.ItemDataRole.FontRole
            and column in (_TITLE, _STATE)
            and row.state == "in use"
        ):
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        if role == Qt.ItemDataRole.TextAlignmentRole and column == _SIZE:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == _TITLE:
            return f"{row.title}, {row.state_text}, {row.size_text}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return HEADINGS[section][0]
            if role == Qt.ItemDataRole.ToolTipRole:
                return HEADINGS[section][1]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = (
                    Qt.AlignmentFlag.AlignRight if section == _SIZE else Qt.AlignmentFlag.AlignLeft
                )
                return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    @staticmethod
    def _text(row: ModelRow, column: int) -> str:
        return (row.title, row.state_text, row.size_text, row.license_text, row.source_text)[column]


class ModelList(QTableView):
    """Shows one line a model; one of them is chosen."""

    chosen = Signal()
    """Another model is the present one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.models = ModelTable(theme, self)
        self.setModel(self.models)
        self.setObjectName("resultTable")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Models")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(30)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(_TITLE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_SOURCE, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(60)
        # The cells' own margin, that of the headings; colors stay those of the one stylesheet.
        self.setStyleSheet("QTableView::item { padding: 0 7px; border: none; }")
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width)
        self.selectionModel().currentRowChanged.connect(lambda *_: self.chosen.emit())

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        super().resizeEvent(event)
        width = event.size().width()
        self.setColumnHidden(_SOURCE, width < _ROOM_FOR_SOURCE)
        self.setColumnHidden(_LICENSE, width < _ROOM_FOR_LICENSE)

    @property
    def present(self) -> ModelRow | None:
        """The chosen line."""
        number = self.currentIndex().row()
        return self.models.rows[number] if 0 <= number < len(self.models.rows) else None

    def show_rows(self, rows: Sequence[ModelRow], key: str = "") -> None:
        """Show lines, and choose one by its key: the present one if none is named."""
        present = self.present
        wanted = key or (present.key if present is not None else "")
        self.models.show_rows(rows)
        self.choose(wanted)

    def choose(self, key: str) -> None:
        """Make a model the present one; the first if it is not there."""
        keys = [row.key for row in self.models.rows]
        number = keys.index(key) if key in keys else 0
        if self.models.rows and self.currentIndex().row() != number:
            self.selectRow(number)
            self.scrollTo(self.models.index(number, 0))
        self.chosen.emit()
