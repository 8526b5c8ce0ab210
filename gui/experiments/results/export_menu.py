"""Copy and export what is shown: tables as text, data and figures, written off the GUI thread."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QWidget

from core.base.tables import REGIONS, Column, Region, Table, to_spreadsheet_csv
from core.figures.description import Figure
from core.results.text.cell_text import table_rows
from gui.context.lab_context import LabContext
from gui.experiments.results.tables import Made
from gui.export.menu import CSV, JSON, SPREADSHEET, Exported, ExportMenu, Target

if TYPE_CHECKING:  # they import pyarrow
    from core.results.export import Results
    from core.results.result_types import ResultTable


TARGETS = (
    CSV,
    SPREADSHEET,
    Target("Parquet…", "parquet", ".parquet", "Parquet (*.parquet)"),
    JSON,
    Target("LaTeX…", "latex", ".tex", "LaTeX (*.tex)"),
    Target("Markdown…", "markdown", ".md", "Markdown (*.md)"),
    Target("Report as HTML…", "html", ".html", "HTML (*.html)", is_report=True),
    Target("Report as PDF…", "pdf", ".pdf", "PDF (*.pdf)", is_report=True),
)


REPORT = next(target for target in TARGETS if target.is_report)


class ResultExport(ExportMenu):
    """Works on the table that is shown."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(
            lab,
            self._exported,
            TARGETS,
            title="Export results",
            nothing="There is no table to export yet",
            parent=parent,
        )
        self._made: Made | None = None
        figures, numbers = self.actions()[0], self.actions()[3]
        copy = self.add("Copy table", self.copy_table)
        self.insertAction(figures, copy)
        self.insertSeparator(figures)
        self.all_tables = QAction("All tables of the run", self)
        self.all_tables.setCheckable(True)
        self.all_tables.setToolTip(
            "Off: only the table that is shown, and reports without matrices."
        )
        self.insertAction(numbers, self.all_tables)
        self.refresh()

    def set_made(self, made: Made | None) -> None:
        """Say what is shown; None if nothing is."""
        self._made = made if made is not None and made.table is not None else None
        self.refresh()

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

    def _exported(self) -> Exported | None:
        made, every = self._made, self.all_tables.isChecked()
        if made is None or made.table is None:
            return None
        table = made.table

        @cache
        def describe() -> Figure:
            from core.figures.result_figures import result_figure

            return result_figure(table, _results(made, every=False))

        title = f"{made.plan.title} {table.id}"
        return Exported(title, describe, partial(_write, made, every))


def _write(made: Made, every: bool, path: Path, target: Target, region: Region) -> tuple[Path, ...]:
    """Runs beside the GUI thread."""
    from core.results.export import FORMS, write_results

    if target.is_report:
        return _write_report(path, made, every)
    form = next(form for form in FORMS if form == target.form)
    return write_results(path, _results(made, every), form, region)


def _write_report(path: Path, made: Made, every: bool) -> tuple[Path, ...]:
    from core.reports.run_report import run_report
    from core.reports.writing import report_form, write_report
    from core.sweeps.run_folder import RunFolder

    request = made.request
    run = RunFolder.open(request.path)
    counts = request.counts if request.other is None else None
    write_report(path, run_report(run, every=every, counts=counts), report_form(path))
    return (path,)


def _results(made: Made, every: bool) -> Results:
    from core.results.comparison.compare import compare
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
