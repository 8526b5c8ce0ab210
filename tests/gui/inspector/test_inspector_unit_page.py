"""The page of a unit: feature, top images, indices, and images opened in the designer."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from pytestqt.qtbot import QtBot

from core.base.errors import FontError
from core.census.data import CensusData
from core.census.pictures import SeenPictures
from core.stimuli.stimulus import PictureStimulus
from core.units.features.unit_pictures import UnitPictures, stimulus_of
from core.units.selectivity import SLOTS
from core.units.unit_filter import UnitFilter
from gui.context.lab_context import LabContext
from gui.export.figures import figure_tools
from gui.export.menu import CSV
from gui.export.options import PictureOptions
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.neurons.crop_grid import image_text
from gui.inspector.neurons.units_tab import UnitsTab
from tests.gui.conftest import WAIT
from tests.support.unit_census import CONSTANT, DEAD, SIDE, made_census
from tests.support.unit_tab import TOP, open_page, shown_units, take, wait_for_pictures


def test_figure_4_shows_feature_and_top_images_of_all_sets(
    tab: UnitsTab, shown_census: ShownCensus, census: CensusData, qtbot: QtBot
) -> None:
    unit = 10
    open_page(tab, shown_census, unit, qtbot)
    for kind, found in census.sets.items():
        panel = tab.page.panels[kind]
        assert [image.image for image in panel.crops.images] == found.tops.images[unit, :9].tolist()
        assert panel.chart.line.tolist() == found.tops.values[unit, :TOP].tolist()
        assert panel.chart.dots.tolist() == found.gray[unit, :TOP].tolist()
        facts = panel.facts.text()
        assert "Maximum" in facts
        assert "α = " in facts
        assert "ue" in facts  # Hue or No hue
        assert f"No ties at the end of its first {TOP} images." in facts
    tab.page.first.setCurrentIndex(1)
    tab.page.first.activated.emit(1)
    crops = tab.page.panels["stroop"].crops
    qtbot.waitUntil(lambda: len(crops.images) == 12, timeout=WAIT)
    assert crops.columns(crops.width()) > 3


def test_figure_4_is_exported_as_it_is_read_at_that_moment(
    tab: UnitsTab, shown_census: ShownCensus, lab: LabContext, tmp_path: Path, qtbot: QtBot
) -> None:
    said: list[str] = []
    lab.message.connect(lambda text, _time: said.append(text))
    menu = tab.page.export_menu
    suggested = []
    menu.aboutToShow.emit()
    assert not any(action.isEnabled() for action in menu.actions() if action.text())
    open_page(tab, shown_census, 10, qtbot)
    tools = figure_tools(lab)
    for form, sign in (("svg", b"layer1.0 #2"), ("pdf", b"%PDF-"), ("csv", b"stroop,1,")):
        path = tmp_path / f"unit.{form}"
        asked = tools if form != "csv" else menu
        asked.ask_path = lambda name, _filter, path=path: suggested.append(name.name) or path
        said.clear()
        if form == "csv":
            menu.save(CSV)
        else:
            tools.save(menu.printed(), PictureOptions(form=form))
        qtbot.waitUntil(lambda: any(text.startswith("Saved") for text in said), timeout=WAIT)
        assert sign in path.read_bytes(), form
    assert all("layer1 0 2" in name for name in suggested)
    assert f"Top {TOP} images" in (tmp_path / "unit.svg").read_text("utf-8")


def test_bars_stand_beside_chance_in_three_slots(
    tab: UnitsTab, shown_census: ShownCensus, qtbot: QtBot
) -> None:
    open_page(tab, shown_census, 10, qtbot)
    slots = shown_census.indices.slots
    bars = tab.page.bars
    for row, slot in enumerate(SLOTS):
        assert bars.bars[row].values.tolist() == slots.index(slot)[10].tolist()
    assert bars.longest >= max(column.values.max() for column in bars.bars)
    assert "(chance 0.18)" in tab.page.sums.text()
    assert "(chance 0.27)" in tab.page.sums.text()
    assert "0.091" in bars.toolTip()
    bars.grab()


def test_r37_the_page_of_a_dead_unit_says_what_there_is_not(
    tab: UnitsTab, shown_census: ShownCensus, qtbot: QtBot
) -> None:
    open_page(tab, shown_census, DEAD, qtbot)
    page = tab.page
    assert page.type.text() == "Dead"
    assert "activates it" in page.reason.text()
    assert page.bars.isHidden()
    assert page.sums.text().startswith("No color-label indices")
    panel = page.panels["stroop"]
    assert panel.feature.accessibleDescription() == "No neuron feature"
    facts = panel.facts.text()
    assert "No color selectivity: no image of the set activates the neuron." in facts
    assert "No hue: there is no neuron feature." in facts
    assert "nan" not in facts
    page.grab()


def test_the_tied_count_of_a_constant_unit_is_shown(
    tab: UnitsTab, shown_census: ShownCensus, census: CensusData, qtbot: QtBot
) -> None:
    open_page(tab, shown_census, CONSTANT, qtbot)
    assert f"{census.sets['stroop'].total:,} images of the set share the last value" in (
        tab.page.panels["stroop"].facts.text()
    )


def test_thresholds_move_the_words_of_the_page(
    tab: UnitsTab, shown_census: ShownCensus, qtbot: QtBot
) -> None:
    open_page(tab, shown_census, 10, qtbot)
    before = tab.page.panels["stroop"].part
    reason = tab.page.reason.text()
    with qtbot.waitSignal(shown_census.changed, timeout=WAIT):
        shown_census.set_thresholds(color=0.05, word=1.0, multimodal=1.0, activated=0.0)
    assert tab.page.reason.text() != reason
    assert tab.page.type.text().split(" (")[0] in ("Chromatic color", "Achromatic color")
    assert tab.page.panels["stroop"].part is before, "the pictures do not depend on them"
    with qtbot.waitSignal(shown_census.changed, timeout=WAIT):
        shown_census.set_thresholds(top=4)
    qtbot.waitUntil(lambda: tab.page.panels["stroop"].part is not before, timeout=WAIT)


def test_crops_can_be_shown_whole_or_as_the_unit_sees_them(
    tab: UnitsTab, shown_census: ShownCensus, qtbot: QtBot
) -> None:
    open_page(tab, shown_census, 10, qtbot)
    crops = tab.page.panels["stroop"].crops
    whole = crops.grab().toImage()
    tab.page.cropped.click()
    assert crops.grab().toImage() != whole
    tab.page.whole.click()
    assert crops.grab().toImage() == whole


def test_a_click_opens_a_drawn_image_in_the_designer_as_one_undo_step(
    tab: UnitsTab, lab: LabContext, shown_census: ShownCensus, census: CensusData, qtbot: QtBot
) -> None:
    open_page(tab, shown_census, 10, qtbot)
    before = lab.document.state
    for kind, place in (("stroop", 4), ("shapes", 0)):
        crops = tab.page.panels[kind].crops
        steps = lab.document.undo_stack.count()
        center = crops.rect_of(place).center()
        qtbot.mouseClick(crops.viewport(), Qt.MouseButton.LeftButton, pos=center)
        image = crops.images[place]
        assert lab.document.stimulus == stimulus_of(census.sets[kind], image.image)
        assert lab.document.undo_stack.count() == steps + 1
        assert np.array_equal(lab.pixels, image.pixels)
        assert image.condition.subject in image_text(image)
    lab.document.undo()
    lab.document.undo()
    assert lab.document.state == before


def test_the_keyboard_opens_an_image_too(
    tab: UnitsTab, lab: LabContext, shown_census: ShownCensus, census: CensusData, qtbot: QtBot
) -> None:
    open_page(tab, shown_census, 10, qtbot)
    crops = tab.page.panels["stroop"].crops
    crops.setFocus()
    qtbot.keyClick(crops, Qt.Key.Key_Right)
    qtbot.keyClick(crops, Qt.Key.Key_Down)
    assert crops.current.stands_for is crops.images[4]
    assert crops.accessibleDescription() == image_text(crops.images[4])
    qtbot.keyClick(crops, Qt.Key.Key_Return)
    assert lab.document.stimulus == stimulus_of(census.sets["stroop"], crops.images[4].image)
    qtbot.keyClick(crops, Qt.Key.Key_Escape)
    assert tab.stack.currentWidget() is tab.grid


def test_a_natural_picture_opens_in_the_designer_as_one_undo_step(
    tab: UnitsTab, lab: LabContext, shown_census: ShownCensus, census: CensusData, qtbot: QtBot
) -> None:
    open_page(tab, shown_census, 10, qtbot)
    crops = tab.page.panels["pictures"].crops
    image = next(image for image in crops.images if image.pixels is not None)
    with qtbot.waitSignal(lab.document.changed, timeout=WAIT):
        qtbot.mouseClick(
            crops.viewport(), Qt.MouseButton.LeftButton, pos=crops.rect_of(image.rank).center()
        )
    stimulus = lab.document.stimulus
    assert isinstance(stimulus, PictureStimulus)
    assert stimulus.name == image.name
    assert lab.document.undo_stack.count() == 1


@pytest.mark.logs("picture 014.png is not a picture")
def test_r23_a_damaged_picture_is_named_and_can_be_tried(
    lab: LabContext, shown_census: ShownCensus, census: CensusData, show, qtbot: QtBot
) -> None:
    found = census.sets["pictures"]
    images = found.tops.images.copy()
    images[10, 0] = found.total - 1
    changed = replace(found, tops=replace(found.tops, images=images))
    tab = show(UnitsTab(lab, shown_census))
    take(shown_census, replace(census, sets={**census.sets, "pictures": changed}), qtbot)
    open_page(tab, shown_census, 10, qtbot)
    panel = tab.page.panels["pictures"]
    assert panel.crops.images[0].pixels is None
    assert "The picture cannot be read" in image_text(panel.crops.images[0])
    assert "could not be read" in panel.facts.text()
    panel.grab()
    with qtbot.waitSignal(lab.error, timeout=WAIT):
        qtbot.keyClick(panel.crops, Qt.Key.Key_Return)
    assert lab.document.undo_stack.count() == 0


def test_another_census_shows_its_list(
    tab: UnitsTab, shown_census: ShownCensus, tmp_path: Path, qtbot: QtBot
) -> None:
    open_page(tab, shown_census, 10, qtbot)
    take(shown_census, made_census(tmp_path / "other", seed=5), qtbot)
    assert tab.stack.currentWidget() is tab.grid
    assert len(shown_units(tab)) == 40


def test_the_latest_page_wins(
    tab: UnitsTab, shown_census: ShownCensus, census: CensusData, qtbot: QtBot
) -> None:
    for unit in range(5, 30):
        shown_census.open_page(unit)
    wait_for_pictures(tab, shown_census, qtbot)
    for kind, found in census.sets.items():
        shown = [image.image for image in tab.page.panels[kind].crops.images]
        assert shown == found.tops.images[29, :9].tolist()


def test_r36_opening_and_closing_many_times_leaves_nothing(
    lab: LabContext, shown_census: ShownCensus, census: CensusData, qtbot: QtBot, monkeypatch
) -> None:
    """With an error in every other cycle; no thread, no widget and no page stays."""
    from core.units.features.unit_pictures import UnitInSet

    draw = UnitPictures.unit_in_set

    def sometimes(self, kind, unit, top, first):
        if unit % 2:
            raise FontError("The font is missing.", "Install the lab again.")
        return draw(self, kind, unit, top, first)

    monkeypatch.setattr(UnitPictures, "unit_in_set", sometimes)
    take(shown_census, census, qtbot)
    for cycle in range(8):
        tab = UnitsTab(lab, shown_census)
        tab.resize(480, 700)
        tab.show()
        heard: list[object] = []
        tab.pictures.page_part.connect(lambda *_args, heard=heard: heard.append(1))
        tab.pictures.page_failed.connect(lambda *_args, heard=heard: heard.append(1))
        shown_census.open_page(4 + cycle)
        qtbot.waitUntil(lambda heard=heard: len(heard) == 3, timeout=WAIT)
        tab.show_list()
        tab.pictures.stop()
        tab.close()
        tab.deleteLater()
        del tab, heard
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    left = [type(thing).__name__ for thing in gc.get_objects() if type(thing) is UnitInSet]
    assert left == []
    shown_census.select(3)
    shown_census.set_filter(UnitFilter(label="red"))


def test_the_side_of_the_pictures_is_that_of_the_census(census: CensusData) -> None:
    image = next(UnitPictures(census).top_images("stroop", 3, 1))
    assert image.pixels.shape == (SIDE, SIDE, 3)


@pytest.mark.logs("has changed since the census has seen it")
def test_r66_a_repainted_picture_is_told_and_not_opened(
    lab: LabContext, shown_census: ShownCensus, census: CensusData, show, qtbot: QtBot
) -> None:
    found = census.sets["pictures"]
    seen = SeenPictures(found.pictures.paths())
    image = int(found.tops.images[10, 0])
    seen.digests[image] = 1  # of a picture that was there before
    other = replace(found, seen=seen)
    tab = show(UnitsTab(lab, shown_census))
    take(shown_census, replace(census, sets={**census.sets, "pictures": other}), qtbot)
    open_page(tab, shown_census, 10, qtbot)
    panel = tab.page.panels["pictures"]
    assert panel.crops.images[0].pixels is None
    assert "has changed since the census has seen it" in image_text(panel.crops.images[0])
    assert "1 picture is not shown" in panel.facts.text()
    with qtbot.waitSignal(lab.error, timeout=WAIT) as told:
        qtbot.keyClick(panel.crops, Qt.Key.Key_Return)
    assert "has changed since the census" in str(told.args[0])
    assert lab.document.undo_stack.count() == 0
