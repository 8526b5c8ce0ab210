"""The tables of a run: which one, its numbers, how partial it is, comparison and export."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.base.errors import LabError
from gui.context.lab_context import LabContext
from gui.experiments.results.export_menu import ResultExport
from gui.experiments.results.table_chooser import TableChooser
from gui.experiments.results.table_view import ResultTableView
from gui.experiments.results.tables import TABLE, Made, TableMaker, TableRequest
from gui.experiments.runs.run_rows import RunRow
from gui.jobs.latest_worker import Request
from gui.widgets.elided_label import ElidedLabel
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

    Signals
    -------
    cell_chosen(cell, place, path, other)
        Images of a cell are asked for; `other` is the second run of a comparison, or None.
    """

    cell_chosen = Signal(object, str, object, object)

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._row: RunRow | None = None
        self._other: RunRow | None = None
        self._made: Made | None = None
        self._wanted = ""
        self._plan: SweepPlan | None = None
        self._live: Progress | None = None
        self._asked = 0.0
        self.setObjectName("resultsPanel")
        self.maker = TableMaker(self)
        self.heading = ElidedLabel("heading", self)
        self.status = QLabel(self)
        self.status.setProperty("role", "warning")
        self.chooser = TableChooser(self)
        self.view = ResultTableView(lab.theme, self)
        self.message = QLabel(_EMPTY, self)
        self.message.setProperty("role", "muted")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.compare = QPushButton("Compare", self)
        self.compare.setProperty("role", "menu")
        self.compare.setToolTip("Set this run beside another: differences with their intervals")
        self.compare_menu = QMenu(self.compare)
        self.compare.setMenu(self.compare_menu)
        self.uncompare = QPushButton("End comparison", self)
        self.uncompare.clicked.connect(lambda: self.compare_with(None))
        self.export_menu = ResultExport(lab, self)
        self.export = QToolButton(self)
        self.export.setAccessibleName("Copy and export")
        self.export.setToolTip("Copy and export the tables")
        self.export.setIconSize(QSize(16, 16))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export.setMenu(self.export_menu)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self._ask_live)
        self._build()
        self.chooser.chosen.connect(self._take_table)
        self.view.cell_chosen.connect(self._choose_cell)
        self.view.copy_wanted.connect(self.export_menu.copy_table)
        self.maker.reported.connect(self._show_made)
        self.maker.failed.connect(self._on_failed)
        self.maker.crashed.connect(lab.crashed)
        lab.theme.changed.connect(self._restyle)
        self._restyle()
        self.show_run(None)

    def _build(self) -> None:
        self._title = QHBoxLayout()
        self._title.setSpacing(8)
        self._title.addWidget(self.heading, 1)
        self._title.addWidget(self.status)
        self._title.addSpacing(4)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(6)
        for widget in (self.uncompare, self.compare, self.export):
            self._buttons.addWidget(widget)
        self._head = QGridLayout()
        self._head.setHorizontalSpacing(10)
        self._head.setVerticalSpacing(4)
        self._wide: bool | None = None
        self._arrange(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._head)
        column.addWidget(self.view, 1)
        column.addWidget(self.message, 1)

    @property
    def row(self) -> RunRow | None:
        """The run that is shown."""
        return self._row

    @property
    def made(self) -> Made | None:
        """The table that is shown and what it was made of."""
        return self._made

    def show_run(self, row: RunRow | None) -> None:
        """Show another run, or none."""
        self._row, self._other = row, None
        self._plan = self._live = None
        self._refresh()

    def update_row(self, row: RunRow) -> None:
        """Take news of the run that is shown; its tables are made anew if it has gone on."""
        old = self._row
        if old is None or row.path != old.path:
            return
        self._row = row
        ended = old.at_work and not row.at_work
        if ended:
            self._plan = self._live = None
        if ended or (row.done != old.done and not row.at_work and self._live is None):
            self._ask()
        self._show_heading()

    def show_live(self, path: Path, plan: SweepPlan, progress: Progress) -> None:
        """Fill in the tables of a running sweep, now and then."""
        if self._row is None or self._row.path != path or self._other is not None:
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
        self._arrange(self.width() >= _WIDE)

    def _arrange(self, wide: bool) -> None:
        if wide == self._wide:
            return
        self._wide = wide
        for item in (self._title, self._buttons):
            self._head.removeItem(item)
        self._head.removeWidget(self.chooser)
        self._head.addLayout(self._title, 0, 0)
        if wide:
            self._head.addWidget(self.chooser, 0, 1)
            self._head.addLayout(self._buttons, 0, 2)
        else:
            self._head.addLayout(self._buttons, 0, 2)
            self._head.addWidget(self.chooser, 1, 0, 1, 3)
        self._head.setColumnStretch(0, 4)
        self._head.setColumnStretch(1, 5 if wide else 0)

    # --- asking for tables ---

    def _refresh(self) -> None:
        self._made = None
        self.view.show_table(None)
        self.export_menu.set_made(None)
        self._show_heading()
        if self._row is None:
            self.maker.withdraw(TABLE)
            self._say(_EMPTY)
        elif not self._row.readable:
            self._say(self._row.problem)
        else:
            self._say("Reading the run…")
            self._ask()

    def _ask(self) -> None:
        if self._row is not None and self._row.readable:
            other = self._other.path if self._other is not None else None
            self.maker.make(TableRequest(self._row.path, self._wanted, other))

    def _ask_live(self) -> None:
        if self._live is None or self._row is None or self._other is not None:
            return
        self._asked = time.monotonic()
        self.maker.make(
            TableRequest(self._row.path, self._wanted, None, self._plan, self._live.counts)
        )

    def _take_table(self, table: str) -> None:
        self._wanted = table
        if self._live is not None:
            self._ask_live()
        else:
            self._ask()

    def _is_asked(self, request: TableRequest) -> bool:
        other = self._other.path if self._other is not None else None
        return self._row is not None and (self._row.path, other) == (request.path, request.other)

    def _show_made(self, _request: Request, made: Made) -> None:
        if not self._is_asked(made.request):
            return
        if made.request.counts is None and self._live is not None:
            return  # what runs knows more than what is on the disk
        self._made = made
        outline = made.table.outline if made.table is not None else None
        self.chooser.show_outlines(made.outlines, outline)
        self.view.show_table(made.table, made.plan.stimuli.palette)
        self.export_menu.set_made(made)
        self._say("" if made.table is not None else "This run gives no table.")
        self._show_heading()

    def _on_failed(self, request: Request, error: LabError) -> None:
        if self._is_asked(request.about):
            self._made = None
            self.view.show_table(None)
            self.export_menu.set_made(None)
            self._say(str(error))
            self._show_heading()

    # --- what is shown ---

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self.view.setVisible(not text)

    def _show_heading(self) -> None:
        row, other, made = self._row, self._other, self._made
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
        if self._row is not None:
            other = self._other.path if self._other is not None else None
            self.cell_chosen.emit(cell, place, self._row.path, other)

    def _restyle(self) -> None:
        self.export.setIcon(self._lab.theme.icon("export"))
