"""The list of runs with its commands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from gui.experiments.runs.run_list import RunList
from gui.experiments.runs.run_rows import RunCommand, RunRow, commands_of
from gui.look.theme import Theme
from gui.widgets.build import STRETCH, IconButton, button, column, label, row


class RunsPanel(QWidget):
    """Runs on the disk and in the queue.

    Signals
    -------
    chosen(row or None)
    wanted(name, row)
        One of `RUN_COMMANDS`, for the selected `RunRow`.
    refresh_wanted(), folder_wanted()
    """

    chosen = Signal(object)
    wanted = Signal(str, object)
    refresh_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runsPanel")
        self.count = label("", "muted", self)
        tip = "Resume the selected run"
        self.resume = button("Resume", tip, lambda: self._ask("resume"), self)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill_menu)
        tip = "Commands for the selected run"
        self.more = IconButton(theme, "more", tip, None, self, side=16, menu=self.menu)
        self.list = RunList(theme, self)
        heading = label("Runs", "heading", self)
        head = row(heading, self.count, STRETCH, self.resume, self.more)
        column(head, (self.list, 1), on=self)
        self.list.chosen.connect(self._on_chosen)
        self.list.delete_wanted.connect(lambda: self._ask("delete-run"))
        self.list.rename_wanted.connect(lambda: self._ask("rename-run"))
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.show_rows(())

    @property
    def current(self) -> RunRow | None:
        """The selected run."""
        return self.list.current

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these runs, keeping the selection."""
        self.list.show_rows(rows)
        self.count.setText(f"{len(rows)}" if rows else "")
        self._show_resume()

    def select(self, path: Path) -> bool:
        """Select the run in a folder; False if it is not listed."""
        return self.list.select(path)

    def commands(self) -> list[RunCommand]:
        """What can be done with the selected run."""
        return list(chain(*self._groups()))

    def _groups(self) -> list[tuple[RunCommand, ...]]:
        return commands_of(self.current) if self.current is not None else []

    def _ask(self, name: str) -> None:
        if self.current is not None:
            self.wanted.emit(name, self.current)

    def _fill_menu(self) -> None:
        self.menu.clear()
        for group in self._groups():
            for command in group:
                self.menu.addAction(command.text, partial(self._ask, command.name))
            self.menu.addSeparator()
        self.menu.addAction("Open the folder of the runs", self.folder_wanted.emit)
        self.menu.addAction("Read the list again", self.refresh_wanted.emit)

    def _open_menu(self, place: QPoint) -> None:
        self.menu.popup(self.list.viewport().mapToGlobal(place))

    def _on_chosen(self, row: RunRow | None) -> None:
        self._show_resume()
        self.chosen.emit(row)

    def _show_resume(self) -> None:
        self.resume.setVisible("resume" in (command.name for command in self.commands()))
