"""Export of a scan, as a picture or as numbers, written beside the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.errors import LabError
from core.scans.result import ScanResult
from core.tables import REGIONS
from gui.lab import Lab
from gui.workers.background import Background


class Target(NamedTuple):
    """A kind of file to write."""

    text: str
    form: str
    suffix: str
    file_filter: str


TARGETS = (
    Target("Figure as PNG…", "png", ".png", "PNG (*.png)"),
    Target("Figure as SVG…", "svg", ".svg", "SVG (*.svg)"),
    Target("Figure as PDF…", "pdf", ".pdf", "PDF (*.pdf)"),
    Target("CSV, exact…", "csv", ".csv", "CSV, exact (*.csv)"),
    Target("CSV for spreadsheets…", "spreadsheet", ".csv", "CSV for spreadsheets (*.csv)"),
)
_FIGURES = ("png", "svg", "pdf")

Shown = tuple[ScanResult, int]
"""A result and the template that is shown."""


class ScanExport(QMenu):
    """Works on the result that is shown.

    Parameters
    ----------
    lab : Lab
    shown : callable
        Gives what is shown; None if nothing is.
    name : str
        First word of the suggested file name.

    Attributes
    ----------
    ask_path : callable
        Takes a suggested path and a filter; returns the chosen path or None. A file dialog by
        default.
    """

    def __init__(
        self, lab: Lab, shown: Callable[[], Shown | None], name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self._shown = shown
        self._name = name
        self._background = Background(self)
        self.ask_path: Callable[[Path, str], Path | None] = self._dialog
        for number, target in enumerate(TARGETS):
            if number == len(_FIGURES):
                self.addSeparator()
            action = QAction(target.text, self)
            action.triggered.connect(lambda _checked=False, target=target: self.save(target))
            self.addAction(action)
        self.aboutToShow.connect(self._enable)
        lab.closing.connect(self._background.stop)

    def save(self, target: Target = TARGETS[0]) -> None:
        """Ask for a file and write what is shown to it."""
        shown = self._shown()
        if shown is None:
            self._lab.say("There is nothing to export yet")
            return
        document = self._lab.document
        folder = document.path.parent if document.path is not None else Path.home()
        result = shown[0]
        kept = (c if c.isalnum() or c in " -_" else " " for c in self._title(result))
        name = " ".join("".join(kept).split())[:80]
        chosen = self.ask_path(folder / f"{name}{target.suffix}", target.file_filter)
        if chosen is None:
            return
        path = chosen if chosen.suffix else chosen.with_name(chosen.name + target.suffix)
        region = self._lab.settings.csv_region
        self._lab.say(f"Writing {path.name}…")
        self._background.run(
            lambda: _write(path, target, shown, region),
            lambda files: self._lab.say(f"Saved {' and '.join(file.name for file in files)}"),
            lambda error: self._failed(error, target),
        )

    def _title(self, result: ScanResult) -> str:
        axes = " by ".join(axis.what.name for axis in result.plan.setup.axes)
        return f"{self._name} {axes}"

    def _failed(self, error: LabError, target: Target) -> None:
        self._lab.report(error, lambda: self.save(target))

    def _enable(self) -> None:
        ready = self._shown() is not None
        for action in self.actions():
            action.setEnabled(ready)

    def _dialog(self, suggested: Path, file_filter: str) -> Path | None:
        name, _filter = QFileDialog.getSaveFileName(
            self.parentWidget(), f"Export {self._name.lower()}", str(suggested), file_filter
        )
        return Path(name) if name else None


def _write(path: Path, target: Target, shown: Shown, region: str) -> tuple[Path, ...]:
    """Runs beside the GUI thread."""
    from core.scans.figures import write_scan_figure
    from core.scans.tables import write_scan_csv

    result, template = shown
    if target.form in _FIGURES:
        write_scan_figure(path, result, template, target.form)
        return (path,)
    return write_scan_csv(path, result, REGIONS[region] if target.form == "spreadsheet" else None)
