"""Runs on the disk: listed, resumed after a crash, renamed, deleted, compared, looked into."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QFile, Qt
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from core.network.ablation import make_ablation
from core.results.result_types import Difference, Selection, Share
from core.results.selection import matching
from core.runs import folder as work_folder
from core.stimuli.render import render
from core.sweeps import plan as planning
from core.sweeps.library import list_runs, runs_dir
from core.sweeps.run_folder import RunFolder
from gui.experiments.pane import ExperimentsPane
from gui.experiments.results.export_menu import TARGETS
from gui.experiments.results.picture_loader import PAGE
from gui.experiments.results.tables import TABLE
from gui.experiments.runs import library
from gui.experiments.runs.library import RunLibrary
from gui.window.main_window import MainWindow
from tests.core.experiment_runs import made_run, plan_of
from tests.gui.conftest import WAIT
from tests.support.elsewhere import held_elsewhere
from tests.support.experiments import Engine, a_run
from tests.support.quick_model import QuickModel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def run(pane: ExperimentsPane, qtbot: QtBot) -> RunFolder:
    """A finished run of 180 images, which is shown."""
    folder = a_run(pane._lab.inference.info, samples=2, title="First run", seed=1)
    listed(pane, qtbot)
    shown(pane, qtbot)
    return folder


def listed(pane: ExperimentsPane, qtbot: QtBot) -> None:
    with qtbot.waitSignal(pane.controller.library.changed, timeout=WAIT):
        pane.controller.library.refresh()


def shown(pane: ExperimentsPane, qtbot: QtBot) -> None:
    maker = pane.results.maker
    qtbot.waitUntil(lambda: pane.results.made is not None and not maker.busy(TABLE), timeout=WAIT)


def click_cell(pane: ExperimentsPane, qtbot: QtBot, row: int, column: int) -> object:
    view = pane.results.view
    place = view.results.index(row, view.results.names + column)
    view.scrollTo(place)
    qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(place).center())
    return view.results.cell(place)


def test_a_damaged_run_is_listed_with_its_reason_and_spoils_nothing(
    pane: ExperimentsPane, run: RunFolder, qtbot: QtBot
) -> None:
    broken = runs_dir() / "broken"
    broken.mkdir()
    (broken / "plan.json").write_text("{", encoding="utf-8")
    listed(pane, qtbot)
    rows = {row.path.name: row for row in pane.runs.list.rows.rows}
    assert rows["broken"].state == "damaged"
    assert "damaged" in rows["broken"].detail_text()
    model = pane.runs.list.rows
    spoken = Qt.ItemDataRole.AccessibleTextRole
    texts = [model.index(place, 0).data(spoken) for place in range(model.rowCount())]
    assert [text.split(", ")[0] for text in texts] == [row.title for row in model.rows]
    assert any("damaged" in text for text in texts) and any(
        "finished" in text.lower() for text in texts
    )
    assert rows["first-run"].state == "finished"
    pane.runs.select(broken)
    assert "damaged" in pane.results.message.text()
    assert pane.results.message.isVisible()
    assert [entry[0] for entry in pane.runs.commands()] == ["Delete…"]


def test_an_interrupted_run_is_offered_at_the_start(
    lab, make_window, engine: Engine, qtbot: QtBot
) -> None:
    folder = a_run(QuickModel().info, images=32, title="Killed")
    folder.set_state("running")  # as a killed program leaves it
    window = make_window(lab)
    pane: ExperimentsPane = window.docks["experiments"].pane
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("embedded")
    qtbot.waitUntil(pane.banner.isVisible, timeout=WAIT)
    assert not pane.visibleRegion().isEmpty()  # its tab came to the front
    assert "“Killed” was interrupted at 32 of 90 images." in pane.banner.text.text()
    assert pane.runs.current.state == "interrupted"
    qtbot.mouseClick(pane.banner.accept, LEFT)
    qtbot.waitUntil(lambda: len(lab.sweeps) == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: len(lab.sweeps) == 0, timeout=WAIT)
    assert RunFolder.open(folder.path).state == "finished"
    assert sum(map(len, engine.computed)) == 90 - 32
    assert not pane.banner.isVisible()


@pytest.mark.logs("“Of another” cannot be resumed")
def test_a_run_of_another_model_is_refused_with_the_name_of_what_differs(
    pane: ExperimentsPane, window: MainWindow, qtbot: QtBot
) -> None:
    info = window.lab.inference.info
    other = msgspec.structs.replace(info, sha256="cd" * 32, name="Other")
    folder = a_run(other, images=16, title="Of another")
    listed(pane, qtbot)
    pane.runs.select(folder.path)
    qtbot.mouseClick(pane.runs.resume, LEFT)
    qtbot.waitUntil(window.notice.isVisible, timeout=WAIT)
    assert "the weights differs" in window.notice.text
    assert RunFolder.open(folder.path).state == "paused"
    assert len(window.lab.sweeps) == 0


def test_other_versions_can_be_allowed(
    pane: ExperimentsPane, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = a_run(window.lab.inference.info, images=16, title="Old")
    found = {**planning.drawing_versions(), "torch": "99.0"}
    monkeypatch.setattr(planning, "drawing_versions", lambda: found)
    listed(pane, qtbot)
    qtbot.mouseClick(pane.runs.resume, LEFT)
    qtbot.waitUntil(pane.banner.isVisible, timeout=WAIT)
    assert "the version of torch" in pane.banner.text.text()
    qtbot.mouseClick(pane.banner.accept, LEFT)
    qtbot.waitUntil(lambda: RunFolder.open(folder.path).state == "finished", timeout=WAIT)
    qtbot.waitUntil(lambda: len(window.lab.sweeps) == 0, timeout=WAIT)


def test_a_copied_plan_keeps_its_ablation_until_it_is_removed(
    pane: ExperimentsPane, window: MainWindow, qtbot: QtBot
) -> None:
    silenced = make_ablation("any word", {"layer4.0": [3, 7]})
    info = window.lab.inference.info
    plan = msgspec.structs.replace(plan_of("experiment-4", 1, info=info), ablation=silenced)
    folder = made_run(runs_dir() / "ablated", plan, images=8)
    listed(pane, qtbot)
    pane.runs.select(folder.path)
    window.lab.actions.trigger("experiments.use-plan")
    qtbot.waitUntil(lambda: pane.controller.draft.ablation == silenced, timeout=WAIT)
    assert pane.controller.plan.ablation == silenced
    assert pane.controller.plan.title.endswith(", without any word")
    assert "90 images without 2 neurons" in pane.controller.estimate_text()
    pane.show_plan(True)
    words = "Ablation: “any word”, 2 neurons of layer4.0, to zero"
    assert pane.editor.ablation.isVisible() and pane.editor.ablation_text.text() == words
    qtbot.mouseClick(pane.editor.intact, LEFT)
    assert pane.controller.draft.ablation is None and pane.controller.plan.ablation is None
    assert not pane.editor.ablation.isVisible()
    other = msgspec.structs.replace(info, sha256="cd" * 32, name="Other")
    plan = msgspec.structs.replace(plan_of("experiment-4", 1, info=other), ablation=silenced)
    pane.controller.use_plan_of(made_run(runs_dir() / "others", plan, images=8).path)
    qtbot.waitUntil(lambda: bool(pane.controller.problem), timeout=WAIT)
    assert "silences neurons of Other" in pane.controller.problem and pane.controller.plan is None


def test_a_run_is_renamed(pane: ExperimentsPane, run: RunFolder, qtbot: QtBot) -> None:
    asked: list[str] = []
    pane.commands.ask_name = lambda title: asked.append(title) or "Another name"
    qtbot.keyClick(pane.runs.list, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: pane.runs.current.title == "Another name", timeout=WAIT)
    assert asked == ["First run"]
    assert RunFolder.open(run.path).manifest.title == "Another name"


def test_a_run_goes_to_the_trash_after_a_question(
    pane: ExperimentsPane, run: RunFolder, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, bool]] = []

    def move(path: str) -> bool:
        calls.append((path, threading.current_thread() is threading.main_thread()))
        Path(path).rename(runs_dir().parent / "trash")
        return True

    monkeypatch.setattr(QFile, "moveToTrash", staticmethod(move))
    answers = iter([False, True])
    pane.commands.ask_delete = lambda row: next(answers)
    qtbot.keyClick(pane.runs.list, Qt.Key.Key_Delete)
    assert calls == []
    qtbot.keyClick(pane.runs.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not pane.runs.list.rows.rows, timeout=WAIT)
    assert calls == [(str(run.path), False)]
    assert not pane.runs.isVisible()
    assert pane.results.message.isVisible()


@pytest.mark.logs("cannot be moved to the trash")
def test_a_trash_that_fails_is_told_and_the_run_stays(
    pane: ExperimentsPane,
    run: RunFolder,
    window: MainWindow,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(QFile, "moveToTrash", staticmethod(lambda _path: False))
    pane.commands.ask_delete = lambda _row: True
    window.lab.actions.trigger("experiments.delete-run")
    qtbot.waitUntil(window.notice.isVisible, timeout=WAIT)
    assert "trash" in window.notice.text
    assert run.path.exists()


@pytest.mark.logs("Another program is working on the run")
def test_r64_a_run_that_another_program_works_on_stays_as_it_is(
    pane: ExperimentsPane,
    run: RunFolder,
    window: MainWindow,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trashed: list[str] = []
    monkeypatch.setattr(QFile, "moveToTrash", staticmethod(lambda path: bool(trashed.append(path))))
    pane.commands.ask_delete = lambda _row: True
    pane.commands.ask_name = lambda _title: "Another name"
    with held_elsewhere(run.path / ".lock"):
        for action in ("delete-run", "rename-run"):
            window.notice.hide()
            window.lab.actions.trigger(f"experiments.{action}")
            qtbot.waitUntil(window.notice.isVisible, timeout=WAIT)
            assert "Another program is working on the run" in window.notice.text
    assert trashed == [] and RunFolder.open(run.path).manifest.title == "First run"


def test_r62_the_trash_is_asked_again_for_a_moment(
    pane: ExperimentsPane, run: RunFolder, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, faults
) -> None:
    answers = iter([False, False, True])
    monkeypatch.setattr(QFile, "moveToTrash", staticmethod(lambda _path: next(answers)))
    pane.controller.library.trash(run.path)
    listed(pane, qtbot)
    assert next(answers, None) is None and len(faults.waited) == 2


def test_a_run_at_work_cannot_be_deleted(
    pane: ExperimentsPane, engine: Engine, window: MainWindow, qtbot: QtBot
) -> None:
    engine.close_gate()
    pane.controller.set_samples(1)
    pane.run()
    qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    pane.commands.ask_delete = lambda _row: pytest.fail("it asked")
    qtbot.keyClick(pane.runs.list, Qt.Key.Key_Delete)
    assert not window.lab.actions["experiments.delete-run"].isEnabled()
    engine.open_gate()
    qtbot.waitUntil(lambda: len(window.lab.sweeps) == 0, timeout=WAIT)


def test_r45_runs_are_listed_beside_the_gui_thread(
    qapp, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_run(QuickModel().info, images=16)
    threads: list[object] = []
    opened = RunFolder.open.__func__

    def watched(cls, path):
        threads.append(threading.current_thread())
        return opened(cls, path)

    monkeypatch.setattr(RunFolder, "open", classmethod(watched))
    library = RunLibrary()
    with qtbot.waitSignal(library.changed, timeout=WAIT) as changed:
        library.refresh()
    assert [run.done for run in changed.args[0]] == [16]
    assert threads
    assert threading.main_thread() not in threads
    library.stop()
    library.deleteLater()


def test_from_a_number_to_its_pictures_and_into_the_designer(
    pane: ExperimentsPane, run: RunFolder, window: MainWindow, qtbot: QtBot
) -> None:
    cell = click_cell(pane, qtbot, 1, 1)
    assert isinstance(cell, Share)
    qtbot.waitUntil(lambda: pane.pictures.page is not None, timeout=WAIT)
    page = pane.pictures.page
    assert page.total == cell.count == len(matching(run, cell.selection))
    assert len(page.thumbnails) == min(PAGE, cell.count)
    rows = run.rows(["index", "answer", "role"]).to_pylist()
    for thumbnail in page.thumbnails:
        stored = rows[thumbnail.answer.index]
        assert stored["answer"] == thumbnail.answer.answer
        assert stored["role"] == "written"
        assert thumbnail.stimulus == run.plan.stimuli.spec(stored["index"]).stimulus
        assert thumbnail.image.size().width() == 32
    before = window.lab.document.state
    count = window.lab.document.undo_stack.count()
    grid = pane.pictures.list
    spot = grid.visualRect(grid.rows.index(0)).center()
    qtbot.mouseClick(grid.viewport(), LEFT, pos=spot)
    document = window.lab.document
    chosen = page.thumbnails[0]
    assert document.stimulus == chosen.stimulus
    assert document.prompts.active_templates() == (run.plan.templates[0],)
    assert document.prompts.active_labels() == run.plan.labels
    assert document.undo_stack.count() == count + 1
    document.undo()
    assert document.state == before


def test_pictures_come_shuffled_alike_each_time_or_in_order_page_by_page(
    pane: ExperimentsPane, window: MainWindow, qtbot: QtBot
) -> None:
    folder = a_run(window.lab.inference.info, samples=8, title="Many")
    listed(pane, qtbot)
    shown(pane, qtbot)
    pictures = pane.pictures
    everything = Selection(0, tuple(range(90)))
    share = Share(count=720, total=720, low=None, high=None, selection=everything)

    def indices() -> list[int]:
        page = pictures.page
        return [] if page is None else [one.answer.index for one in page.thumbnails]

    pictures.show_cell(share, "all", folder.path)
    qtbot.waitUntil(lambda: len(indices()) == PAGE, timeout=WAIT)
    first = indices()
    assert first != sorted(first)
    assert pictures.range.text() == "1–48 of 720"
    assert not pictures.back.isEnabled()
    qtbot.mouseClick(pictures.forward, LEFT)
    qtbot.waitUntil(lambda: indices() != first, timeout=WAIT)
    assert not set(indices()) & set(first)
    qtbot.keyClick(pictures.list, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: indices() == first, timeout=WAIT)
    pictures.order.setCurrentIndex(1)
    pictures.order.activated.emit(1)
    qtbot.waitUntil(lambda: indices() == list(range(PAGE)), timeout=WAIT)
    qtbot.keyClick(pictures.list, Qt.Key.Key_Escape)
    assert not pictures.isVisible()
    assert pane.runs.isVisible()


def test_two_runs_are_compared_and_each_cell_leads_to_either_ones_pictures(
    pane: ExperimentsPane, run: RunFolder, window: MainWindow, qtbot: QtBot
) -> None:
    second = a_run(window.lab.inference.info, samples=2, title="Second run", seed=2)
    listed(pane, qtbot)
    pane.runs.select(run.path)
    shown(pane, qtbot)
    pane.commands.fill_compare_menu()
    (action,) = pane.results.compare_menu.actions()
    assert action.text().startswith("Second run")
    action.trigger()
    qtbot.waitUntil(
        lambda: pane.results.made is not None and pane.results.made.other_plan is not None,
        timeout=WAIT,
    )
    assert pane.results.heading.whole == "First run, Quick → Second run, Quick"
    notes = pane.results.view.results.notes
    assert any("180 that both have" in note for note in notes)
    cell = click_cell(pane, qtbot, 0, 1)
    assert isinstance(cell, Difference)
    qtbot.waitUntil(lambda: pane.pictures.page is not None, timeout=WAIT)
    assert pane.pictures.page.total == cell.first.count
    pane.pictures.side.setCurrentIndex(1)
    pane.pictures.side.activated.emit(1)
    qtbot.waitUntil(lambda: pane.pictures.page.request.path == second.path, timeout=WAIT)
    assert pane.pictures.page.total == cell.second.count
    qtbot.mouseClick(pane.results.uncompare, LEFT)
    shown(pane, qtbot)
    assert pane.results.made.other_plan is None


def test_every_form_of_export_is_written_beside_the_gui_thread(
    pane: ExperimentsPane, run: RunFolder, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    menu = pane.results.export_menu
    said: list[str] = []
    window.lab.message.connect(lambda text, _time: said.append(text))
    for target in TARGETS:
        if target.is_report:
            continue  # the next test
        name = f"{target.form}{target.suffix}"
        menu.ask_path = lambda _path, _filter, name=name: tmp_path / name
        menu.save(target)
        qtbot.waitUntil(
            lambda name=name: any(text.startswith(f"Saved {name}") for text in said), timeout=WAIT
        )
        assert (tmp_path / name).stat().st_size > 100
    assert (tmp_path / "csv.csv.provenance.json").is_file()
    exported = json.loads((tmp_path / "json.json").read_text(encoding="utf-8"))
    assert [table["id"] for table in exported["tables"]] == [pane.results.made.table.id]
    menu.all_tables.setChecked(True)
    menu.ask_path = lambda _path, _filter: tmp_path / "all.json"
    menu.save(next(target for target in TARGETS if target.form == "json"))
    qtbot.waitUntil(lambda: any(text == "Saved all.json" for text in said), timeout=WAIT)
    every = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert len(every["tables"]) == len(pane.results.made.outlines)


def test_a_report_and_the_stimuli_are_written_from_the_menu(
    pane: ExperimentsPane, run: RunFolder, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    said: list[str] = []
    window.lab.message.connect(lambda text, _time: said.append(text))
    pane.results.export_menu.ask_path = lambda _path, _filter: tmp_path / "report.html"
    window.lab.actions.trigger("experiments.report")
    qtbot.waitUntil(lambda: "Saved report.html" in said, timeout=WAIT)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert run.plan.content_hash() in page and "<svg" in page
    pane.controller.use_preset("experiment-4")
    pane.controller.set_samples(1)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    pane.stimuli.ask_folder = lambda _title: tmp_path
    window.lab.actions.trigger("experiments.export-stimuli")
    assert pane.stimuli.busy
    qtbot.waitUntil(lambda: not pane.stimuli.busy, timeout=WAIT)
    made = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert len(made) == 1 and (made[0] / "manifest.csv").is_file()
    assert len(list(made[0].rglob("*.png"))) == len(pane.controller.plan)


@pytest.mark.usefixtures("engine")
def test_stimuli_can_be_cancelled_and_go_on(
    pane: ExperimentsPane, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    pane.controller.use_preset("experiment-5")
    pane.controller.set_samples(2)
    pane.stimuli.ask_folder = lambda _title: tmp_path
    pane.export_stimuli()
    pane.stimuli.cancel()
    qtbot.waitUntil(lambda: not pane.stimuli.busy, timeout=WAIT)
    assert not (tmp_path / "manifest.csv").exists()
    pane.controller.use_preset("experiment-4")
    pane.controller.set_samples(1)
    pane.stimuli.ask_folder = lambda _title: None
    pane.export_stimuli()
    assert not pane.stimuli.busy


@pytest.mark.logs("“table.md” cannot be written")
def test_a_failed_export_is_told_with_a_retry(
    pane: ExperimentsPane, run: RunFolder, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    menu = pane.results.export_menu
    menu.ask_path = lambda _path, _filter: tmp_path / "none" / "table.md"
    menu.save(TARGETS[5])
    qtbot.waitUntil(window.notice.isVisible, timeout=WAIT)
    assert "cannot be written" in window.notice.text


def test_r47_the_table_is_copied_as_it_looks_and_no_text_of_it_acts_as_a_formula(
    pane: ExperimentsPane, run: RunFolder, qtbot: QtBot
) -> None:
    pane.results.view.setFocus()
    qtbot.keyClick(pane.results.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:2] == ["Font color", "Font (correct) (%)"]
    assert lines[1].startswith("black\t")
    assert len(lines) == 1 + len(pane.results.made.table.rows)
    for line in lines:
        assert not any(cell.lstrip('" ').startswith(tuple("=+-@")) for cell in line.split("\t"))


def test_thumbnails_are_the_very_pixels(pane: ExperimentsPane, run: RunFolder, qtbot) -> None:
    click_cell(pane, qtbot, 0, 1)
    qtbot.waitUntil(lambda: pane.pictures.page is not None, timeout=WAIT)
    for thumbnail in pane.pictures.page.thumbnails[:3]:
        wanted = render(thumbnail.stimulus)
        image = thumbnail.image.convertToFormat(QImage.Format.Format_RGB888)
        for y, x in ((0, 0), (16, 16), (10, 20)):
            color = image.pixelColor(x, y)
            assert (color.red(), color.green(), color.blue()) == tuple(wanted[y, x])
    assert list_runs()[0].title == "First run"


@pytest.mark.logs("The folder of the runs cannot be made")
def test_r79_a_profile_that_cannot_be_written_lists_nothing_and_is_told(
    pane: ExperimentsPane, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for module in (library, work_folder):
        monkeypatch.setattr(module, "data_dir", refuse)
    listed(pane, qtbot)
    with qtbot.waitSignal(pane._lab.error, timeout=WAIT) as told:
        pane._lab.actions.trigger("experiments.open-folder")
    assert "Read-only" in told.args[0].message
