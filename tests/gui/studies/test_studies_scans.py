"""Scans, maps and comparisons in the window, driven as a user drives them."""

from __future__ import annotations

import threading

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer

from core.base.tables import read_csv
from core.color.terms import COLOR_TERMS, CSS
from core.document.document import open_document
from core.figures.description import Curve, Regions, Rule
from core.figures.scan_figures import scan_figure
from core.predict.prediction import Predictor
from core.predict.prompts import prompt_set
from core.scans.result import NO_WINNER
from core.scans.tables import scan_line, scan_table
from core.stimuli.render import render
from core.stimuli.stimulus import PictureStimulus, ShapeStimulus, WordStimulus
from gui.export.menu import CSV
from gui.export.notes import note_of
from gui.studies.map import map_chart
from gui.studies.pane import StudiesPane
from gui.studies.scan import curve_chart
from tests.gui.conftest import WAIT
from tests.support.waiting import let_events_pass

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def pane(window, qtbot) -> StudiesPane:
    """The studies pane in front, beside the designer."""
    qtbot.waitUntil(lambda: window.lab.actions.is_bound("studies.scan"), timeout=WAIT)
    made = window.docks["studies"].pane
    window.lab.actions.trigger("view.show-studies")
    qtbot.waitUntil(lambda: not made.visibleRegion().isEmpty(), timeout=WAIT)
    return made


@pytest.fixture
def doc(window):
    return window.lab.document


def finished(qtbot, runner) -> None:
    def done() -> bool:
        return runner.result is not None and runner.result.complete and not runner.running

    qtbot.waitUntil(lambda: done() and not runner.stale, timeout=WAIT)


def click_at(qtbot, chart, place: QPointF) -> None:
    qtbot.mouseClick(chart.viewport(), LEFT, pos=place.toPoint())


def move_to(qtbot, chart, place: QPointF) -> None:
    # The first move only tells the widget that the pointer is there.
    qtbot.mouseMove(chart.viewport(), QPoint(1, 1))
    qtbot.mouseMove(chart.viewport(), place.toPoint())


def choose(qtbot, combo, data) -> None:
    """Choose an entry with the keyboard."""
    combo.setFocus()
    for _ in range(combo.count()):
        qtbot.keyClick(combo, Qt.Key.Key_Up)
    for _ in range(combo.findData(data)):
        qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentData() == data


def open_tab(qtbot, pane, name):
    qtbot.mouseClick(pane.tabs.buttons[name], LEFT)
    page = pane.pages[name]
    qtbot.waitUntil(page.isVisible, timeout=WAIT)
    return page


def test_a_scan_comes_by_itself_and_equals_single_predictions(pane, qtbot, loader):
    tab = open_tab(qtbot, pane, "scan")
    finished(qtbot, tab.runner)
    result = tab.runner.result
    plan = result.plan
    assert plan.setup.x.parameter == "figure-hue" and plan.setup.points == 72
    predictor = Predictor(loader.models["embedded"])
    for point in range(0, 72, 9):
        figure = plan.figure(plan.settings(point))
        (outcomes,) = predictor.predict(
            render(figure)[None], prompt_set(plan.templates, plan.labels)
        )
        for row, outcome in enumerate(outcomes):
            chances = result.tally.probabilities[point, row]
            np.testing.assert_allclose(chances, outcome.probabilities, atol=1e-4)
            assert outcome.close or result.tally.winners[point, row] == outcome.winner
    assert "threshold" in tab.last.whole
    for found in result.thresholds:
        if found.template == tab.chart.template:
            assert plan.setup.x.what.text(found.value % 360) in tab.last.whole


