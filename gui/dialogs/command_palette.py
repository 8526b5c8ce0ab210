"""The command palette: any command by a few letters of its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPainterStateGuard,
    QPalette,
)
from PySide6.QtWidgets import (
    QDialog,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.context.action_specs import ActionSpec
from gui.context.actions import Actions
from gui.dialogs.fuzzy import fuzzy_score
from gui.look.theme import Theme
from gui.widgets.build import SearchField, column, label

_ID = Qt.ItemDataRole.UserRole
_KEYS = Qt.ItemDataRole.UserRole + 1
_MENU = Qt.ItemDataRole.UserRole + 2


class CommandPalette(QDialog):
    """Lists the usable commands; typing narrows, Enter runs, Escape closes.

    Attributes
    ----------
    chosen : str or None
        Id of the command to run once the dialog has closed.
    """

    def __init__(self, actions: Actions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._actions = actions
        self.chosen: str | None = None
        self.setWindowTitle("Search actions")
        self.setAccessibleName("Search actions")
        self.setObjectName("command-palette")
        self.setStyleSheet(
            f"QDialog#command-palette {{ background: {theme.tokens.surface};"
            f" border: 1px solid {theme.tokens.border_strong}; }}"
        )
        self.query = SearchField("Search for a command", "Type a few letters of a command")
        self.query.textChanged.connect(self._filter)
        self.query.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName("Commands found")
        self.list.setItemDelegate(_CommandDelegate(theme, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.itemClicked.connect(lambda _item: self._run())
        self.nothing = label("No command has these letters in this order.", "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        lines = self.query, (self.list, 1), (self.nothing, 1)
        column(*lines, on=self, spacing=8, margins=(10, 10, 10, 10))
        self.resize(540, 400)
        self._filter("")
        self.query.setFocus()  # a popup is given none by itself where keys come by a grab

    def found(self) -> list[str]:
        """Ids of the commands listed at present, best first."""
        return [self.list.item(row).data(_ID) for row in range(self.list.count())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            moves = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: 8,
                Qt.Key.Key_PageUp: -8,
            }
            key = Qt.Key(event.key())
            if key in moves and self.list.count():
                row = self.list.currentRow() + moves[key]
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run()
                return True
        return super().eventFilter(watched, event)

    def _filter(self, query: str) -> None:
        ranked: list[tuple[float, int, ActionSpec]] = []
        for order, spec in enumerate(self._actions):
            if spec.id == "help.actions" or not self._actions[spec.id].isEnabled():
                continue
            score = fuzzy_score(query, spec.text)
            in_menu = fuzzy_score(query, f"{spec.menu} {spec.text}")
            if in_menu is not None and (score is None or in_menu - 2.0 > score):
                score = in_menu - 2.0
            if score is not None:
                ranked.append((-score, order, spec))
        self.list.clear()
        for _score, _order, spec in sorted(ranked, key=lambda entry: entry[:2]):
            self.list.addItem(self._item(spec))
        self.list.setVisible(bool(ranked))
        self.nothing.setVisible(not ranked)
        if ranked:
            self.list.setCurrentRow(0)

    def _item(self, spec: ActionSpec) -> QListWidgetItem:
        action = self._actions[spec.id]
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        item = QListWidgetItem(action.text().replace("&", ""))
        item.setData(_ID, spec.id)
        item.setData(_KEYS, keys)
        item.setData(_MENU, spec.menu)
        item.setToolTip(spec.tooltip)
        item.setData(
            Qt.ItemDataRole.AccessibleTextRole,
            ", ".join(part for part in (action.text(), spec.menu, keys) if part),
        )
        return item

    def _run(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.chosen = item.data(_ID)
            self.accept()


class _CommandDelegate(QStyledItemDelegate):
    """Name on the left, menu after it in the muted color, keys on the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:  # Qt's name
        return QSize(200, QFontMetrics(option.font).height() + 14)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        with QPainterStateGuard(painter):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if selected or option.state & QStyle.StateFlag.State_MouseOver:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.color("accent" if selected else "hover"))
                painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), 5, 5)
            strong = option.palette.color(
                QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
            )
            faint = strong if selected else self._theme.color("muted")
            area = option.rect.adjusted(12, 0, -12, 0)
            middle = Qt.AlignmentFlag.AlignVCenter
            name = index.data(Qt.ItemDataRole.DisplayRole)
            painter.setPen(strong)
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, name)
            painter.setPen(faint)
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, index.data(_KEYS))
            shift = QFontMetrics(option.font).horizontalAdvance(name) + 12
            rest = QRect(area.adjusted(shift, 0, 0, 0))
            painter.drawText(rest, middle | Qt.AlignmentFlag.AlignLeft, index.data(_MENU))
