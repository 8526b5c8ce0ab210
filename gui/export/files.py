"""Where pictures go: the suggested name and folder, and the writing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from core.base.tables import write_export
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import ask_file
from gui.export.dialog import PictureDialog
from gui.export.options import Form, PictureOptions
from gui.jobs.background import Background

FILTERS: dict[Form, str] = {"png": "PNG (*.png)", "svg": "SVG (*.svg)", "pdf": "PDF (*.pdf)"}
AskPath = Callable[[Path, str], Path | None]
"""Takes a suggested path and a filter; returns the chosen path with its ending, or None."""
_LONGEST = 80  # characters of a suggested name


def file_name(title: str) -> str:
    """A title as the name of a file, without an ending."""
    kept = (c if c.isalnum() or c in " -_" else " " for c in title)
    return " ".join("".join(kept).split())[:_LONGEST]


def suggested_path(lab: LabContext, title: str, form: str) -> Path:
    """Beside the document, under the title of what is shown."""
    document = lab.document.path
    folder = document.parent if document is not None else Path.home()
    return folder / f"{file_name(title)}.{form}"


class Saver(QObject):
    """Copies pictures and saves them beside the GUI thread; a failure offers to try again.

    It asks for paths by `ask_path`, a file dialog over what `over` gives; `options` are what was
    chosen last, for the next time.
    """

    def __init__(
        self, lab: LabContext, parent: QObject, over: Callable[[], QWidget | None]
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self._background = Background(self)
        self.options = PictureOptions()
        self.ask_path: AskPath = lambda suggested, kind: ask_file(over(), suggested, kind)
        lab.closing.connect(self._background.stop)

    def _let_choose(self, dialog: PictureDialog) -> None:
        dialog.exec()
        self.options = dialog.options
        dialog.deleteLater()

    def _put(self, image: QImage, title: str) -> None:
        QGuiApplication.clipboard().setImage(image)
        self._lab.say(f"Copied a picture of {title}")

    def _save(
        self, title: str, options: PictureOptions, prepare: Callable[[], Callable[[], bytes]]
    ) -> None:
        """Ask for a file and write it.

        `prepare` does on the GUI thread what has to be done there once a file is chosen, and
        returns what gives the content beside it.
        """
        self.options = options
        path = self.ask_path(suggested_path(self._lab, title, options.form), FILTERS[options.form])
        if path is None:
            return
        content = prepare()
        self._lab.say(f"Writing {path.name}…")
        self._background.write(
            lambda: write_export(path, content()),
            lambda _done: self._lab.say(f"Saved {path.name}"),
            lambda error: self._lab.report(error, lambda: self._save(title, options, prepare)),
        )