def test_the_cursor_previews_and_a_click_is_one_undo_step(pane, window, doc, qtbot):
    tab = open_tab(qtbot, pane, "scan")
    finished(qtbot, tab.runner)
    plan, before, steps = tab.runner.result.plan, doc.stimulus, doc.undo_stack.count()
    place = QPointF(tab.chart.place_of(30), tab.chart.plot_box().center().y())
    move_to(qtbot, tab.chart, place)
    qtbot.waitUntil(lambda: tab.chart.cursor_point == 30, timeout=WAIT)
    wanted = plan.figure(plan.settings(30))
    view = window.lab.view
    assert view.previewing and view.stimulus == wanted
    np.testing.assert_array_equal(view.pixels, render(wanted))
    assert doc.stimulus == before and doc.undo_stack.count() == steps
    assert tab.line.whole.startswith("Hue of the object 150.0°: ")
    canvas = window.docks["designer"].pane.canvas
    np.testing.assert_array_equal(canvas.pixels, view.pixels)
    # The bars are those of the figure on the canvas, and agree with the curves.
    bars = window.docks["prediction"].pane
    qtbot.waitUntil(
        lambda: bars.shown is not None and bars.shown.stimulus == view.stimulus, timeout=WAIT
    )
    seen = bars.shown.predictions[tab.chart.template].probabilities
    scanned = tab.runner.result.tally.probabilities[30, tab.chart.template]
    np.testing.assert_allclose(seen, scanned, atol=1e-4)
    tab.chart.point_to(-1)
    assert not view.previewing and view.stimulus.figure_color == before.figure_color
    click_at(qtbot, tab.chart, place)
    assert doc.stimulus == wanted
    assert doc.undo_stack.count() == steps + 1
    # The stimulus that was taken gives the very same scan.
    assert not tab.runner.stale
    window.lab.actions.trigger("edit.undo")
    assert doc.stimulus == before


def test_the_window_draws_the_numbers_of_the_figure_on_paper(pane, window, qtbot, monkeypatch):
    tab = open_tab(qtbot, pane, "scan")
    finished(qtbot, tab.runner)
    (figure,) = scan_figure(tab.runner.result, tab.chart.template).panels
    printed = {mark.name: mark for mark in figure.marks if isinstance(mark, Curve)}
    drawn = {}

    def record(_painter, path, curve, _tokens) -> None:
        if path.elementCount() > 2:  # else it is the sample beside a name
            places = [path.elementAt(n) for n in range(1, path.elementCount())]
            drawn[curve.name] = [tab.chart.plot.values_at(QPointF(p.x, p.y)) for p in places]

    monkeypatch.setattr(curve_chart, "draw_curve", record)
    tab.chart.viewport().repaint()
    axis = tab.runner.result.plan.setup.x
    assert drawn.keys() == printed.keys()
    for name, curve in printed.items():
        points, shares = np.array(drawn[name]).T
        np.testing.assert_allclose(axis.low + axis.step * points, curve.x, atol=1e-6)
        np.testing.assert_allclose(shares, curve.y, atol=1e-6)
    limits = [mark.value for mark in figure.marks if isinstance(mark, Rule)]
    assert [mark.value for mark in tab.chart.thresholds] == limits
    window.lab.actions.trigger("studies.stroop")
    tab = pane.pages["map"]
    finished(qtbot, tab.runner)
    (figure,) = scan_figure(tab.runner.result, tab.chart.template).panels
    (regions,) = (mark for mark in figure.marks if isinstance(mark, Regions))
    picture = tab.chart.grab().toImage()
    for point, winner in enumerate(regions.winners.reshape(-1).tolist()):
        corner = tab.chart.cell_box(point).topLeft() + QPointF(4, 4)  # beside its name
        seen = picture.pixelColor(corner.toPoint()).name()
        assert winner == NO_WINNER or seen.upper() == regions.colors[winner]


def test_keys_move_the_cursor_and_choose(pane, doc, qtbot):
    tab = open_tab(qtbot, pane, "scan")
    finished(qtbot, tab.runner)
    tab.chart.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(tab.chart, key)
    assert tab.chart.cursor_point == 2
    qtbot.keyClick(tab.chart, Qt.Key.Key_Return)
    plan = tab.runner.result.plan
    assert doc.stimulus == plan.figure(plan.settings(2))
    qtbot.keyClick(tab.chart, Qt.Key.Key_Escape)
    assert tab.chart.cursor_point == -1


