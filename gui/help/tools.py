"""The commands of the menu “Help”, and the help buttons of the panes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from core.base.paths import docs_dir
from gui.dialogs.shortcuts import ShortcutsDialog
from gui.help.tour import Tour
from gui.help.window import GuideWindow
from gui.window.main_window import MainWindow

PANE_HELP = {
    "designer": ("formulas", "designer"),
    "prediction": ("formulas", "prediction"),
    "inspector": ("formulas", "network-inspector"),
    "experiments": ("formulas", "experiments"),
    "studies": ("formulas", "studies"),
}
"""Page and heading of the guide at which each pane's formulas stand."""


class HelpTools(QObject):
    """Opens what explains the window.

    The guide is made when it is first asked for; the tour is there while it is shown.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.guide: GuideWindow | None = None
        self.tour: Tour | None = None
        actions = window.lab.actions
        actions.bind("help.guide", lambda: self.show_page("index"))
        if web_guide().is_file():
            actions.bind("help.web-guide", open_web_guide)
        actions.bind("help.pane", self._show_pane)
        actions.bind("help.glossary", lambda: self.show_page("glossary"))
        actions.bind("help.shortcuts", self._show_shortcuts)
        actions.bind("help.tour", self.show_tour)
        for name, dock in window.docks.items():
            if name in PANE_HELP:
                dock.set_help(partial(self.show_page, *PANE_HELP[name]))

    def show_page(self, name: str, anchor: str = "") -> None:
        """Open the guide at a page, from a heading on."""
        if self.guide is None:
            self.guide = GuideWindow(self._window.lab.theme, self._window)
            self._window.closed.connect(self.guide.close)
        self.guide.come()
        self.guide.open_page(name, anchor)

    def show_tour(self) -> None:
        """Begin the tour, from its first step."""
        if self.tour is None:
            self.tour = Tour(self._window)
            self.tour.ended.connect(self._on_tour_ended)
        self.tour.begin()

    def offer_tour(self) -> None:
        """Begin the tour unless it was seen once."""
        if not self._window.lab.settings.tour_seen:
            self.show_tour()

    def _on_tour_ended(self) -> None:
        tour, self.tour = self.tour, None
        if tour is not None:
            tour.deleteLater()
        if not self._window.lab.settings.tour_seen:
            self._window.lab.change_settings(tour_seen=True)

    def _show_pane(self) -> None:
        focused = QApplication.focusWidget()
        for name, dock in self._window.docks.items():
            if focused is not None and dock.isAncestorOf(focused) and name in PANE_HELP:
                self.show_page(*PANE_HELP[name])
                return
        self.show_page("formulas")

    def _show_shortcuts(self) -> None:
        dialog = ShortcutsDialog(self._window.lab.actions, self._window)
        dialog.exec()
        dialog.deleteLater()


def web_guide() -> Path:
    """The first of the guide's web pages, which installed copies of the program have."""
    return docs_dir() / "index.html"


def open_web_guide() -> None:
    """Show the guide in the system's browser, e.g. to print it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(web_guide())))
