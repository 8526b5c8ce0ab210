"""Which natural pictures a census shall see: a folder, listed beside the window."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from gui.jobs.faults import surface
from gui.jobs.job_worker import Throttle
from gui.jobs.latest_worker import LatestWorker, Request
from gui.jobs.priority import Interrupted
from gui.widgets.words import count_text

if TYPE_CHECKING:
    from core.census.pictures import PicturePaths
    from core.census.plan import PictureSet
    from core.stimuli.imported.folders import FolderListing

    Found = tuple[PictureSet, PicturePaths, FolderListing]

NICENESS = 12
_FOLDER = "folder"
_HASH_DIGITS = 8


class PictureChoice(QObject):
    """A folder and what it holds.

    Attributes
    ----------
    pictures : PictureSet or None
        None while the folder is being listed, or if that failed.
    problem : str
        Why the folder cannot be used.
    """

    changed = Signal()

    def __init__(self, side: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder: Path | None = None
        self.pictures: PictureSet | None = None
        self.problem = ""
        self._side = side
        self._paths: PicturePaths | None = None
        self._counted = 0
        self._left_out = 0
        self._worker = LatestWorker("list of pictures", NICENESS, bars_first=False, parent=self)
        self._worker.reported.connect(self._on_reported)
        self._worker.failed.connect(self._on_failed)
        self._worker.crashed.connect(surface)

    @property
    def listing(self) -> bool:
        """True while the folder is being listed."""
        return self.folder is not None and self.pictures is None and not self.problem

    @property
    def chosen(self) -> tuple[PictureSet, PicturePaths] | None:
        """The set and where its files lie; None for no pictures."""
        if self.pictures is None or self._paths is None:
            return None
        return self.pictures, self._paths

    def choose(self, folder: Path) -> None:
        """List a folder."""
        self._clear()
        self.folder = folder
        self._list(folder)
        self.changed.emit()

    def forget(self) -> None:
        """Do without pictures."""
        self._clear()
        self.changed.emit()

    def set_side(self, side: int) -> None:
        """The model takes pictures of that side."""
        self._side = side
        if self.pictures is not None:
            self.pictures = msgspec.structs.replace(self.pictures, side=side)
        elif self.listing and self.folder is not None:
            self._list(self.folder)

    def text(self) -> str:
        """What is known about the folder, in a line."""
        if self.folder is None:
            return "No folder is chosen."
        if self.problem:
            return self.problem
        if self.pictures is None:
            return f"{self.folder.name}: {count_text(self._counted, 'file')} looked at …"
        parts = [
            f"{self.folder.name}: {count_text(len(self.pictures), 'picture')}",
            f"SHA-256 of the list {self.pictures.sha256[:_HASH_DIGITS]}…",
        ]
        if self._left_out:
            parts.append(f"{count_text(self._left_out, 'other file')} left out")
        return " · ".join(parts)

    def stop(self) -> None:
        """Wait for what is under way beside the GUI thread."""
        self._worker.stop()

    def _list(self, folder: Path) -> None:
        work = partial(self._listed, folder, self._side)
        self._worker.ask(_FOLDER, work, "the list of pictures")

    def _listed(self, folder: Path, side: int, request: Request) -> Generator[Found, None, None]:
        """List and hash the pictures, in the thread; the number of files looked at is told."""
        from core.census.pictures import picture_set

        throttle = Throttle()

        def looked_at(files: int) -> None:
            if request.abandoned.is_set():
                raise Interrupted
            if throttle.is_due():
                self._worker.tell(request, files)

        yield picture_set(folder, side, looked_at)

    def _clear(self) -> None:
        self._worker.withdraw(_FOLDER)
        self.folder, self.pictures, self._paths = None, None, None
        self.problem, self._counted, self._left_out = "", 0, 0

    def _on_reported(self, _request: Request, found: int | Found) -> None:
        if isinstance(found, int):
            self._counted = found
        else:
            pictures, self._paths, listing = found
            self.pictures = msgspec.structs.replace(pictures, side=self._side)
            self._left_out = len(listing.refused)
        self.changed.emit()

    def _on_failed(self, _request: Request, error: LabError) -> None:
        self.problem = str(error)
        self.changed.emit()
