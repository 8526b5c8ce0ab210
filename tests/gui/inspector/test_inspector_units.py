"""The grid of units: search, order, pictures, keyboard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt
from pytestqt.qtbot import QtBot

from core.base.errors import FontError
from core.census.data import CensusData
from core.color.terms import COLOR_TERMS
from core.units.category_styles import STACK
from core.units.features.unit_pictures import UnitPictures
from core.units.query import search
from core.units.type_histogram import CATEGORIES
from core.units.unit_filter import UnitFilter
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.neurons import unit_picture_work as work_module
from gui.inspector.neurons.tile_view import TileView
from gui.inspector.neurons.unit_picture_work import UnitPictureWork
from gui.inspector.neurons.unit_tiles import UnitDelegate
from gui.inspector.neurons.units_tab import UnitsTab
from tests.gui.conftest import WAIT
from tests.support.unit_census import DEAD, made_census, made_layer
from tests.support.unit_tab import TOP, open_page, shown_units, take

# --- the list ---


def test_all_units_are_there_in_the_order_of_the_tower(tab: UnitsTab, census: CensusData) -> None:
    assert shown_units(tab) == list(range(40))
    assert tab.grid.view.count == 40
    assert tab.grid.bar.count.text() == "40 neurons"
    model = tab.grid.units
    text = model.data(model.index(9, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert text.startswith("layer1.0 #1, ")


def test_r37_an_order_puts_undefined_units_last_and_counts_them(
    tab: UnitsTab, shown_census: ShownCensus
) -> None:
    tab.grid.bar.sort_by("selectivity")
    alpha = shown_census.indices.selectivity
    undefined = int(np.isnan(alpha).sum())
    assert undefined >= 1
    kept = alpha[shown_units(tab)][: 40 - undefined]
    assert (np.diff(kept) <= 0).all()
    units = "neuron has" if undefined == 1 else "neurons have"
    assert tab.grid.bar.undefined.text() == (
        f"{undefined} {units} no value for “color selectivity α” and stand last."
    )
    assert not tab.grid.bar.undefined.isHidden()
    assert tab.grid.units.value_text(DEAD) == "undefined"
    tab.grid.bar.direction.setChecked(False)
    kept = alpha[shown_units(tab)][: 40 - undefined]
    assert (np.diff(kept) >= 0).all()
    tab.grid.bar.sort_by("tower")
    assert tab.grid.bar.undefined.isHidden()


def test_a_search_shows_what_it_found_and_says_what_it_did_not_understand(
    tab: UnitsTab, shown_census: ShownCensus
) -> None:
    text = "layer1 word > 0.2 frobnicate"
    tab.grid.bar.search_now(text)
    wanted = search(text, shown_census.indices.table())
    assert shown_units(tab) == np.flatnonzero(wanted.mask).tolist()
    assert 0 < len(shown_units(tab)) < 40
    assert "frobnicate" in tab.grid.bar.problem.text()
    assert not tab.grid.bar.problem.isHidden()
    assert tab.grid.bar.count.text() == f"{len(shown_units(tab))} of 40 neurons"
    tab.grid.bar.search_now("layer1")
    assert shown_units(tab) == list(range(8, 20))
    assert tab.grid.bar.problem.isHidden()
    assert tab.grid.units.name(9) == "#1", "the layer is the same for all"


def test_typing_is_searched_for_when_it_pauses(tab: UnitsTab, qtbot: QtBot) -> None:
    qtbot.keyClicks(tab.grid.bar.search, "#3")
    assert len(shown_units(tab)) == 40
    qtbot.waitUntil(lambda: shown_units(tab) == [3, 11, 23], timeout=WAIT)


def test_boxes_filter_by_type_color_and_layer(tab: UnitsTab, shown_census: ShownCensus) -> None:
    bar, indices = tab.grid.bar, shown_census.indices
    counts = np.bincount(indices.categories, minlength=len(CATEGORIES))
    for row, style in enumerate(STACK, start=1):
        place = CATEGORIES.index(style.category)
        assert bar.type.itemText(row) == f"{style.title} · {counts[place]}"
        bar.type.setCurrentIndex(row)
        bar.type.activated.emit(row)
        assert shown_units(tab) == np.flatnonzero(indices.categories == place).tolist()
    bar.show_everything()
    for term in ("red", "black"):
        row = bar.label.findData(term)
        bar.label.setCurrentIndex(row)
        bar.label.activated.emit(row)
        wanted = indices.types.labels == COLOR_TERMS.index(term)
        assert shown_units(tab) == np.flatnonzero(wanted).tolist()
    bar.show_everything()
    row = bar.layer.findText("layer1.0")
    bar.layer.setCurrentIndex(row)
    bar.layer.activated.emit(row)
    assert shown_units(tab) == list(range(8, 20))
    assert shown_census.filter == UnitFilter(layers=("layer1.0",))


def test_a_clicked_figure_filters_the_list_and_its_range_can_be_dropped(
    tab: UnitsTab, shown_census: ShownCensus
) -> None:
    chosen = UnitFilter(layers=("layer1.0",), selectivity_bin=2)
    shown_census.show_units(chosen)
    assert shown_units(tab) == np.flatnonzero(chosen.mask(shown_census.indices)).tolist()
    assert tab.grid.bar.layer.currentText() == "layer1.0"
    assert tab.grid.bar.chip.text() == "color selectivity 0.2–0.3  ×"
    tab.grid.bar.chip.click()
    assert shown_census.filter == UnitFilter(layers=("layer1.0",))
    assert tab.grid.bar.chip.isHidden()
    shown_census.set_filter(UnitFilter(layers=("layer1.0", "layer2.0")))
    assert tab.grid.bar.chip.text() == "layer1.0 and layer2.0  ×"
    tab.grid.bar.chip.click()
    assert shown_census.filter == UnitFilter()


def test_r38_an_empty_list_says_so_and_offers_all_units(tab: UnitsTab) -> None:
    tab.grid.bar.search_now("#999")
    assert tab.grid.explanation.text.startswith("No neuron is like this.")
    assert tab.grid.stack.currentWidget() is tab.grid.explanation
    tab.grid.explanation.button.click()
    assert len(shown_units(tab)) == 40
    assert tab.grid.bar.text == ""
    assert tab.grid.stack.currentWidget() is tab.grid.view


def test_without_a_census_the_tab_says_so(lab: LabContext, shown_census: ShownCensus, show) -> None:
    tab = show(UnitsTab(lab, shown_census))
    assert tab.grid.explanation.text.startswith("No census is shown.")
    assert not tab.grid.bar.isEnabled()
    shown_census.open_page(3)
    assert tab.stack.currentWidget() is tab.grid


def test_r38_a_census_of_pictures_alone_has_units_without_types(
    lab: LabContext, shown_census: ShownCensus, show, tmp_path: Path, qtbot: QtBot
) -> None:
    tab = show(UnitsTab(lab, shown_census))
    take(shown_census, made_census(tmp_path, kinds=("pictures",), gray=False), qtbot)
    assert len(shown_units(tab)) == 40
    assert tab.grid.kind == "pictures"
    tab.grid.bar.sort_by("word")
    assert tab.grid.bar.undefined.text().startswith("No neuron of the list has a value")
    open_page(tab, shown_census, 9, qtbot)
    assert tab.page.type.text() == "No type"
    assert "has not seen the Stroop set" in tab.page.reason.text()
    assert "has not seen the Stroop set" in tab.page.sums.text()
    assert tab.page.bars.isHidden()
    assert [kind for kind, panel in tab.page.panels.items() if not panel.isHidden()] == ["pictures"]
    assert "not seen in gray yet" in tab.page.panels["pictures"].facts.text()


def test_thresholds_retype_the_list_and_keep_the_unit(
    tab: UnitsTab, shown_census: ShownCensus, qtbot: QtBot
) -> None:
    shown_census.select(12)
    tab.grid.bar.search_now("type:color-word")
    before = shown_units(tab)
    with qtbot.waitSignal(shown_census.changed, timeout=WAIT):
        shown_census.set_thresholds(word=0.1, multimodal=1.0)
    after = shown_units(tab)
    assert len(after) > len(before)
    assert (
        after
        == np.flatnonzero(search("type:color-word", shown_census.indices.table()).mask).tolist()
    )
    tab.grid.bar.show_everything()
    assert tab.grid.view.currentIndex().row() == 12
    assert shown_census.unit == 12


# --- the keyboard ---


def test_arrows_move_enter_opens_escape_goes_back_to_the_same_place(
    tab: UnitsTab, shown_census: ShownCensus, qtbot: QtBot
) -> None:
    bar, view = tab.grid.bar, tab.grid.view
    bar.sort_by("stroop")
    qtbot.keyClick(bar.search, Qt.Key.Key_Down)
    assert view.currentIndex().row() == 0
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    row = 1 + view.columns
    assert view.currentIndex().row() == row
    unit = shown_units(tab)[row]
    assert shown_census.unit == unit
    offset = view.verticalOffset()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert tab.stack.currentWidget() is tab.page
    assert tab.page.unit == unit
    qtbot.keyClick(tab.page, Qt.Key.Key_PageDown)
    assert tab.page.unit == shown_units(tab)[row + 1]
    qtbot.keyClick(tab.page, Qt.Key.Key_PageUp)
    assert tab.page.unit == unit
    qtbot.keyClick(tab.page, Qt.Key.Key_Escape)
    assert tab.stack.currentWidget() is tab.grid
    assert view.currentIndex().row() == row
    assert view.verticalOffset() == offset
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.currentIndex().row() == 39
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().row() == 0


def test_the_ends_of_the_list_have_no_next_unit(
    tab: UnitsTab, shown_census: ShownCensus, qtbot: QtBot
) -> None:
    open_page(tab, shown_census, 0, qtbot)
    assert not tab.page.before.isEnabled()
    qtbot.keyClick(tab.page, Qt.Key.Key_PageUp)
    assert tab.page.unit == 0
    tab.page.after.click()
    assert tab.page.unit == 1
    assert tab.page.before.isEnabled()


def test_tiles_keep_their_column_and_have_no_row_beyond_the_last(qtbot: QtBot, show) -> None:
    view = show(TileView(QSize(40, 30)))
    model = made_rows(23)
    view.setModel(model)
    view.resize(40 * 5 + 20 + view.verticalScrollBar().width(), 100)
    assert view.columns == 5
    for start, key, wanted in (
        (7, Qt.Key.Key_Down, 12),
        (7, Qt.Key.Key_Up, 2),
        (2, Qt.Key.Key_Up, 2),
        (17, Qt.Key.Key_Down, 22),
        (19, Qt.Key.Key_Down, 22),  # the last line is shorter
        (22, Qt.Key.Key_Right, 22),
        (0, Qt.Key.Key_Left, 0),
        (21, Qt.Key.Key_PageUp, 6),
        (1, Qt.Key.Key_PageDown, 16),
    ):
        view.go_to(start)
        qtbot.keyClick(view, key)
        assert view.currentIndex().row() == wanted, (start, key)
        rect = view.visualRect(view.currentIndex())
        assert view.viewport().rect().contains(rect.center())
    for row in range(23):
        view.scrollTo(model.index(row, 0))
        rect = view.visualRect(model.index(row, 0))
        for corner in (rect.topLeft(), rect.bottomRight()):
            assert view.indexAt(corner).row() == row
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    assert view.indexAt(QPoint(view.viewport().width() - 2, 95)).row() == -1


def made_rows(count: int):
    from PySide6.QtCore import QStringListModel

    return QStringListModel([str(row) for row in range(count)])


# --- thumbnails ---


def test_thumbnails_are_the_neuron_features_of_the_set(
    tab: UnitsTab, census: CensusData, qtbot: QtBot
) -> None:
    work = tab.pictures
    qtbot.waitUntil(lambda: all(work.thumbnail(unit)[0] for unit in range(40)), timeout=WAIT)
    drawn = UnitPictures(census)
    for unit in (3, 10, 33):
        assert np.array_equal(work.thumbnail(unit)[1], drawn.thumbnail("stroop", unit, TOP))
    assert work.thumbnail(DEAD) == (True, None)
    tip = tab.grid.units.data(tab.grid.units.index(DEAD, 0), Qt.ItemDataRole.ToolTipRole)
    assert "No neuron feature: no image of the set activates it" in tip
    row = tab.grid.bar.kind.findData("pictures")
    tab.grid.bar.kind.setCurrentIndex(row)
    tab.grid.bar.kind.activated.emit(row)
    assert work.thumbnail(10) == (False, None)
    qtbot.waitUntil(lambda: work.thumbnail(10)[0], timeout=WAIT)
    assert np.array_equal(work.thumbnail(10)[1], drawn.thumbnail("pictures", 10, TOP))


def test_thumbnails_depend_on_the_number_of_images_alone(
    tab: UnitsTab, shown_census: ShownCensus, census: CensusData, qtbot: QtBot
) -> None:
    work = tab.pictures
    qtbot.waitUntil(lambda: work.thumbnail(10)[0], timeout=WAIT)
    with qtbot.waitSignal(shown_census.changed, timeout=WAIT):
        shown_census.set_thresholds(word=0.3)
    assert work.thumbnail(10)[0]
    with qtbot.waitSignal(shown_census.changed, timeout=WAIT):
        shown_census.set_thresholds(top=3)
    qtbot.waitUntil(lambda: work.thumbnail(10)[0], timeout=WAIT)
    wanted = UnitPictures(census).thumbnail("stroop", 10, 3)
    assert np.array_equal(work.thumbnail(10)[1], wanted)


def test_thumbnails_are_kept_on_the_disk(
    lab: LabContext, shown_census: ShownCensus, census: CensusData, show, qtbot: QtBot, monkeypatch
) -> None:
    first = show(UnitsTab(lab, shown_census))
    take(shown_census, census, qtbot)
    qtbot.waitUntil(
        lambda: all(first.pictures.thumbnail(unit)[0] for unit in range(40)), timeout=WAIT
    )
    wanted = first.pictures.thumbnail(20)[1]
    first.pictures.stop()
    first.hide()
    drawn: list[int] = []
    draw = UnitPictures.thumbnail
    monkeypatch.setattr(
        UnitPictures,
        "thumbnail",
        lambda self, kind, unit, top: drawn.append(unit) or draw(self, kind, unit, top),
    )
    second = show(UnitsTab(lab, shown_census))
    qtbot.waitUntil(
        lambda: all(second.pictures.thumbnail(unit)[0] for unit in range(40)), timeout=WAIT
    )
    assert drawn == []
    assert np.array_equal(second.pictures.thumbnail(20)[1], wanted)
    assert second.pictures.thumbnail(DEAD) == (True, None)


def test_memory_holds_a_bounded_number_of_thumbnails(
    lab: LabContext, census: CensusData, qtbot: QtBot, monkeypatch
) -> None:
    monkeypatch.setattr(work_module, "KEPT", 10)
    work = UnitPictureWork()
    work.show(census, "stroop", TOP)
    work.want(range(40))
    heard: set[int] = set()
    work.thumbnails.connect(heard.update)
    qtbot.waitUntil(lambda: len(heard) == 40, timeout=WAIT)
    assert sum(work.thumbnail(unit)[0] for unit in range(40)) == 10
    work.stop()
    work.deleteLater()


def test_r43_of_22784_units_only_those_in_sight_are_painted_and_drawn(
    lab: LabContext, shown_census: ShownCensus, show, tmp_path: Path, qtbot: QtBot, monkeypatch
) -> None:
    layers = tuple(made_layer(f"layer{number}.0", 712, field=3) for number in range(32))
    census = made_census(tmp_path, layers, kinds=("stroop",), kept=8)
    assert len(census) == 22_784
    painted: list[int] = []
    paint = UnitDelegate.paint

    def count(self, painter, option, index: QModelIndex) -> None:
        painted.append(index.row())
        paint(self, painter, option, index)

    monkeypatch.setattr(UnitDelegate, "paint", count)
    wanted: list[int] = []
    want = UnitPictureWork.want
    monkeypatch.setattr(
        UnitPictureWork, "want", lambda self, units: wanted.extend(units) or want(self, units)
    )
    tab = show(UnitsTab(lab, shown_census))
    take(shown_census, census, qtbot)
    view = tab.grid.view
    assert view.count == 22_784
    qtbot.waitUntil(lambda: bool(painted) and bool(wanted), timeout=WAIT)
    page = view.rows_seen[1] + 1
    assert page < 60
    painted.clear()
    wanted.clear()
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    first, last = view.rows_seen
    assert first > 10_000
    qtbot.waitUntil(lambda: set(range(first, last + 1)) <= set(painted), timeout=WAIT)
    assert set(painted) == set(range(first, last + 1))
    qtbot.waitUntil(lambda: first in wanted, timeout=WAIT)
    assert wanted[: last - first + 1] == list(range(first, last + 1)), "those in sight first"
    assert len(set(wanted)) <= 5 * page + 5 * view.columns
    bar.setValue(bar.maximum())
    assert view.rows_seen[1] == 22_783


@pytest.mark.logs("The font “roboto-bold” is missing")
def test_r41_a_missing_font_is_reported_and_the_grid_stays(
    lab: LabContext, shown_census: ShownCensus, census: CensusData, show, qtbot: QtBot, monkeypatch
) -> None:
    def refuse(*_args: object) -> None:
        raise FontError("The font “roboto-bold” is missing.", "Install the lab again.")

    monkeypatch.setattr(UnitPictures, "thumbnail", refuse)
    monkeypatch.setattr(UnitPictures, "feature", refuse)
    tab = show(UnitsTab(lab, shown_census))
    with qtbot.waitSignal(lab.error, timeout=WAIT) as error:
        take(shown_census, census, qtbot)
    assert "roboto-bold" in str(error.args[0])
    shown_census.open_page(9)
    panel = tab.page.panels["stroop"]
    qtbot.waitUntil(lambda: "roboto-bold" in panel.facts.text(), timeout=WAIT)
    assert "α = " in panel.facts.text(), "what needs no font is said all the same"
