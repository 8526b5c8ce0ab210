"""Export of a figure, as a picture or as numbers, made beside the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.base.errors import LabError
from core.base.tables import REGIONS
from core.figures.census_notes import FigureName
from core.figures.description import Figure
from core.units.features.unit_hues import HueFigure
from core.units.neuron_indices import NeuronIndices, Parts
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import ask_file
from gui.export.figures import PrintedFigure, add_figure_actions
from gui.export.files import file_name
from gui.inspector.census.report import census_reporter
from gui.jobs.background import Background

if TYPE_CHECKING:
    from core.figures.unit_figure import UnitSheet


@dataclass(frozen=True, eq=False)
class Shown:
    """A figure as it is shown.

    Attributes
    ----------
    figure : FigureName
    indices : NeuronIndices
    parts : Parts
    as_counts : bool
    hues : HueFigure or None
    unit : int or None
        Of the figure of a unit.
    """

    figure: FigureName
    indices: NeuronIndices
    parts: Parts = "layers"
    as_counts: bool = False
    hues: HueFigure | None = None
    unit: int | None = None


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


class FigureExport(QMenu):
    """Works on the figure that is shown.

    Parameters
    ----------
    lab : LabContext
    shown : callable
        What is shown; None if nothing is.

    Attributes
    ----------
    ask_path : callable
        Takes a suggested path and a filter; returns the chosen path with its ending, or None. A
        file dialog by default.
    """

    def __init__(
        self, lab: LabContext, shown: Callable[[], Shown | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self._shown = shown
        self._background = Background(self)
        self.ask_path: Callable[[Path, str], Path | None] = self._dialog
        self.setToolTipsVisible(True)
        self.save_figure = add_figure_actions(self, lab, self.printed)
        self.addSeparator()
        for target in TARGETS:
            action = QAction(target.text, self)
            action.triggered.connect(lambda _checked=False, target=target: self.save(target))
            self.addAction(action)
        self.addSeparator()
        report = self.addAction("Report of the census…", self.save_report)
        report.setToolTip("All figures and tables with their settings in one file, HTML or PDF")
        self.aboutToShow.connect(self._enable)

    def printed(self) -> PrintedFigure | None:
        """What is shown, as a figure; None if nothing is."""
        shown = self._shown()
        return None if shown is None else PrintedFigure(_title(shown), _describer(shown))

    def save(self, target: Target = TARGETS[0]) -> None:
        """Ask for a file and write what is shown to it, beside the GUI thread."""
        shown = self._shown()
        if shown is None:
            self._lab.say("There is no figure to export yet")
            return
        suggested = self._folder() / f"{file_name(_title(shown))}{target.suffix}"
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

    def save_report(self) -> None:
        """Ask for a file and write the report of the census to it."""
        shown = self._shown()
        census_reporter(self._lab).save(None if shown is None else shown.indices)

    def stop(self) -> None:
        """Wait for what is being written."""
        self._background.stop()

    def _failed(self, error: LabError, target: Target) -> None:
        self._lab.report(error, lambda: self.save(target))

    def _enable(self) -> None:
        ready = self._shown() is not None
        for action in self.actions():
            action.setEnabled(ready)

    def _folder(self) -> Path:
        path = self._lab.document.path
        return path.parent if path is not None else Path.home()

    def _dialog(self, suggested: Path, file_filter: str) -> Path | None:
        return ask_file(self.parentWidget(), suggested, file_filter, "Export figure")


def _title(shown: Shown) -> str:
    indices = shown.indices
    name = shown.figure if shown.unit is None else indices.census.name_of(shown.unit)
    return f"{indices.census.record.title} {name}"


def _describer(shown: Shown) -> Callable[[], Figure]:
    """Describes what is shown; the pictures of a unit are looked for once."""

    @cache
    def describe() -> Figure:
        from core.figures.census_figures import census_figure

        return census_figure(
            shown.indices,
            shown.figure,
            parts=shown.parts,
            as_counts=shown.as_counts,
            hues=shown.hues,
            sheet=_sheet(shown),
        )

    return describe


def _sheet(shown: Shown) -> UnitSheet | None:
    if shown.unit is None:
        return None
    from core.figures.unit_figure import unit_sheet

    return unit_sheet(shown.indices, shown.unit)


def _write(path: Path, target: Target, shown: Shown, region: str) -> tuple[Path, ...]:
    """Runs beside the GUI thread."""
    from core.figures.census_tables import write_figure_csv

    return write_figure_csv(
        path,
        shown.indices,
        shown.figure,
        parts=shown.parts,
        hues=shown.hues,
        sheet=_sheet(shown),
        region=REGIONS[region] if target.form == "spreadsheet" else None,
    )
