"""The tables of a run: which one, its numbers, how partial it is, comparison and export."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from core.base.errors import LabError
from gui.context.lab_context import LabContext
from gui.experiments.results.export_menu import ResultExport
from gui.experiments.results.table_chooser import TableChooser
from gui.experiments.results.table_view import ResultTableView
from gui.experiments.results.tables import TABLE, Made, TableMaker, TableRequest
from gui.experiments.runs.run_rows import RunRow
from gui.jobs.latest_worker import Request
from gui.widgets.build import IconButton, button, column, label, once, row
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.flow import FoldingLine
from gui.widgets.words import count_text

if TYPE_CHECKING:
    from core.sweeps.events import Progress
    from core.sweeps.plan import SweepPlan

LIVE_SECONDS = 0.5
"""Least time between two tables of a running sweep."""

_WIDE = 760
_EMPTY = (
    "No run yet. Choose an experiment above and press Run: its tables appear here while it works, "
    "beside the published numbers."
)


class ResultsPanel(QWidget):
    """Shows one run, or two side by side.

    Attributes
    ----------
    row : RunRow or None
        The run that is shown.
    made : Made or None
        The table that is shown and what it was made of.

    Signals
    -------
    cell_chosen(cell, place, path, other)
        Images of a cell are asked for; `other` is the second run of a comparison, or None.
    """

    cell_chosen = Signal(object, str, object, object)

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.row: RunRow | None = None
        self._other: RunRow | None = None
        self.made: Made | None = None
        self._wanted = ""
        self._plan: SweepPlan | None = None
        self._live: Progress | None = None
        self._asked = 0.0
        self.setObjectName("resultsPanel")
        self.maker = TableMaker(self)
        self.heading = ElidedLabel("heading", self)
        self.status = label("", "warning", self)
        self.chooser = TableChooser(self)
        self.view = ResultTableView(lab.theme, self)
        self.message = label(_EMPTY, "muted", self, wraps=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.compare_menu = QMenu(self)
        tip = "Set this run beside another: differences with their intervals"
        self.compare = button("Compare", tip, None, self, menu=self.compare_menu)
        self.uncompare = button("End comparison", "", lambda: self.compare_with(None), self)
        self.export_menu = ResultExport(lab, self)
        tip = "Copy and export the tables"
        self.export = IconButton(
            lab.theme, "export", tip, None, self, side=16, menu=self.export_menu
        )
        self._late = once(0, self._ask_live, self)
        self.chooser.chosen.connect(self._take_table)
        self.view.cell_chosen.connect(self._choose_cell)
        self.view.copy_wanted.connect(self.export_menu.copy_table)
        self.maker.reported.connect(self._show_made)
        self.maker.failed.connect(self._on_failed)
        self.maker.crashed.connect(lab.crashed)
        self.show_run(None)

        title = row((self.heading, 1), self.status, spacing=8, margins=(0, 0, 4, 0))
        buttons = row(self.uncompare, self.compare, self.export)
        self._head = FoldingLine(title, row(self.chooser), buttons, _WIDE, (4, 5))
        column(self._head, (self.view, 1), (self.message, 1), on=self)

    def show_run(self, row: RunRow | None) -> None:
        """Show another run, or none."""
        self.row, self._other = row, None
        self._plan = self._live = None
        self._refresh()

    def update_row(self, row: RunRow) -> None:
        """Take news of the run that is shown; its tables are made anew if it has gone on."""
        old = self.row
        if old is None or row.path != old.path:
            return
        self.row = row
        ended = old.at_work and not row.at_work
        if ended:
            self._plan = self._live = None
        if ended or (row.done != old.done and not row.at_work and self._live is None):
            self._ask()
        self._show_heading()

    def show_live(self, path: Path, plan: SweepPlan, progress: Progress) -> None:
        """Fill in the tables of a running sweep, now and then."""
        if self.row is None or self.row.path != path or self._other is not None:
            return
        self._plan, self._live = plan, progress
        wait = self._asked + LIVE_SECONDS - time.monotonic()
        if wait <= 0 or progress.done == progress.total:
            self._ask_live()
        elif not self._late.isActive():
            self._late.start(round(1000 * wait))

    def compare_with(self, other: RunRow | None) -> None:
        """Set the run beside another; None ends the comparison."""
        self._other = other
        self._refresh()

    def stop(self) -> None:
        """Wait for what is being made and written."""
        self._late.stop()
        self.maker.stop()
        self.export_menu.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._head.fit(self.width())

    # --- asking for tables ---

    def _refresh(self) -> None:
        self._show_none()
        if self.row is None:
            self.maker.withdraw(TABLE)
            self._say(_EMPTY)
        elif not self.row.readable:
            self._say(self.row.problem)
        else:
            self._say("Reading the run…")
            self._ask()

    def _show_none(self) -> None:
        self.made = None
        self.view.show_table(None)
        self.export_menu.set_made(None)
        self._show_heading()

    @property
    def _other_path(self) -> Path | None:
        return self._other.path if self._other is not None else None

    def _ask(self) -> None:
        if self.row is not None and self.row.readable:
            self.maker.make(TableRequest(self.row.path, self._wanted, self._other_path))

    def _ask_live(self) -> None:
        if self._live is None or self.row is None or self._other is not None:
            return
        self._asked = time.monotonic()
        self.maker.make(
            TableRequest(self.row.path, self._wanted, None, self._plan, self._live.counts)
        )

    def _take_table(self, table: str) -> None:
        self._wanted = table
        if self._live is not None:
            self._ask_live()
        else:
            self._ask()

    def _is_asked(self, request: TableRequest) -> bool:
        asked = request.path, request.other
        return self.row is not None and (self.row.path, self._other_path) == asked

    def _show_made(self, _request: Request, made: Made) -> None:
        if not self._is_asked(made.request):
            return
        if made.request.counts is None and self._live is not None:
            return  # what runs knows more than what is on the disk
        self.made = made
        outline = made.table.outline if made.table is not None else None
        self.chooser.show_outlines(made.outlines, outline)
        self.view.show_table(made.table, made.plan.stimuli.palette)
        self.export_menu.set_made(made)
        self._say("" if made.table is not None else "This run gives no table.")
        self._show_heading()

    def _on_failed(self, request: Request, error: LabError) -> None:
        if self._is_asked(request.about):
            self._show_none()
            self._say(str(error))

    # --- what is shown ---

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self.view.setVisible(not text)

    def _show_heading(self) -> None:
        row, other, made = self.row, self._other, self.made
        self.chooser.setVisible(made is not None)
        readable = row is not None and row.readable
        self.compare.setVisible(readable and other is None)
        self.uncompare.setVisible(other is not None)
        self.export.setVisible(made is not None)
        self.heading.setVisible(row is not None)
        if row is None:
            self.status.hide()
            return
        if other is not None:
            text = f"{row.title}, {row.model} → {other.title}, {other.model}"
        else:
            text = " · ".join(filter(None, (row.title, row.model)))
        self.heading.show_text(text, str(row.path))
        images = made.images if made is not None else row.done
        partial = other is None and images < row.total
        self.status.setVisible(partial)
        self.status.setText(f"partial: {images:,} of {count_text(row.total, 'image')}")

    def _choose_cell(self, cell: object, place: str) -> None:
        if self.row is not None:
            self.cell_chosen.emit(cell, place, self.row.path, self._other_path)
