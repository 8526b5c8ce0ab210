"""The figures of a census: what they show, thresholds that move them, clicks, exports."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from core.base.tables import from_csv
from core.figures.census_tables import type_table
from core.units import neuron_indices
from core.units.category_styles import ORDER, STACK
from core.units.features import hue_work
from core.units.features.hue import HueHistogram, add_files, correlation
from core.units.features.unit_hues import UnitHues, measure_hues, pictures_to_look_at
from core.units.neuron_indices import CensusReader
from core.units.neuron_types import classify
from core.units.selectivity_histogram import bins_of
from core.units.thresholds import TypeThresholds
from core.units.unit_filter import NEGATIVE, UNDEFINED, UnitFilter
from gui.charts.parts import PartsChart
from gui.export.figures import figure_tools
from gui.export.menu import CSV
from gui.export.options import PictureOptions
from gui.inspector.figures.figure_tab import FigureTab
from gui.inspector.figures.hue_tab import HueTab
from gui.inspector.figures.selectivity_tab import SelectivityTab
from gui.inspector.figures.types_tab import TypesTab
from tests.gui.conftest import WAIT
from tests.support.figure_tabs import drag, hue_tab
from tests.support.unit_census import made_census, made_layer
from tests.support.waiting import let_events_pass


def click(chart: PartsChart, point: QPointF, qtbot: QtBot) -> None:
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=point.toPoint())


# --- types ---


def test_bars_reach_100_percent_and_show_every_unit_once(show, census, held) -> None:
    tab = show(TypesTab, census)
    counts = held.indices.type_counts["layers"].counts
    assert counts.sum(axis=1).tolist() == [layer.units for layer in census.layers]
    for column, layer in enumerate(census.layers):
        boxes = [p.shape.boundingRect() for p in tab.bars.parts if p.column == column]
        whole = max(box.bottom() for box in boxes) - min(box.top() for box in boxes)
        assert whole == pytest.approx(tab.bars.plot.box.height(), abs=1.5), layer.name
        assert len(boxes) == np.count_nonzero(counts[column])


def test_a_bar_of_counts_is_as_high_as_its_layer_is_large(show, census, held) -> None:
    tab = show(TypesTab, census)
    tab.scale.setCurrentIndex(1)
    heights = []
    for column in range(len(census.layers)):
        boxes = [p.shape.boundingRect() for p in tab.bars.parts if p.column == column]
        heights.append(sum(box.height() for box in boxes))
    units = np.array([layer.units for layer in census.layers])
    assert np.allclose(np.array(heights) / heights[-1], units / units[-1], atol=0.03)


def test_a_click_on_a_part_of_a_bar_lists_exactly_its_units(show, census, held, qtbot) -> None:
    tab = show(TypesTab, census)
    counts = held.indices.type_counts["layers"].counts
    for part in tab.bars.parts:
        box = part.shape.boundingRect()
        if box.height() < 4:
            continue
        with qtbot.waitSignal(held.list_wanted, timeout=WAIT):
            click(tab.bars, box.center(), qtbot)
        assert held.filter == part.stands_for
        assert held.filter.layers == (census.layers[part.column].name,)
        assert held.filter.category == STACK[part.row].category
        listed = np.count_nonzero(held.filter.mask(held.indices))
        assert listed == counts[part.column, ORDER[part.row]]
        assert f"{listed:,} of {census.layers[part.column].units} neurons" in part.words


def test_a_click_on_a_block_lists_the_units_of_all_its_layers(show, tmp_path, held, qtbot) -> None:
    layers = tuple(made_layer(f"layer1.0.conv{number}", 6) for number in (1, 2, 3))
    census = made_census(tmp_path / "pictures", layers)
    tab = show(TypesTab, census)
    tab.parts_box.setCurrentIndex(tab.parts_box.findData("blocks"))
    assert {part.column for part in tab.bars.parts} == {0}
    tab.legend.part_chosen.emit(UnitFilter(category="other"))
    click(tab.bars, tab.bars.parts[0].shape.boundingRect().center(), qtbot)
    assert held.filter.layers == tuple(layer.name for layer in layers)


def test_the_keyboard_reaches_every_part_and_opens_its_units(show, census, held, qtbot) -> None:
    tab = show(TypesTab, census)
    tab.bars.setFocus()
    reached = set()
    for _bar in census.layers:
        for _ in STACK:
            qtbot.keyClick(tab.bars, Qt.Key.Key_Down)
        for _ in STACK:
            reached.add((tab.bars.current.column, tab.bars.current.row))
            assert tab.bars.accessibleDescription() == tab.bars.current.words
            qtbot.keyClick(tab.bars, Qt.Key.Key_Up)
        qtbot.keyClick(tab.bars, Qt.Key.Key_Right)
    assert reached == {(part.column, part.row) for part in tab.bars.parts}
    qtbot.keyClick(tab.bars, Qt.Key.Key_Return)
    assert held.filter == tab.bars.current.stands_for


def test_categories_are_told_apart_without_color() -> None:
    assert len({style.letter for style in STACK}) == len(STACK)
    assert len({style.color for style in STACK}) == len(STACK)
    assert sorted(ORDER) == list(range(len(STACK)))


# --- thresholds ---


def test_a_moved_slider_retypes_beside_the_gui_thread_and_redraws(
    show, census, held, qtbot, monkeypatch
) -> None:
    tab = show(TypesTab, census)
    threads = []
    real = neuron_indices.classify

    def watched(*arguments):
        threads.append(threading.current_thread())
        return real(*arguments)

    monkeypatch.setattr(neuron_indices, "classify", watched)
    slider = tab.thresholds.threshold_sliders["color"].slider
    with qtbot.waitSignals([held.changed, tab.bars.drawn], timeout=WAIT):
        slider.setValue(20)
    assert threads and threading.main_thread() not in threads
    assert tab.bars.histogram is held.indices.type_counts["layers"]
    assert held.thresholds.color == 0.2
    wanted = classify(held.indices.measures, TypeThresholds(color=0.2))
    assert np.array_equal(held.indices.types.codes, wanted.codes)
    assert tab.thresholds.threshold_sliders["color"].spin.value() == 0.2


def test_while_a_slider_is_dragged_the_latest_thresholds_win(show, census, held, qtbot) -> None:
    tab = show(TypesTab, census)
    seen = []
    held.changed.connect(lambda found: seen.append(found.thresholds.word))
    for place in range(1, 61):
        tab.thresholds.threshold_sliders["word"].slider.setValue(place)
    qtbot.waitUntil(lambda: not held.pending, timeout=WAIT)
    assert held.indices.thresholds.word == seen[-1] == 0.6
    assert len(seen) < 60


def test_readings_that_nobody_waits_for_are_given_up(lab, census, held, qtbot) -> None:
    with qtbot.waitSignal(held.changed, timeout=WAIT):
        held.take(census)
    begun, go_on = threading.Event(), threading.Event()
    real = held._reader.read

    def slow(thresholds, wanted):
        begun.set()
        go_on.wait(WAIT / 1000)
        if not wanted():
            raise neuron_indices.Stopped
        return real(thresholds, wanted)

    held._reader.read = slow
    seen = []
    held.changed.connect(lambda found: seen.append(found.thresholds.word))
    held.set_thresholds(word=0.3)
    assert begun.wait(WAIT / 1000)
    held.set_thresholds(word=0.4)
    go_on.set()
    qtbot.waitUntil(lambda: not held.pending, timeout=WAIT)
    assert seen == [0.4]


def test_defaults_come_back_for_this_figure_alone(show, census, held, qtbot) -> None:
    tab = show(TypesTab, census)
    drag(held, qtbot, word=0.9, color=0.1, color_selective=0.9)
    assert tab.thresholds.reset.isEnabled()
    tab.thresholds.reset.click()
    assert (held.thresholds.word, held.thresholds.color) == (0.5, 0.5)
    assert held.thresholds.color_selective == 0.9
    assert not tab.thresholds.reset.isEnabled()


def test_labels_can_be_counted_only_where_they_cover_the_crop(show, census, held, qtbot) -> None:
    tab = show(TypesTab, census)
    before = held.indices.slots.background
    with qtbot.waitSignal(held.changed, timeout=WAIT):
        tab.thresholds.covering.click()
    assert held.indices.thresholds.slot_share == 0.01
    assert not np.array_equal(before, held.indices.slots.background, equal_nan=True)
    assert "labels that cover 1% of the crop" in tab.notes.text()
    with qtbot.waitSignal(held.changed, timeout=WAIT):
        tab.thresholds.reset.click()
    assert not tab.thresholds.covering.isChecked()
    assert np.array_equal(before, held.indices.slots.background, equal_nan=True)


def test_work_that_takes_longer_is_said(show, census, held, qtbot, monkeypatch) -> None:
    tab = show(TypesTab, census)
    assert tab.working.isHidden()
    go_on = threading.Event()
    real = held._reader.read
    monkeypatch.setattr(
        held._reader,
        "read",
        lambda *arguments: go_on.wait(WAIT / 1000) and real(*arguments),
    )
    held.set_thresholds(word=0.3)
    qtbot.waitUntil(tab.working.isVisible, timeout=WAIT)
    go_on.set()
    qtbot.waitUntil(tab.working.isHidden, timeout=WAIT)
    assert held.indices.thresholds.word == 0.3


def test_a_changed_threshold_is_never_out_of_sight_without_a_word(
    show, census, held, qtbot
) -> None:
    panel = show(TypesTab, census).thresholds
    assert panel.more.text() == "More thresholds"
    assert panel.threshold_sliders["any_word"].isHidden()
    drag(held, qtbot, any_word=3.0)
    assert panel.more.text() == "More thresholds (1 changed)"
    panel.more.click()
    assert panel.threshold_sliders["any_word"].isVisible() and panel.covering.isVisible()
    assert panel.threshold_sliders["any_word"].spin.value() == 3.0


def test_more_images_than_were_kept_cannot_be_asked_for(show, census, held) -> None:
    tab = show(TypesTab, census)
    threshold = tab.thresholds.threshold_sliders["top"]
    assert threshold.spin.maximum() == threshold.slider.maximum() == 12


def test_a_threshold_that_cannot_be_met_is_said_beside_the_sliders(
    show, tmp_path, held, qtbot
) -> None:
    """Also when only one of the sets holds so few images."""
    census = made_census(tmp_path / "pictures", kept=12, pictures=40)
    tab = show(TypesTab, census)
    before = held.indices
    with qtbot.waitSignal(held.problem, timeout=WAIT):
        held.set_thresholds(top=30)
    assert "12 strongest images" in tab.thresholds.problem.text()
    assert held.indices is before
    drag(held, qtbot, top=10)
    assert tab.thresholds.problem.isHidden()


# --- fine print ---


def test_every_figure_prints_thresholds_sets_and_model(show, census, held, qtbot) -> None:
    for kind in (TypesTab, SelectivityTab):
        text = show(kind, census).notes.text()
        assert "Stroop words: 990 images" in text
        assert "Shapes: 880 images" in text
        assert "A model of the tests" in text
        assert "abababab" in text
    tab = show(TypesTab, census)
    assert "color word ≥ 0.5" in tab.notes.text()
    drag(held, qtbot, word=0.63)
    assert "color word ≥ 0.63" in tab.notes.text()
    drag(held, qtbot, multimodal_slot=0.4)
    assert "No neuron can be multimodal" in tab.notes.text()


def test_a_partial_census_is_marked(show, census) -> None:
    found = replace(census.sets["stroop"], done=400)
    partial = replace(census, sets={**census.sets, "stroop": found})
    assert "partial: 400 of 990 images" in show(TypesTab, partial).notes.text()


def test_r37_without_natural_pictures_it_is_said_in_words(show, tmp_path, held) -> None:
    census = made_census(tmp_path / "pictures", kinds=("stroop", "shapes"))
    types = show(TypesTab, census)
    assert "Without natural images" in types.notes.text()
    assert not types.bars.message
    selectivity = show(SelectivityTab, census)
    assert "no natural pictures" in selectivity.rows.message
    assert selectivity.shown() is None
    hue = show(HueTab, census)
    assert "no natural pictures" in hue.rose.message


def test_r37_without_words_there_are_no_types_and_it_says_so(show, tmp_path, held) -> None:
    census = made_census(tmp_path / "pictures", kinds=("pictures",))
    tab = show(TypesTab, census)
    assert "no Stroop words" in tab.bars.message
    assert tab.shown() is None
    assert held.indices.types is None
    assert not show(SelectivityTab, census).rows.message


def test_r37_before_the_gray_pass_it_is_said_in_words(show, tmp_path) -> None:
    census = made_census(tmp_path / "pictures", gray=False)
    assert "not seen in gray" in show(SelectivityTab, census).rows.message


@pytest.mark.parametrize("units", [1, 2])
def test_r38_single_and_constant_data_give_a_readable_chart(show, tmp_path, units) -> None:
    """One unit that nothing activates; then one that is the same for all beside it."""
    census = made_census(tmp_path / "pictures", (made_layer("stem.conv1", max(units, 3)),))
    for kind in (TypesTab, SelectivityTab, HueTab):
        tab = show(kind, census)
        assert not tab.chart.message or kind is HueTab
        for size in ((230, 200), (1200, 900)):
            tab.resize(*size)
            assert not tab.grab().isNull()


# --- selectivity ---


def test_bins_hold_what_the_histogram_counts_and_open_it(show, census, held, qtbot) -> None:
    tab = show(SelectivityTab, census)
    found = bins_of(held.indices.selectivity)
    assert NEGATIVE in found and UNDEFINED in found
    for part in tab.rows.parts:
        tab.rows.part_chosen.emit(part.stands_for)
        listed = held.filter.mask(held.indices)
        assert f"{np.count_nonzero(listed):,} of" in part.words
        number = held.filter.selectivity_bin
        assert set(found[listed]) == {number} if number is not None else listed.any()
    numbers = {part.stands_for.selectivity_bin for part in tab.rows.parts}
    assert {NEGATIVE, UNDEFINED} <= numbers
    sums = sum(
        np.count_nonzero(part.stands_for.mask(held.indices))
        for part in tab.rows.parts
        if part.stands_for.selectivity_bin is not None
    )
    assert sums == len(census)


def test_the_cut_off_moves_the_share_that_reaches_it(show, census, held, qtbot) -> None:
    tab = show(SelectivityTab, census)

    def shares() -> list[int]:
        return [
            np.count_nonzero(part.stands_for.mask(held.indices))
            for part in tab.rows.parts
            if part.stands_for.selective
        ]

    before = sum(shares())
    drag(held, qtbot, color_selective=0.05)
    assert sum(shares()) == np.count_nonzero(held.indices.selectivity >= 0.05) > before
    assert "cut-offs 0.05 and 0.4" in tab.notes.text()


def test_the_gray_method_is_chosen_and_printed(show, census, held, qtbot) -> None:
    tab = show(SelectivityTab, census)
    before = held.indices.selectivity
    drag(held, qtbot, gray_method="clip")
    assert tab.method.currentData() == "clip"
    assert "clip" in tab.notes.text()
    assert not np.array_equal(before, held.indices.selectivity, equal_nan=True)


# --- hues ---


def test_the_rose_is_that_of_the_selective_units_and_of_the_pictures(
    show, census, held, qtbot
) -> None:
    tab = hue_tab(show, census, qtbot)
    indices = CensusReader(census).read(TypeThresholds(top=12))
    hues = UnitHues(len(census))
    list(measure_hues(census, hues, np.flatnonzero(indices.selective), 12))
    pictures = HueHistogram()
    list(add_files(pictures, pictures_to_look_at(census)))
    figure = tab.rose.figure
    assert indices.selective.sum() > 3
    assert np.allclose(figure.units.fine, hues.histogram(indices.selective).fine)
    assert np.array_equal(figure.pictures.fine, pictures.fine)
    assert figure.correlation == pytest.approx(correlation(figure.units, pictures))
    assert figure.pictures.sources == 14  # the damaged file has no hue, and is no picture
    assert np.array_equal(held.hues, hues.hue, equal_nan=True)


def test_a_sector_lists_the_selective_units_of_that_hue(show, census, held, qtbot) -> None:
    tab = hue_tab(show, census, qtbot)
    for part in tab.rose.parts:
        tab.rose.part_chosen.emit(part.stands_for)
        low, high = held.filter.hue
        listed = held.filter.mask(held.indices, held.hues)
        assert ((held.hues[listed] >= low) & (held.hues[listed] < high)).all()
        assert held.indices.selective[listed].all()
    everywhere = UnitFilter(selective=True, hue=(0, 359.999)).mask(held.indices, held.hues)
    assert np.count_nonzero(everywhere) == np.count_nonzero(
        ~np.isnan(held.hues[held.indices.selective])
    )


def test_a_moved_cut_off_works_out_only_the_new_units(
    show, census, held, qtbot, monkeypatch
) -> None:
    tab = hue_tab(show, census, qtbot)
    before = tab.rose.figure.selective
    threads, counted = [], []
    real = hue_work.measure_hues

    def watched(census, hues, units, top):
        threads.append(threading.current_thread())
        for unit in real(census, hues, units, top):
            counted.append(unit)
            yield unit

    monkeypatch.setattr(hue_work, "measure_hues", watched)
    drag(held, qtbot, color_selective=0.1)
    qtbot.waitUntil(
        lambda: tab.rose.figure.complete and tab.rose.figure.selective > before, timeout=WAIT
    )
    assert len(counted) == tab.rose.figure.selective - before
    assert threading.main_thread() not in threads


def test_a_folder_that_was_moved_is_named_and_nothing_wrong_is_kept(
    show, census, held, tmp_path, qtbot
) -> None:
    (tmp_path / "pictures").rename(tmp_path / "elsewhere")
    tab = show(HueTab, census)
    qtbot.waitUntil(lambda: "cannot be read any more" in tab.rose.message, timeout=WAIT)
    (tmp_path / "elsewhere").rename(tmp_path / "pictures")
    tab.draw_anew()
    qtbot.waitUntil(lambda: tab.rose.figure is not None and tab.rose.figure.complete, timeout=WAIT)
    assert tab.rose.figure.units.sources > 3
    assert "1 picture could not be read." in tab.state.text()  # it never could


def test_hues_are_kept_on_the_disk(show, census, held, lab, qtbot, monkeypatch) -> None:
    first = hue_tab(show, census, qtbot).rose.figure

    def never(*_arguments):
        raise AssertionError("worked out again")

    monkeypatch.setattr(hue_work, "add_files", never)
    other = HueTab(lab, held)
    qtbot.addWidget(other)
    other.show()
    qtbot.waitUntil(lambda: other.rose.figure is not None, timeout=WAIT)
    assert other.rose.figure.complete
    assert other.rose.figure.correlation == first.correlation


def test_hues_are_worked_out_only_while_they_are_seen(lab, census, held, qtbot) -> None:
    tab = HueTab(lab, held)
    qtbot.addWidget(tab)
    with qtbot.waitSignal(held.changed, timeout=WAIT):
        held.take(census)
    let_events_pass()
    assert tab.rose.figure is None and held.hues is None
    tab.show()
    qtbot.waitUntil(lambda: tab.rose.figure is not None, timeout=WAIT)


# --- exports ---


def export(tab: FigureTab, target, path: Path, qtbot: QtBot) -> bytes:
    tab.export_menu.ask_path = lambda _suggested, _filter: path
    said = []
    tab.lab.message.connect(lambda text, _time: said.append(text))
    tab.export_menu.save(target)
    qtbot.waitUntil(lambda: any(text.startswith("Saved") for text in said), timeout=WAIT)
    return path.read_bytes()


def printed(tab: FigureTab, path: Path, qtbot: QtBot, **options) -> bytes:
    """A figure as it comes from the dialog “Save figure”."""
    tools = figure_tools(tab.lab)
    tools.ask_path = lambda _suggested, _filter: path
    said = []
    tab.lab.message.connect(lambda text, _time: said.append(text))
    tools.save(tab.export_menu.printed(), PictureOptions(**options))
    qtbot.waitUntil(lambda: f"Saved {path.name}" in said, timeout=WAIT)
    return path.read_bytes()


def test_a_figure_is_exported_with_all_that_it_prints(show, census, tmp_path, qtbot) -> None:
    tab = show(TypesTab, census)
    svg = printed(tab, tmp_path / "types.svg", qtbot, form="svg").decode()
    for text in ("color word ≥ 0.5", "990 images", "A model of the tests", "Color multimodal"):
        assert text in svg
    png = printed(tab, tmp_path / "types.png", qtbot, form="png", scale=1)
    with Image.open(io.BytesIO(png)) as image:
        assert image.info["dpi"] == pytest.approx((96, 96), abs=0.1)
    asked = {"extent": "millimeters", "width_mm": 85.0, "note": False}
    pdf = printed(tab, tmp_path / "types.pdf", qtbot, form="pdf", **asked)
    page = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]
    assert float(page.mediabox.width) / 72 * 25.4 == pytest.approx(85, abs=0.05)
    text = page.extract_text()
    assert "Color multimodal" in text and "990 images" not in text
    hues = hue_tab(show, census, qtbot)
    svg = printed(hues, tmp_path / "hue.svg", qtbot, form="svg").decode()
    r = f"r = {hues.rose.figure.correlation:.3f}".replace("-", "−")
    assert r in svg


def test_the_numbers_of_a_figure_read_back_exactly(show, census, held, tmp_path, qtbot) -> None:
    tab = show(TypesTab, census)
    data = export(tab, CSV, tmp_path / "types.csv", qtbot)
    wanted = type_table(held.indices.type_counts["layers"])
    assert from_csv(data, wanted.columns) == wanted
    beside = json.loads((tmp_path / "types.provenance.json").read_bytes())
    assert beside["thresholds"]["word"] == 0.5
    assert beside["census"]["sets"]["stroop"]["images_planned"] == 990


def test_nothing_is_exported_before_there_is_a_figure(lab, held, qtbot, tmp_path) -> None:
    tab = TypesTab(lab, held)
    qtbot.addWidget(tab)
    asked = []
    tab.export_menu.ask_path = lambda *_: asked.append(1)
    tab.export_menu.save(CSV)
    figure_tools(lab).ask_path = lambda *_: asked.append(2)
    tab.export_menu.save_figure()
    assert not asked and tab.export_menu.printed() is None


@pytest.mark.logs("“types.csv” cannot be written")
def test_a_file_that_cannot_be_written_is_reported(show, census, tmp_path, qtbot) -> None:
    tab = show(TypesTab, census)
    tab.export_menu.ask_path = lambda *_: tmp_path / "no such folder" / "types.csv"
    with qtbot.waitSignal(tab.lab.error, timeout=WAIT) as caught:
        tab.export_menu.save(CSV)
    assert callable(caught.args[1])
