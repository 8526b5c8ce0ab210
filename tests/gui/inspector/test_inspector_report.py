"""The report of a census from the inspector's menus."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.units.neuron_indices import CensusReader, NeuronIndices, most_images
from core.units.thresholds import TypeThresholds
from gui.context.lab_context import LabContext
from gui.inspector.census.report import census_reporter
from gui.inspector.figures.figure_export import FigureExport, Shown
from tests.gui.conftest import WAIT
from tests.support.unit_census import made_census


@pytest.fixture
def indices(tmp_path: Path) -> NeuronIndices:
    census = made_census(tmp_path / "pictures")
    return CensusReader(census).read(TypeThresholds(top=most_images(census)))


def test_one_click_gives_the_report_of_the_census(
    lab: LabContext, indices: NeuronIndices, tmp_path: Path, qtbot: QtBot
) -> None:
    said: list[str] = []
    lab.message.connect(lambda text, _time: said.append(text))
    asked: list[Path] = []
    file = tmp_path / "census.html"
    census_reporter(lab).ask_path = lambda path, _filters: asked.append(path) or file
    menu = FigureExport(lab, lambda: Shown("types", indices))
    qtbot.addWidget(menu)
    (action,) = (action for action in menu.actions() if action.text() == "Report of the census…")
    action.trigger()
    qtbot.waitUntil(lambda: "Saved census.html" in said, timeout=WAIT)
    page = file.read_text(encoding="utf-8")
    for found in indices.census.sets.values():
        assert found.plan.content_hash() in page
    assert "Hues of color-selective neurons (figure 3)" in page and "0.965" in page
    assert asked[0].name == "Made up.html"


@pytest.mark.logs("names a form of report")
def test_a_report_that_cannot_be_is_told_in_a_sentence(
    lab: LabContext, indices: NeuronIndices, tmp_path: Path, qtbot: QtBot
) -> None:
    said: list[str] = []
    lab.message.connect(lambda text, _time: said.append(text))
    reporter = census_reporter(lab)
    reporter.save(None)
    assert said == ["There is no census to report on yet"]
    reporter.ask_path = lambda _path, _filters: tmp_path / "census.doc"
    with qtbot.waitSignal(lab.error, timeout=WAIT) as caught:
        reporter.save(indices)
    assert "no ending that names a form of report" in str(caught.args[0])
