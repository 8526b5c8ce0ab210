"""Where pictures go: the suggested name and folder, and the dialog that asks for them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from gui.lab import Lab
from gui.pictures.options import Form

FILTERS: dict[Form, str] = {"png": "PNG (*.png)", "svg": "SVG (*.svg)", "pdf": "PDF (*.pdf)"}
_LONGEST = 80  # characters of a suggested name


def file_name(title: str) -> str:
    """A title as the name of a file, without an ending."""
    kept = (c if c.isalnum() or c in " -_" else " " for c in title)
    return " ".join("".join(kept).split())[:_LONGEST]


def suggested_path(lab: Lab, title: str, form: Form) -> Path:
    """Beside the document, under the title of what is shown."""
    document = lab.document.path
    folder = document.parent if document is not None else Path.home()
    return folder / f"{file_name(title)}.{form}"


def with_suffix(path: Path, form: Form) -> Path:
    """The path with the form's ending where it has none."""
    return path if path.suffix else path.with_name(f"{path.name}.{form}")


def ask_file(parent: QWidget | None, suggested: Path, file_filter: str) -> Path | None:
    """Ask for a file to write; None if the user changed their mind."""
    owner = QApplication.activeModalWidget() or parent
    name, _filter = QFileDialog.getSaveFileName(owner, "Save picture", str(suggested), file_filter)
    return Path(name) if name else None
