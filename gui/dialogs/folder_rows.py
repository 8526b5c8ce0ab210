"""The lab's folders in the preferences: where they lie, how large they are; emptying the cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from core.base.paths import (
    cache_bytes,
    cache_dir,
    config_dir,
    data_dir,
    empty_cache,
    folder_bytes,
    log_dir,
)
from core.models.files.catalog import models_dir
from core.models.files.events import size_text
from gui.dialogs.questions import Role, ask
from gui.jobs.background import Background
from gui.widgets.build import label
from gui.widgets.elided_label import ElidedLabel


class FolderRows(QWidget):
    """One row for each folder.

    Attributes
    ----------
    ask : callable
        True to empty the cache; a dialog by default.

    Signals
    -------
    emptied(bytes)
        So much was removed from the cache.
    """

    emptied = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self.ask: Callable[[], bool] = self._question
        self.sizes: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (name, folder, tip) in enumerate(_folders()):
            title = QLabel(name, self)
            title.setToolTip(tip)
            place = ElidedLabel("muted", self)
            place.show_text(str(folder), tip)
            size = label("…", "number", self)
            size.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            size.setMinimumWidth(64)
            size.setAccessibleName(f"Size of {name.lower()}")
            self.sizes[name] = size
            show = QPushButton("Open", self)
            show.setAutoDefault(False)
            show.setAccessibleName(f"Open the folder of {name.lower()}")
            show.clicked.connect(lambda _on=False, folder=folder: open_folder(folder))
            for column, widget in enumerate((title, place, size, show)):
                grid.addWidget(widget, row, column)
        self.empty = QPushButton("Empty the cache…", self)
        self.empty.setAutoDefault(False)
        self.empty.setToolTip("Everything in it is worked out again when it is needed")
        self.empty.clicked.connect(self._on_empty)
        grid.addWidget(self.empty, len(self.sizes), 1, 1, 3, Qt.AlignmentFlag.AlignRight)
        self.measure()

    def measure(self) -> None:
        """Add up the sizes of the files, beside the GUI thread."""
        folders = {name: folder for name, folder, _tip in _folders()}
        self._background.run(
            lambda: {name: _bytes_of(folder) for name, folder in folders.items()},
            self._show_sizes,
            lambda _error: None,
        )

    def stop(self) -> None:
        """Wait for what looks at the disk."""
        self._background.stop()

    def _show_sizes(self, sizes: dict[str, int]) -> None:
        for name, size in sizes.items():
            self.sizes[name].setText(size_text(size))
        self.empty.setEnabled(sizes["Cache"] > 0)

    def _on_empty(self) -> None:
        if self.ask():
            self.empty.setEnabled(False)
            self._background.run(empty_cache, self._on_emptied, lambda _error: None)

    def _on_emptied(self, removed: int) -> None:
        self.emptied.emit(removed)
        self.measure()

    def _question(self) -> bool:
        return ask(
            self.window(),
            "Empty the cache",
            "Remove everything from the cache?",
            "Thumbnails and hues of neurons are worked out again when they are needed. Runs, "
            "censuses, pictures and models are not touched.",
            (("Empty", Role.AcceptRole, True), ("Keep", Role.RejectRole, False)),
        )


def _folders() -> tuple[tuple[str, Path, str], ...]:
    return (
        ("Cache", cache_dir(), "What can be computed again: thumbnails, hues of neurons"),
        ("Runs and pictures", data_dir(), "Runs, censuses, imported pictures, autosaves"),
        ("Models", models_dir(), "Weights that were imported or downloaded"),
        ("Preferences", config_dir(), "Preferences and the layout of the window"),
        ("Logs", log_dir(), "What the lab noted about its work"),
    )


def _bytes_of(folder: Path) -> int:
    if folder == cache_dir():
        return cache_bytes()
    return folder_bytes(folder, models_dir() if folder == data_dir() else None)


def open_folder(folder: Path) -> None:
    """Show a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
