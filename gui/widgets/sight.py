"""Whether somebody can see a widget, for those that work only then.

Qt counts a pane as visible that lies behind another one, as a tab, and so are all parts of it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget


class Front:
    """A part of a pane's class: whether it lies in front of those that share its place."""

    in_front = False


def in_sight(widget: QWidget) -> bool:
    """True if a widget is shown in a pane that lies behind no other one."""
    if not widget.isVisible():
        return False
    around: QWidget | None = widget
    while around is not None and not isinstance(around, Front):
        around = around.parentWidget()
    return around is None or around.in_front


class Seen:
    """A part of a widget's class that tells when the widget comes into sight, and when it goes.

    A `gui.widgets.pane_dock.PaneDock` around it calls `look_again`.
    """

    _is_seen = False
    _heard: tuple[tuple[SignalInstance, Callable[..., object]], ...] = ()

    def hear(self, signal: SignalInstance, slot: Callable[..., object]) -> None:
        """Connect a slot whenever the widget is in sight.

        What was missed meanwhile is for `on_seen` to catch up with.
        """
        self._heard = (*self._heard, (signal, slot))

    def on_seen(self) -> None:
        """It has come into sight."""

    def on_unseen(self) -> None:
        """Nobody sees it any more."""

    def look_again(self) -> None:
        """Find out, and tell if that is new."""
        assert isinstance(self, QWidget)
        seen = in_sight(self)
        if seen != self._is_seen:
            self._is_seen = seen
            for signal, slot in self._heard:
                (signal.connect if seen else signal.disconnect)(slot)
            (self.on_seen if seen else self.on_unseen)()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)  # type: ignore[misc]
        self.look_again()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)  # type: ignore[misc]
        self.look_again()
