"""The window's layout between sessions, in an ini file of the user's configuration folder."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from core.base.paths import config_dir

VERSION = 4
"""Raise when panes are added or renamed: of a layout of another version only the window's place and
size are used."""


class Layout:
    """Remembers a window's geometry and docks, and puts them back."""

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._settings = QSettings(str(config_dir() / "layout.ini"), QSettings.Format.IniFormat)
        self._kept = False

    def restore(self) -> bool:
        """Put back what was saved; False if the panes stay as they are."""
        version = _integer(self._settings.value("version"))
        geometry, state = self._settings.value("geometry"), self._settings.value("state")
        if version < 1 or not isinstance(geometry, QByteArray):
            return False
        self._window.restoreGeometry(geometry)
        if version != VERSION or not isinstance(state, QByteArray):
            return False
        return self._window.restoreState(state, VERSION)

    def keep(self) -> None:
        """Write the present arrangement, and let no other take its place until `release`."""
        self.save()
        self._kept = True

    def release(self) -> None:
        """The arrangement may be written again."""
        self._kept = False

    def save(self) -> None:
        """Write the present geometry and arrangement."""
        if self._kept:
            return
        self._settings.setValue("version", VERSION)
        self._settings.setValue("geometry", self._window.saveGeometry())
        self._settings.setValue("state", self._window.saveState(VERSION))
        self._settings.sync()


def _integer(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return -1
