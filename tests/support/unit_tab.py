"""What tests of the tab of units do again and again; its fixtures are in `tests.gui.conftest`."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from core.census.data import CensusData
from gui.inspector.census.shown_census import CensusBook
from gui.inspector.neurons.units_tab import UnitsTab
from tests.support.waiting import WAIT

TOP = 8


def take(book: CensusBook, census: CensusData, qtbot: QtBot) -> None:
    with qtbot.waitSignal(book.changed, timeout=WAIT):
        book.take(census)


def open_page(tab: UnitsTab, book: CensusBook, unit: int, qtbot: QtBot) -> None:
    """Open a unit's page and wait for all its pictures."""
    book.open_page(unit)
    wait_for_pictures(tab, book, qtbot)


def wait_for_pictures(tab: UnitsTab, book: CensusBook, qtbot: QtBot) -> None:
    panels = [tab.page.panels[kind] for kind in book.data.sets]
    qtbot.waitUntil(lambda: all(panel.part is not None for panel in panels), timeout=WAIT)


def shown_units(tab: UnitsTab) -> list[int]:
    return tab.grid.units.units.tolist()
