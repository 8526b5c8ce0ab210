"""Copy and export what is shown: tables as text, data and figures, written off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from core.base.errors import LabError
from core.base.tables import REGIONS, Column, Region, Table, to_spreadsheet_csv
from core.figures.description import Figure
from core.results.cell_text import table_rows
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import ask_file
from gui.experiments.results.tables import Made
from gui.export.figures import PrintedFigure, add_figure_actions
from gui.export.files import file_name
from gui.jobs.background import Background

if TYPE_CHECKING:  # they import pyarrow
    from core.results.export import Results
    from core.results.result_types import ResultTable


class Target(NamedTuple):
    """A kind of file to write."""

    text: str
    form: str
    suffix: str
    file_filter: str
    is_report: bool = False


TARGETS = (
    Target("CSV, exact…", "csv", ".csv", "CSV, exact (*.csv)"),
    Target("CSV for spreadsheets…", "spreadsheet", ".csv", "CSV for spreadsheets (*.csv)"),
    Target("Parquet…", "parquet", ".parquet", "Parquet (*.parquet)"),
    Target("JSON with all settings…", "json", ".json", "JSON (*.json)"),
    Target("LaTeX…", "latex", ".tex", "LaTeX (*.tex)"),
    Target("Markdown…", "markdown", ".md", "Markdown (*.md)"),
    Target("Report as HTML…", "html", ".html", "HTML (*.html)", is_report=True),
    Target("Report as PDF…", "pdf", ".pdf", "PDF (*.pdf)", is_report=True),
)


REPORT = next(target for target in TARGETS if target.is_report)


class ExportMenu(QMenu):
    """Works on the table that is shown.

    Attributes
    ----------
    ask_path : callable
        Takes a suggested path and a filter; returns the chosen path with its ending, or None. A
        file dialog by default.
    """

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._made: Made | None = None
        self._background = Background(self)
        self.ask_path: Callable[[Path, str], Path | None] = self._dialog
        self.setToolTipsVisible(True)
        self._add("Copy table", self.copy_table)
        self.addSeparator()
        self.save_figure = add_figure_actions(self, lab, self.figure)
        self.addSeparator()
        self.all_tables = QAction("All tables of the run", self)
        self.all_tables.setCheckable(True)
        self.all_tables.setToolTip(
            "Off: only the table that is shown, and reports without matrices."
        )
        self.addAction(self.all_tables)
        for number, target in enumerate(TARGETS):
            if number and target[4:] != TARGETS[number - 1][4:]:
                self.addSeparator()
            self._add(target.text, lambda target=target: self.save(target))
        self.set_made(None)

    def set_made(self, made: Made | None) -> None:
        """Say what is shown; None if nothing is."""
        self._made = made if made is not None and made.table is not None else None
        for action in self.actions():
            action.setEnabled(self._made is not None)

    def copy_table(self) -> None:
        """Put the table on the clipboard as it looks, tab-separated."""
        if self._made is None or self._made.table is None:
            return
        header, body = table_rows(self._made.table)
        table = Table(tuple(map(Column, header)), tuple(map(tuple, body)))
        decimal = REGIONS[self._lab.settings.csv_region].decimal
        data = to_spreadsheet_csv(table, Region("\t", decimal))
        QGuiApplication.clipboard().setText(data.decode("utf-8-sig"))
        self._lab.say("Copied the table")

    def figure(self) -> PrintedFigure | None:
        """The table that is shown, as a figure; None if there is none."""
        made = self._made
        return None if made is None else PrintedFigure(_title(made), _describer(made))

    def save(self, target: Target = TARGETS[0]) -> None:
        """Ask for a file and write the results to it, beside the GUI thread."""
        made = self._made
        if made is None:
            self._lab.say("There is no table to export yet")
            return
        suggested = self._folder() / f"{file_name(_title(made))}{target.suffix}"
        path = self.ask_path(suggested, target.file_filter)
        if path is None:
            return
        every = self.all_tables.isChecked()
        region = REGIONS[self._lab.settings.csv_region]
        self._lab.say(f"Writing {path.name}…")

        def done(files: tuple[Path, ...]) -> None:
            self._lab.say(f"Saved {' and '.join(file.name for file in files)}")

        def failed(error: LabError) -> None:
            self._lab.report(error, lambda: self.save(target))

        self._background.write(lambda: _write(path, target, made, every, region), done, failed)

    def stop(self) -> None:
        """Wait for what is being written."""
        self._background.stop()

    def _add(self, text: str, handler: Callable[[], object]) -> None:
        action = QAction(text, self)
        action.triggered.connect(lambda _checked=False: handler())
        self.addAction(action)

    def _folder(self) -> Path:
        path = self._lab.document.path
        return path.parent if path is not None else Path.home()

    def _dialog(self, suggested: Path, file_filter: str) -> Path | None:
        return ask_file(self.parentWidget(), suggested, file_filter, "Export results")


def _title(made: Made) -> str:
    assert made.table is not None
    return f"{made.plan.title} {made.table.id}"


def _describer(made: Made) -> Callable[[], Figure]:
    """Describes a table as a figure; the run's folder is read once."""

    @cache
    def describe() -> Figure:
        from core.figures.result_figures import result_figure

        assert made.table is not None
        return result_figure(made.table, _results(made, every=False))

    return describe


def _write(path: Path, target: Target, made: Made, every: bool, region: Region) -> tuple[Path, ...]:
    """Runs beside the GUI thread."""
    from core.results.export import write_results

    if target.is_report:
        return _write_report(path, target, made, every)
    results = _results(made, every)
    return write_results(path, results, target.form, region)


def _write_report(path: Path, target: Target, made: Made, every: bool) -> tuple[Path, ...]:
    from core.reports.run_report import run_report
    from core.reports.writing import write_report
    from core.sweeps.run_folder import RunFolder

    request = made.request
    run = RunFolder.open(request.path)
    counts = request.counts if request.other is None else None
    form = "html" if target.form == "html" else "pdf"
    write_report(path, run_report(run, every=every, counts=counts), form)
    return (path,)


def _results(made: Made, every: bool) -> Results:
    from core.results.compare import compare
    from core.results.export import results_of_comparison, results_of_run
    from core.results.results import result_tables
    from core.sweeps.run_folder import RunFolder

    request = made.request
    assert made.table is not None
    first = RunFolder.open(request.path)
    tables: tuple[ResultTable, ...] = (made.table,)
    if request.other is not None:
        second = RunFolder.open(request.other)
        comparison = compare(first, second)
        return results_of_comparison(first, second, comparison, None if every else tables)
    if every:
        counts = request.counts if request.counts is not None else first.counts()
        return results_of_run(first, result_tables(made.plan, counts), counts.images)
    return results_of_run(first, tables, made.images)
