"""Every pane looks as it did when its snapshot was pinned, in both themes.

`make snapshots` draws them anew after a change that is meant; look at the pictures before they are
committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.census.data import CensusData
from gui.charts.view import ChartView
from gui.experiments.results.tables import TABLE
from gui.window.main_window import MainWindow
from tests.support.experiments import a_run
from tests.support.snapshots import FOLDER, alike, differences, snapshot
from tests.support.waiting import WAIT

THEMES = ("light", "dark")


Shown = Iterator[tuple[str, QWidget]]


def designer_and_prediction(window: MainWindow, _census: CensusData, _qtbot: QtBot) -> Shown:
    for name in ("designer", "prediction"):
        yield name, window.docks[name].pane


def experiments(window: MainWindow, _census: CensusData, qtbot: QtBot) -> Shown:
    pane = window.docks["experiments"].pane
    window.docks["experiments"].raise_()
    qtbot.waitUntil(lambda: pane.controller.library.listed, timeout=WAIT)
    a_run(window.lab.inference.info)
    with qtbot.waitSignal(pane.controller.library.changed, timeout=WAIT):
        pane.controller.library.refresh()
    qtbot.waitUntil(
        lambda: pane.results.made is not None and not pane.results.maker.busy(TABLE), timeout=WAIT
    )
    yield "experiments", pane


def inspector(window: MainWindow, census: CensusData, qtbot: QtBot) -> Shown:
    pane = window.docks["inspector"].pane
    window.docks["inspector"].raise_()
    with qtbot.waitSignal(pane.shown_census.changed, timeout=WAIT):
        pane.shown_census.take(census)
    for tab in ("types", "selectivity"):
        pane.show_tab(tab)
        yield f"inspector_{tab}", pane
    pane.show_tab("hue")
    rose = pane.hue.rose
    qtbot.waitUntil(lambda: rose.figure is not None and rose.figure.complete, timeout=WAIT)
    yield "inspector_hue", pane


def studies(window: MainWindow, _census: CensusData, qtbot: QtBot) -> Shown:
    qtbot.waitUntil(lambda: window.lab.actions.is_bound("studies.scan"), timeout=WAIT)
    pane = window.docks["studies"].pane
    window.lab.actions.trigger("view.show-studies")
    runner = pane.pages["scan"].runner
    qtbot.waitUntil(
        lambda: runner.result is not None and runner.result.complete and not runner.stale,
        timeout=WAIT,
    )
    yield "studies", pane


@pytest.mark.parametrize(
    "panes",
    [designer_and_prediction, experiments, inspector, studies],
    ids=lambda panes: panes.__name__,
)
def test_panes_look_as_they_did(
    panes: Callable[[MainWindow, CensusData, QtBot], Shown],
    window: MainWindow,
    census: CensusData,
    qtbot: QtBot,
    pytestconfig: pytest.Config,
) -> None:
    theme = window.lab.theme
    for name, pane in panes(window, census, qtbot):
        charts = [part for part in pane.findChildren(ChartView) if part.isVisibleTo(pane)]
        pinned = {}
        for mode in THEMES:
            theme.set_mode(mode)
            drawn = snapshot(theme, pane)
            path = FOLDER / f"{name}-{mode}.png"
            if pytestconfig.getoption("--pin-snapshots"):
                drawn.save(path, optimize=True)
            with Image.open(path) as file:
                pinned[mode] = file.copy()
            assert alike(drawn, pinned[mode]), f"{path.name}: {differences(drawn, pinned[mode])}"
            # And a pane that is not right would have been noticed.
            assert not alike(Image.new("L", drawn.size, drawn.getpixel((0, 0))), pinned[mode])
            for chart in charts:
                chart.root.hide()
            assert not charts or not alike(snapshot(theme, pane), pinned[mode])
            for chart in charts:
                chart.root.show()
        assert not alike(pinned["light"], pinned["dark"])
