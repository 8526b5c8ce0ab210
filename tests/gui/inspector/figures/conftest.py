"""Tabs of figures over a made-up census."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.census.data import CensusData
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.figures.figure_tab import FigureTab
from tests.support.unit_census import made_census
from tests.support.waiting import WAIT


@pytest.fixture
def census(tmp_path: Path) -> CensusData:
    """Its color selectivities go from 1 to below 0."""
    made = made_census(tmp_path / "pictures")
    found = made.sets["pictures"]
    kept = np.linspace(0, 1.3, len(made), dtype=np.float32)[:, None]
    gray = np.where(np.isnan(found.tops.values), np.nan, found.tops.values * kept)
    seen = replace(found, gray=gray.astype(np.float32))
    return replace(made, sets={**made.sets, "pictures": seen})


@pytest.fixture
def held(lab: LabContext) -> Iterator[ShownCensus]:
    held = ShownCensus(lab)
    yield held
    held.stop()


@pytest.fixture
def show(
    lab: LabContext, held: ShownCensus, qtbot: QtBot
) -> Callable[[type[FigureTab], CensusData], FigureTab]:
    """Make a tab, show it, and give its book a census that is worked out."""

    def make(kind: type[FigureTab], census: CensusData) -> FigureTab:
        tab = kind(lab, held)
        qtbot.addWidget(tab)
        tab.resize(640, 620)
        tab.show()
        with qtbot.waitSignal(held.changed, timeout=WAIT):
            held.take(census)
        return tab

    return make
