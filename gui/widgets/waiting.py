"""Waiting for work beside the GUI thread: the window stays painted, and a sign says for what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QDeadlineTimer, QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from core.base.paths import APP_NAME
from gui.widgets.build import column, label

PATIENCE = 400
"""Milliseconds of waiting without a sign."""

_LOOKS = 20
"""Milliseconds after which is looked whether all has ended."""

_EVENTS = QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents


class WaitingSign(QWidget):
    """A small window that says what is waited for."""

    def __init__(self, title: str) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.CustomizeWindowHint)
        self.setObjectName("waitingSign")
        self.setWindowTitle(APP_NAME)
        self.title = label(title, "heading", self)
        self.text = label(parent=self)
        column(self.title, self.text, margins=(28, 20, 28, 20), on=self)

    def say(self, reasons: Sequence[str]) -> None:
        """Show what is waited for."""
        self.text.setText("\n".join(f"{reason[0].upper()}{reason[1:]}." for reason in reasons))
        self.show()


def wait_with_sign(
    title: str,
    reasons: Callable[[], Sequence[str]],
    last: Callable[[], object] = lambda: None,
    leave: Callable[[], bool] = lambda: False,
) -> None:
    """Wait until there is no reason to, with a sign if that takes longer than a moment.

    Events are processed but for the user's input.

    Parameters
    ----------
    reasons : callable
        Gives what is still waited for, in words; nothing ends the waiting.
    last : callable
        Called at the end, while the sign is still seen.
    leave : callable
        True if what is left, once the sign is seen, ends by `last` alone.
    """
    sign = WaitingSign(title)
    patience = QDeadlineTimer(PATIENCE)
    looks = QTimer()  # so that waiting for events ends now and then
    looks.start(_LOOKS)
    try:
        while found := reasons():
            if patience.hasExpired():
                sign.say(found)
                if leave():
                    break
            QApplication.processEvents(_EVENTS | QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if sign.isVisible():
            QApplication.processEvents(_EVENTS)  # it is painted before the last wait
        last()
    finally:
        looks.stop()
        sign.close()
        sign.deleteLater()
