"""Asking where to write a file: the name that is asked about is the name that is written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

_ENDING = re.compile(r"\*(\.\w+)")


class FileChoice(NamedTuple):
    """Where to write.

    Attributes
    ----------
    path : Path
        With the ending of one of the kinds of file that were offered.
    file_filter : str
        The kind of file that was chosen.
    """

    path: Path
    file_filter: str


def choose_file(
    parent: QWidget | None, title: str, suggested: Path, filters: str
) -> FileChoice | None:
    """Ask for a file to write; None if the user changed their mind.

    A name without one of the endings gets that of the chosen kind, whatever dots it has: “pilot
    0.5” becomes “pilot 0.5.colorlab”. No file is replaced unless the question named that very file.

    Parameters
    ----------
    parent : QWidget or None
    title : str
    suggested : Path
    filters : str
        Kinds of files, the preferred one first, each with its ending: ``"PNG (*.png)"``; several
        are kept apart by ``";;"``.
    """
    owner = QApplication.activeModalWidget() or parent
    if owner is not None and not owner.isVisible():
        owner = None  # one that is closed may be deleted meanwhile, and would take the dialog along
    dialog = QFileDialog(owner, title, str(suggested.parent), filters)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.filterSelected.connect(lambda text: dialog.setDefaultSuffix(_endings(text)[0][1:]))
    # So the dialog's own question is about the whole name, but for names that have another dot.
    dialog.setDefaultSuffix(_endings(filters)[0][1:])
    dialog.selectFile(suggested.name)
    try:
        while dialog.exec():
            chosen, kind = Path(dialog.selectedFiles()[0]), dialog.selectedNameFilter()
            path = complete(chosen, kind, filters)
            if path == chosen or not path.exists() or _may_replace(dialog, path):
                return FileChoice(path, kind)
            dialog.selectFile(path.name)
    finally:
        dialog.deleteLater()
    return None


def ask_file(
    parent: QWidget | None, suggested: Path, file_filter: str, title: str = "Save picture"
) -> Path | None:
    """Ask for a file to write, as `choose_file` does; only its path."""
    choice = choose_file(parent, title, suggested, file_filter)
    return None if choice is None else choice.path


def complete(path: Path, file_filter: str, filters: str) -> Path:
    """The path with an ending: its own if one of the filters has it, else that of its filter."""
    name = path.name
    if any(
        name.lower().endswith(ending) and len(name) > len(ending) for ending in _endings(filters)
    ):
        return path
    return path.with_name((name.rstrip(". ") or name) + _endings(file_filter)[0])


def _endings(filters: str) -> list[str]:
    return _ENDING.findall(filters)


def _may_replace(parent: QWidget, path: Path) -> bool:
    box = QMessageBox(parent)
    box.setWindowTitle(parent.windowTitle())
    box.setIcon(QMessageBox.Icon.Warning)
    box.setText(f"“{path.name}” exists already. Replace it?")
    box.setInformativeText("What it holds now would be lost.")
    replace = box.addButton("&Replace", QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    return box.clickedButton() is replace
