"""Autosave while one works; what is left of it after a crash is offered at the next start."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject

from core.base.errors import LabError
from core.document import autosave
from gui.context.document import Document
from gui.jobs.background import Background
from gui.widgets.build import once

log = logging.getLogger(__name__)


class Autosave(QObject):
    """Keeps a copy of the document as long as it has unsaved changes.

    Parameters
    ----------
    seconds : int
        Time from the first change that is not in the copy to writing it; 0 for never.
    report : callable
        Takes the `LabError` of the first autosave in a row that fails.
    """

    def __init__(
        self,
        document: Document,
        seconds: int,
        report: Callable[[LabError], object],
        store: autosave.Autosave | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._report = report
        self._failing = False
        self.store = store if store is not None else autosave.Autosave()
        self._timer = once(0, self._save_beside, self)
        self._background = Background(self)
        self._seconds = seconds
        document.changed.connect(self._on_changed)
        document.file_changed.connect(self._on_file_changed)

    def set_seconds(self, seconds: int) -> None:
        """Change the time between a change and its autosave."""
        self._seconds = seconds
        if seconds == 0:
            self._timer.stop()
        elif self._document.modified and not self._timer.isActive():
            self._timer.start(seconds * 1000)

    def save_now(self) -> bool:
        """Write the copy if there are unsaved changes, and wait for it; True if it was written."""
        self._timer.stop()
        self._background.wait()
        if not self._document.modified:
            return False
        try:
            self._writing()()
        except LabError as error:
            self._on_failed(error)
            return False
        self._failing = False
        return True

    def close(self) -> None:
        """The window closes properly: nothing has to be recovered."""
        self._timer.stop()
        self._background.stop()
        self.store.clear()

    def _save_beside(self) -> None:
        """Write the copy beside the GUI thread: a slow disk holds nobody up who works."""
        if not self._document.modified:
            return
        try:
            writing = self._writing()
        except LabError as error:
            self._on_failed(error)
        else:
            self._background.run(writing, self._on_written, self._on_failed)

    def _writing(self) -> Callable[[], None]:
        """What writes the document as it is now."""
        document = self._document
        content = document.state, document.picture_bytes(), document.path, document.content
        return lambda: self.store.save(*content)

    def _on_written(self, _none: None) -> None:
        self._failing = False

    def _on_failed(self, error: LabError) -> None:
        log.warning("autosave failed: %s", error)
        if not self._failing:
            self._report(error)
        self._failing = True

    def _on_changed(self, _new: object, _old: object) -> None:
        if self._seconds and not self._timer.isActive():
            self._timer.start(self._seconds * 1000)

    def _on_file_changed(self) -> None:
        if not self._document.modified:
            self._timer.stop()
            self._background.wait()
            self.store.clear()
