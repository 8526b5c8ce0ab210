"""The images of the chosen experiment as PNG files, written beside the GUI thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QProgressDialog, QWidget

from core.base.errors import LabError
from core.stimuli.factorial import FactorialSet
from core.sweeps.stimulus_folder import (
    MANIFEST_NAME,
    SET_NAME,
    Written,
    estimate_bytes,
    export_set,
    size_text,
)
from gui.context.lab_context import LabContext
from gui.jobs.background import Background
from gui.widgets.words import count_text

_STEPS = 1000
_TOLD_SECONDS = 0.1


class StimulusExport(QObject):
    """Writes one set at a time, with its progress in a small window that can cancel it.

    Attributes
    ----------
    ask_folder : callable
        Takes a title and returns the chosen folder or None. A file dialog by default.
    """

    def __init__(self, lab: LabContext, pane: QWidget) -> None:
        super().__init__(pane)
        self._lab = lab
        self._pane = pane
        self._background = Background(self)
        self._stop = threading.Event()
        self.progress: QProgressDialog | None = None
        self.ask_folder: Callable[[str], Path | None] = self._dialog
        lab.closing.connect(self.stop)

    @property
    def busy(self) -> bool:
        """True while a set is being written."""
        return self.progress is not None

    def begin(self, stimuli: FactorialSet, title: str) -> None:
        """Ask for a folder and write the set into it, or go on there."""
        if self.busy:
            self._lab.say("Stimuli are being written already")
            return
        chosen = self.ask_folder(f"Folder for {count_text(len(stimuli), 'image')} of {title}")
        if chosen is None:
            return
        folder = own_folder(chosen, title)
        self._stop.clear()
        self.progress = self._window(len(stimuli), folder)
        self._background.run(
            lambda: self._write(folder, stimuli),
            lambda whole: self._on_done(folder, stimuli, whole),
            lambda error: self._on_failed(error, stimuli, title),
        )

    def cancel(self) -> None:
        """Stop soon; what is written is kept."""
        self._stop.set()

    def stop(self) -> None:
        """Cancel, and wait for the end."""
        self._stop.set()
        self._background.stop()
        self._close()

    # --- beside the GUI thread ---

    def _write(self, folder: Path, stimuli: FactorialSet) -> bool:
        size = size_text(estimate_bytes(stimuli))
        self._background.deliver(lambda: self._show_size(size))
        due = 0.0
        with closing(export_set(folder, stimuli)) as events:
            for event in events:
                if self._stop.is_set():
                    return False
                if time.monotonic() >= due:
                    due = time.monotonic() + _TOLD_SECONDS
                    self._background.deliver(partial(self._show, event))
        return True

    # --- on the GUI thread ---

    def _window(self, images: int, folder: Path) -> QProgressDialog:
        text = f"Writing {count_text(images, 'image')} into {folder.name}…"
        progress = QProgressDialog(text, "Cancel", 0, _STEPS, self._pane.window())
        progress.setWindowTitle("Stimuli as PNG files")
        progress.setMinimumWidth(420)
        progress.setAutoClose(False)
        progress.setAutoReset(False)
        progress.setMinimumDuration(0)
        progress.canceled.connect(self.cancel)
        progress.show()
        return progress

    def _show_size(self, size: str) -> None:
        if self.progress is not None:
            self.progress.setLabelText(f"{self.progress.labelText()} (about {size})")

    def _show(self, event: Written) -> None:
        if self.progress is not None:
            # In thousandths: there may be more images than a bar can count.
            self.progress.setValue(min(_STEPS - 1, round(_STEPS * event.done / event.total)))

    def _on_done(self, folder: Path, stimuli: FactorialSet, whole: bool) -> None:
        self._close()
        if whole:
            count = count_text(len(stimuli), "image")
            self._lab.say(f"Saved {count} and {MANIFEST_NAME} in {folder}", 0)
        else:
            self._lab.say("Stopped; what is written is kept, and is resumed in the same folder")

    def _on_failed(self, error: LabError, stimuli: FactorialSet, title: str) -> None:
        self._close()
        self._lab.report(error, lambda: self.begin(stimuli, title))

    def _close(self) -> None:
        progress, self.progress = self.progress, None
        if progress is not None:
            progress.canceled.disconnect(self.cancel)
            progress.close()
            progress.deleteLater()

    def _dialog(self, title: str) -> Path | None:
        name = QFileDialog.getExistingDirectory(self._pane.window(), title, str(Path.home()))
        return Path(name) if name else None


def own_folder(chosen: Path, title: str) -> Path:
    """The chosen folder if it is free or holds such a set; else a new one inside it."""
    try:
        free = not any(chosen.iterdir()) or (chosen / SET_NAME).exists()
    except OSError:
        return chosen  # writing there says what is wrong
    kept = (letter if letter.isalnum() or letter in " -_" else " " for letter in title)
    return chosen if free else chosen / " ".join(f"{''.join(kept)} stimuli".split())
