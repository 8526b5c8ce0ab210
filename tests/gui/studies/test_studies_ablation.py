"""The ablation tab, the inspector's buttons and the study, driven by clicks in the whole window."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from core.ablation.ablation_file import read_ablation
from core.ablation.study_folder import StudyFolder, list_studies
from core.ablation.study_result import study_result
from core.ablation.study_run import run_study
from core.ablation.study_words import result_sentence
from core.base.tables import read_csv
from core.figures.ablation_export import COLUMNS, study_table
from core.models.loading import load_session, random_session
from core.models.session import ModelSession
from core.network.ablated_tower import AblatedTower
from core.network.ablation import make_ablation
from core.network.layer import block_outputs
from core.network.layers import discover
from core.predict.prediction import Predictor
from core.predict.prompts import color_labels
from core.sweeps import plan as planning
from gui.context.lab_context import LabContext
from gui.export.figures import figure_tools
from gui.export.options import PictureOptions
from gui.jobs.job_queue import Job
from gui.studies.ablation.ablation_live import MOVED, PairRow, moved_words
from gui.studies.ablation.ablation_tab import AblationTab
from gui.window.main_window import MainWindow
from tests.support.unit_census import made_census
from tests.support.waiting import WAIT


@pytest.fixture(scope="module")
def session() -> ModelSession:
    return load_session("embedded")


class Loader:
    """Gives the embedded model for every request, or what `other` says."""

    def __init__(self, session: ModelSession) -> None:
        self.session = session

    def __call__(self, _request: object) -> ModelSession:
        return self.session


@pytest.fixture
def loader(session: ModelSession) -> Loader:
    return Loader(session)


@pytest.fixture
def tab(window: MainWindow, lab: LabContext, session: ModelSession, tmp_path: Path, qtbot: QtBot):
    """The tab before a made-up census of the outputs of layer4, reached by clicks."""
    qtbot.waitUntil(lambda: window.docks["studies"].pane is not None, timeout=WAIT)
    layers = tuple(
        layer for layer in block_outputs(discover(session)) if layer.name.startswith("layer4")
    )
    census = made_census(
        tmp_path / "pictures", layers, model=session.info, side=session.info.preprocessing.side
    )
    shown_census = window.docks["inspector"].pane.shown_census
    shown_census.set_thresholds(top=8)
    with qtbot.waitSignal(lab.ablation.readings_changed, timeout=WAIT):
        shown_census.take(census)
    qtbot.waitUntil(lambda: lab.ablation.indices is not None, timeout=WAIT)
    lab.actions.trigger("view.show-studies")
    studies = window.docks["studies"].pane
    click(studies.tabs.buttons["ablation"])
    qtbot.waitUntil(studies.pages["ablation"].isVisible, timeout=WAIT)
    return studies.pages["ablation"]


def click(widget: QWidget) -> None:
    place = QPoint(9, widget.height() // 2) if isinstance(widget, QCheckBox) else QPoint()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)


def choose(box: QComboBox, text: str) -> None:
    """Choose a line of a box with the keyboard."""
    row = box.findText(text)
    assert row >= 0, [box.itemText(place) for place in range(box.count())]
    box.setFocus()
    key = Qt.Key.Key_Down if row > box.currentIndex() else Qt.Key.Key_Up
    while box.currentIndex() != row:
        QTest.keyClick(box, key)


def add(tab: AblationTab, search: str, qtbot: QtBot) -> None:
    chooser = tab.units.chooser
    chooser.search.clear()
    QTest.keyClicks(chooser.search, search)
    qtbot.waitUntil(lambda: not chooser._pause.isActive(), timeout=WAIT)
    click(chooser.add)


def wait_live(lab: LabContext, qtbot: QtBot) -> None:
    """Until the answer shown is for the present ablation and stimulus."""

    def current() -> bool:
        live = lab.ablation.live
        return (
            live is not None
            and live.request.ablation == lab.ablation.ablation()
            and live.request.pixels is lab.pixels
        )

    qtbot.waitUntil(current, timeout=WAIT)


def test_r11_predictions_with_and_without_are_those_of_the_tower_and_nothing_else_moves(
    tab: AblationTab, lab: LabContext, session: ModelSession, qtbot: QtBot
) -> None:
    pixels, prompts = lab.pixels, lab.document.prompts
    before = session.encode_images(pixels[None])
    add(tab, "layer4.1", qtbot)
    wait_live(lab, qtbot)
    live = lab.ablation.live
    (wanted,) = Predictor(session).predict(pixels[None], prompts)
    chosen = make_ablation("", {"layer4.1": range(512)})
    with AblatedTower(session, chosen) as tower:
        embedding = tower.encode_images(pixels[None])[0].astype(np.float64)
    for intact, ablated, single in zip(live.intact, live.ablated, wanted, strict=True):
        assert np.array_equal(intact.probabilities, single.probabilities)
        texts = session.encode_texts(single.prompts).astype(np.float64)
        np.testing.assert_allclose(ablated.cosines, texts @ embedding, atol=1e-6)
    assert not np.allclose(live.intact[0].cosines, live.ablated[0].cosines)
    # The other panes' model is as it was.
    assert np.array_equal(session.encode_images(pixels[None]), before)
    assert lab.inference.answer.predictions[0].winner == wanted[0].winner
    card = tab.live.cards[0]
    assert card.isVisible() and card.prompt.text() == live.intact[0].template
    shown = {row.label: (row.intact, row.ablated) for row in card.rows}
    for place, label in enumerate(live.intact[0].labels):
        expected = live.intact[0].probabilities[place], live.ablated[0].probabilities[place]
        assert shown[label] == pytest.approx(expected)
    assert tab.units.counts.text() == "512 neurons: layer4.1 512 of 512."


def test_everything_can_be_undone_and_redone(
    tab: AblationTab, lab: LabContext, qtbot: QtBot
) -> None:
    start = lab.document.state
    add(tab, "layer4.0#3", qtbot)
    add(tab, "layer4.1#5", qtbot)
    click(tab.units.rows[0].check)
    click(tab.units.switch)
    choose(tab.units.constant, "to their mean")
    click(tab.units.rows[1].remove)
    end = lab.document.state
    assert end.ablation.to == "mean" and not end.ablation.on
    assert [selection.title for selection in end.ablation.selections] == ["layer4.0#3"]
    assert not end.ablation.selections[0].on
    steps = 0
    while lab.document.undo_stack.canUndo():
        lab.document.undo()
        steps += 1
    assert steps == 6
    assert lab.document.state == start
    assert not tab.units.rows and not tab.units.scroll_area.isVisible()
    while lab.document.undo_stack.canRedo():
        lab.document.redo()
    assert lab.document.state == end
    assert len(tab.units.rows) == 1 and not tab.units.rows[0].check.isChecked()
    assert tab.units.constant.currentData() == "mean" and not tab.units.switch.isChecked()


def test_the_switch_and_the_selections_decide_what_is_silenced(
    tab: AblationTab, lab: LabContext, qtbot: QtBot
) -> None:
    add(tab, "layer4.0#3", qtbot)
    add(tab, "layer4.1#5", qtbot)
    wait_live(lab, qtbot)
    assert lab.ablation.live.request.ablation.counts == {"layer4.0": 1, "layer4.1": 1}
    click(tab.units.rows[0].check)
    wait_live(lab, qtbot)
    assert lab.ablation.live.request.ablation.counts == {"layer4.1": 1}
    click(tab.units.switch)
    assert lab.ablation.live is None
    assert tab.live.state.text() == "The ablation is off: the model is intact."
    assert not any(card.isVisible() for card in tab.live.cards)
    click(tab.units.switch)
    wait_live(lab, qtbot)
    lab.document.change_stimulus("word", word="red")
    qtbot.waitUntil(lambda: lab.view.stimulus.word == "red", timeout=WAIT)
    wait_live(lab, qtbot)
    click(tab.units.clear)
    assert "Choose neurons" in tab.live.state.text()


def test_units_are_silenced_to_their_means_over_the_censuss_pictures(
    tab: AblationTab, lab: LabContext, qtbot: QtBot
) -> None:
    add(tab, "layer4.0", qtbot)
    with qtbot.waitSignal(lab.ablation.means_changed, timeout=WAIT):
        choose(tab.units.constant, "to their mean")
    wait_live(lab, qtbot)
    (part,) = lab.ablation.live.request.ablation.parts
    assert part.values == tuple(lab.ablation.means["layer4.0"])
    assert max(part.values) > 0
    assert tab.units.problem.text() == ""


def test_what_cannot_be_found_adds_nothing_and_says_so(
    tab: AblationTab, lab: LabContext, qtbot: QtBot
) -> None:
    chooser = tab.units.chooser
    QTest.keyClicks(chooser.search, "beauty > 3")
    qtbot.waitUntil(chooser.note.isVisible, timeout=WAIT)
    assert "beauty" in chooser.note.text()
    chooser.search.clear()
    QTest.keyClicks(chooser.search, "layer4.0#9999")
    qtbot.waitUntil(lambda: not chooser.add.isEnabled(), timeout=WAIT)
    QTest.keyClick(chooser.search, Qt.Key.Key_Return)
    assert not lab.ablation.setup.selections


def test_the_inspector_silences_what_its_list_shows_and_single_units(
    tab: AblationTab, window: MainWindow, lab: LabContext, qtbot: QtBot
) -> None:
    lab.actions.trigger("inspector.show-neurons")
    units = window.docks["inspector"].pane.units
    bar = units.grid.bar
    QTest.keyClicks(bar.search, "layer4.1")
    qtbot.waitUntil(lambda: len(units.grid.units.units) == 512, timeout=WAIT)
    click(bar.silence)
    assert lab.ablation.setup.units() == {"layer4.1": tuple(range(512))}
    assert lab.ablation.setup.selections[0].title == "layer4.1"
    units.show_page(7)  # of layer4.0
    assert units.page.silence.isEnabled() and units.page.silence.text() == "Silence"
    click(units.page.silence)
    assert lab.ablation.setup.units()["layer4.0"] == (7,)
    assert lab.ablation.setup.selections[1].title == "layer4.0 #7"
    assert not units.page.silence.isEnabled() and units.page.silence.text() == "Silenced"
    lab.document.undo()
    assert units.page.silence.isEnabled()


def test_an_ablation_is_saved_for_the_command_line(
    tab: AblationTab, lab: LabContext, tmp_path: Path, qtbot: QtBot
) -> None:
    add(tab, "layer4.0#3", qtbot)
    tab.units.ask_path = lambda _suggested, _filter: tmp_path / "chosen.json"
    click(tab.units.save)
    qtbot.waitUntil((tmp_path / "chosen.json").exists, timeout=WAIT)
    content = read_ablation(tmp_path / "chosen.json")
    assert content.ablation == lab.ablation.ablation()
    assert content.sizes == {"layer4.0": 512}


def test_units_of_another_model_are_left_alone(
    tab: AblationTab, lab: LabContext, loader: Loader, qtbot: QtBot
) -> None:
    add(tab, "layer4.0#3", qtbot)
    wait_live(lab, qtbot)
    loader.session = random_session("embedded", seed=5)
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("embedded")
    assert not lab.ablation.active and lab.ablation.live is None
    assert "stays intact" in tab.units.problem.text()
    assert not tab.study.start.isEnabled()


def has_begun(job: Job) -> bool:
    """True if there is something to keep."""
    return job.done > 0


def small_study(tab: AblationTab, controls: int, qtbot: QtBot) -> None:
    add(tab, "layer4.0#3", qtbot)
    choose(tab.study.samples, "1 each")
    tab.study.controls.setValue(controls)
    assert tab.study.size_label.text() == f"{controls + 2} runs · {90 * (controls + 2):,} images"
    click(tab.study.start)


def test_a_study_runs_to_its_sentence_and_is_exported(
    tab: AblationTab, lab: LabContext, tmp_path: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(lab.ablation.jobs.ended, timeout=WAIT) as ended:
        small_study(tab, 1, qtbot)
        qtbot.waitUntil(tab.study.progress.isVisible, timeout=WAIT)
    _job, state, error = ended.args
    assert (state, error) == ("finished", None)
    (found,) = list_studies()
    study = StudyFolder.open(found.path)
    result = study_result(study)
    view = tab.study.result
    assert view.isVisible()
    assert view.sentence.text() == result_sentence(result)
    assert view.table.rowCount() == 3
    choose(view.measure, view.measure.itemText(1))
    assert view.sentence.text() == result_sentence(result, 1)
    view.export_menu.ask_path = lambda _suggested, _filter: tmp_path / "out.csv"
    exact = next(action for action in view.export.menu().actions() if "exact" in action.text())
    exact.trigger()
    qtbot.waitUntil((tmp_path / "out.csv").exists, timeout=WAIT)  # the last of the two
    assert (tmp_path / "out.provenance.json").exists()
    assert read_csv(tmp_path / "out.csv", COLUMNS) == study_table(result)
    tools = figure_tools(lab)
    tools.ask_path = lambda _suggested, _filter: tmp_path / "figure.svg"
    tools.save(view.export_menu.printed(), PictureOptions(form="svg"))
    qtbot.waitUntil((tmp_path / "figure.svg").exists, timeout=WAIT)
    assert not tab.study.progress.isVisible()
    assert not tab.study.resume.isVisible()
    note = tab.picture_note()
    assert note.startswith(f"Study “{result.title}” · Silencing ")
    assert result.plan.model.name in note and f"seed {result.plan.stimuli.seed}" in note


@pytest.mark.parametrize("gray", ["gray", "grey"])
def test_r77_a_study_writes_and_names_gray_as_the_preferences_say(
    tab: AblationTab, lab: LabContext, qtbot: QtBot, gray: str
) -> None:
    lab.change_settings(gray_spelling=gray)
    with qtbot.waitSignal(lab.ablation.jobs.ended, timeout=WAIT):
        small_study(tab, 0, qtbot)
    (found,) = list_studies()
    plan = StudyFolder.open(found.path).record.plan
    assert plan.stimuli.gray == gray
    assert plan.labels == color_labels(gray)
    words = {plan.stimuli.spec(index).stimulus.word for index in range(len(plan))}
    assert gray in words and len(words & {"gray", "grey"}) == 1


@pytest.mark.logs("the study in .* stopped")
def test_r42_a_study_is_paused_gone_on_with_and_keeps_what_is_done(
    tab: AblationTab, lab: LabContext, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = lab.ablation.jobs
    with qtbot.waitSignal(jobs.ended, timeout=WAIT) as ended:
        with qtbot.waitSignal(jobs.progressed, timeout=WAIT, check_params_cb=has_begun):
            small_study(tab, 3, qtbot)
        click(tab.study.progress.pause)
    assert ended.args[1] == "paused"
    qtbot.waitUntil(tab.study.resume.isVisible, timeout=WAIT)
    (found,) = list_studies()
    assert 0 < found.done < found.total
    assert "unfinished" in tab.study.earlier.currentText()
    titles: list[str] = []
    jobs.changed.connect(lambda: titles.append(jobs.current.title if jobs.current else ""))
    known = {**planning.drawing_versions(), "torch": "99.0"}
    monkeypatch.setattr(planning, "drawing_versions", lambda: known)
    with qtbot.waitSignal(jobs.ended, timeout=WAIT) as ended:
        click(tab.study.resume)
    assert ended.args[1] == "failed" and tab.study.banner.isVisible()
    assert set(titles) == {"", found.title}  # not what the list says beside it
    assert "the version of torch" in tab.study.banner.text.text()
    with qtbot.waitSignal(jobs.ended, timeout=WAIT) as ended:
        click(tab.study.banner.accept)
    assert ended.args[1] == "finished" and not tab.study.banner.isVisible()
    assert StudyFolder.open(found.path).finished


def test_r64_means_are_measured_after_a_study_was_paused(
    tab: AblationTab, lab: LabContext, qtbot: QtBot
) -> None:
    jobs = lab.ablation.jobs
    with qtbot.waitSignal(jobs.ended, timeout=WAIT):
        with qtbot.waitSignal(jobs.progressed, timeout=WAIT, check_params_cb=has_begun):
            small_study(tab, 3, qtbot)
        click(tab.study.progress.pause)
    with qtbot.waitSignal(lab.ablation.means_changed, timeout=WAIT):
        choose(tab.units.constant, "to their mean")
    assert not lab.ablation.measuring


def test_r64_a_cancelled_study_is_kept_as_cancelled_and_can_be_taken_up_again(
    tab: AblationTab, lab: LabContext, qtbot: QtBot
) -> None:
    jobs = lab.ablation.jobs
    with qtbot.waitSignal(jobs.ended, timeout=WAIT) as ended:
        with qtbot.waitSignal(jobs.progressed, timeout=WAIT, check_params_cb=has_begun):
            small_study(tab, 2, qtbot)
        click(tab.study.progress.cancel)
        jobs.queue.request_stop()  # as closing does: what was cancelled does not become paused
        jobs.queue._stopped = False
    assert ended.args[1] == "cancelled"
    qtbot.waitUntil(lambda: "cancelled" in tab.study.earlier.currentText(), timeout=WAIT)
    (found,) = list_studies()
    assert found.cancelled and 0 < found.done < found.total
    study = StudyFolder.open(found.path)
    for _event in run_study(study, lab.inference.session):
        break
    assert not StudyFolder.open(found.path).record.cancelled


def test_r64_a_new_study_waits_for_one_that_was_gone_on_with_meanwhile(
    tab: AblationTab, lab: LabContext, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = lab.ablation.jobs
    with qtbot.waitSignal(jobs.ended, timeout=WAIT):
        with qtbot.waitSignal(jobs.progressed, timeout=WAIT, check_params_cb=has_begun):
            small_study(tab, 3, qtbot)
        click(tab.study.progress.pause)
    qtbot.waitUntil(tab.study.resume.isVisible, timeout=WAIT)
    (earlier,) = list_studies()
    gate, create = threading.Event(), StudyFolder.create

    def slowly(*given: object, **named: object) -> StudyFolder:
        assert gate.wait(100)
        return create(*given, **named)

    monkeypatch.setattr(StudyFolder, "create", slowly)
    click(tab.study.start)
    click(tab.study.resume)
    assert jobs.current is not None and jobs.current.path == earlier.path
    with qtbot.waitSignal(lab.message, timeout=WAIT, check_params_cb=is_about_waiting):
        gate.set()
    assert jobs.current.path == earlier.path
    with qtbot.waitSignal(jobs.ended, timeout=WAIT):
        jobs.pause()
    qtbot.waitUntil(lambda: tab.study.earlier.count() == 2, timeout=WAIT)
    assert len(list_studies()) == 2


def is_about_waiting(text: str, _milliseconds: int) -> bool:
    return "Another study is running" in text


def test_r40_closing_during_a_study_leaves_one_that_can_go_on(
    tab: AblationTab, window: MainWindow, lab: LabContext, session: ModelSession, qtbot: QtBot
) -> None:
    asked: list[str] = []
    window.ask_stop = lambda job, _parent: bool(asked.append(job.title))
    progressed = lab.ablation.jobs.progressed
    with qtbot.waitSignal(progressed, timeout=WAIT, check_params_cb=has_begun):
        small_study(tab, 3, qtbot)
    window.close()
    assert asked == ["Experiment 4: words on white without layer4.0#3"]
    assert window.isVisible(), "the user said no"
    lab.close()
    (found,) = list_studies()
    study = StudyFolder.open(found.path)
    assert 0 < study.done() < study.total
    hooks = sum(len(module._forward_hooks) for module in session.model.modules())
    assert hooks == 0


def test_a_command_brings_the_tab_to_the_front(tab: AblationTab, window: MainWindow) -> None:
    pane = window.docks["studies"].pane
    pane.show_tab("scan")
    window.lab.actions.trigger("studies.ablation")
    assert pane.tab == "ablation" and tab.isVisible()


def test_a_study_that_cannot_be_is_refused_beside_its_button(
    tab: AblationTab, lab: LabContext, qtbot: QtBot
) -> None:
    add(tab, "layer4.0", qtbot)
    click(tab.study.start)
    qtbot.waitUntil(tab.study.problem.isVisible, timeout=WAIT)
    assert "512 of the 512 neurons of layer4.0 are silenced" in tab.study.problem.text()
    assert lab.ablation.jobs.current is None
    assert tab.study.start.isEnabled()


def test_which_labels_moved_is_said_in_words() -> None:
    rows = (
        PairRow("red", 0.7, 0.2, True, False),
        PairRow("blue", 0.2, 0.705, False, True),
        PairRow("pink", 0.1, 0.1 - MOVED / 2, False, False),
    )
    assert moved_words(rows) == (
        "The answer moves from “red” to “blue”. Moved, in points: blue +50.5, red −50.0."
    )
    still = (PairRow("red", 0.7, 0.7, True, True),)
    assert moved_words(still) == ("The answer stays “red”. No label moves by a point or more.")
