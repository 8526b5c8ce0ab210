"""The list of runs with its commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.experiments.runs.run_list import RunList
from gui.experiments.runs.run_rows import RunRow
from gui.look.theme import Theme

_ICON = QSize(16, 16)


class RunsPanel(QWidget):
    """Runs on the disk and in the queue; every command is a signal with the selected `RunRow`.

    Signals
    -------
    chosen(row or None)
    resume_wanted, pause_wanted, cancel_wanted, rename_wanted, delete_wanted, plan_wanted(row)
    move_wanted(row, step)
        Forward (−1) or back (+1) in the queue.
    leave_wanted(row)
        Out of the queue.
    refresh_wanted(), folder_wanted()
    """

    chosen = Signal(object)
    resume_wanted = Signal(object)
    pause_wanted = Signal(object)
    cancel_wanted = Signal(object)
    rename_wanted = Signal(object)
    delete_wanted = Signal(object)
    plan_wanted = Signal(object)
    leave_wanted = Signal(object)
    move_wanted = Signal(object, int)
    refresh_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("runsPanel")
        self.heading = QLabel("Runs", self)
        self.heading.setProperty("role", "heading")
        self.count = QLabel(self)
        self.count.setProperty("role", "muted")
        self.resume = QPushButton("Resume", self)
        self.resume.setToolTip("Go on with the selected run")
        self.resume.clicked.connect(lambda: self._ask(self.resume_wanted))
        self.more = QToolButton(self)
        self.more.setAccessibleName("Commands for the selected run")
        self.more.setToolTip("Commands for the selected run")
        self.more.setIconSize(_ICON)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self.menu)
        self.list = RunList(theme, self)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.heading)
        head.addWidget(self.count)
        head.addStretch(1)
        head.addWidget(self.resume)
        head.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        self.list.chosen.connect(self._on_chosen)
        self.list.delete_wanted.connect(lambda: self._ask(self.delete_wanted))
        self.list.rename_wanted.connect(lambda: self._ask(self.rename_wanted))
        self.list.customContextMenuRequested.connect(self._open_menu)
        theme.changed.connect(self._restyle)
        self._restyle()
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

    def commands(self) -> list[tuple[str, SignalInstance] | None]:
        """Texts and signals of what can be done with the selected run; None between groups."""
        row = self.current
        if row is None:
            return []
        found: list[tuple[str, SignalInstance] | None] = []
        if row.at_work:
            found += [("Pause", self.pause_wanted), ("Cancel", self.cancel_wanted), None]
        elif row.state == "queued":
            found += [("Remove from the queue", self.leave_wanted), None]
        elif row.resumable:
            found += [("Resume", self.resume_wanted), None]
        if row.readable:
            found.append(("Use its plan", self.plan_wanted))
            if row.place is None:
                found.append(("Rename…", self.rename_wanted))
        if row.place is None:
            found.append(("Delete…", self.delete_wanted))
        return found

    def _ask(self, signal: SignalInstance) -> None:
        row = self.current
        if row is not None:
            signal.emit(row)

    def _fill_menu(self) -> None:
        self.menu.clear()
        row = self.current
        for command in self.commands():
            if command is None:
                self.menu.addSeparator()
                continue
            text, signal = command
            self._add(text, lambda signal=signal: self._ask(signal))
            if row is not None and row.state == "queued" and signal is self.leave_wanted:
                self._add("Earlier in the queue", lambda: self._move(-1))
                self._add("Later in the queue", lambda: self._move(1))
        self.menu.addSeparator()
        self._add("Open the folder of the runs", self.folder_wanted.emit)
        self._add("Read the list again", self.refresh_wanted.emit)

    def _add(self, text: str, call: object) -> None:
        assert callable(call)
        action = QAction(text, self.menu)
        action.triggered.connect(lambda _checked=False: call())
        self.menu.addAction(action)

    def _move(self, step: int) -> None:
        row = self.current
        if row is not None:
            self.move_wanted.emit(row, step)

    def _open_menu(self, place: QPoint) -> None:
        self.menu.popup(self.list.viewport().mapToGlobal(place))

    def _on_chosen(self, row: RunRow | None) -> None:
        self._show_resume()
        self.chosen.emit(row)

    def _show_resume(self) -> None:
        row = self.current
        self.resume.setVisible(row is not None and row.resumable and row.place is None)

    def _restyle(self) -> None:
        self.more.setIcon(self._theme.icon("more"))
