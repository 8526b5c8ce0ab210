"""The experiments pane as a user meets it: choose, run, pause, resume, look at the numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.base.errors import RunError
from core.experiments.presets import EXPERIMENTS
from core.predict.prompts import prompt_set
from core.sweeps.library import list_runs
from core.sweeps.run_folder import RunFolder
from gui.experiments.pane import ExperimentsPane
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.experiments import BATCH, Engine, a_run
from tests.support.waiting import let_events_pass

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def pane(pane: ExperimentsPane) -> ExperimentsPane:
    """The pane with its smallest experiment chosen."""
    pane.controller.set_samples(1)
    return pane


def idle(pane: ExperimentsPane, qtbot: QtBot) -> None:
    """Until nothing is at work and the list of runs is that of the disk."""
    lab = pane._lab
    qtbot.waitUntil(lambda: len(lab.sweeps) == 0, timeout=WAIT)
    qtbot.waitUntil(
        lambda: (
            [(r.done, r.state) for r in pane.controller.library.runs]
            == [(r.done, r.state) for r in list_runs()]
            and all(row.place is None for row in pane.runs.list.rows.rows)
        ),
        timeout=WAIT,
    )


def test_the_number_of_images_is_told_before_anything_runs(pane: ExperimentsPane) -> None:
    setup = pane.setup
    assert setup.estimate.whole == "90 images · time not measured yet"
    assert "90 combinations × 1 sample" in setup.estimate.toolTip()
    assert setup.run.isEnabled()
    setup.samples.setEditText("500")
    setup.samples.lineEdit().editingFinished.emit()
    assert setup.estimate.whole.startswith("45,000 images")
    row = setup.presets.findData("experiment-5")
    setup.presets.setCurrentIndex(row)
    setup.presets.activated.emit(row)
    assert setup.estimate.whole.startswith("495,000 images")
    assert pane.controller.plan.title == "Experiment 5: words on colors"


def test_the_time_is_estimated_when_asked(pane: ExperimentsPane, qtbot: QtBot) -> None:
    with qtbot.waitSignal(pane._lab.sweeps.measured, timeout=WAIT):
        qtbot.mouseClick(pane.setup.measure, LEFT)
        assert "measuring the speed" in pane.setup.estimate.whole
    assert "estimated from a calibration of 48 images" in pane.setup.estimate.whole
    assert not pane.setup.measure.isVisible()
    assert list_runs() == []


def test_run_fills_the_tables_while_it_works_and_marks_them_partial(
    pane: ExperimentsPane, engine: Engine, qtbot: QtBot
) -> None:
    sweeps = pane._lab.sweeps
    engine.close_gate()
    qtbot.mouseClick(pane.setup.run, LEFT)
    qtbot.waitUntil(lambda: sweeps.current is not None, timeout=WAIT)
    assert pane.progress.isVisible()
    assert "Measuring the speed" in pane.progress.text.whole
    engine.let_through(3 + 2)  # the calibration's batches, then two of the run
    qtbot.waitUntil(lambda: sweeps.current.done == 2 * BATCH, timeout=WAIT)
    table = pane.results
    qtbot.waitUntil(lambda: table.made is not None and table.made.images == 2 * BATCH, timeout=WAIT)
    assert table.status.text() == "partial: 32 of 90 images"
    assert table.status.isVisible()
    assert any("Partial: 32 of 90" in note for note in table.view.results.notes)
    text = pane.progress.text.whole
    assert text.startswith("32 / 90 images · ")
    assert "images/s" in text
    assert "left" in text
    assert "now: word “" in text
    assert pane.setup.run.text() == "Add to queue"
    engine.open_gate()
    idle(pane, qtbot)
    qtbot.waitUntil(lambda: table.made.images == 90 and not table.status.isVisible(), timeout=WAIT)
    assert not pane.progress.isVisible()
    assert pane.runs.current.state == "finished"
    assert RunFolder.open(pane.runs.current.path).counts().images == 90


def test_r42_pause_resume_and_cancel_by_their_buttons(
    pane: ExperimentsPane, engine: Engine, qtbot: QtBot
) -> None:
    sweeps = pane._lab.sweeps
    pane.controller.measure()
    qtbot.waitUntil(lambda: pane.controller.measured, timeout=WAIT)
    engine.close_gate()
    qtbot.mouseClick(pane.setup.run, LEFT)
    qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    engine.let_through()
    qtbot.waitUntil(lambda: sweeps.current.done == BATCH, timeout=WAIT)
    qtbot.mouseClick(pane.progress.pause, LEFT)
    assert "pausing after this batch" in pane.progress.text.whole
    assert not pane.progress.pause.isEnabled()
    engine.open_gate()
    idle(pane, qtbot)
    row = pane.runs.current
    assert row.state == "paused"
    assert 0 < row.done < 90
    partial = f"partial: {row.done} of 90 images"
    qtbot.waitUntil(lambda: pane.results.status.text() == partial, timeout=WAIT)
    engine.close_gate()
    qtbot.mouseClick(pane.runs.resume, LEFT)
    qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    qtbot.mouseClick(pane.progress.cancel, LEFT)
    assert "stopping after this batch" in pane.progress.text.whole
    engine.open_gate()
    idle(pane, qtbot)
    assert pane.runs.current.state == "cancelled"
    qtbot.mouseClick(pane.runs.resume, LEFT)
    qtbot.waitUntil(lambda: pane.runs.current.state == "finished", timeout=WAIT)
    assert pane.runs.current.done == 90
    idle(pane, qtbot)
    assert len(list_runs()) == 1


def test_the_lab_stays_alive_during_a_sweep(
    pane: ExperimentsPane, engine: Engine, qtbot: QtBot
) -> None:
    lab = pane._lab
    engine.close_gate()
    pane.run()
    qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT) as answered:
        lab.document.change_stimulus("size", size=0.31)
    assert answered.args[0].stimulus.size == 0.31
    assert lab.sweeps.current is not None


def test_the_sweep_keeps_its_model_when_another_is_taken_up(
    pane: ExperimentsPane, engine: Engine, qtbot: QtBot
) -> None:
    lab = pane._lab
    began = lab.inference.session
    engine.close_gate()
    pane.run()
    qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    with qtbot.waitSignal(lab.inference.model_ready, timeout=WAIT):
        lab.use_model("larger")
    assert lab.inference.session is not began
    assert lab.sweeps.current.task.session is began
    assert pane.controller.plan.stimuli.side == 48  # the next one is for the new model
    engine.open_gate()
    idle(pane, qtbot)
    assert pane.runs.current.state == "finished"
    assert pane.runs.current.model == "Quick"
    assert {id(session) for session in engine.sessions} == {id(began)}


def test_a_second_run_waits_in_the_queue_and_can_leave_it(
    pane: ExperimentsPane, engine: Engine, qtbot: QtBot
) -> None:
    sweeps = pane._lab.sweeps
    engine.close_gate()
    pane.run()
    qtbot.waitUntil(engine.batch_stands, timeout=WAIT)
    pane.run()
    qtbot.waitUntil(lambda: len(sweeps) == 2, timeout=WAIT)
    assert pane.runs.current.state == "queued"
    assert "1 more in the queue" in pane.progress.text.whole
    texts = [entry[0] for entry in pane.runs.commands()]
    assert texts[0] == "Remove from the queue"
    assert "Delete…" not in texts
    pane.commands.leave(pane.runs.current)
    qtbot.waitUntil(lambda: len(list_runs()) == 1, timeout=WAIT)
    assert len(sweeps) == 1


@pytest.mark.logs("There is no space left on the disk")
def test_r41_a_failure_shows_its_reason_and_a_retry(
    pane: ExperimentsPane, window: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    pane.controller.measure()
    qtbot.waitUntil(lambda: pane.controller.measured, timeout=WAIT)
    engine.fault = RunError("There is no space left on the disk.", "Make some.")
    qtbot.mouseClick(pane.setup.run, LEFT)
    qtbot.waitUntil(window.notice.isVisible, timeout=WAIT)
    assert window.notice.text == "There is no space left on the disk. Make some."
    idle(pane, qtbot)
    assert pane.runs.current.state == "failed"
    assert "no space" in pane.runs.current.tooltip()
    qtbot.mouseClick(window.notice._retry, LEFT)
    qtbot.waitUntil(lambda: len(pane._lab.sweeps) == 1, timeout=WAIT)
    idle(pane, qtbot)
    assert pane.runs.current.state == "finished"


def test_r13_a_prompt_that_would_be_cut_is_refused_before_a_folder_is_made(
    pane: ExperimentsPane,
) -> None:
    pane.controller.set_draft(
        pane.controller.draft.with_prompts([f"{'very ' * 90}{{}}"], ["red", "blue"])
    )
    assert "takes 77" in pane.setup.estimate.whole and not pane.setup.run.isEnabled()
    pane.run()
    assert not len(pane._lab.sweeps) and list_runs() == []


def test_a_plan_that_cannot_run_says_why_beside_the_button(
    pane: ExperimentsPane, qtbot: QtBot
) -> None:
    qtbot.mouseClick(pane.setup.plan_button, LEFT)
    field = pane.editor.templates.field
    assert field.isVisible()
    field.setPlainText("The word is red")
    assert not pane.setup.run.isEnabled()
    assert "no slot {}" in pane.setup.estimate.whole
    assert "Line 1" in pane.editor.templates.problem.text()
    field.setPlainText("The word is {}\n\nThe word looks {}")
    assert pane.setup.run.isEnabled()
    assert pane.controller.draft.templates == ("The word is {}", "The word looks {}")
    assert pane.setup.presets.currentText() == "Own plan"
    assert not pane.editor.templates.problem.isVisible()
    qtbot.keyClick(pane.setup.plan_button, Qt.Key.Key_Space)
    assert not field.isVisible()


def test_the_prompts_of_the_document_can_be_used(pane: ExperimentsPane, qtbot: QtBot) -> None:
    prompts = prompt_set(("A {} thing", "{}"), ("red", "blue"))
    pane._lab.document.change("prompts", prompts=prompts)
    pane.show_plan(True)
    qtbot.mouseClick(pane.editor.use_document, LEFT)
    assert pane.controller.draft.templates == ("A {} thing", "{}")
    assert pane.controller.draft.labels == ("red", "blue")
    assert pane.editor.labels.field.toPlainText() == "red\nblue"


def test_in_a_high_pane_the_lists_take_the_room_and_the_form_keeps_its_own(
    pane: ExperimentsPane,
) -> None:
    pane.show_plan(True)
    pane.resize(900, 1400)
    let_events_pass()
    editor = pane.editor
    assert editor.form.height() <= editor.form.sizeHint().height() + 2
    assert editor.templates.height() > editor.templates.sizeHint().height()


def test_every_setting_of_a_plan_reaches_it(pane: ExperimentsPane, qtbot: QtBot) -> None:
    editor, form = pane.editor, pane.editor.form
    pane.show_plan(True)

    def take(box, value: object) -> None:
        row = box.findData(value)
        box.setCurrentIndex(row)
        box.activated.emit(row)

    take(form.kind, "stroop")
    form.white_backgrounds.click()
    take(form.geometry_kind, "independent")
    take(form.gray, "grey")
    form.palette_list.setCurrentIndex(1)
    form.palette_list.activated.emit(1)
    form.seed.setText("12345678901")
    form.seed.editingFinished.emit()
    form.title.setText("Mine")
    form.title.textEdited.emit("Mine")
    editor.word_width.high.setValue(20)  # takes the other end along
    item = editor.fonts.list.item(0)
    item.setCheckState(Qt.CheckState.Unchecked)
    plan = pane.controller.plan
    stimuli = plan.stimuli
    assert plan.title == "Mine"
    assert len(plan) == 900
    assert (stimuli.geometry, stimuli.gray, stimuli.seed) == ("independent", "grey", 12345678901)
    assert stimuli.palette.name == "saturated"
    assert stimuli.rules.width == (0.2, 0.2)
    assert len(stimuli.rules.fonts) == 11
    assert "grey" in plan.labels
    assert "gray" not in plan.labels
    take(form.kind, "shapes")
    assert not form.gray.isVisible()
    editor.shape_size.low.setValue(50)
    editor.shape_rotation.high.setValue(90)
    rules = pane.controller.plan.stimuli.rules
    assert (rules.size, rules.rotation) == ((0.5, 0.7), (0.0, 90.0))


def test_a_plan_without_any_font_is_not_taken(pane: ExperimentsPane) -> None:
    pane.show_plan(True)
    fonts = pane.editor.fonts
    checked = fonts.checked
    for row in range(len(checked)):
        fonts.list.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert fonts.checked == checked[-1:]
    assert "no font" in pane.editor.rules_problem.text()
    fonts.standard.click()
    assert fonts.checked == checked
    assert not pane.editor.rules_problem.isVisible()


def test_the_plan_of_a_run_can_be_used_again(
    pane: ExperimentsPane, window: MainWindow, qtbot: QtBot
) -> None:
    info = window.lab.inference.info
    a_run(info, "experiment-5", images=20, title="Old", seed=0, geometry="independent")
    pane.controller.library.refresh()
    qtbot.waitUntil(lambda: pane.runs.current is not None, timeout=WAIT)
    window.lab.actions.trigger("experiments.use-plan")
    qtbot.waitUntil(lambda: pane.controller.draft.kind == "stroop", timeout=WAIT)
    assert pane.controller.draft.geometry == "independent"
    assert pane.controller.preset == "experiment-5"


def test_every_preset_is_a_command_and_shows_its_own_name(
    pane: ExperimentsPane, window: MainWindow
) -> None:
    for preset in EXPERIMENTS:
        window.lab.actions.trigger(f"experiments.choose-{preset.id}")
        assert pane.setup.presets.currentText() == preset.title
        assert pane.controller.plan.templates == preset.templates
        assert pane.controller.plan.title == preset.title


def test_without_a_model_it_says_that_it_waits(make_lab, make_window) -> None:
    window = make_window(make_lab(start=False))
    pane = window.docks["experiments"].pane
    assert pane.setup.estimate.whole == "Waiting for the model…"
    assert not pane.setup.run.isEnabled()
    pane.controller.run()
    assert "not ready" in window.statusBar().currentMessage()


def test_everything_has_a_name_and_can_be_reached_by_keyboard(pane: ExperimentsPane) -> None:
    setup = pane.setup
    for widget in (setup.presets, setup.samples, setup.plan_button, setup.measure, setup.run):
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    for widget in (pane.runs.list, pane.results.view, pane.pictures.list, pane.results.export):
        assert widget.accessibleName()


def test_a_real_model_runs_a_real_experiment(
    lab, make_window, loader, tiny_model, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.sweeps import run

    monkeypatch.setattr(run, "tuned_batch_size", lambda _machine, **_more: 30)
    monkeypatch.setattr(run._Sweep, "suitable_shard", lambda _work, _batch: 60)
    loader.models["embedded"] = tiny_model
    window = make_window(lab)
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("embedded")
    pane: ExperimentsPane = window.docks["experiments"].pane
    pane.controller.set_samples(1)
    plan = pane.controller.plan
    path = Path(RunFolder.create(list_path(), plan, tiny_model.info).path)
    pane.controller.resume(path)
    qtbot.waitUntil(lambda: len(lab.sweeps) == 1, timeout=WAIT)
    idle(pane, qtbot)
    folder = RunFolder.open(path)
    assert folder.state == "finished"
    counts = folder.counts()
    # The very answers that the live pane gives, image by image.
    from core.predict.prediction import Predictor
    from core.stimuli.render import render

    predictor = Predictor(tiny_model)
    prompts = prompt_set(plan.templates, plan.labels)
    for index in (0, 41, 89):
        item = plan.stimuli.spec(index)
        ((live,),) = predictor.predict(render(item.stimulus)[None], prompts)
        if not live.close:
            assert counts.answers[0, item.combination, live.winner] == 1


def list_path() -> Path:
    from core.sweeps.library import new_run_path

    return new_run_path("Real")


def test_r69_labels_that_are_one_prompt_are_marked_in_the_plan_before_it_runs(
    pane: ExperimentsPane, qtbot: QtBot
) -> None:
    pane.show_plan(True)
    labels = pane.editor.labels
    labels.field.setPlainText("red\nblue\nred\nRed ")
    assert labels.problem.text() == "Line 3: This label repeats row 1."
    labels.field.setPlainText("red\nblue\nRed ")
    assert labels.problem.text().startswith("Line 3: The model reads this label as row 1, “red”")
    assert "skipped" not in labels.problem.text()
    assert not pane.setup.run.isEnabled() and "as one text" in pane.setup.estimate.whole
    pane.run()
    assert pane.stack.currentWidget() is pane.editor and not len(pane._lab.sweeps)
    labels.field.setPlainText("red\nblue")
    assert not labels.problem.text() and pane.setup.run.isEnabled()
    qtbot.mouseClick(pane.setup.run, LEFT)
    qtbot.waitUntil(lambda: len(pane._lab.sweeps) == 1, timeout=WAIT)
    assert pane.stack.currentWidget() is pane.body
    idle(pane, qtbot)
