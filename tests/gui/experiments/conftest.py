"""The experiments pane with an engine that goes on when a test lets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from gui.experiments.pane import ExperimentsPane
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.experiments import Engine, install


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    made = install(monkeypatch)
    yield made
    made.open_gate()


@pytest.fixture
def pane(window: MainWindow, engine: Engine, qtbot: QtBot) -> ExperimentsPane:
    """The pane in front, the list of runs read."""
    made = window.docks["experiments"].pane
    window.docks["experiments"].raise_()
    qtbot.waitUntil(lambda: made.controller.library.listed, timeout=WAIT)
    return made
