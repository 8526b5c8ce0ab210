"""The experiments in the window: their place, closing during a sweep, commands, the status bar."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from core.base.paths import config_dir
from core.sweeps.library import list_runs
from core.sweeps.run_folder import RunFolder
from gui.dialogs.questions import ask_stop
from gui.widgets.job_progress import JobBadge
from gui.window import layout
from gui.window.main_window import MainWindow
from tests.e2e.test_start import DRIVEN, ROOT, environment
from tests.gui.conftest import WAIT
from tests.support.experiments import BATCH, Engine

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def at_work(window: MainWindow, engine: Engine, qtbot: QtBot) -> MainWindow:
    """A window in which a sweep has done its first batch and stands before its second."""
    pane = window.docks["experiments"].pane
    pane.controller.set_samples(1)
    pane.controller.measure()
    qtbot.waitUntil(lambda: pane.controller.measured, timeout=WAIT)
    engine.close_gate()
    pane.run()
    engine.let_through()
    qtbot.waitUntil(
        lambda: window.lab.sweeps.current is not None and window.lab.sweeps.current.done == BATCH,
        timeout=WAIT,
    )
    return window


def test_in_a_low_window_the_pane_is_a_tab_and_in_a_high_one_a_row_of_its_own(
    window: MainWindow,
) -> None:
    docks = window.docks
    window.resize(1280, 720)
    window.lab.actions.trigger("view.reset-layout")
    assert docks["experiments"] in window.tabifiedDockWidgets(docks["prediction"])
    assert window.minimumSizeHint().height() <= 720
    window.resize(1920, 1080)
    QApplication.processEvents()
    window.lab.actions.trigger("view.reset-layout")
    QApplication.processEvents()
    assert window.tabifiedDockWidgets(docks["prediction"]) == []
    below = docks["experiments"]
    assert below.width() == window.width()
    assert below.y() > docks["designer"].y() + docks["designer"].height() - 1
    assert 0.3 * 1080 < below.height() < 0.5 * 1080


def test_r50_a_layout_of_an_earlier_version_keeps_the_windows_size(
    window: MainWindow, make_lab, make_window
) -> None:
    window.resize(1010, 655)
    window.close()
    settings = QSettings(str(config_dir() / "layout.ini"), QSettings.Format.IniFormat)
    assert int(str(settings.value("version"))) == layout.VERSION
    settings.setValue("version", layout.VERSION - 1)
    settings.sync()
    again = make_window(make_lab(start=False))
    assert again.height() == 655
    assert all(not dock.isHidden() for dock in again.docks.values())


@pytest.mark.parametrize("agrees", [False, True])
def test_r40_closing_during_a_sweep_asks_and_pauses_it(
    at_work: MainWindow, engine: Engine, qtbot: QtBot, agrees: bool
) -> None:
    window, sweeps = at_work, at_work.lab.sweeps
    asked: list[str] = []
    window.ask_stop = lambda job, _parent: asked.append(job.title) or agrees
    path = sweeps.current.path
    engine.open_gate()
    window.close()
    assert len(asked) == 1
    assert window.isVisible() is not agrees
    if agrees:
        assert not sweeps.queue.worker.isRunning()
        folder = RunFolder.open(path)
        assert folder.state in ("paused", "finished")  # it may have been done just then
        assert folder.done() >= BATCH
    else:
        qtbot.waitUntil(lambda: len(sweeps) == 0, timeout=WAIT)
        assert RunFolder.open(path).state == "finished"


@pytest.mark.parametrize(("button", "answer"), [("Pause and close", True), ("Keep running", False)])
def test_r40_the_question_names_the_run_and_says_that_nothing_is_lost(
    at_work: MainWindow, qtbot: QtBot, button: str, answer: bool
) -> None:
    texts: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        texts.extend((box.text(), box.informativeText()))
        for found in box.findChildren(QPushButton):
            if found.text() == button:
                found.click()

    QTimer.singleShot(50, press)
    assert ask_stop(at_work.lab.sweeps.current, at_work.lab, at_work) is answer
    assert texts[0].startswith("“Experiment 4: words on white” is at 16 of 90 images.")
    assert "Nothing that was computed is lost" in texts[1]


SWEEP_AND_CLOSE = """
import threading
from tests.support import experiments
import pytest
engine = experiments.install(pytest.MonkeyPatch())
compute, standing, closing = engine.compute, threading.Event(), threading.Event()
def held(plan, start, stop):  # the third batch is at work while the window closes
    if start >= 2 * experiments.BATCH:
        standing.set()
        closing.wait(experiments.PATIENCE)
    return compute(plan, start, stop)
