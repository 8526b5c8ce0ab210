"""The studies pane: one tab for each kind of study."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from core.scans.maps import MapPreset
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.studies.ablation.ablation_tab import AblationTab
from gui.studies.compare.compare_tab import CompareTab
from gui.studies.map.map_tab import MapTab
from gui.studies.scan.scan_tab import ScanTab
from gui.widgets.build import column, scrolling
from gui.widgets.segments import Segments

TABS = (ScanTab, MapTab, CompareTab, AblationTab)
"""The tabs from left to right; each has a `NAME` for the layout, a `TITLE` and a `TIP`."""


class StudiesPane(QWidget):
    """A row of segments over the page of the chosen tab; `pages` has the tabs by name."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.setObjectName("studiesPane")
        self.tabs = Segments([(tab.NAME, tab.TITLE, tab.TIP) for tab in TABS], self)
        self.tabs.setAccessibleName("Kinds of studies")
        self.stack = QStackedWidget(self)
        self.pages: dict[str, QWidget] = {}
        for tab in TABS:
            page = tab(lab, self)
            self.pages[tab.NAME] = page
            # It scrolls where the pane is low, so that it never makes the window grow.
            self.stack.addWidget(scrolling(page, sideways=True))
            if isinstance(page, ScanTab | MapTab):
                reveal = partial(self._reveal, page.NAME)
                lab.document_fields.append(TypedFields(page.controls, say=lab.say, reveal=reveal))
        column(self.tabs, (self.stack, 1), spacing=8, margins=(10, 8, 10, 8), on=self)
        self.tabs.chosen.connect(self.show_tab)
        self._bind()

    def _reveal(self, name: str, _field: QWidget) -> None:
        self.show_tab(name)

    @property
    def tab(self) -> str:
        """Name of the tab that is chosen."""
        return self.tabs.chosen_name

    def show_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self.tabs.show_name(name)
        self.stack.setCurrentIndex(list(self.pages).index(name))

    def picture_note(self) -> str:
        """What made the study that is shown, for a picture of the pane."""
        page: Any = self.pages[self.tab]
        return str(page.picture_note())

    def come(self, name: str) -> None:
        """Bring the pane and one of its tabs to the front."""
        self._lab.actions.trigger("view.show-studies")
        self.show_tab(name)
        self.tabs.setFocus()

    def _bind(self) -> None:
        actions = self._lab.actions
        actions.bind("studies.scan", lambda: self.come("scan"))
        actions.bind("studies.compare", lambda: self.come("compare"))
        actions.bind("studies.ablation", lambda: self.come("ablation"))
        actions.bind("studies.map", lambda: self._map("hue-lightness"))
        actions.bind("studies.stroop", lambda: self._map("stroop"))
        actions.bind("studies.figure-background", lambda: self._map("figure-background"))
        actions.bind("studies.pin-stimulus", self._pin)

    def _map(self, preset: MapPreset) -> None:
        page = self.pages["map"]
        assert isinstance(page, MapTab)
        self.come("map")
        page.use_preset(preset)

    def _pin(self) -> None:
        page = self.pages["compare"]
        assert isinstance(page, CompareTab)
        if page.pin_stimulus():
            self.come("compare")
