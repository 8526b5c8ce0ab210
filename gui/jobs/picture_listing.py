"""Lists and hashes a folder of pictures beside the window, however many it holds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from gui.jobs.background import Background

if TYPE_CHECKING:
    from core.census.folder import PicturePaths
    from core.census.plan import PictureSet
    from core.stimuli.imported.folders import FolderListing

REPORT_SECONDS = 0.2


class _Withdrawn(Exception):
    """Nobody waits for the listing any more."""


class PictureListing(QObject):
    """One folder at a time; a later one takes the place of an earlier one.

    Signals
    -------
    counted(files)
        So many files were looked at.
    listed(pictures, paths, listing)
        `PictureSet`, `PicturePaths` and `FolderListing` of the folder.
    failed(error)
        A `LabError`: the folder cannot be read, or holds no picture.
    """

    counted = Signal(int)
    listed = Signal(object, object, object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked = 0
        self._background = Background(self)

    def list(self, folder: Path, side: int) -> None:
        """List a folder for a model of that side."""
        self._asked += 1
        number = self._asked
        due = 0.0

        def looked_at(files: int) -> None:
            nonlocal due
            if number != self._asked:
                raise _Withdrawn
            now = time.monotonic()
            if now >= due:
                due = now + REPORT_SECONDS
                self._background.deliver(lambda: self._tell(number, files))

        def work() -> tuple[PictureSet, PicturePaths, FolderListing] | None:
            from core.census.picture_list import picture_set

            try:
                return picture_set(folder, side, looked_at)
            except _Withdrawn:
                return None

        def done(found: tuple[PictureSet, PicturePaths, FolderListing] | None) -> None:
            if found is not None and number == self._asked:
                self.listed.emit(*found)

        def failed(error: LabError) -> None:
            if number == self._asked:
                self.failed.emit(error)

        self._background.run(work, done, failed)

    def withdraw(self) -> None:
        """Stop; nothing comes back any more."""
        self._asked += 1

    def stop(self) -> None:
        """Stop, and wait for that."""
        self.withdraw()
        self._background.stop()

    def _tell(self, number: int, files: int) -> None:
        if number == self._asked:
            self.counted.emit(files)
