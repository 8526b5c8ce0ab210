"""The three kinds of stimulus as tabs."""

from __future__ import annotations

from typing import Literal, get_args

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

Kind = Literal["shape", "word", "picture"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class KindTabs(QWidget):
    """Exclusive buttons; the arrow keys move between them.

    Signals
    -------
    chosen(kind)
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Kind of stimulus")
        self._group = QButtonGroup(self)
        self.buttons: dict[Kind, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for kind in KINDS:
            button = QPushButton(kind.capitalize(), self)
            button.setProperty("role", "segment")
            button.setCheckable(True)
            button.setAccessibleName(f"Kind: {kind}")
            button.clicked.connect(lambda _=False, kind=kind: self.chosen.emit(kind))
            button.installEventFilter(self)
            self._group.addButton(button)
            row.addWidget(button, 1)
            self.buttons[kind] = button
        self.show_kind("shape")

    @property
    def kind(self) -> Kind:
        return next(kind for kind, button in self.buttons.items() if button.isChecked())

    def show_kind(self, kind: Kind) -> None:
        """Mark a kind without reporting it."""
        had_focus = any(button.hasFocus() for button in self.buttons.values())
        self.buttons[kind].setChecked(True)
        if had_focus:
            self.buttons[kind].setFocus()
        for other, button in self.buttons.items():
            policy = Qt.FocusPolicy.StrongFocus if other == kind else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(policy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
            if step is not None:
                place = (KINDS.index(self.kind) + step) % len(KINDS)
                button = self.buttons[KINDS[place]]
                button.setFocus(Qt.FocusReason.TabFocusReason)
                button.click()
                return True
        return super().eventFilter(watched, event)
