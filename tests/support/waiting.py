"""How tests wait: for what must come, as long as it takes; never for time to pass."""

from __future__ import annotations

WAIT = 180_000
"""Most milliseconds; it decides no test, it only ends one that hangs."""


def let_events_pass() -> None:
    """Handle all that waits in the GUI thread's event loop, and what that brings about."""
    from PySide6.QtCore import QCoreApplication

    for _ in range(5):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
