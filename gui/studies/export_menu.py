"""Export of a scan, as a picture or as numbers, written beside the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.base.errors import LabError
from core.base.tables import REGIONS
from core.figures.description import Figure
from core.scans.result import ScanResult
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import ask_file
from gui.export.figures import PrintedFigure, add_figure_actions
from gui.export.files import file_name
from gui.jobs.background import Background


class Target(NamedTuple):
    """A kind of file to write."""

    text: str
    form: str
    suffix: str
    file_filter: str


TARGETS = (
    Target("CSV, exact…", "csv", ".csv", "CSV, exact (*.csv)"),
    Target("CSV for spreadsheets…", "spreadsheet", ".csv", "CSV for spreadsheets (*.csv)"),
)

Shown = tuple[ScanResult, int]
"""A result and the template that is shown."""


class ScanExport(QMenu):
    """Works on the result that is shown.

    Parameters
    ----------
    lab : LabContext
    shown : callable
        Gives what is shown; None if nothing is.
    name : str
        First word of the suggested file name.

    Attributes
    ----------
    ask_path : callable
        Takes a suggested path and a filter; returns the chosen path with its ending, or None. A
        file dialog by default.
    """

    def __init__(
        self,
        lab: LabContext,
        shown: Callable[[], Shown | None],
        name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self._shown = shown
        self._name = name
        self._background = Background(self)
        self.ask_path: Callable[[Path, str], Path | None] = self._dialog
        self.setToolTipsVisible(True)
        self.save_figure = add_figure_actions(self, lab, self.figure)
        self.addSeparator()
        for target in TARGETS:
            action = QAction(target.text, self)
            action.triggered.connect(lambda _checked=False, target=target: self.save(target))
            self.addAction(action)
        self.aboutToShow.connect(self._enable)
        lab.closing.connect(self._background.stop)

    def figure(self) -> PrintedFigure | None:
        """What is shown, as a figure; None if nothing is."""
        shown = self._shown()
        if shown is None:
            return None
        result, template = shown

        def describe() -> Figure:
            from core.figures.scan_figures import scan_figure

            return scan_figure(result, template)

        return PrintedFigure(self._title(result), describe)

    def save(self, target: Target = TARGETS[0]) -> None:
        """Ask for a file and write what is shown to it."""
        shown = self._shown()
        if shown is None:
            self._lab.say("There is nothing to export yet")
            return
        document = self._lab.document
        folder = document.path.parent if document.path is not None else Path.home()
        result = shown[0]
        suggested = folder / f"{file_name(self._title(result))}{target.suffix}"
        path = self.ask_path(suggested, target.file_filter)
        if path is None:
            return
        region = self._lab.settings.csv_region
        self._lab.say(f"Writing {path.name}…")
        self._background.write(
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
        return ask_file(self.parentWidget(), suggested, file_filter, f"Export {self._name.lower()}")


def _write(path: Path, target: Target, shown: Shown, region: str) -> tuple[Path, ...]:
    """Runs beside the GUI thread."""
    from core.scans.tables import write_scan_csv

    region_of = REGIONS[region] if target.form == "spreadsheet" else None
    return write_scan_csv(path, shown[0], region_of)
