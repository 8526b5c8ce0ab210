"""The live tab: the right maps of the right stimulus, nothing left in the model (R34 to R38)."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from pytestqt.qtbot import QtBot

from core.base.errors import ModelError
from core.network.layer import Layer
from core.network.receptive_field import box
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.live.layer_tree import LayerTree
from gui.inspector.live.live_maps import LiveMaps, LiveWatch, look_at
from gui.inspector.live.live_tab import LiveTab
from gui.inspector.live.map_tiles import ALL, BY_NUMBER
from tests.gui.conftest import WAIT
from tests.support.quick_model import QuickLoader
from tests.support.unit_census import made_census, made_layer

BLOCK = "layer3.0"


@pytest.fixture
def tiny_lab(lab: LabContext, loader: QuickLoader, tiny_model, qtbot: QtBot) -> LabContext:
    """A lab whose model is a small CLIP with random weights."""
    loader.models["tiny"] = tiny_model
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("tiny")
    return lab


@pytest.fixture
def shown_census(lab: LabContext) -> Iterator[ShownCensus]:
    shown_census = ShownCensus()
    yield shown_census
    shown_census.stop()
    shown_census.deleteLater()


@pytest.fixture
def tab(tiny_lab: LabContext, shown_census: ShownCensus, show, qtbot: QtBot) -> LiveTab:
    """The live tab with the maps of a block."""
    tab = show(LiveTab(tiny_lab, shown_census))
    qtbot.waitUntil(lambda: tab.found is not None, timeout=WAIT)
    tab.choose_layer(BLOCK)
    qtbot.waitUntil(lambda: tab.found is not None and BLOCK in tab.found.layers, timeout=WAIT)
    return tab


def settle(tab: LiveTab, lab: LabContext, qtbot: QtBot) -> LiveMaps:
    """Wait for the maps of the present stimulus."""
    qtbot.waitUntil(
        lambda: tab.found is not None and tab.found.pixels is lab.pixels and not tab.watch.busy,
        timeout=WAIT,
    )
    return tab.found


def hooks_of(model) -> int:
    """Hooks on the modules of a model, of every kind."""
    names = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    modules = model.model.modules()
    return sum(len(getattr(module, name)) for module in modules for name in names)


def count_passes(model) -> tuple[list[int], Callable[[], None]]:
    """Count forward passes of the image tower; call the function to stop."""
    passes: list[int] = []
    handle = model.model.visual.register_forward_pre_hook(lambda *_: passes.append(1))
    return passes, handle.remove


# --- layers ---


def test_the_tree_lists_groups_units_stride_and_receptive_field(tab: LiveTab) -> None:
    tree = tab.tree
    groups = [tree.tree.topLevelItem(row).text(0) for row in range(tree.tree.topLevelItemCount())]
    assert groups == ["stem", "layer1", "layer2", "layer3", "layer4", "attnpool"]
    tree.select("layer2.0")
    item = tree.tree.currentItem()
    assert [item.text(column) for column in range(5)] == ["layer2.0", "128", "12 × 12", "8", "33"]
    tree.select("layer4.1")
    # 201 pixels are more than the picture has.
    assert tree.tree.currentItem().text(4) == "whole"
    assert "after ReLU" in tree.tree.currentItem().toolTip(0)


def test_layers_are_found_by_words_of_name_kind_and_numbers(tab: LiveTab) -> None:
    tree = tab.tree
    tree.search.setText("layer3 conv2")
    assert tree.shown() == ["layer3.0.conv2", "layer3.1.conv2"]
    assert tree.nothing.isHidden()
    tree.search.setText("block 512")
    assert tree.shown() == ["layer4.0", "layer4.1"]
    assert tree.tree.topLevelItem(0).isHidden()
    tree.search.setText("layer9")
    assert tree.shown() == []
    assert not tree.nothing.isHidden()
    tree.search.clear()
    assert len(tree.shown()) == len(tab.watch.layers)


def test_r34_a_layer_that_cannot_be_observed_says_why_and_shows_no_maps(
    tab: LiveTab, tiny_lab: LabContext, qtbot: QtBot
) -> None:
    reason = "It takes no part in a forward pass."
    hidden = msgspec.structs.replace(
        made_layer("layer9.0", 0), layout=None, observable=False, reason=reason
    )
    tab.watch.layers = (*tab.watch.layers, hidden)
    tab.tree.show_layers(tab.watch.layers, 96)
    tab.tree.select("layer9.0")
    item = tab.tree.tree.currentItem()
    assert item.text(1) == "not seen"
    assert reason in item.toolTip(0)
    tab.choose_layer("layer9.0")
    assert tab.explanation.text == f"layer9.0 cannot be observed. {reason}"
    assert tab.stack.currentWidget() is tab.explanation
    assert tab.maps.count == 0
    with qtbot.waitSignal(tiny_lab.inference.answered, timeout=WAIT):
        tiny_lab.document.change_stimulus("size", size=0.4)
    assert tab.found is None
    tab.choose_layer(BLOCK)
    settle(tab, tiny_lab, qtbot)
    assert tab.stack.currentWidget() is not tab.explanation


def test_enter_in_the_search_goes_to_the_first_layer_found(tab: LiveTab, qtbot: QtBot) -> None:
    tab.choice.setChecked(True)
    chosen: list[Layer] = []
    tab.tree.chosen.connect(chosen.append)
    tab.tree.search.setText("layer2 conv3")
    qtbot.keyClick(tab.tree.search, Qt.Key.Key_Return)
    assert [layer.name for layer in chosen] == ["layer2.0.conv3"]
    assert tab.layer.name == "layer2.0.conv3"


def test_a_tree_without_layers_is_calm(lab: LabContext, show) -> None:
    tree = show(LayerTree(lab.theme))
    tree.show_layers((), 96)
    tree.search.setText("anything")
    assert tree.current is None
    assert tree.nothing.isHidden()


# --- maps ---


def test_r35_maps_and_values_are_those_of_the_stimulus_on_the_canvas(
    tab: LiveTab, tiny_lab: LabContext, tiny_model, qtbot: QtBot
) -> None:
    found = settle(tab, tiny_lab, qtbot)
    layer = tab.layer
    assert layer.units == 256
    assert tab.maps.count == 256
    wanted = look_at(tiny_model, tiny_lab.pixels, (layer,), "max").layers[BLOCK]
    shown = found.layers[BLOCK]
    assert np.array_equal(shown.maps, wanted.maps)
    assert np.array_equal(shown.values, wanted.maps.reshape(256, -1).max(1))
    order = np.argsort(-shown.values, kind="stable")
    assert np.array_equal(tab.maps.maps.units, order)
    strongest = int(order[0])
    assert tab.unit == (BLOCK, strongest)
    assert tab.value.meaning.whole == "maximum over the 36 positions of the map"
    place = int(shown.maps[strongest].argmax())
    assert tab.overlay.box == box(layer, place, 96)
    tab.order.setCurrentIndex(tab.order.findData(BY_NUMBER))
    tab.order.activated.emit(tab.order.currentIndex())
    assert np.array_equal(tab.maps.maps.units, np.arange(256))
    assert tab.maps.currentIndex().row() == strongest


def test_a_vector_has_a_value_and_no_place(
    tab: LiveTab, tiny_lab: LabContext, qtbot: QtBot
) -> None:
    tab.choose_layer("attnpool")
    settle(tab, tiny_lab, qtbot)
    assert tab.maps.count == 64
    assert tab.overlay.box is None
    assert "no place in it" in tab.overlay.accessibleName()


def test_r38_a_constant_map_is_shown_as_such(
    tab: LiveTab, tiny_lab: LabContext, qtbot: QtBot
) -> None:
    found = settle(tab, tiny_lab, qtbot).layers[BLOCK]
    maps = found.maps.copy()
    maps[0] = 0.25
    flat = type(found)(found.layer, maps, found.values, found.positions)
    model = tab.maps.maps
    model.show(flat)
    row = model.row_of(0)
    assert model.limits(0) == (0.25, 0.25)
    tip = model.data(model.index(row, 0), Qt.ItemDataRole.ToolTipRole)
    assert "The map is the same everywhere: 0.250." in tip
    tab.maps.grab()  # paints it
    model.arrange(BY_NUMBER, ALL)
    assert model.limits(0) == (float(maps.min()), float(maps.max()))


def test_the_value_follows_the_figure_and_ends_at_the_last_place(
    tab: LiveTab, tiny_lab: LabContext, tiny_model, qtbot: QtBot
) -> None:
    settle(tab, tiny_lab, qtbot)
    unit = tab.unit
    before = len(tab.value.history.values)
    for step in range(12):
        tiny_lab.document.change_stimulus("move", "drag", center_x=0.3 + 0.03 * step)
        found = settle(tab, tiny_lab, qtbot)  # sooner, the next place would take this one's turn
    assert tab.unit == unit, "the watched neuron stays although others are stronger now"
    assert len(tab.value.history.values) >= before + 12
    wanted = look_at(tiny_model, tiny_lab.pixels, (tab.layer,), "max").layers[BLOCK]
    assert tab.value.history.values[-1] == pytest.approx(float(wanted.values[unit[1]]), abs=1e-6)
    assert found.pixels is tiny_lab.pixels
    assert tab.maps.currentIndex().row() == tab.maps.maps.row_of(unit[1])


def test_many_moves_at_once_end_with_the_maps_of_the_last(
    tab: LiveTab, tiny_lab: LabContext, tiny_model, qtbot: QtBot
) -> None:
    settle(tab, tiny_lab, qtbot)
    heard: list[LiveMaps] = []
    tab.watch.shown.connect(heard.append)
    with tiny_model.lock:  # whoever looks at the model waits
        for step in range(40):
            tiny_lab.document.change_stimulus("move", "drag", center_y=0.3 + 0.01 * step)
    found = settle(tab, tiny_lab, qtbot)
    assert len(heard) < 40, "requests that had not begun gave way"
    wanted = look_at(tiny_model, tiny_lab.pixels, (tab.layer,), "max").layers[BLOCK]
    assert np.array_equal(found.layers[BLOCK].values, wanted.values)


def test_a_pinned_unit_is_watched_beside_another_layer(
    tab: LiveTab, tiny_lab: LabContext, qtbot: QtBot
) -> None:
    settle(tab, tiny_lab, qtbot)
    unit = tab.unit
    tab.value.pin.setChecked(True)
    tab.choose_layer("layer1.0")
    found = settle(tab, tiny_lab, qtbot)
    assert set(found.layers) == {BLOCK, "layer1.0"}
    assert tab.unit == unit
    assert tab.maps.count == 64
    tab.value.pin.setChecked(False)
    assert tab.unit[0] == "layer1.0"


def test_maps_cost_no_forward_pass_of_their_own(
    tab: LiveTab, tiny_lab: LabContext, tiny_model, qtbot: QtBot
) -> None:
    settle(tab, tiny_lab, qtbot)
    passes, stop = count_passes(tiny_model)
    answers: list[object] = []
    tiny_lab.inference.answered.connect(answers.append)
    for step in range(6):
        tiny_lab.document.change_stimulus("move", center_x=0.4 + 0.02 * step)
        settle(tab, tiny_lab, qtbot)
        qtbot.waitUntil(lambda: tiny_lab.inference.answer is not None, timeout=WAIT)
    stop()
    assert len(answers) == 6
    assert len(passes) == 6


def test_predictions_are_the_same_with_maps_and_without(
    tab: LiveTab, tiny_lab: LabContext, qtbot: QtBot
) -> None:
    settle(tab, tiny_lab, qtbot)
    with qtbot.waitSignal(tiny_lab.inference.answered, timeout=WAIT) as watched:
        tiny_lab.document.change_stimulus("size", size=0.31)
    settle(tab, tiny_lab, qtbot)
    tab.hide()
    tiny_lab.document.undo()
    with qtbot.waitSignal(tiny_lab.inference.answered, timeout=WAIT) as alone:
        tiny_lab.document.redo()
        tiny_lab.document.change_stimulus("size", size=0.310001)
        tiny_lab.document.change_stimulus("size", size=0.31)
    for one, other in zip(watched.args[0].predictions, alone.args[0].predictions, strict=True):
        assert np.array_equal(one.probabilities, other.probabilities)


def test_nothing_is_recorded_while_the_tab_is_not_seen(
    tab: LiveTab, tiny_lab: LabContext, qtbot: QtBot
) -> None:
    settle(tab, tiny_lab, qtbot)
    tab.hide()
    before = tab.found
    with qtbot.waitSignal(tiny_lab.inference.answered, timeout=WAIT):
        tiny_lab.document.change_stimulus("size", size=0.35)
    assert tab.found is before
    assert not tab.watch.busy
    tab.show()
    assert settle(tab, tiny_lab, qtbot) is not before


def test_maps_are_shown_without_any_prompt(
    tab: LiveTab, tiny_lab: LabContext, qtbot: QtBot
) -> None:
    prompts = tiny_lab.document.prompts
    off = tuple(msgspec.structs.replace(template, enabled=False) for template in prompts.templates)
    tiny_lab.document.change("off", prompts=msgspec.structs.replace(prompts, templates=off))
    tiny_lab.document.change_stimulus("size", size=0.37)
    settle(tab, tiny_lab, qtbot)


# --- the census ---


def test_the_value_is_compared_with_the_best_of_the_census(
    tab: LiveTab,
    tiny_lab: LabContext,
    tiny_model,
    shown_census: ShownCensus,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    settle(tab, tiny_lab, qtbot)
    assert tab.value.sentence.text().startswith("No census is shown")
    layers = tuple(layer for layer in tab.watch.layers if layer.name in (BLOCK, "layer1.0"))
    data = made_census(
        tmp_path, layers, model=tiny_model.info, side=96, kinds=("stroop", "shapes"), kept=4
    )
    number = tab.unit[1]
    unit = 64 + number
    value = float(tab.found.layers[BLOCK].values[number])
    data.sets["stroop"].tops.maximum[unit] = value / 0.83
    data.sets["shapes"].tops.maximum[unit] = value / 2
    shown_census.take(data)
    assert tab.value.sentence.text().startswith("This is 83 % of its best, ")
    assert tab.value.sentence.text().endswith(" for a Stroop word.")
    assert tab.value.bar.share == pytest.approx(0.83)
    data.sets["stroop"].tops.maximum[unit] = data.sets["shapes"].tops.maximum[unit] = 0.0
    shown_census.take(data)
    assert "nothing activates it" in tab.value.sentence.text()
    assert tab.value.bar.isHidden()
    tab.choose_layer("layer2.0")
    settle(tab, tiny_lab, qtbot)
    assert tab.value.sentence.text() == "The census has not looked at layer2.0."
    assert not tab.value.page.isEnabled()


def test_a_census_of_another_model_is_not_compared_with(
    tab: LiveTab, tiny_lab: LabContext, shown_census: ShownCensus, tmp_path: Path, qtbot: QtBot
) -> None:
    settle(tab, tiny_lab, qtbot)
    shown_census.take(made_census(tmp_path, kinds=("stroop",)))
    assert tab.value.sentence.text() == "The census shown is of another model, Quick."
    shown_census.select(3)
    assert tab.unit[0] == BLOCK


def test_a_unit_selected_elsewhere_is_watched_and_its_map_selects_it_there(
    tab: LiveTab,
    tiny_lab: LabContext,
    tiny_model,
    shown_census: ShownCensus,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    settle(tab, tiny_lab, qtbot)
    layers = tuple(layer for layer in tab.watch.layers if layer.name in (BLOCK, "layer1.0"))
    shown_census.take(
        made_census(tmp_path, layers, model=tiny_model.info, side=96, kinds=("stroop",))
    )
    shown_census.select(5)  # of layer1.0
    settle(tab, tiny_lab, qtbot)
    assert tab.unit == ("layer1.0", 5)
    assert tab.layer.name == "layer1.0"
    assert int(tab.maps.maps.units[tab.maps.currentIndex().row()]) == 5
    opened: list[int] = []
    shown_census.page_wanted.connect(opened.append)
    tab.maps.setFocus()
    row = tab.maps.currentIndex().row()
    key = Qt.Key.Key_Right if row + 1 < tab.maps.count else Qt.Key.Key_Left
    qtbot.keyClick(tab.maps, key)
    other = int(tab.maps.maps.units[tab.maps.currentIndex().row()])
    assert other != 5
    assert shown_census.unit == other
    qtbot.keyClick(tab.maps, Qt.Key.Key_Return)
    assert opened == [other]


# --- errors and what they leave ---


def test_r36_cycles_with_errors_leave_no_hook_and_no_maps(
    tiny_lab: LabContext, tiny_model, shown_census: ShownCensus, qtbot: QtBot, monkeypatch
) -> None:
    """As a user would: open, look, meet an error, look again, close."""
    from core.network import maps as maps_module
    from core.network import recording

    def refuse(layer: Layer, output: object) -> object:
        raise ModelError(f"The layer {layer.name} gave something else.", "Look anew.")

    tabs = []
    for cycle in range(8):
        tab = LiveTab(tiny_lab, shown_census)
        tab.resize(480, 700)
        tab.show()
        qtbot.waitUntil(lambda tab=tab: tab.found is not None, timeout=WAIT)
        with monkeypatch.context() as patch:
            patch.setattr(recording if cycle % 2 else maps_module, "as_maps", refuse)
            with qtbot.waitSignals([tab.watch.failed, tiny_lab.inference.answered], timeout=WAIT):
                tiny_lab.document.change_stimulus("size", size=0.2 + 0.01 * cycle)
            assert "gave something else" in tab.explanation.text
            assert tab.found is None
            assert tab.maps.count == 0
        tab.explanation.button.click()
        settle(tab, tiny_lab, qtbot)
        assert tab.explanation.text == ""
        tab.close()
        tab.deleteLater()
        tabs.append(tab)
        del tab
    assert hooks_of(tiny_model) == 0
    tabs.clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    left = [thing for thing in gc.get_objects() if type(thing) is LiveMaps]
    assert len(left) <= 1


def test_another_model_has_its_own_layers(
    tab: LiveTab, tiny_lab: LabContext, loader: QuickLoader, tiny_model, qtbot: QtBot
) -> None:
    from core.models.loading import random_session

    settle(tab, tiny_lab, qtbot)
    other = random_session("embedded", seed=3)
    loader.models["seed 3"] = other
    tiny_lab.use_model("seed 3")
    qtbot.waitUntil(lambda: tab.watch.info is other.info, timeout=WAIT)
    found = settle(tab, tiny_lab, qtbot)
    assert found.info is other.info
    assert tab.layer.name == BLOCK, "the layer of that name stays chosen"
    wanted = look_at(other, tiny_lab.pixels, (tab.layer,), "max").layers[BLOCK]
    assert np.array_equal(found.layers[BLOCK].values, wanted.values)
    assert hooks_of(tiny_model) == hooks_of(other) == 0


def test_r34_a_model_without_layers_says_so(
    ready_lab: LabContext, shown_census: ShownCensus, show, qtbot
) -> None:
    tab = show(LiveTab(ready_lab, shown_census))
    qtbot.waitUntil(lambda: "has no image tower" in tab.explanation.text, timeout=WAIT)
    assert tab.maps.count == 0


def test_before_the_model_is_there_the_tab_says_so(
    lab: LabContext, shown_census: ShownCensus, show
) -> None:
    tab = show(LiveTab(lab, shown_census))
    assert tab.explanation.text.startswith("The model is loading.")


# --- looks in the inference thread ---


class Look:
    """Notes when it is done; may wait for a gate."""

    def __init__(self, name: str, order: list[str], error: Exception | None = None) -> None:
        self.name, self.order, self.error = name, order, error
        self.inside, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def __call__(self, _session: object) -> str:
        self.inside.set()
        assert self.gate.wait(30)
        self.order.append(self.name)
        if self.error is not None:
            raise self.error
        return self.name


def test_predictions_wait_for_one_look_at_most_and_the_latest_look_wins(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot
) -> None:
    order: list[str] = []
    loader.models["embedded"].before_images = lambda: order.append("prediction")
    looked: list[str] = []
    ready_lab.inference.looked.connect(lambda _look, result: looked.append(result))
    first = Look("first", order)
    first.gate.clear()
    ready_lab.inference.look(first)
    assert first.inside.wait(20)
    ready_lab.document.change_stimulus("size", size=0.4)
    given_up, last = Look("given up", order), Look("last", order)
    ready_lab.inference.look(given_up)
    ready_lab.inference.look(last)
    first.gate.set()
    qtbot.waitUntil(lambda: looked == ["first", "last"], timeout=WAIT)
    assert order == ["first", "prediction", "last"]


@pytest.mark.logs("ZeroDivisionError: oh")
def test_r41_errors_of_looks_are_told_and_leave_the_thread_at_work(
    ready_lab: LabContext, qtbot: QtBot
) -> None:
    inference, order = ready_lab.inference, []
    failed: list[str] = []
    inference.look_failed.connect(lambda _look, error: failed.append(str(error)))
    crashed: list[BaseException] = []
    inference.crashed.connect(crashed.append)
    inference.look(Look("a", order, ModelError("No such layer.")))
    qtbot.waitUntil(lambda: len(failed) == 1, timeout=WAIT)
    inference.look(Look("b", order, MemoryError()))
    qtbot.waitUntil(lambda: len(failed) == 2, timeout=WAIT)
    assert crashed == []
    inference.look(Look("c", order, ZeroDivisionError("oh")))
    qtbot.waitUntil(lambda: len(crashed) == 1, timeout=WAIT)
    assert failed[0] == "No such layer."
    assert "not enough memory" in failed[1]
    assert "ZeroDivisionError" in failed[2]
    with qtbot.waitSignal(inference.answered, timeout=WAIT):
        ready_lab.document.change_stimulus("size", size=0.45)


def test_a_look_that_cannot_ride_along_goes_by_itself(ready_lab: LabContext, qtbot: QtBot) -> None:
    class Rider(Look):
        def __init__(self, pixels: np.ndarray, order: list[str]) -> None:
            super().__init__("alone", order)
            self.pixels = pixels

        def riding(self, _session: object) -> object:
            self.order.append("ride")
            raise ModelError("not today")

    gate = Look("gate", [])
    gate.gate.clear()
    order: list[str] = []
    ready_lab.inference.look(gate)
    assert gate.inside.wait(20)
    ready_lab.document.change_stimulus("size", size=0.41)
    ready_lab.inference.look(Rider(ready_lab.pixels, order))
    with qtbot.waitSignals(
        [ready_lab.inference.answered, ready_lab.inference.looked], timeout=WAIT
    ):
        gate.gate.set()
    qtbot.waitUntil(lambda: order == ["ride", "alone"], timeout=WAIT)


def test_what_was_withdrawn_is_dropped_when_it_comes(tiny_lab: LabContext, qtbot: QtBot) -> None:
    watch = LiveWatch(tiny_lab.inference)
    with qtbot.waitSignal(watch.surveyed, timeout=WAIT):
        watch.survey()
    heard: list[LiveMaps] = []
    watch.shown.connect(heard.append)
    layer = next(layer for layer in watch.layers if layer.name == BLOCK)
    watch.watch(tiny_lab.pixels, (layer,))
    assert watch.busy
    watch.withdraw()
    assert not watch.busy
    with qtbot.waitSignal(tiny_lab.inference.answered, timeout=WAIT):
        tiny_lab.document.change_stimulus("size", size=0.4)
    assert heard == []
    watch.watch(tiny_lab.pixels, (layer,))
    qtbot.waitUntil(lambda: len(heard) == 1, timeout=WAIT)
    watch.deleteLater()