def test_every_parameter_can_be_chosen_and_undone(pane, window, doc, qtbot):
    tab = open_tab(qtbot, pane, "scan")
    finished(qtbot, tab.runner)
    combo = tab.controls.parameter
    names = [combo.itemData(row) for row in range(combo.count())]
    assert {"blur", "word", "font", "contrast", "opacity", "x", "y"} < set(names)
    start = doc.state
    for name in ("blur", "word", "figure-lightness"):
        choose(qtbot, combo, name)
        finished(qtbot, tab.runner)
        assert tab.runner.result.plan.setup.x.parameter == name
        assert doc.state.scans.curve.x.parameter == name
    while doc.undo_stack.canUndo():
        window.lab.actions.trigger("edit.undo")
    assert doc.state == start
    finished(qtbot, tab.runner)
    assert tab.runner.result.plan.setup.x.parameter == "figure-hue"
    assert combo.currentData() == "figure-hue"


def test_own_words_and_ranges_are_typed(pane, qtbot):
    tab = open_tab(qtbot, pane, "scan")
    choose(qtbot, tab.controls.parameter, "word")
    words = tab.controls.words
    words.selectAll()
    qtbot.keyClicks(words, "violet, red,  violet, teal")
    qtbot.keyClick(words, Qt.Key.Key_Return)
    finished(qtbot, tab.runner)
    assert tab.runner.result.plan.setup.x.choices == ("violet", "red", "teal")
    choose(qtbot, tab.controls.parameter, "size")
    low = tab.controls.low
    low.selectAll()
    qtbot.keyClicks(low, "200")
    qtbot.keyClick(low, Qt.Key.Key_Return)  # above the upper end
    assert "must rise" in tab.line.whole
    low.selectAll()
    qtbot.keyClicks(low, "40")
    qtbot.keyClick(low, Qt.Key.Key_Return)
    finished(qtbot, tab.runner)
    assert tab.runner.result.plan.setup.x.low == 40.0


def test_repetitions_draw_intervals(pane, qtbot):
    tab = open_tab(qtbot, pane, "scan")
    choose(qtbot, tab.controls.parameter, "opacity")
    tab.controls.steps.setValue(5)
    tab.controls.random.setValue(4)
    finished(qtbot, tab.runner)
    result = tab.runner.result
    assert (result.tally.counts == 4).all()
    assert not tab.chart.grab().isNull()


def test_r42_stop_keeps_what_is_done_and_the_window_goes_on(pane, window, qtbot, loader):
    tab = open_tab(qtbot, pane, "scan")
    finished(qtbot, tab.runner)
    gate, inside = threading.Event(), threading.Event()
    me = threading.get_ident()
    model = loader.models["embedded"]
    calls = []

    def hold() -> None:
        if threading.current_thread().name != "MainThread" and threading.get_ident() != me:
            calls.append(1)
            if len(calls) > 2:
                inside.set()
                gate.wait(20)

    tab.controls.live.setChecked(False)
    tab.controls.steps.setValue(300)
    model.before_images = hold
    qtbot.mouseClick(tab.run_button, LEFT)
    qtbot.waitUntil(inside.is_set, timeout=WAIT)
    assert tab.run_button.text() == "Stop"
    qtbot.mouseClick(tab.run_button, LEFT)
    model.before_images = lambda: None
    gate.set()
    assert not tab.runner.running
    assert tab.run_button.text() == "Run"
    partial = tab.runner.result
    assert partial is None or not partial.complete
    qtbot.mouseClick(tab.run_button, LEFT)
    finished(qtbot, tab.runner)
    assert tab.runner.result.plan.setup.points == 300


def test_a_scan_is_saved_with_the_document(pane, window, doc, qtbot, tmp_path):
    tab = open_tab(qtbot, pane, "scan")
    choose(qtbot, tab.controls.parameter, "blur")
    doc.save(tmp_path / "a.colorlab")
    state, _pictures = open_document(tmp_path / "a.colorlab")
    assert state == doc.state and state.scans.curve.x.parameter == "blur"
    doc.new()
    assert doc.state.scans.curve is None
    doc.open(tmp_path / "a.colorlab")
    finished(qtbot, tab.runner)
    assert tab.runner.result.plan.setup.x.parameter == "blur"


