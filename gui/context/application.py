"""The running application."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication


def application() -> QApplication:
    """The application of the window; there must be one by now."""
    running = QApplication.instance()
    assert isinstance(running, QApplication)
    return running
