"""Swapping and randomizing the colors, and the seed of the random figure."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QWidget

from core.stimuli.sampling import MAX_SEED
from gui.context.actions import Actions
from gui.look.theme import Theme
from gui.widgets.build import row
from gui.widgets.numbers import NumberEntry, NumberRule

_BUTTONS = (
    ("stimulus.swap-colors", "Swap", "swap"),
    ("stimulus.randomize", "Randomize", "dice"),
)


class Tools(QWidget):
    """A row of commands.

    Signals
    -------
    seed_edited(seed)
        The user typed another seed.
    """

    seed_edited = Signal(object)  # a seed may need 63 bits, which Qt's int has not

    def __init__(self, actions: Actions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._seed = 0
        self.buttons: dict[str, QToolButton] = {}
        line = row(spacing=4, on=self)
        self.seed = QLineEdit(self)
        self.seed_entry = NumberEntry(self.seed, NumberRule(0, MAX_SEED))
        self.seed.setAccessibleName("Seed of the random stimulus")
        self.seed.setToolTip(
            "The same seed always gives this shape or word the same colors, place and size.\n"
            "Type one to see its stimulus; Randomize takes the next."
        )
        self.seed.setFixedWidth(QFontMetrics(self.seed.font()).horizontalAdvance("0000000") + 20)
        for name, text, icon in _BUTTONS:
            button = action_button(actions, name, text, self)
            button.setProperty("icon-name", icon)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            line.addWidget(button)
            self.buttons[name] = button
        label = QLabel("S&eed", self)
        label.setBuddy(self.seed)
        line.addSpacing(4)
        line.addWidget(label)
        line.addWidget(self.seed)
        line.addStretch(1)
        self.seed_entry.taken.connect(self._take_seed)
        theme.changed.connect(self._set_icons)
        self._set_icons()

    def show_seed(self, seed: int) -> None:
        """Show the seed in use."""
        if seed != self._seed or not self.seed.text():
            self._seed = seed
            self.seed_entry.show(seed)
            self.seed.setCursorPosition(0)

    def _take_seed(self, seed: int) -> None:
        if seed != self._seed:
            self._seed = seed
            self.seed_edited.emit(seed)

    def _set_icons(self) -> None:
        for button in self.buttons.values():
            button.setIcon(self._theme.icon(button.property("icon-name")))


def action_button(actions: Actions, name: str, text: str, parent: QWidget) -> QToolButton:
    """A button for a command, with a shorter text than the menu's."""
    action = actions[name]
    button = QToolButton(parent)
    button.setProperty("role", "tool")
    button.setText(text)
    button.setToolTip(action.toolTip())
    button.setAccessibleName(action.text())
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setIconSize(QSize(15, 15))
    button.clicked.connect(lambda: actions.trigger(name))
    return button
