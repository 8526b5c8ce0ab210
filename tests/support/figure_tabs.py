"""Tabs of figures of the inspector: thresholds moved, hues waited for."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from core.census.data import CensusData
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.figures.hue_tab import HueTab
from tests.support.waiting import WAIT


def drag(held: ShownCensus, qtbot: QtBot, **fields: object) -> None:
    """Move thresholds and wait for the readings that belong to them."""
    with qtbot.waitSignal(
        held.changed,
        timeout=WAIT,
        check_params_cb=lambda found: found.thresholds == held.thresholds,
    ):
        held.set_thresholds(**fields)


def hue_tab(show: Callable[..., HueTab], census: CensusData, qtbot: QtBot) -> HueTab:
    tab = show(HueTab, census)
    qtbot.waitUntil(lambda: tab.rose.figure is not None and tab.rose.figure.complete, timeout=WAIT)
    return tab
