"""How the lab ends: all work is asked to, and a sign says what is waited for.

Nothing is killed: what computes ends with its batch and stores what it has. That may take seconds,
in which somebody who closed the window should see that it is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QObject, Qt, QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from core.paths import APP_NAME
from gui.lab import Lab

PATIENCE = 400
"""Milliseconds of closing without a sign."""

_LOOKS = 20
"""Milliseconds after which is looked whether all has ended."""

_WORDS = {
    "sweep": "the experiment stores what it has computed",
    "census": "the census stores what it has seen",
    "studies": "the study stores what it has computed",
    "scans": "a scan ends with its images",
    "ablation": "the predictions without units end",
    "inference": "the prediction ends",
    "unit pictures": "the pictures of units are put away",
    "model downloads": "the download keeps what has come",
    "model imports": "the import of a model ends",
}
_FILES = "files are being written"
_LOADING = "the model that is being loaded is given up"


class ClosingSign(QWidget):
    """A small window that says what closing waits for."""

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.CustomizeWindowHint)
        self.setObjectName("closingSign")
        self.setWindowTitle(APP_NAME)
        self.title = QLabel("Closing…", self)
        self.title.setProperty("role", "heading")
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 20, 28, 20)
        column.setSpacing(6)
        column.addWidget(self.title)
        column.addWidget(self.text)

    def say(self, reasons: list[str]) -> None:
        """Show what is waited for."""
        self.text.setText("\n".join(f"{reason[0].upper()}{reason[1:]}." for reason in reasons))
        self.show()


def close_lab(lab: Lab, root: QObject) -> None:
    """End all work beside the GUI thread, with a sign if that takes longer than a moment.

    Parameters
    ----------
    lab : Lab
    root : QObject
        The window, hidden by now; threads of its descendants are waited for.
    """
    lab.request_stop()
    for thread in _threads(root):
        thread.request_stop()
    sign = ClosingSign()
    patience = QDeadlineTimer(PATIENCE)
    looks = QTimer()  # so that waiting for events ends now and then
    looks.start(_LOOKS)
    events = QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents
    try:
        while reasons := _reasons(lab, root):
            if patience.hasExpired():
                sign.say(reasons)
                if not any(_threads(root)):
                    break  # the rest ends by being told so, below
            QApplication.processEvents(events | QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if sign.isVisible():
            QApplication.processEvents(events)  # it is painted before the last wait
        lab.close()
    finally:
        looks.stop()
        sign.close()
        sign.deleteLater()


def _threads(root: QObject) -> Iterator[QThread]:
    """Threads at work that end when they are asked to."""
    for thread in root.findChildren(QThread):
        if thread.isRunning() and hasattr(thread, "request_stop"):
            yield thread


def _reasons(lab: Lab, root: QObject) -> list[str]:
    """What is still at work, in words."""
    reasons = [_WORDS.get(thread.objectName(), "work ends") for thread in _threads(root)]
    if lab.inference.loading is not None:
        reasons.append(_LOADING)
    if any(pool.activeThreadCount() for pool in root.findChildren(QThreadPool)):
        reasons.append(_FILES)
    return list(dict.fromkeys(reasons))
