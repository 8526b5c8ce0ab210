"""Rows and columns, labels, buttons and their like, each built in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QSize, Qt, QTimer, SignalInstance
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.look.theme import Theme

STRETCH = 1
"""Stands between the items of a row or column for room that grows; `2 * STRETCH` for twice."""

Part = QWidget | QLayout
Item = QWidget | QLayout | int | tuple[Part, int] | tuple[QWidget, int, Qt.AlignmentFlag]
"""A part, one with its stretch and alignment, or a stretch."""
Margins = tuple[int, int, int, int]
Call = Callable[..., object] | SignalInstance
Box = TypeVar("Box", bound=QBoxLayout)


def row(
    *items: Item, spacing: int = 6, margins: Margins = (0, 0, 0, 0), on: QWidget | None = None
) -> QHBoxLayout:
    """Items from left to right; `on` is the widget that they are laid out on, if there is one."""
    return _filled(QHBoxLayout() if on is None else QHBoxLayout(on), items, spacing, margins)


def column(
    *items: Item, spacing: int = 6, margins: Margins = (0, 0, 0, 0), on: QWidget | None = None
) -> QVBoxLayout:
    """Items from above to below."""
    return _filled(QVBoxLayout() if on is None else QVBoxLayout(on), items, spacing, margins)


def _filled(box: Box, items: tuple[Item, ...], spacing: int, margins: Margins) -> Box:
    box.setContentsMargins(*margins)
    box.setSpacing(spacing)
    for item in items:
        if isinstance(item, int):
            box.addStretch(item)
            continue
        part, stretch, *at = item if isinstance(item, tuple) else (item, 0)
        if isinstance(part, QWidget):
            box.addWidget(part, stretch, at[0] if at else Qt.AlignmentFlag(0))
        else:
            box.addLayout(part, stretch)
    return box


def label(
    text: str = "",
    role: str = "",
    parent: QWidget | None = None,
    *,
    tip: str = "",
    wraps: bool = False,
    copied: bool = False,
    shown: bool = True,
) -> QLabel:
    """A plain text; one that can be `copied` is selected with the mouse."""
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    made.setToolTip(tip)
    made.setWordWrap(wraps)
    if copied:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if not shown:
        made.hide()
    return made


def button(
    text: str,
    tip: str = "",
    call: Call | None = None,
    parent: QWidget | None = None,
    *,
    role: str = "",
    name: str = "",
    menu: QMenu | None = None,
) -> QPushButton:
    """A button with its text; `name` is for screen readers, where that says more."""
    made = QPushButton(text, parent)
    made.setToolTip(tip)
    if role or menu is not None:
        made.setProperty("role", role or "menu")
    if name:
        made.setAccessibleName(name)
    if menu is not None:
        made.setMenu(menu)
    if call is not None:
        made.clicked.connect(call)
    return made


class IconButton(QToolButton):
    """A button with an icon of the present theme.

    Parameters
    ----------
    tip : str
        Its name, up to a key in brackets: ``"Back (Escape)"``.
    side : int
        Of the icon, in pixels.
    """

    def __init__(
        self,
        theme: Theme,
        icon: str,
        tip: str,
        call: Call | None = None,
        parent: QWidget | None = None,
        *,
        side: int = 14,
        menu: QMenu | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._icon = theme, icon
        self.setToolTip(tip)
        self.setAccessibleName(tip.split(" (")[0])
        self.setIconSize(QSize(side, side))
        if menu is not None:
            self.setMenu(menu)
            self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        if call is not None:
            self.clicked.connect(call)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_icon(self, icon: str) -> None:
        """Show another icon."""
        self._icon = icon
        self._restyle()

    def _restyle(self) -> None:
        self.setIcon(self._theme.icon(self._icon))


class SearchField(QLineEdit):
    """What is typed narrows something: with a hint while it is empty, and a button to empty it."""

    def __init__(self, name: str, hint: str, tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setToolTip(tip)
        self.setClearButtonEnabled(True)


def close_box(dialog: QDialog, *more: QPushButton) -> QDialogButtonBox:
    """The line with the button that closes a dialog, and others for what can be done in it."""
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    box.rejected.connect(dialog.reject)
    for other in more:
        box.addButton(other, QDialogButtonBox.ButtonRole.ActionRole)
    return box


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget another role of the stylesheet."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def tell(shown: QLabel, text: str) -> None:
    """Show a text, and no label where there is none."""
    shown.setText(text)
    shown.setVisible(bool(text))


def scrolling(
    inside: QWidget,
    parent: QWidget | None = None,
    *,
    sideways: bool = False,
    area: QScrollArea | None = None,
) -> QScrollArea:
    """A frameless area that scrolls up and down where there is not enough room.

    It takes no focus itself: Tab goes to what is inside.
    """
    area = QScrollArea(parent) if area is None else area
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if not sideways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    return area


def once(milliseconds: int, call: Call, parent: QObject) -> QTimer:
    """A timer that, when started, calls once and rests."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer
