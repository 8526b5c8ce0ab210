"""The window's layout between sessions, in an ini file of the user's configuration folder."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from core.paths import config_dir

VERSION = 1
"""Raise when panes are added or renamed: a layout of another version is not used."""


class Layout:
    """Remembers a window's geometry and docks, and puts them back."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._first: QByteArray | None = None
        self._settings = QSettings(str(config_dir() / "layout.ini"), QSettings.Format.IniFormat)

    def remember_first(self) -> None:
        """Take the present arrangement as the one that `reset` returns to."""
        self._first = self._window.saveState(VERSION)

    def restore(self) -> bool:
        """Put back what was saved; False if there is nothing of this version."""
        if _integer(self._settings.value("version")) != VERSION:
            return False
        geometry, state = self._settings.value("geometry"), self._settings.value("state")
        if not isinstance(geometry, QByteArray) or not isinstance(state, QByteArray):
            return False
        self._window.restoreGeometry(geometry)
        return self._window.restoreState(state, VERSION)

    def save(self) -> None:
        """Write the present geometry and arrangement."""
        self._settings.setValue("version", VERSION)
        self._settings.setValue("geometry", self._window.saveGeometry())
        self._settings.setValue("state", self._window.saveState(VERSION))
        self._settings.sync()

    def reset(self) -> None:
        """Go back to the first arrangement."""
        if self._first is not None:
            self._window.restoreState(self._first, VERSION)


def _integer(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return -1
