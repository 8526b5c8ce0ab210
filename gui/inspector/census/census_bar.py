"""The line on top of the inspector: which census is shown, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from core.census.data import CensusData
from core.census.sets import CensusSummary
from gui.context.lab_context import LabContext
from gui.dialogs.questions import ask_title, confirm_delete
from gui.inspector.census.census_controller import CensusController
from gui.inspector.census.shown_census import ShownCensus
from gui.widgets.build import IconButton, button, row
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.words import count_text, date_text

_MOST_TITLE = 240


class CensusBar(QWidget):
    """Chooses among the censuses on the disk, and offers what can be done with one.

    `ask_name` takes the present title and returns another one or None, `ask_delete` is true to
    delete; both are dialogs by default.
    """

    new_wanted = Signal()

    def __init__(
        self,
        lab: LabContext,
        shown_census: ShownCensus,
        controller: CensusController,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lab, self._shown_census, self._controller = lab, shown_census, controller
        self._working = False
        self.ask_name: Callable[[str], str | None] = self._name_dialog
        self.ask_delete: Callable[[str], bool] = self._delete_dialog
        self.setObjectName("censusBar")
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill)
        self.choice = button("", parent=self, menu=self._menu)
        self.choice.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.text = ElidedLabel("muted", self)
        self.resume = button("Resume", "", controller.resume_shown, self)
        tip = "Choose layers and images, and record every neuron’s strongest images"
        self.new = button("New census…", tip, self.new_wanted, self)
        more = QMenu(self)
        self._rename = more.addAction("Rename…", self._on_rename)
        self._delete = more.addAction("Delete…", self._on_delete)
        more.addAction(
            "Open the folder of the censuses", lambda: lab.open_folder_of_all("censuses")
        )
        about = "More about this census"
        self.more = IconButton(lab.theme, "more", about, parent=self, side=16, menu=more)
        row(self.choice, (self.text, 1), self.resume, self.new, self.more, on=self)
        shown_census.listed.connect(self._show)
        shown_census.loading.connect(lambda title: self._show(title))
        shown_census.loaded.connect(lambda _data: self._show())
        shown_census.failed.connect(lambda _error: self._show())
        self._show()

    def set_working(self, working: bool) -> None:
        """Whether a census is at work."""
        self._working = working
        self._show()

    def _show(self, loading: str = "") -> None:
        data, shown_census = self._shown_census.data, self._shown_census
        title = data.record.title if data is not None else "No census"
        if loading and data is None:
            title = f"Reading {loading}…"
        shown = self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, _MOST_TITLE)
        self.choice.setText(shown.replace("&", "&&"))
        self.choice.setToolTip(f"{title}\nChoose among the censuses on this computer")
        self.choice.setAccessibleName(f"Census: {title}")
        self.choice.setVisible(data is not None or bool(shown_census.censuses) or bool(loading))
        self.text.show_text(census_text(data), shown_census.unfinished)
        self.resume.setVisible(bool(shown_census.unfinished) and not self._working)
        self.resume.setToolTip(f"{shown_census.unfinished}\nResume it where it was stopped")
        self.new.setEnabled(not self._working)
        self._rename.setEnabled(data is not None and not self._working)
        self._delete.setEnabled(data is not None and not self._working)

    def _fill(self) -> None:
        self._menu.clear()
        for entry in self._shown_census.censuses:
            action = QAction(summary_text(entry).replace("&", "&&"), self._menu)
            action.setCheckable(True)
            action.setChecked(entry.path == self._shown_census.path)
            action.setEnabled(not entry.problem)
            action.setToolTip(entry.problem or str(entry.path))
            action.triggered.connect(
                lambda _on=False, entry=entry: self._shown_census.open(entry.path)
            )
            self._menu.addAction(action)
        if not self._shown_census.censuses:
            self._menu.addAction("There is no other census yet").setEnabled(False)

    def _on_rename(self) -> None:
        data = self._shown_census.data
        if data is not None:
            title = self.ask_name(data.record.title)
            if title and title != data.record.title:
                self._controller.rename(data.path, title)

    def _on_delete(self) -> None:
        data = self._shown_census.data
        if data is not None and self.ask_delete(data.record.title):
            self._controller.trash(data.path)

    def _name_dialog(self, title: str) -> str | None:
        return ask_title(self.window(), "census", title)

    def _delete_dialog(self, title: str) -> bool:
        detail = "All that it has found about the neurons goes with it."
        return confirm_delete(self._lab, self.window(), "census", title, detail)


def census_text(data: CensusData | None) -> str:
    """Model, units and images of a census, in a line."""
    if data is None:
        return ""
    images = sum(found.done for found in data.sets.values())
    parts = [data.record.model.name, count_text(len(data), "neuron"), count_text(images, "image")]
    if any(found.partial for found in data.sets.values()):
        parts.insert(0, "partial")
    return " · ".join(parts)


def summary_text(entry: CensusSummary) -> str:
    """A census in the menu."""
    if entry.problem:
        return f"{entry.title} · cannot be read"
    parts = [entry.title, entry.model]
    if entry.created:
        parts.append(date_text(datetime.fromisoformat(entry.created)))
    done = sum(seen for _kind, _state, seen, _total in entry.sets)
    total = sum(planned for _kind, _state, _seen, planned in entry.sets)
    parts.append(count_text(done, "image") if done == total else f"{done:,} of {total:,} images")
    return " · ".join(parts)