def test_the_numbers_are_exported(pane, qtbot, tmp_path):
    tab = open_tab(qtbot, pane, "scan")
    finished(qtbot, tab.runner)
    path = tmp_path / "scan.csv"
    asked = []
    tab.export_menu.ask_path = lambda suggested, _filter: asked.append(suggested) or path
    tab.export_menu.save(CSV)
    beside = tmp_path / "scan.csv.provenance.json"
    qtbot.waitUntil(lambda: path.exists() and beside.exists(), timeout=WAIT)
    assert asked[0].name == "Scan Hue of the object.csv"
    wanted = scan_table(tab.runner.result)
    assert read_csv(path, wanted.columns) == wanted


def test_pictures_of_the_pane_say_what_made_them(pane, window, doc, qtbot):
    tab = open_tab(qtbot, pane, "scan")
    finished(qtbot, tab.runner)
    line = note_of(window.lab, pane)
    info = window.lab.inference.info
    assert line.startswith("Scan · hue of the object 0 to 360° in 72 steps · ")
    assert f"“{tab.runner.result.plan.templates[0]}”" in line
    assert info.name in line and info.precision in line and "palette css" in line
    assert line == scan_line(tab.runner.result)
    tab = open_tab(qtbot, pane, "compare")
    tab.pin_stimulus()
    line = note_of(window.lab, pane)
    assert "pinned 1 · " in line and "variants: " in line and info.name in line
    open_tab(qtbot, pane, "ablation")
    assert info.name in note_of(window.lab, pane)


def test_one_click_gives_the_stroop_matrix_of_the_canvas(pane, window, doc, qtbot):
    star = ShapeStimulus(
        shape="star", figure_color=CSS["blue"], background_color=(240, 240, 10), side=32
    )
    doc.change("star", stimulus=star)
    window.lab.actions.trigger("studies.stroop")
    tab = pane.pages["map"]
    assert pane.tab == "map"
    finished(qtbot, tab.runner)
    plan = tab.runner.result.plan
    assert plan.setup.points == 121
    assert isinstance(plan.stimulus, WordStimulus)
    assert plan.stimulus.background_color == (240, 240, 10)
    point = 3 * 11 + 4
    place = QPointF(tab.chart.cell_box(point).center())
    move_to(qtbot, tab.chart, place)
    qtbot.waitUntil(lambda: tab.chart.cursor_point == point, timeout=WAIT)
    assert window.lab.view.previewing
    assert " %" in tab.line.whole and "word red" in tab.line.whole
    steps = doc.undo_stack.count()
    click_at(qtbot, tab.chart, place)
    assert doc.stimulus.word == COLOR_TERMS[3]
    assert doc.stimulus.figure_color == CSS[COLOR_TERMS[4]]
    assert doc.undo_stack.count() == steps + 1
    window.lab.actions.trigger("edit.undo")
    assert doc.stimulus == star


def test_r77_the_stroop_matrix_writes_gray_as_the_preferences_say(pane, window, doc, qtbot):
    window.lab.change_settings(gray_spelling="grey")
    window.lab.actions.trigger("studies.stroop")
    tab = pane.pages["map"]
    finished(qtbot, tab.runner)
    words = tab.runner.result.plan.setup.y.choices
    assert "grey" in words and "gray" not in words


def test_a_button_of_the_designer_gives_the_figure_background_matrix(pane, window, doc, qtbot):
    form = window.docks["designer"].pane.fields.geometry_form
    (button,) = [
        child
        for child in form.children()
        if getattr(child, "accessibleName", str)() == "Object × background matrix"
    ]
    qtbot.mouseClick(button, LEFT)
    tab = pane.pages["map"]
    finished(qtbot, tab.runner)
    winners = tab.runner.result.tally.winners[:, 0].reshape(11, 11)
    assert ((winners == NO_WINNER) == np.eye(11, dtype=bool)).all()
    before = doc.stimulus
    click_at(qtbot, tab.chart, tab.chart.cell_box(0).center())  # black on black
    assert doc.stimulus == before
    assert "11 of 121" in tab.last.whole


