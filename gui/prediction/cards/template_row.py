"""The head of a card: grip, switch, the template's field, its tokens and its menu."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QCursor, QIcon, QMouseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from gui.look.theme import Theme
from gui.prediction.cards.template_edit import TemplateEdit
from gui.widgets.build import row

_ICON = QSize(16, 16)
_DOTS = QSize(14, 14)
_NARROW = 400


class Grip(QLabel):
    """The handle by which a card is dragged.

    Signals
    -------
    dragged(QPoint), dropped(QPoint)
        The pointer's place on the screen, while and after dragging.
    canceled()
        The drag was given up with Escape.
    """

    dragged = Signal(QPoint)
    dropped = Signal(QPoint)
    canceled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dragging = False
        self.setFixedSize(14, 22)
        self.set_icon(theme.icon("drag"))
        self.setCursor(QCursor(Qt.CursorShape.OpenHandCursor))
        self.setToolTip("Drag to reorder (Alt+Up, Alt+Down)")

    def set_icon(self, icon: QIcon) -> None:
        """Take the icon of the present theme."""
        self.setPixmap(icon.pixmap(_DOTS, self.devicePixelRatioF(), QIcon.Mode.Disabled))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self.setCursor(QCursor(Qt.CursorShape.ClosedHandCursor))
            event.accept()
        elif self._dragging:
            self._dragging = False
            self.canceled.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self.dragged.emit(event.globalPosition().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setCursor(QCursor(Qt.CursorShape.OpenHandCursor))
        if self._dragging and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self.dropped.emit(event.globalPosition().toPoint())


class TemplateRow(QWidget):
    """One line of widgets; what they mean is wired by the card.

    Attributes
    ----------
    grip, switch, edit, tokens, more : the widgets, from left to right

    Signals
    -------
    move_wanted(int)
        One place up (−1) or down (+1).
    duplicate_wanted(), remove_wanted(), picture_wanted()
    """

    move_wanted = Signal(int)
    duplicate_wanted = Signal()
    remove_wanted = Signal()
    picture_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count: tuple[int, int] | None = None
        self.grip = Grip(theme, self)
        self.switch = QCheckBox(self)
        self.switch.setAccessibleName("Use this template")
        self.switch.setToolTip("Use this template")
        self.edit = TemplateEdit(theme.tokens, self)
        self.edit.setAccessibleName("Template")
        self.tokens = QToolButton(self)
        self.tokens.setCheckable(True)
        self.tokens.setObjectName("tokens")
        self.tokens.setAccessibleName("Text as the model sees it")
        self.more = QToolButton(self)
        self.more.setAccessibleName("More for this template")
        self.more.setToolTip("Move, duplicate, remove")
        self.more.setIconSize(_ICON)
        self.edit.move_wanted.connect(self.move_wanted)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.more)
        self.more.setMenu(menu)
        self._up = menu.addAction("Move up\tAlt+Up", lambda: self.move_wanted.emit(-1))
        self._down = menu.addAction("Move down\tAlt+Down", lambda: self.move_wanted.emit(1))
        menu.addSeparator()
        self._duplicate = menu.addAction("Duplicate", self.duplicate_wanted.emit)
        self._picture = menu.addAction("Copy chart as picture", self.picture_wanted.emit)
        menu.addSeparator()
        self._remove = menu.addAction("Remove", self.remove_wanted.emit)
        row(self.grip, self.switch, (self.edit, 1), self.tokens, self.more, spacing=5, on=self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.apply_theme()

    def set_place(self, index: int, count: int) -> None:
        """Say which of how many templates this is."""
        self._up.setEnabled(index > 0)
        self._down.setEnabled(index < count - 1)
        self.grip.setEnabled(count > 1)
        self.edit.setAccessibleName(f"Template {index + 1} of {count}")

    def set_count(self, count: tuple[int, int] | None) -> None:
        """Show tokens and limit, or nothing as long as they are unknown."""
        self._count = count
        self._show_count()

    def resizeEvent(self, event: object) -> None:
        self._show_count()

    def _show_count(self) -> None:
        self.tokens.setVisible(self._count is not None)
        if self._count is None:
            return
        unit = "" if self.width() < _NARROW else " tokens"
        tokens, limit = self._count
        self.tokens.setText(f"{tokens:,} / {limit}{unit}")
        self.tokens.setAccessibleDescription(f"{tokens} of {limit} tokens")

    def apply_theme(self) -> None:
        """Take icons and colors of the present theme."""
        self.edit.set_tokens(self._theme.tokens)
        self.more.setIcon(self._theme.icon("more"))
        self._up.setIcon(self._theme.icon("up"))
        self._down.setIcon(self._theme.icon("down"))
        self._duplicate.setIcon(self._theme.icon("copy"))
        self._picture.setIcon(self._theme.icon("picture"))
        self._remove.setIcon(self._theme.icon("trash"))
        self.grip.set_icon(self._theme.icon("drag"))
