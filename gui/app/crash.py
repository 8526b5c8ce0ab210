"""Unexpected exceptions: to the log, and to the user in one dialog with Copy and Save.

Anything that is not a `LabError` is a bug. It never takes the window down silently, and the user's
work can be saved from the dialog.
"""

from __future__ import annotations

import logging
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
    qVersion,
)
from PySide6.QtWidgets import QWidget

from core.base.errors import LabError
from core.base.paths import APP_NAME
from core.base.version import VERSION
from gui.dialogs.crash_report import CrashReportDialog

log = logging.getLogger(__name__)

_ADVICE = (
    "The lab goes on, but it may not be whole any more. Save your work now. The report helps to "
    "find the fault; nothing is sent anywhere by itself."
)
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class CrashGuard(QObject):
    """Catches what nothing else caught, on any thread.

    Attributes
    ----------
    dialog : CrashReportDialog or None
        The dialog that is open at present; there is at most one.
    reports : int
        Number of exceptions caught so far.
    """

    _caught = Signal(str, str)
    _expected = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dialog: CrashReportDialog | None = None
        self.reports = 0
        self._window: QWidget | None = None
        self._save: Callable[[], object] | None = None
        self._show_expected: Callable[[LabError], object] | None = None
        self._installed = False
        self._caught.connect(self._show)
        self._expected.connect(self._on_expected)

    def install(self) -> None:
        """Take over Python's and Qt's last resorts."""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._from_python
        threading.excepthook = self._from_thread
        self._qt_before = qInstallMessageHandler(_qt_message)
        self._installed = True

    def uninstall(self) -> None:
        """Give them back."""
        if self._installed:
            sys.excepthook, threading.excepthook = self._before
            qInstallMessageHandler(self._qt_before)
            self._installed = False

    def attach(
        self,
        window: QWidget,
        save: Callable[[], object],
        show_expected: Callable[[LabError], object],
    ) -> None:
        """Say which window to show reports over, how to save, and where expected failures go."""
        self._window, self._save, self._show_expected = window, save, show_expected

    def catch(self, exception: BaseException) -> None:
        """Report an exception that somebody caught in place of the hooks; any thread."""
        if isinstance(exception, LabError):
            # Raised where nobody expected it, but made for the user all the same.
            log.warning("unhandled %s: %s", type(exception).__name__, exception, exc_info=exception)
            self._expected.emit(exception)
            return
        log.critical("unexpected exception", exc_info=exception)
        headline = f"Something unexpected happened: {type(exception).__name__}."
        self._caught.emit(headline, report_text(exception))

    def _from_python(
        self,
        kind: type[BaseException],
        exception: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, exception, trace)
            return
        self.catch(exception)

    def _from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and arguments.exc_type is not SystemExit:
            self.catch(arguments.exc_value)

    def _on_expected(self, error: LabError) -> None:
        if self._show_expected is not None:
            self._show_expected(error)

    def _show(self, headline: str, report: str) -> None:
        self.reports += 1
        if self.dialog is not None:  # a fault in a loop must not bury the user in dialogs
            return
        self.dialog = CrashReportDialog(headline, _ADVICE, report, self._save, self._window)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()

    def _on_finished(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None


def report_text(exception: BaseException) -> str:
    """What a developer needs to know, without anything of the user's document."""
    trace = "".join(traceback.format_exception(exception))
    return f"{environment_text()}\n\n{trace}"


def environment_text() -> str:
    """Versions and system, one a line."""
    return "\n".join(
        (
            f"{APP_NAME} {VERSION}",
            f"Python {platform.python_version()}, Qt {qVersion()}",
            f"{platform.system()} {platform.release()}, {platform.machine()}",
        )
    )


def _qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    category = context.category or "default"
    logging.getLogger(f"qt.{category}").log(_LEVELS.get(kind, logging.WARNING), "%s", message)
