"""Loads that hang are given up, and models that are not used any more go: R58, R84."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.base.errors import ModelError
from core.network.ablation import Ablation, SilencedUnits
from core.scans.plan import ScanSetup, full_axis
from gui.context.ablation import LiveRequest
from gui.context.lab_context import LabContext
from gui.jobs import model_load
from gui.jobs.inference import ModelRequest
from gui.studies.jobs import make_plan, scan_jobs, scan_work
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support.quick_model import QuickLoader, QuickModel

ROOT = Path(__file__).resolve().parents[3]


class Hang:
    """Holds the load of one model until it is opened."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        self.request: ModelRequest | None = None
        self.inside = threading.Event()
        self.open = threading.Event()
        self.thread: threading.Thread | None = None

    def __call__(self, request: ModelRequest) -> None:
        if request.reference == self.reference:
            self.request, self.thread = request, threading.current_thread()
            self.inside.set()
            self.open.wait(120)

    def end(self) -> None:
        self.open.set()
        if self.thread is not None:
            self.thread.join(30)
            assert not self.thread.is_alive()


@pytest.fixture
def hang(loader: QuickLoader) -> Iterator[Hang]:
    hang = loader.before_load = Hang("other")
    yield hang
    hang.end()


def test_r58_another_model_is_taken_up_while_a_load_hangs(
    ready_lab: LabContext, hang: Hang, qtbot: QtBot
) -> None:
    heard: list[str] = []
    errors: list[ModelError] = []
    ready_lab.inference.model_ready.connect(lambda info: heard.append(info.name))
    ready_lab.inference.model_failed.connect(errors.append)
    ready_lab.use_model("other")
    assert hang.inside.wait(30)
    with qtbot.waitSignal(ready_lab.inference.answered, timeout=WAIT):
        ready_lab.document.change_stimulus("size", size=0.31)  # the present one answers meanwhile
    with qtbot.waitSignal(ready_lab.inference.model_ready, timeout=WAIT):
        ready_lab.use_model("embedded")
    assert ready_lab.inference.loading is None
    assert hang.request is not None
    assert hang.request.abandoned.is_set()
    hang.end()
    with qtbot.waitSignal(ready_lab.inference.answered, timeout=WAIT):
        ready_lab.document.change_stimulus("size", size=0.32)
    assert heard == ["Quick"]  # what the hung load brought in the end was dropped
    assert errors == []


def test_r58_a_load_that_fails_after_it_was_given_up_says_nothing(
    ready_lab: LabContext, loader: QuickLoader, hang: Hang, qtbot: QtBot
) -> None:
    errors: list[ModelError] = []
    ready_lab.inference.model_failed.connect(errors.append)
    del loader.models["other"]
    ready_lab.use_model("other")
    assert hang.inside.wait(30)
    with qtbot.waitSignal(ready_lab.inference.model_ready, timeout=WAIT):
        ready_lab.use_model("larger")
    hang.end()
    with qtbot.waitSignal(ready_lab.inference.answered, timeout=WAIT):
        ready_lab.document.change_stimulus("size", size=0.33)
    assert errors == []


@pytest.mark.logs("Loading other was stopped")
def test_r58_a_load_at_work_can_be_stopped(window: MainWindow, hang: Hang, qtbot: QtBot) -> None:
    lab = window.lab
    lab.use_model("other")
    assert hang.inside.wait(30)
    window.toolbar._fill_model_menu()
    actions = {action.text(): action for action in window.toolbar._model_menu.actions()}
    with qtbot.waitSignal(lab.inference.model_failed, timeout=WAIT) as failed:
        actions["Stop loading other"].trigger()
    assert "Loading other was stopped" in failed.args[0].message
    assert hang.request is not None
    assert hang.request.abandoned.is_set()
    assert lab.inference.loading is None
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.document.change_stimulus("size", size=0.36)
    window.toolbar._fill_model_menu()
    assert not any("Stop" in action.text() for action in window.toolbar._model_menu.actions())


