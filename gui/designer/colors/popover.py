"""A panel that opens at a button and closes on a click elsewhere or Escape."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from gui.widgets.build import column


class Popover(QFrame):
    """A framed popup.

    Signals
    -------
    closed
    """

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "card")
        self.body = column(spacing=8, margins=(12, 12, 12, 12), on=self)

    def open_at(self, anchor: QWidget) -> None:
        """Open below a widget, or above where there is no room, within the screen."""
        self.adjustSize()
        screen = anchor.screen().availableGeometry()
        place = anchor.mapToGlobal(QPoint(0, anchor.height() + 4))
        if place.y() + self.height() > screen.bottom():
            place.setY(anchor.mapToGlobal(QPoint(0, 0)).y() - self.height() - 4)
        right = max(screen.left(), screen.right() - self.width())
        place.setX(min(max(place.x(), screen.left()), right))
        place.setY(max(place.y(), screen.top()))
        self.move(place)
        self.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.closed.emit()

    def event(self, event: QEvent) -> bool:
        # Shortcuts of the window must not act through an open panel.
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        return super().event(event)
