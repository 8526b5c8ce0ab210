"""What tests of the tab of units do again and again; its fixtures are in `tests.gui.conftest`."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from core.census.data import CensusData
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.neurons.units_tab import UnitsTab
from tests.support.waiting import WAIT

TOP = 8


def take(shown_census: ShownCensus, census: CensusData, qtbot: QtBot) -> None:
    with qtbot.waitSignal(shown_census.changed, timeout=WAIT):
        shown_census.take(census)


def open_page(tab: UnitsTab, shown_census: ShownCensus, unit: int, qtbot: QtBot) -> None:
    """Open a unit's page and wait for all its pictures."""
    shown_census.open_page(unit)
    wait_for_pictures(tab, shown_census, qtbot)


def wait_for_pictures(tab: UnitsTab, shown_census: ShownCensus, qtbot: QtBot) -> None:
    panels = [tab.page.panels[kind] for kind in shown_census.data.sets]
    qtbot.waitUntil(lambda: all(panel.part is not None for panel in panels), timeout=WAIT)


def shown_units(tab: UnitsTab) -> list[int]:
    return tab.grid.units.units.tolist()