def test_r58_a_load_that_has_just_ended_is_not_said_to_be_stopped(
    ready_lab: LabContext, hang: Hang, qtbot: QtBot
) -> None:
    errors: list[ModelError] = []
    ready_lab.inference.model_failed.connect(errors.append)
    ready_lab.use_model("other")
    assert hang.inside.wait(30)
    hang.end()
    with qtbot.waitSignal(ready_lab.inference.model_ready, timeout=WAIT):
        ready_lab.inference.stop_loading()
    assert errors == [] and ready_lab.inference.loading is None


def test_r58_closing_leaves_a_load_behind_that_does_not_end(
    lab: LabContext, hang: Hang, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_load, "PARTING_SECONDS", 0.05)
    lab.use_model("other")
    assert hang.inside.wait(30)
    lab.close()
    assert not lab.inference.running
    assert hang.thread is not None
    assert hang.thread.is_alive()
    assert hang.request is not None
    assert hang.request.abandoned.is_set()


PROGRAM = """
import sys, threading
from PySide6.QtCore import QTimer
from gui.app import start
from gui.app.command_line import Options
from gui.jobs import model_load
model_load.PARTING_SECONDS = 0.05
inside = threading.Event()
def hang(request):
    inside.set()
    while True:
        threading.Event().wait(60)
build = start.Session.__init__
def begin(self, application, guard, options, crashes):
    build(self, application, guard, options, crashes, load=hang)
    def close():
        if inside.is_set():
            self.window.close_without_asking()
            timer.stop()
    timer = QTimer(self, interval=20)
    timer.timeout.connect(close)
    timer.start()
start.Session.__init__ = begin
sys.exit(start.run(Options()))
"""


def test_r58_the_program_ends_while_a_load_hangs(profile: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "CLIP_COLOR_LAB_HOME": str(profile), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def gone(known: weakref.ref[object]) -> bool:
    gc.collect()
    return known() is None


def test_r84_a_model_goes_from_memory_when_another_takes_its_place(
    window: MainWindow, loader: QuickLoader, qtbot: QtBot
) -> None:
    lab = window.lab
    for dock in window.docks.values():
        dock.raise_()
    lab.inference.look(lambda session: session.info)
    with qtbot.waitSignal(lab.inference.looked, timeout=WAIT):
        lab.document.change_stimulus("size", size=0.34)
    qtbot.waitUntil(lambda: lab.inference.answer is not None, timeout=WAIT)
    first = weakref.ref(loader.models["embedded"])
    loader.models["embedded"] = QuickModel()
    for reference in ("other", "embedded"):
        with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
            lab.use_model(reference)
    qtbot.waitUntil(lambda: gone(first), timeout=WAIT)


def test_r84_scans_and_live_ablation_keep_no_model_that_was_replaced(
    lab: LabContext, loader: QuickLoader, qtbot: QtBot
) -> None:
    """What stays ready for the next request goes when the window takes up another model."""
    from core.models.loading import random_session

    models = [random_session("embedded", seed=seed) for seed in range(2)]
    loader.models["first"], loader.models["second"] = models  # type: ignore[assignment]
    known = weakref.ref(models[0])
    jobs = scan_jobs(lab)
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("first")
    session, pixels = lab.inference.session, lab.pixels
    plan = make_plan(lab, ScanSetup(x=full_axis("figure-hue", 3)))
    with qtbot.waitSignal(jobs.ended, timeout=WAIT):
        jobs.scan("scan", scan_work(plan, session))
    live = lab.ablation._worker
    ablation = Ablation(title="Two neurons", parts=(SilencedUnits("layer1.0", (0, 1), (0.0, 0.0)),))
    with qtbot.waitSignal(live.reported, timeout=WAIT):
        live.judge(LiveRequest(session, pixels, lab.document.prompts, ablation))
    assert jobs._tools._embedders  # they are kept for the next request
    assert live._tower is not None
    models.pop(0)
    del session, loader.models["first"]
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("second")
    qtbot.waitUntil(lambda: gone(known), timeout=WAIT)
