"""Which natural pictures a census shall see: a folder, listed beside the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from gui.jobs.picture_listing import PictureListing
from gui.widgets.words import count_text

if TYPE_CHECKING:
    from core.census.folder import PicturePaths
    from core.census.plan import PictureSet
    from core.stimuli.imported.folders import FolderListing

_HASH_DIGITS = 8


class PictureChoice(QObject):
    """A folder and what it holds.

    Attributes
    ----------
    folder : Path or None
    pictures : PictureSet or None
        None while the folder is being listed, or if that failed.
    problem : str
        Why the folder cannot be used.

    Signals
    -------
    changed()
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
        self._listing = PictureListing(self)
        self._listing.counted.connect(self._on_counted)
        self._listing.listed.connect(self._on_listed)
        self._listing.failed.connect(self._on_failed)

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
        self._listing.list(folder, self._side)
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
            self._listing.list(self.folder, side)

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
            f"list {self.pictures.sha256[:_HASH_DIGITS]}",
        ]
        if self._left_out:
            parts.append(f"{count_text(self._left_out, 'other file')} left out")
        return " · ".join(parts)

    def stop(self) -> None:
        """Wait for what is under way beside the GUI thread."""
        self._listing.stop()

    def _clear(self) -> None:
        self._listing.withdraw()
        self.folder, self.pictures, self._paths = None, None, None
        self.problem, self._counted, self._left_out = "", 0, 0

    def _on_counted(self, files: int) -> None:
        self._counted = files
        self.changed.emit()

    def _on_listed(self, pictures: PictureSet, paths: PicturePaths, listing: FolderListing) -> None:
        self.pictures = msgspec.structs.replace(pictures, side=self._side)
        self._paths = paths
        self._left_out = len(listing.refused)
        self.changed.emit()

    def _on_failed(self, error: LabError) -> None:
        self.problem = str(error)
        self.changed.emit()
