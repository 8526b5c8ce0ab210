"""Fields that the wheel changes only while they have the focus; otherwise the page scrolls."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QComboBox, QSlider, QWidget


class _Guard(QObject):
    """Hands the wheel on to what is around a widget that has not the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        assert isinstance(watched, QWidget)
        if event.type() == QEvent.Type.Wheel and not watched.hasFocus():
            event.ignore()  # so that Qt offers it to the parent
            return True
        return False


def leave_wheel(widget: QWidget) -> None:
    """Let the wheel pass a widget by unless it has the focus, which the wheel does not give."""
    if widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_Guard(widget))


class Combo(QComboBox):
    """A list to choose from that does not change when something is scrolled past it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        leave_wheel(self)


class Slider(QSlider):
    """A slider that does not change when something is scrolled past it."""

    def __init__(self, orientation: Qt.Orientation, parent: QWidget | None = None) -> None:
        super().__init__(orientation, parent)
        leave_wheel(self)
