"""Every command of the window with its keys, to search."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from gui.context.actions import Actions
from gui.widgets.build import SearchField, close_box, column, label

_ROW_SPACE = 9

OTHERS: tuple[tuple[str, str, str], ...] = (
    ("Move the object by 1 pixel, by 10", "Arrows, Shift+Arrows", "Canvas"),
    ("Scale the object by 1 % of the side", "+ and −", "Canvas"),
    ("Rotate the object by 1°, by 15°", "[ and ], Shift+[ and Shift+]", "Canvas"),
    ("Give a drag up", "Escape", "Canvas"),
    ("Move a template up or down", "Alt+Up, Alt+Down", "Prediction"),
    ("Show the images of a cell", "Enter", "Tables"),
    ("Copy the table", "Ctrl+C", "Tables"),
    ("Open the page of a neuron", "Enter", "Network inspector"),
    ("The neuron before, the next neuron", "Page Up, Page Down", "Network inspector"),
    ("Back to the list", "Escape", "Network inspector"),
    ("Move within a row of choices or tabs", "Left, Right", "Everywhere"),
    ("Next or previous control", "Tab, Shift+Tab", "Everywhere"),
    ("Open a menu of the menu bar", "Alt and its underlined letter", "Everywhere"),
)
"""Keys that are no commands: what they do, the keys, and where they work."""


class ShortcutsTable(QWidget):
    """All commands; typing narrows them by name, keys or menu."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.query = SearchField("Find a command or keys", "Find a command or keys", parent=self)
        self.tree = QTreeWidget(self)
        self.tree.setAccessibleName("Commands and their keys")
        self.tree.setHeaderLabels(["Command", "Keys", "Where"])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(True)
        self.tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for section in (1, 2):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        self.nothing = label("No command is like this.", "muted", self)
        self.nothing.hide()
        self._fill(actions)
        column(self.query, (self.tree, 1), self.nothing, on=self, spacing=8)
        self.query.textChanged.connect(self._filter)

    def rows(self) -> list[tuple[str, str, str]]:
        """What is shown: command, keys, where."""
        items = [item for item in self._items() if not item.isHidden()]
        return [(item.text(0), item.text(1), item.text(2)) for item in items]

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount()))
        return [item for item in items if item is not None]

    def _fill(self, actions: Actions) -> None:
        commands: list[tuple[str, str, str, str]] = []
        for spec in actions:
            if actions.is_bound(spec.id):
                action = actions[spec.id]
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                text = spec.text.rstrip("…")
                commands.append((text, keys, spec.menu or "Palette", spec.tooltip))
        # Those with keys first: they are what is looked for.
        commands.sort(key=lambda row: not row[1])
        for text, keys, place, tip in (*commands, *((*row, "") for row in OTHERS)):
            item = QTreeWidgetItem(self.tree, [text, keys or "—", place])
            item.setSizeHint(0, QSize(0, self.fontMetrics().height() + _ROW_SPACE))
            if tip:
                item.setToolTip(0, tip)
        self.tree.setCurrentIndex(self.tree.model().index(0, 0))

    def _filter(self, query: str) -> None:
        words = query.casefold().split()
        shown = 0
        for item in self._items():
            text = " ".join(item.text(column) for column in range(3)).casefold()
            found = all(word in text for word in words)
            item.setHidden(not found)
            shown += found
        self.nothing.setVisible(not shown)
        self.tree.scrollToTop()


class ShortcutsDialog(QDialog):
    """The table in a dialog of its own."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.table = ShortcutsTable(actions, self)
        column((self.table, 1), close_box(self), on=self, spacing=10, margins=(18, 16, 18, 14))
        self.resize(640, 560)
        self.table.query.setFocus()
