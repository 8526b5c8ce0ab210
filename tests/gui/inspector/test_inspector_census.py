"""Taking a census in the window: invitation, form, progress, stopping, going on, failing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.base.errors import RunError
from core.census import gray_pass
from core.census import run as census_run
from core.census import stages as census_stages
from core.census.data import CensusData, load_census
from core.census.folder import CensusFolder
from core.census.sets import CENSUS_NAME, CensusOfSets, censuses_dir, list_censuses
from core.color.terms import CSS, Palette
from gui.context.lab_context import LabContext
from gui.inspector.census.picture_choice import PictureChoice
from gui.inspector.pane import InspectorPane
from gui.widgets.job_progress import JobBadge
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.elsewhere import held_elsewhere
from tests.support.quick_model import QuickLoader

PICTURES = 12


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small pictures, one damaged, and a text beside them."""
    where = tmp_path / "holiday photos"
    (where / "deeper").mkdir(parents=True)
    generator = np.random.default_rng(0)
    for number in range(PICTURES - 1):
        pixels = generator.integers(0, 256, (24, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(where / ("deeper" if number % 2 else ".") / f"{number}.png")
    (where / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    (where / "notes.txt").write_text("not a picture")
    return where


@pytest.fixture
def tiny_lab(make_lab, loader: QuickLoader, tiny_model, timed_at_once, qtbot: QtBot) -> LabContext:
    """A lab with a real model, random weights."""
    loader.models["tiny"] = tiny_model
    lab = make_lab()
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("tiny")
    return lab


@pytest.fixture
def pane(tiny_lab: LabContext, qtbot: QtBot) -> InspectorPane:
    pane = InspectorPane(tiny_lab)
    qtbot.addWidget(pane)
    pane.resize(640, 640)
    pane.show()
    with qtbot.waitSignal(pane.shown_census.listed, timeout=WAIT):
        pane.begin()
    return pane


def open_form(pane: InspectorPane, qtbot: QtBot) -> None:
    """Open the form and wait until the model's layers and its speed are known."""
    pane.show_form(True)
    qtbot.waitUntil(lambda: "about" in pane.form.estimate.text(), timeout=WAIT)


def use_pictures_only(pane: InspectorPane, folder: Path, qtbot: QtBot) -> None:
    """A census of a second or two."""
    open_form(pane, qtbot)
    for field in (pane.form.words, pane.form.shapes):
        field.use.click()
    pane.form.ask_folder = lambda: folder
    pane.form.folder.click()
    qtbot.waitUntil(pane.form.begin.isEnabled, timeout=WAIT)


def begin(pane: InspectorPane, qtbot: QtBot) -> Path:
    """Begin the census of the draft; its folder."""
    with qtbot.waitSignal(pane.controller.begun, timeout=WAIT) as begun:
        pane.form.begin.click()
    return begun.args[0]


def stop_after_one_batch(
    pane: InspectorPane, stop: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the next census stop after two pictures, whatever the speed of the computer."""
    monkeypatch.setattr(type(pane.controller.planning), "batch_size", 2)
    at_work, asked = threading.Event(), threading.Event()
    real = census_run._Census._forward

    def held(self, batch):
        at_work.set()
        asked.wait(WAIT / 1000)
        return real(self, batch)

    def at_first_report(_job: object) -> None:
        if not asked.is_set():
            at_work.wait(WAIT / 1000)  # asked before, it would stop with nothing done
            stop()
            asked.set()

    monkeypatch.setattr(census_run._Census, "_forward", held)
    pane._lab.census.progressed.connect(at_first_report)


def is_newest(census: CensusData) -> bool:
    """True if nothing on the disk is further than what was read."""
    on_disk = load_census(census.path)
    return {kind: (found.done, found.gray is None) for kind, found in census.sets.items()} == {
        kind: (found.done, found.gray is None) for kind, found in on_disk.sets.items()
    }


def finish(pane: InspectorPane, qtbot: QtBot) -> str:
    """Wait for the end of the census at work and for its indices; its state."""
    states, read = [], []
    pane._lab.census.ended.connect(lambda _job, state, _error: states.append(state))
    pane.shown_census.loaded.connect(lambda _data: read.clear())
    pane.shown_census.changed.connect(read.append)
    qtbot.waitUntil(lambda: bool(states), timeout=2 * WAIT)
    # What was read while it was still at work may be older than its end.
    qtbot.waitUntil(lambda: bool(read) and is_newest(read[-1].census), timeout=WAIT)
    return states[0]


# --- before the first census ---


def test_before_the_first_census_each_figure_invites_to_take_one(pane, qtbot) -> None:
    for tab in ("types", "selectivity", "hue", "neurons"):
        pane.show_tab(tab)
        assert pane.stack.currentWidget() is pane.invitation
        assert pane.invitation.text.count(". ") == 1  # two sentences
        assert pane.invitation.button.isVisibleTo(pane)
    pane.show_tab("live")
    assert pane.stack.currentWidget() is pane.live
    pane.show_tab("types")
    qtbot.mouseClick(pane.invitation.button, Qt.MouseButton.LeftButton)
    assert pane.outer.currentWidget() is pane.form
    qtbot.mouseClick(pane.form.back, Qt.MouseButton.LeftButton)
    assert pane.outer.currentWidget() is pane.body


def test_the_form_says_how_many_layers_units_and_images_there_are(pane, qtbot) -> None:
    open_form(pane, qtbot)
    form = pane.form
    assert form.layers.currentText() == "Outputs of the blocks (6 layers, 1,728 neurons)"
    assert form.words.images.text().endswith("19,800 images")
    assert form.shapes.images.text().endswith("17,600 images")
    assert form.estimate.text().startswith("37,400 images · about ")
    form.layers.setCurrentIndex(form.layers.findData("convolutions"))
    form.layers.activated.emit(form.layers.currentIndex())
    assert pane.controller.planning.draft.layers == "convolutions"
    form.words.samples.setCurrentText("3")
    form.words.samples.lineEdit().editingFinished.emit()
    assert form.words.images.text().endswith("2,970 images")
    qtbot.waitUntil(lambda: "about" in form.estimate.text(), timeout=WAIT)
    assert form.estimate.text().startswith("20,570 images · about ")


def test_the_form_warns_of_what_will_stay_undefined(pane, folder, qtbot) -> None:
    open_form(pane, qtbot)
    form = pane.form
    assert "color selectivity, hues and “not activated” stay undefined" in form.warning.text()
    form.words.use.click()
    assert "no neuron has a type" in form.warning.text()
    form.shapes.use.click()
    assert "any word" in form.warning.text()
    assert not form.begin.isEnabled()  # there is no image left
    assert "choose at least one set" in form.estimate.text()
    form.ask_folder = lambda: folder
    form.folder.click()
    qtbot.waitUntil(form.begin.isEnabled, timeout=WAIT)
    assert "undefined" not in form.warning.text()
    assert "12 natural pictures are few" in form.warning.text()
    assert "12 pictures" in form.folder_text.text()
    assert "1 other file left out" in form.folder_text.text()
    form.forget.click()
    assert form.folder_text.text() == "No folder is chosen."
    assert not form.begin.isEnabled()


def test_a_folder_without_pictures_is_said_in_the_form(pane, tmp_path, qtbot) -> None:
    open_form(pane, qtbot)
    empty = tmp_path / "empty"
    empty.mkdir()
    pane.form.ask_folder = lambda: empty
    pane.form.folder.click()
    qtbot.waitUntil(lambda: "no picture" in pane.form.folder_text.text(), timeout=WAIT)
    assert pane.form.begin.isEnabled()  # the words and shapes can be had all the same


def test_a_palette_that_makes_no_set_is_said_in_the_form(pane, tiny_lab, qtbot) -> None:
    open_form(pane, qtbot)
    double = Palette("double", {**CSS.colors, "pink": CSS["red"]})
    tiny_lab.document.change("palette", palette=double)
    assert "red and pink are the same color" in pane.form.estimate.text()
    assert not pane.form.begin.isEnabled()


def test_another_model_is_looked_at_when_it_is_ready(pane, tiny_lab, loader, qtbot) -> None:
    from core.models.loading import random_session

    open_form(pane, qtbot)
    loader.models["another"] = random_session("embedded", seed=5)
    before = pane.controller.planning.choices
    tiny_lab.use_model("another")
    planning = pane.controller.planning
    qtbot.waitUntil(lambda: bool(planning.choices) and planning.choices is not before, timeout=WAIT)
    qtbot.waitUntil(lambda: "about" in pane.form.estimate.text(), timeout=WAIT)


# --- listing a folder ---


def test_r45_a_folder_is_listed_beside_the_gui_thread(qtbot, folder, monkeypatch) -> None:
    from core.census import pictures as picture_list

    threads = []
    real = picture_list.list_pictures

    def watched(*arguments):
        threads.append(threading.current_thread())
        return real(*arguments)

    monkeypatch.setattr(picture_list, "list_pictures", watched)
    choice = PictureChoice(96)
    choice.choose(folder)
    assert choice.listing
    qtbot.waitUntil(lambda: not choice.listing, timeout=WAIT)
    assert threads and threading.main_thread() not in threads
    assert len(choice.pictures) == PICTURES
    assert choice.pictures.side == 96
    choice.set_side(48)
    assert choice.pictures.side == 48
    choice.stop()


def test_a_large_folder_is_given_up_at_once_when_another_is_chosen(
    qtbot, folder, tmp_path, monkeypatch
) -> None:
    from core.census import pictures as picture_list

    held, go_on = threading.Event(), threading.Event()
    real = picture_list.list_pictures
    looked_at = []

    def slow(where, told):
        if where == folder:
            return real(where, told)
        for number in range(1_000_000):  # a folder that takes long
            told(number)
            looked_at.append(number)
            held.set()
            go_on.wait(WAIT / 1000)
        raise AssertionError("it was listed to its end")

    monkeypatch.setattr(picture_list, "list_pictures", slow)
    choice = PictureChoice(96)
    choice.choose(tmp_path / "huge")
    assert held.wait(WAIT / 1000)
    choice.choose(folder)
    go_on.set()
    qtbot.waitUntil(lambda: not choice.listing, timeout=WAIT)
    assert choice.folder == folder
    assert len(choice.pictures) == PICTURES
    assert len(looked_at) == 1
    choice.stop()


# --- a census ---


def test_a_census_goes_from_the_form_to_the_figures(pane, folder, tiny_lab, qtbot) -> None:
    badge = JobBadge((tiny_lab.work.queue,), print, pane)
    use_pictures_only(pane, folder, qtbot)
    pane.form.title.setText("Holidays")
    pane.form.title.textEdited.emit("Holidays")
    stages, threads = [], []
    progressed = tiny_lab.census.progressed
    progressed.connect(lambda job: stages.append(job.progress.detail.stage))
    progressed.connect(lambda _job: threads.append(threading.current_thread()))
    path = begin(pane, qtbot)
    assert pane.outer.currentWidget() is pane.body
    assert pane.progress.isVisible()
    assert badge.isVisibleTo(pane)
    assert not pane.bar.new.isEnabled()
    assert finish(pane, qtbot) == "finished"
    assert pane.progress.isHidden()
    assert not badge.isVisibleTo(pane)
    assert list(dict.fromkeys(stages)) == ["pictures", "gray"]
    assert set(threads) == {threading.main_thread()}
    assert pane.shown_census.path == path
    data = pane.shown_census.data
    assert data.record.title == "Holidays"
    assert len(data) == 1728
    assert data.sets["pictures"].done == PICTURES
    assert data.sets["pictures"].refused
    assert not np.isnan(pane.shown_census.indices.selectivity).all()
    assert pane.shown_census.unfinished == ""
    assert "damaged" not in pane.bar.text.whole
    pane.show_tab("selectivity")
    assert pane.stack.currentWidget() is pane.selectivity
    assert "unreadable" in pane.selectivity.notes.text()


def test_a_paused_census_goes_on_where_it_was(pane, folder, tiny_lab, qtbot, monkeypatch) -> None:
    use_pictures_only(pane, folder, qtbot)
    stop_after_one_batch(pane, pane.progress.pause.click, monkeypatch)
    path = begin(pane, qtbot)
    assert finish(pane, qtbot) == "paused"
    assert pane.shown_census.data.sets["pictures"].done == 2
    assert "Natural pictures" in pane.shown_census.unfinished
    assert pane.bar.resume.isVisibleTo(pane)
    assert "partial" in pane.bar.text.whole
    pane.bar.resume.click()
    qtbot.waitUntil(lambda: tiny_lab.census.current is not None, timeout=WAIT)
    assert finish(pane, qtbot) == "finished"
    qtbot.waitUntil(lambda: not pane.shown_census.unfinished, timeout=WAIT)
    assert pane.shown_census.data.sets["pictures"].gray is not None
    assert not pane.bar.resume.isVisibleTo(pane)
    assert CensusOfSets.open(path).folder("pictures").state == "finished"


def test_r42_a_cancelled_census_keeps_what_is_done(
    pane, folder, tiny_lab, qtbot, monkeypatch
) -> None:
    use_pictures_only(pane, folder, qtbot)
    stop_after_one_batch(pane, pane.progress.cancel.click, monkeypatch)
    path = begin(pane, qtbot)
    assert finish(pane, qtbot) == "cancelled"
    assert CensusOfSets.open(path).folder("pictures").state == "cancelled"
    assert pane.shown_census.data.sets["pictures"].done == 2
    assert pane.shown_census.data.sets["pictures"].partial


def test_r64_a_census_cancelled_in_its_gray_pass_is_kept_as_cancelled(
    pane, folder, tiny_lab, qtbot, monkeypatch
) -> None:
    use_pictures_only(pane, folder, qtbot)
    monkeypatch.setattr(type(pane.controller.planning), "batch_size", 2)
    at_gray, asked = threading.Event(), threading.Event()
    measure = gray_pass._GrayPass._measure

    def held(self, batch) -> None:
        at_gray.set()
        asked.wait(WAIT / 1000)
        measure(self, batch)

    monkeypatch.setattr(gray_pass._GrayPass, "_measure", held)
    path = begin(pane, qtbot)
    qtbot.waitUntil(at_gray.is_set, timeout=2 * WAIT)
    pane.progress.cancel.click()
    asked.set()
    assert finish(pane, qtbot) == "cancelled"
    assert CensusOfSets.open(path).record.cancelled
    qtbot.waitUntil(lambda: "Cancelled" in pane.shown_census.unfinished, timeout=WAIT)
    pane.bar.resume.click()
    qtbot.waitUntil(lambda: tiny_lab.census.current is not None, timeout=WAIT)
    assert finish(pane, qtbot) == "finished"
    assert not CensusOfSets.open(path).record.cancelled


def test_r40_the_lab_can_be_closed_while_a_census_is_at_work(
    pane, folder, tiny_lab, qtbot, monkeypatch
) -> None:
    use_pictures_only(pane, folder, qtbot)
    monkeypatch.setattr(type(pane.controller.planning), "batch_size", 2)
    path = begin(pane, qtbot)
    job = tiny_lab.census.current
    qtbot.waitUntil(lambda: job.done > 0, timeout=WAIT)
    tiny_lab.close()
    census = CensusOfSets.open(path).folder("pictures")
    assert census.state in ("paused", "finished")
    assert load_census(path).sets["pictures"].done == census.done()


def test_the_window_asks_before_it_stops_a_census(
    make_window, tiny_lab, folder, qtbot, monkeypatch
) -> None:
    window: MainWindow = make_window(tiny_lab)
    pane = window.docks["inspector"].pane
    go_on = threading.Event()
    real = census_stages.census

    def held(*arguments, **options):
        go_on.wait(WAIT / 1000)
        return real(*arguments, **options)

    monkeypatch.setattr(census_stages, "census", held)
    use_pictures_only(pane, folder, qtbot)
    begin(pane, qtbot)
    asked = []
    window.ask_stop = lambda job, _parent: bool(asked.append(job.title))
    window.close()
    assert window.isVisible()
    assert asked == [pane.controller.planning.title()]
    go_on.set()
    assert finish(pane, qtbot) == "finished"
    window.close()
    assert not window.isVisible()


# --- what goes wrong ---


@pytest.mark.logs("ZeroDivisionError: a fault of the program", "The census met an unexpected fault")
def test_r41_a_fault_in_the_thread_is_reported_and_the_lab_goes_on(
    pane, folder, tiny_lab, qtbot, monkeypatch
) -> None:
    use_pictures_only(pane, folder, qtbot)

    def broken(*_arguments, **_options):
        raise ZeroDivisionError("a fault of the program")
        yield

    monkeypatch.setattr(census_stages, "census", broken)
    with qtbot.waitSignals([tiny_lab.crashed, tiny_lab.error], timeout=WAIT):
        path = begin(pane, qtbot)
    assert tiny_lab.census.current is None
    monkeypatch.undo()
    qtbot.waitUntil(lambda: bool(pane.shown_census.unfinished), timeout=WAIT)
    pane.controller.resume(path)
    assert finish(pane, qtbot) == "finished"


def test_r39_a_lack_of_memory_lowers_the_batch_and_is_told(
    pane, folder, tiny_lab, qtbot, monkeypatch
) -> None:
    use_pictures_only(pane, folder, qtbot)
    monkeypatch.setattr(type(pane.controller.planning), "batch_size", 8)
    real = census_run._Census._forward
    monkeypatch.setattr(
        census_run._Census,
        "_forward",
        lambda self, batch: (
            (_ for _ in ()).throw(MemoryError()) if len(batch.images) > 4 else real(self, batch)
        ),
    )
    notes = []
    tiny_lab.census.changed.connect(
        lambda: notes.extend(tiny_lab.census.current.notes if tiny_lab.census.current else ())
    )
    begin(pane, qtbot)
    assert finish(pane, qtbot) == "finished"
    assert "Memory ran short: batches of 4 images now." in notes
    assert pane.shown_census.data.sets["pictures"].done == PICTURES


@pytest.mark.logs("cannot be resumed with ColorLab-Tiny")
def test_a_census_of_another_model_is_refused_and_stays_as_it_was(
    pane, folder, tiny_lab, loader, qtbot, monkeypatch
) -> None:
    from core.models.loading import random_session

    use_pictures_only(pane, folder, qtbot)
    stop_after_one_batch(pane, tiny_lab.census.pause, monkeypatch)
    path = begin(pane, qtbot)
    assert finish(pane, qtbot) == "paused"
    before = CensusFolder.open(path / "pictures").done()
    loader.models["other seed"] = random_session("embedded", seed=9)
    with qtbot.waitSignal(tiny_lab.inference.model_ready, timeout=WAIT):
        tiny_lab.use_model("other seed")
    assert not pane.shown_census.fits(tiny_lab.inference.info)
    with qtbot.waitSignal(tiny_lab.error, timeout=WAIT) as caught:
        pane.controller.resume(path)
    assert "what differs is the weights" in caught.args[0].message
    assert CensusFolder.open(path / "pictures").done() == before
    assert CensusFolder.open(path / "pictures").state == "paused"


@pytest.mark.logs("stopped: The census")
def test_other_versions_are_named_and_allowed_on_request(
    pane, folder, tiny_lab, qtbot, monkeypatch
) -> None:
    use_pictures_only(pane, folder, qtbot)
    stop_after_one_batch(pane, tiny_lab.census.pause, monkeypatch)
    path = begin(pane, qtbot)
    assert finish(pane, qtbot) == "paused"
    real = census_run.census_version_differences
    monkeypatch.setattr(
        census_run,
        "census_version_differences",
        lambda *plans: ["the version of torch", *real(*plans)],
    )
    with qtbot.waitSignal(pane.controller.versions_differ, timeout=WAIT):
        pane.controller.resume(path)
    assert "the version of torch" in pane.banner.text.text()
    assert tiny_lab.census.current is None
    pane.banner.accept.click()
    qtbot.waitUntil(lambda: tiny_lab.census.current is not None, timeout=WAIT)
    assert finish(pane, qtbot) == "finished"
    notes = CensusFolder.open(path / "pictures").manifest.notes
    assert any("the version of torch" in note for note in notes)


@pytest.mark.logs("The census.json of the census in .* is damaged")
def test_a_damaged_census_is_listed_with_its_reason(pane, qtbot) -> None:
    damaged = censuses_dir() / "broken"
    damaged.mkdir()
    (damaged / CENSUS_NAME).write_bytes(b"{")
    with qtbot.waitSignal(pane.shown_census.listed, timeout=WAIT):
        pane.shown_census.refresh()
    assert "damaged" in pane.shown_census.censuses[0].problem
    pane.bar._menu.aboutToShow.emit()
    (action,) = pane.bar._menu.actions()
    assert not action.isEnabled()
    assert "damaged" in action.toolTip()
    with qtbot.waitSignal(pane.shown_census.failed, timeout=WAIT) as caught:
        pane.shown_census.open(damaged)
    assert isinstance(caught.args[0], RunError)
    assert pane.shown_census.data is None and pane.shown_census.path is None
    assert pane.stack.currentWidget() in (pane.live, pane.invitation)


def test_r67_a_damaged_file_is_named_and_computed_again_at_a_click(pane, folder, qtbot) -> None:
    use_pictures_only(pane, folder, qtbot)
    path = begin(pane, qtbot)
    finish(pane, qtbot)
    before = pane.shown_census.data.sets["pictures"]
    pane.shown_census.close()
    (lists,) = (path / "pictures").glob(f"units-*{before.done}.safetensors")
    content = bytearray(lists.read_bytes())
    content[len(content) // 2] ^= 8
    lists.write_bytes(content)
    with qtbot.waitSignal(pane.shown_census.failed, timeout=WAIT):
        pane.shown_census.open(path)
    assert pane.shown_census.data is None and pane.banner.isVisibleTo(pane)
    said = pane.banner.text.text()
    assert path.name in said and f"its file pictures/{lists.name} is damaged" in said
    pane.banner.accept.click()
    assert finish(pane, qtbot) == "finished"
    assert pane.banner.isHidden() and not pane.shown_census.unfinished
    after = pane.shown_census.data.sets["pictures"]
    assert np.array_equal(after.tops.values, before.tops.values, equal_nan=True)
    assert np.array_equal(after.gray, before.gray, equal_nan=True)


# --- censuses on the disk ---


def test_the_newest_census_is_shown_at_the_start(pane, folder, tiny_lab, qtbot) -> None:
    use_pictures_only(pane, folder, qtbot)
    path = begin(pane, qtbot)
    finish(pane, qtbot)
    damaged = censuses_dir() / "zz newer and broken"
    damaged.mkdir()
    (damaged / CENSUS_NAME).write_bytes(b"{")
    pane.shown_census.close()
    pane._begun = False
    with qtbot.waitSignal(pane.shown_census.loaded, timeout=WAIT):
        pane.begin()
    assert pane.shown_census.path == pane.shown_census.data.path == path


@pytest.mark.logs("Another program is working on the census")
def test_r64_a_census_can_be_renamed_and_deleted(pane, folder, qtbot, monkeypatch) -> None:
    use_pictures_only(pane, folder, qtbot)
    path = begin(pane, qtbot)
    finish(pane, qtbot)
    pane.bar.ask_name = lambda _title: "Better name"
    pane.bar._on_rename()
    qtbot.waitUntil(lambda: pane.shown_census.data.record.title == "Better name", timeout=WAIT)
    assert list_censuses()[0].title == "Better name"
    trashed = []
    monkeypatch.setattr(
        "gui.jobs.background.QFile.moveToTrash", lambda name: bool(trashed.append(name)) or True
    )
    pane.bar.ask_delete = lambda _title: True
    told = []
    pane._lab.error.connect(lambda error, _retry: told.append(error.message))
    with held_elsewhere(path / "pictures" / ".lock"):
        pane.bar._on_delete()
        qtbot.waitUntil(lambda: bool(told), timeout=WAIT)
    assert "Another program is working on the census" in told[0] and trashed == []
    pane.shown_census.open(path)
    qtbot.waitUntil(lambda: pane.shown_census.data is not None, timeout=WAIT)
    pane.bar.ask_delete = lambda _title: False
    pane.bar._on_delete()
    assert pane.shown_census.data is not None
    pane.bar.ask_delete = lambda _title: True
    pane.bar._on_delete()
    qtbot.waitUntil(lambda: bool(trashed), timeout=WAIT)
    assert trashed == [str(path)]
    assert pane.shown_census.data is None
    pane.show_tab("types")
    assert pane.stack.currentWidget() is pane.invitation
