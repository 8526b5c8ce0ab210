"""Termination signals of the system, turned into a Qt signal on the GUI thread."""

from __future__ import annotations

import contextlib
import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class SignalWatch(QObject):
    """Notices Ctrl+C in the terminal, logout and shutdown.

    Python runs signal handlers only between bytecodes of the main thread, which waits inside Qt;
    a wake-up socket that Qt watches gets them through at once.

    Attributes
    ----------
    ended : bool
        True once a signal came.
    """

    caught = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ended = False
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)
        self._notifier = QSocketNotifier(self._receiver.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_wake)
        self._wakeup_before = signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        self._before = {
            number: signal.signal(number, _ignore)
            for name in _NAMES
            if (number := getattr(signal, name, None)) is not None
        }

    def stop(self) -> None:
        """Give the signals back to Python."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._wakeup_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._receiver.close()
        self._sender.close()

    def _on_wake(self) -> None:
        data = b""
        with contextlib.suppress(BlockingIOError):
            data = self._receiver.recv(64)
        for number in data:
            if number in {int(known) for known in self._before} and not self.ended:
                self.ended = True
                self.caught.emit(number)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """The wake-up socket does the work."""
