"""How the lab ends: all work is asked to, and a sign says what is waited for.

Nothing is killed: what computes ends with its batch and stores what it has. That may take seconds,
in which somebody who closed the window should see that it is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QThread, QThreadPool

from gui.context.lab_context import LabContext
from gui.jobs.job_worker import JobWorker
from gui.jobs.latest_worker import LatestWorker
from gui.widgets.waiting import wait_with_sign

_FILES = "files are being written"
_LOADING = "the model that is being loaded is given up"


def close_lab(lab: LabContext, root: QObject) -> None:
    """End all work beside the GUI thread, with a sign if that takes longer than a moment.

    `root` is the window, hidden by now; threads of its descendants are waited for.
    """
    lab.request_stop()
    for thread in _threads(root):
        thread.request_stop()
    wait_with_sign(
        "Closing…",
        lambda: _reasons(lab, root),
        last=lab.close,
        leave=lambda: not any(_threads(root)),
    )


def _threads(root: QObject) -> Iterator[JobWorker | LatestWorker]:
    """Threads at work that end when they are asked to."""
    for thread in root.findChildren(QThread):
        if isinstance(thread, JobWorker | LatestWorker) and thread.isRunning():
            yield thread


def _reasons(lab: LabContext, root: QObject) -> list[str]:
    """What is still at work, in words."""
    reasons = [thread.closing for thread in _threads(root)]
    if lab.inference.loading is not None:
        reasons.append(_LOADING)
    if any(pool.activeThreadCount() for pool in root.findChildren(QThreadPool)):
        reasons.append(_FILES)
    return list(dict.fromkeys(reasons))
