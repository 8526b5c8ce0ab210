"""The menu “Export”: what is shown as a figure and as files of its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.base.errors import LabError
from core.base.tables import REGIONS, Region
from core.figures.description import Figure
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import Beside, ask_file, csv_beside
from gui.export.figures import PrintedFigure, add_figure_actions
from gui.export.files import AskPath, suggested_path
from gui.jobs.background import Background


class Target(NamedTuple):
    """A kind of file to write."""

    text: str
    form: str
    suffix: str
    file_filter: str
    is_report: bool = False


CSV = Target("CSV, exact…", "csv", ".csv", "CSV, exact (*.csv)")
SPREADSHEET = Target("CSV for spreadsheets…", "spreadsheet", ".csv", "CSV for spreadsheets (*.csv)")
JSON = Target("JSON with all settings…", "json", ".json", "JSON (*.json)")


@dataclass(frozen=True, eq=False)
class Exported:
    """What is shown."""

    title: str
    """For its files."""
    describe: Callable[[], Figure]
    """Gives its figure; called beside the GUI thread, and so is the next."""
    write: Callable[[Path, Target, Region], Sequence[Path]]
    """Takes a path, what to write there and the region of spreadsheets; returns the files that it
    has written.
    """


class ExportMenu(QMenu):
    """Copies and saves what is shown, beside the GUI thread.

    Parameters
    ----------
    targets : sequence of Target
        The first one is the usual one.
    title : str
        Of the file dialog, which is what `ask_path` is by default.
    nothing : str
        What is said where nothing is shown.
    beside : Beside
        What is written along with a file.
    """

    def __init__(
        self,
        lab: LabContext,
        shown: Callable[[], Exported | None],
        targets: Sequence[Target] = (CSV, SPREADSHEET),
        *,
        title: str = "Export figure",
        nothing: str = "There is no figure to export yet",
        beside: Beside = csv_beside,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lab, self._shown = lab, shown
        self._usual, self._nothing = targets[0], nothing
        self._background = Background(self)
        self.ask_path: AskPath = lambda suggested, kind: ask_file(
            self.parentWidget(), suggested, kind, title, beside
        )
        self.setToolTipsVisible(True)
        self.save_figure = add_figure_actions(self, lab, self.printed)
        for _kind, group in groupby(targets, lambda target: target.is_report):
            self.addSeparator()
            for target in group:
                self.add(target.text, partial(self.save, target))
        self.aboutToShow.connect(self.refresh)
        lab.closing.connect(self.stop)

    def printed(self) -> PrintedFigure | None:
        """What is shown, as a figure; None if nothing is."""
        shown = self._shown()
        return None if shown is None else PrintedFigure(shown.title, shown.describe)

    def save(self, target: Target | None = None) -> None:
        """Ask for a file and write what is shown to it; the usual kind of file by default."""
        shown, chosen = self._shown(), target or self._usual
        if shown is None:
            self._lab.say(self._nothing)
            return
        suggested = suggested_path(self._lab, shown.title, chosen.suffix[1:])
        path = self.ask_path(suggested, chosen.file_filter)
        if path is None:
            return
        region = REGIONS[self._lab.settings.csv_region]
        self._lab.say(f"Writing {path.name}…")

        def done(files: Sequence[Path]) -> None:
            self._lab.say(f"Saved {' and '.join(file.name for file in files)}")

        def failed(error: LabError) -> None:
            self._lab.report(error, lambda: self.save(target))

        self._background.write(lambda: shown.write(path, chosen, region), done, failed)

    def add(self, text: str, handler: Callable[[], object], tip: str = "") -> QAction:
        """An action at the end."""
        action = self.addAction(text)
        action.triggered.connect(lambda _checked=False: handler())
        if tip:
            action.setToolTip(tip)
        return action

    def refresh(self) -> None:
        """Grey out everything where nothing is shown."""
        ready = self._shown() is not None
        for action in self.actions():
            action.setEnabled(ready)

    def stop(self) -> None:
        """Wait for what is being written."""
        self._background.stop()
