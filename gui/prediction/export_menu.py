"""Copy and export what is shown: table, CSV, CSV for spreadsheets, JSON, picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from core.base.errors import LabError
from core.base.tables import REGIONS, Column, Region, Table, to_spreadsheet_csv
from core.predict.export import PredictionRecord, write_prediction_csv, write_prediction_json
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import choose_file, csv_beside
from gui.prediction.cards.chart_picture import Chart, chart_picture
from gui.prediction.cards.views import CardView, status_text

if TYPE_CHECKING:
    from gui.jobs.inference import Answer

_COPIED_COLUMNS = (
    Column("template"),
    Column("label"),
    Column("probability", "float"),
    Column("cosine", "float"),
    Column("names"),
)
_CSV = "CSV, exact (*.csv)"
_SPREADSHEET = "CSV for spreadsheets (*.csv)"
_JSON = "JSON with all settings (*.json)"


class ExportMenu(QMenu):
    """Menu of the export button; works on the answer that is shown.

    Parameters
    ----------
    shown : callable
        Gives the answer that is shown, None if there is none, and what each card says of it.

    Attributes
    ----------
    ask_path : callable
        Takes a suggested path and the filters, the preferred one first; returns the chosen path
        and filter, or None. A file dialog by default.
    """

    def __init__(
        self,
        lab: LabContext,
        shown: Callable[[], tuple[Answer | None, Mapping[int, CardView]]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self._shown = shown
        self.cosines = True
        self.ask_path: Callable[[Path, list[str]], tuple[Path, str] | None] = self._dialog
        self._add("Copy table", self.copy_table)
        self._add("Copy charts as picture", self.copy_picture)
        self.addSeparator()
        self._add("Save as CSV…", lambda: self.save(_CSV))
        self._add("Save as CSV for spreadsheets…", lambda: self.save(_SPREADSHEET))
        self._add("Save as JSON…", lambda: self.save(_JSON))
        self.aboutToShow.connect(self._offer)

    def _offer(self) -> None:
        answer, _views = self._shown()
        for action in self.actions():
            action.setEnabled(answer is not None)

    def copy_table(self) -> None:
        """Put the bars on the clipboard as tab-separated text, ready for a spreadsheet."""
        decimal = REGIONS[self._lab.settings.csv_region].decimal
        data = to_spreadsheet_csv(self._table(), Region("\t", decimal))
        QGuiApplication.clipboard().setText(data.decode("utf-8-sig"))
        self._lab.say("Copied the table")

    def copy_picture(self, row: int | None = None) -> None:
        """Put the charts on the clipboard as a picture: all, or that of one template."""
        answer, views = self._shown()
        if answer is None:
            return
        charts = [
            Chart(answer.prompts.templates[index].text, view)
            for index, view in sorted(views.items())
            if view.rows and row in (None, index)
        ]
        if not charts:
            return
        side = answer.pixels.shape[0]
        caption = status_text(None, side, answer.info)
        if answer.info.notice:
            caption = f"{answer.info.name} · {caption}"
        decimals = self._lab.settings.probability_decimals
        QGuiApplication.clipboard().setImage(chart_picture(charts, caption, self.cosines, decimals))
        self._lab.say("Copied the chart" if len(charts) == 1 else "Copied the charts")

    def save(self, form: str | None = None) -> None:
        """Ask for a file, of a form that is offered first, and write the prediction to it."""
        answer, _views = self._shown()
        if answer is None:
            self._lab.say("There is no prediction to export yet")
            return
        state = self._lab.document.state
        record = PredictionRecord(
            answer.stimulus, state.palette, state.seed, answer.info, answer.predictions
        )
        filters = [_CSV, _SPREADSHEET, _JSON]
        if form is not None:
            filters.sort(key=lambda text: text != form)
        suffix = ".json" if filters[0] == _JSON else ".csv"
        chosen = self.ask_path(self._folder() / f"{self._name()}{suffix}", filters)
        if chosen is not None:
            self._write(*chosen, record)

    def _write(self, path: Path, form: str, record: PredictionRecord) -> None:
        json = path.suffix.lower() == ".json"
        try:
            if json:
                write_prediction_json(path, record)
                files = [path]
            else:
                spreadsheet = form == _SPREADSHEET
                region = REGIONS[self._lab.settings.csv_region] if spreadsheet else None
                files = list(write_prediction_csv(path, record, region))
        except LabError as error:
            self._lab.report(error, lambda: self.save(form))
            return
        self._lab.say(f"Saved {' and '.join(file.name for file in files)}")

    def _table(self) -> Table:
        answer, views = self._shown()
        rows = [
            (template.text, row.label, row.probability, row.cosine, row.roles or None)
            for index, template in enumerate(answer.prompts.templates if answer else ())
            if index in views
            for row in views[index].rows
        ]
        return Table(_COPIED_COLUMNS, tuple(rows))

    def _add(self, text: str, handler: Callable[[], object]) -> None:
        action = QAction(text, self)
        action.triggered.connect(lambda _checked=False: handler())
        self.addAction(action)

    def _name(self) -> str:
        return f"{self._lab.document.name} prediction"

    def _folder(self) -> Path:
        path = self._lab.document.path
        return path.parent if path is not None else Path.home()

    def _dialog(self, suggested: Path, filters: list[str]) -> tuple[Path, str] | None:
        return choose_file(
            self.parentWidget(), "Export prediction", suggested, ";;".join(filters), csv_beside
        )