def test_r84_a_map_of_colors_is_blank_outside_srgb_and_quickly_painted(
    pane, doc, qtbot, monkeypatch
):
    tab = open_tab(qtbot, pane, "map")
    doc.change(
        "small map",
        scans=msgspec.structs.replace(doc.state.scans, map=None),
    )
    tab.controls.held.setValue(0.2)
    qtbot.mouseClick(tab.run_button, LEFT)
    finished(qtbot, tab.runner)
    result = tab.runner.result
    assert result.plan.setup.points == 72 * 40
    assert result.plan.setup.fixed[0].value == 0.2
    blank = [n for n, reason in enumerate(result.tally.blanks) if reason == "outside sRGB"]
    assert len(blank) > 1000 and f"{len(blank):,} of 2,880 cells" in tab.last.whole
    click_at(qtbot, tab.chart, tab.chart.cell_box(blank[0]).center())
    asked = []
    monkeypatch.setattr(map_chart, "focal_marks", lambda *given: asked.append(given) or ())
    tab.chart.viewport().repaint()
    picture = tab.chart.grab()
    assert not picture.isNull()
    assert not asked, "painting works nothing out anew for each of its cells"
    doc.change_stimulus("recolor", background_color=(1, 2, 3))
    qtbot.waitUntil(lambda: "run again" in tab.line.whole, timeout=WAIT)


def test_two_parameters_of_ones_own(pane, qtbot):
    tab = open_tab(qtbot, pane, "map")
    choose(qtbot, tab.controls.preset, "own")
    tab.controls.columns.setValue(6)
    tab.controls.rows.setValue(4)
    choose(qtbot, tab.controls.up, "angle")
    tab.controls.rows.setValue(4)
    finished(qtbot, tab.runner)
    setup = tab.runner.result.plan.setup
    assert (setup.x.parameter, setup.y.parameter) == ("size", "angle")
    assert (len(setup.x), len(setup.y)) == (6, 4)
    choose(qtbot, tab.controls.up, "size")
    assert "asked for twice" in tab.line.whole


def test_pictures_are_refused_in_words(pane, doc, qtbot):
    tab = open_tab(qtbot, pane, "scan")
    finished(qtbot, tab.runner)
    sha256 = doc.pictures.add(_png(), "dot.png")
    doc.change("picture", stimulus=PictureStimulus(sha256=sha256, name="dot.png"))
    qtbot.waitUntil(lambda: "picture" in tab.chart.message, timeout=WAIT)
    assert not tab.controls.isVisible() and not tab.run_button.isEnabled()
    assert tab.line.whole == ""  # it is said once
    map_tab = open_tab(qtbot, pane, "map")
    qtbot.waitUntil(lambda: "picture" in map_tab.chart.message, timeout=WAIT)
    assert not map_tab.controls.isVisible() and not map_tab.run_button.isEnabled()
    assert map_tab.line.whole == ""
    doc.undo()
    open_tab(qtbot, pane, "scan")
    finished(qtbot, tab.runner)
    assert tab.controls.isVisible() and tab.run_button.isEnabled() and not tab.chart.message


def _png() -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), (9, 99, 9)).save(buffer, "PNG")
    return buffer.getvalue()


def test_pins_stay_while_the_window_goes_on(pane, window, doc, qtbot, loader):
    tab = open_tab(qtbot, pane, "compare")
    qtbot.mouseClick(tab.pin_buttons["stimulus"], LEFT)
    pinned = doc.stimulus
    qtbot.mouseClick(tab.pin_buttons["prompts"], LEFT)
    prompts = doc.prompts
    qtbot.mouseClick(tab.pin_buttons["model"], LEFT)
    assert [card.held.whole for card in tab.cards] == [
        "follows the window",
        "pinned: stimulus",
        "pinned: prompts",
        "pinned: model",
    ]
    doc.change_stimulus("recolor", figure_color=(250, 10, 10))
    doc.change("prompts", prompts=prompt_set(("one {}",), ("a", "b")))
    with qtbot.waitSignal(window.lab.inference.model_ready, timeout=WAIT):
        window.lab.use_model("other")

    def right() -> bool:
        answers = tab.answers
        if len(answers) != 4 or any(answer.info is None for answer in answers):
            return False
        return [answer.info.name for answer in answers] == ["Other", "Other", "Other", "Quick"]

    qtbot.waitUntil(right, timeout=WAIT)
    now, stimulus, words, model = tab.answers
    np.testing.assert_array_equal(stimulus.pixels, _pixels(pinned))
    for answer in (now, words, model):
        np.testing.assert_array_equal(answer.pixels, _pixels(doc.stimulus))
    assert len(now.outcomes) == len(stimulus.outcomes) == len(model.outcomes) == 1
    assert [o.template for o in words.outcomes] == list(prompts.active_templates())
    wanted = Predictor(loader.models["embedded"]).predict(_pixels(doc.stimulus)[None], doc.prompts)
    np.testing.assert_array_equal(model.outcomes[0].cosines, wanted[0][0].cosines)
    qtbot.mouseClick(tab.cards[1].open_button, LEFT)
    assert doc.stimulus == pinned
    qtbot.mouseClick(tab.cards[1].remove_button, LEFT)
    assert [card.held.whole for card in tab.cards] == [
        "follows the window",
        "pinned: prompts",
        "pinned: model",
    ]
    doc.undo()
    assert len(tab.cards) == 4