engine.compute = held
request_stop = lab.request_stop
lab.request_stop = lambda: (request_stop(), closing.set())
pane = window.docks["experiments"].pane
def begin(_answer):
    lab.inference.answered.disconnect(begin)
    pane.controller.set_samples(5)
    pane.run()
lab.inference.answered.connect(begin)
closed = []
def close(job):
    if not closed and job.done > experiments.BATCH:
        closed.append(job)
        standing.wait(experiments.PATIENCE)
        window.close_without_asking()
lab.sweeps.progressed.connect(close)
"""


def test_r40_the_program_closes_in_the_middle_of_a_sweep_with_status_0(profile: Path) -> None:
    body = DRIVEN.format(body=textwrap.dedent(SWEEP_AND_CLOSE))
    done = subprocess.run(
        [sys.executable, "-c", body],
        cwd=ROOT,
        env=environment(profile),
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = {key: v for line in done.stdout.splitlines() for key, v in json.loads(line).items()}
    assert said["status"] == 0
    (run,) = list_runs()
    assert run.state == "paused"
    assert run.done == 3 * BATCH, "the batch at work was kept, and no other begun"


def test_the_status_bar_tells_how_far_the_run_is_and_leads_to_it(
    at_work: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    badge = at_work.statusBar().findChild(JobBadge)
    assert badge.isVisible()
    assert badge.text().startswith("Experiment 4: words on white · 18\u00a0%")
    at_work.docks["experiments"].close()
    qtbot.mouseClick(badge, LEFT)
    assert at_work.docks["experiments"].isVisible()
    engine.open_gate()
    qtbot.waitUntil(lambda: len(at_work.lab.sweeps) == 0, timeout=WAIT)
    assert not badge.isVisible()


def test_commands_pause_and_cancel_the_run_at_work(
    at_work: MainWindow, engine: Engine, qtbot: QtBot
) -> None:
    actions, sweeps = at_work.lab.actions, at_work.lab.sweeps
    assert actions["experiments.pause"].isEnabled()
    assert not actions["experiments.resume"].isEnabled()
    assert not actions["experiments.estimate"].isEnabled()
    actions.trigger("experiments.cancel")
    assert sweeps.current.state == "cancelling"
    engine.open_gate()
    qtbot.waitUntil(lambda: len(sweeps) == 0, timeout=WAIT)
    assert not actions["experiments.pause"].isEnabled()
    qtbot.waitUntil(actions["experiments.resume"].isEnabled, timeout=WAIT)
    assert not actions["experiments.edit-plan"].isChecked()
    actions.trigger("experiments.edit-plan")
    assert at_work.docks["experiments"].pane.editor.isVisibleTo(at_work.docks["experiments"].pane)


def test_the_menu_has_the_commands(window: MainWindow) -> None:
    titles = [action.text().replace("&", "") for action in window.menuBar().actions()]
    assert titles.index("Model") < titles.index("Experiments") < titles.index("View")
    menu = window.menuBar().actions()[titles.index("Experiments")].menu()
    texts = [action.text() for action in menu.actions()]
    assert "Run experiment" in texts
    assert "Experiment 5: words on colors" in texts
