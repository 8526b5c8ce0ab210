"""Asking where to write a file: the name that is asked about is the name that is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from core.predict.export import provenance_path, shared_provenance_path
from gui.dialogs.questions import Role, ask

Beside = Callable[[Path], Sequence[Path]]
"""Takes a file to write and gives what is written along with it."""

_ENDING = re.compile(r"\*(\.\w+)")


class FileChoice(NamedTuple):
    """Where to write, with the ending of one of the kinds of file, and the kind that was chosen."""

    path: Path
    file_filter: str


def nothing_beside(_path: Path) -> Sequence[Path]:
    """Of a file that is written alone."""
    return ()


def csv_beside(path: Path) -> Sequence[Path]:
    """What says how the numbers of a CSV file were made."""
    return (provenance_path(path),) if path.suffix.lower() == ".csv" else ()


def shared_beside(path: Path) -> Sequence[Path]:
    """The same where a figure of that name shares it."""
    return (shared_provenance_path(path),) if csv_beside(path) else ()


def choose_file(
    parent: QWidget | None,
    title: str,
    suggested: Path,
    filters: str,
    beside: Beside = nothing_beside,
) -> FileChoice | None:
    """Ask for a file to write; None if the user changed their mind.

    A name without one of the endings gets that of the chosen kind, whatever dots it has: “pilot
    0.5” becomes “pilot 0.5.colorlab”. No file is replaced unless the question named that very file,
    and one question names all of them.

    Parameters
    ----------
    filters : str
        Kinds of files, the preferred one first, each with its ending: ``"PNG (*.png)"``; several
        are kept apart by ``";;"``.
    beside : Beside
        Of the file that is chosen.
    """
    owner = QApplication.activeModalWidget() or parent
    if owner is not None and not owner.isVisible():
        owner = None  # one that is closed may be deleted meanwhile, and would take the dialog along
    dialog = QFileDialog(owner, title, str(suggested.parent), filters)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    # Its own question would be about the name as typed, and about no other file.
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.selectFile(suggested.name)
    try:
        while dialog.exec():
            chosen, kind = Path(dialog.selectedFiles()[0]), dialog.selectedNameFilter()
            path = complete(chosen, kind, filters)
            there = [file.name for file in (path, *beside(path)) if file.exists()]
            if not there or _may_replace(dialog, there):
                return FileChoice(path, kind)
            dialog.selectFile(path.name)
    finally:
        dialog.deleteLater()
    return None


def ask_file(
    parent: QWidget | None,
    suggested: Path,
    file_filter: str,
    title: str = "Save picture",
    beside: Beside = nothing_beside,
) -> Path | None:
    """Ask for a file to write, as `choose_file` does; only its path."""
    choice = choose_file(parent, title, suggested, file_filter, beside)
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


def _may_replace(parent: QWidget, names: Sequence[str]) -> bool:
    named = " and ".join(f"“{name}”" for name in names)
    exist, them, they_hold = (
        ("exists", "it", "it holds") if len(names) == 1 else ("exist", "them", "they hold")
    )
    return ask(
        parent,
        parent.windowTitle(),
        f"{named} {exist} already. Replace {them}?",
        f"What {they_hold} now would be lost.",
        (("&Replace", Role.DestructiveRole, True), ("Cancel", Role.RejectRole, False)),
        warning=True,
    )