def _pixels(figure):
    return render(msgspec.structs.replace(figure, side=32))


def test_a_model_that_is_gone_leaves_the_other_columns(pane, window, doc, qtbot, loader):
    tab = open_tab(qtbot, pane, "compare")
    qtbot.mouseClick(tab.pin_buttons["model"], LEFT)
    with qtbot.waitSignal(window.lab.inference.model_ready, timeout=WAIT):
        window.lab.use_model("other")
    del loader.models["embedded"]
    tab._jobs._tools._models.clear()
    doc.change_stimulus("recolor", figure_color=(250, 10, 11))
    qtbot.waitUntil(
        lambda: len(tab.answers) == 2 and tab.answers[1].error is not None, timeout=WAIT
    )
    assert tab.answers[0].error is None
    assert "is no model" in tab.cards[1].problem.text()


def test_the_strip_shows_the_winner_under_each_variant(pane, doc, qtbot, loader):
    tab = open_tab(qtbot, pane, "compare")
    finished(qtbot, tab.runner)
    predictor = Predictor(loader.models["embedded"])
    plan = tab.runner.result.plan
    for point in range(11):
        figure = plan.figure(plan.settings(point))
        if isinstance(figure, str):
            assert tab.strip.row.winner_text(point) == ""
            continue
        outcome = predictor.predict(render(figure)[None], doc.prompts)[0][0]
        text = f"{outcome.labels[outcome.winner]} {100 * outcome.probabilities.max():.0f} %"
        assert tab.strip.row.winner_text(point) == text
    click_at(qtbot, tab.strip.row, tab.strip.row.box_of(4).center())
    assert doc.stimulus.figure_color == CSS[COLOR_TERMS[4]]
    choose(qtbot, tab.strip_choice, "font")
    finished(qtbot, tab.runner)
    assert tab.runner.result.plan.setup.x.parameter == "font"
    assert tab.strip.row.winner_text(0)
    doc.change(
        "shape",
        stimulus=ShapeStimulus(
            shape="plus", figure_color=(1, 2, 3), background_color=(250, 250, 250), side=32
        ),
    )
    assert tab.strip_choice.currentData() == "figure-term"
    finished(qtbot, tab.runner)


def test_nothing_is_computed_while_the_pane_is_hidden(window, doc, qtbot, loader):
    qtbot.waitUntil(lambda: window.lab.actions.is_bound("studies.scan"), timeout=WAIT)
    pane = window.docks["studies"].pane
    assert not pane.isVisible() or pane.visibleRegion().isEmpty()
    doc.change_stimulus("recolor", figure_color=(250, 10, 11))
    let_events_pass()
    runner = pane.pages["scan"].runner
    assert runner.result is None and not runner.running
    assert not [timer for timer in runner.findChildren(QTimer) if timer.isActive()]


def test_r40_the_window_closes_during_a_scan(pane, window, qtbot, loader):
    tab = open_tab(qtbot, pane, "map")
    qtbot.mouseClick(tab.run_button, LEFT)
    qtbot.waitUntil(lambda: tab.runner.running, timeout=WAIT)
    window.close_without_asking()  # the threads are looked for when the test has ended
    assert not window.isVisible()
