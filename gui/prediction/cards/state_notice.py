"""What stands in place of bars when there are none: why, and what to do."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QWidget

from gui.look.theme import Theme
from gui.widgets.build import column, row
from gui.widgets.notices import Explanation

_ICON = QSize(18, 18)


class StateNotice(Explanation):
    """A calm explanation, or an error with its remedy and a retry, on a card with an icon."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._theme = theme
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setObjectName("stateNotice")
        self.hide()

    def arrange(self) -> None:
        self._icon = QLabel(self)
        top = Qt.AlignmentFlag.AlignTop
        texts = column(self._heading, self._body, spacing=3)
        parts = ((self._icon, 0, top), (texts, 1), (self.button, 0, top))
        row(*parts, spacing=10, margins=(12, 10, 12, 10), on=self)

    def apply_theme(self) -> None:
        icon = self._theme.icon("warning" if self.failed else "info")
        self._icon.setPixmap(icon.pixmap(_ICON, self.devicePixelRatioF()))
