"""Fields that the wheel changes only while they have the focus; otherwise the page scrolls."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QSlider, QWidget

Entry = tuple[str, object] | tuple[str, object, str]


class WheelGuard(QObject):
    """Hands the wheel on to what is around a widget that Qt makes, while it has not the focus."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        assert isinstance(watched, QWidget)
        if event.type() == QEvent.Type.Wheel and not watched.hasFocus():
            event.ignore()  # so that Qt offers it to the parent
            return True
        return False


class OwnWheel:
    """A part of a field's class: the wheel changes it only while it has the focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        assert isinstance(self, QWidget)
        if self.hasFocus():
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()  # so that Qt offers it to the parent


class Combo(OwnWheel, QComboBox):
    """A list to choose from that does not change when something is scrolled past it.

    Parameters
    ----------
    name : str
        For screen readers.
    entries : sequence of tuple
        What can be chosen: its text, its data and, if it needs one, its tooltip.
    letters : int
        Ask only for the room of so many letters, and take all there is; 0 for that of the entries.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        name: str = "",
        tip: str = "",
        entries: Iterable[Entry] = (),
        *,
        letters: int = 0,
    ) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        if letters:
            self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            self.setMinimumContentsLength(letters)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.add(entries)

    def add(self, entries: Iterable[Entry]) -> None:
        """Offer more, after what is offered already."""
        for text, data, *tip in entries:
            self.addItem(text, data)
            if tip:
                self.setItemData(self.count() - 1, tip[0], Qt.ItemDataRole.ToolTipRole)

    def offer(self, entries: Iterable[Entry]) -> None:
        """Offer something else without reporting what is chosen then, which is the first."""
        with QSignalBlocker(self):
            self.clear()
            self.add(entries)

    def choose(self, data: object) -> None:
        """Show the entry of that data, or the first, without reporting it."""
        with QSignalBlocker(self):
            self.setCurrentIndex(max(0, self.findData(data)))


class Slider(OwnWheel, QSlider):
    """A slider that does not change when something is scrolled past it."""
