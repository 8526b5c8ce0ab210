"""The bars come first: nothing works for panes out of sight, all else waits for them (R83)."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QThread

from core.predict.prompts import prompt_set
from gui.jobs import priority
from gui.jobs.background import Background
from gui.jobs.inference import Inference
from gui.jobs.priority import await_bars, bars_first
from gui.jobs.scans import ScanJobs
from gui.studies.scan_runner import PAUSE
from gui.widgets.sight import in_sight
from tests.gui.conftest import WAIT

SECONDS = WAIT / 1000


@pytest.fixture
def patient(monkeypatch):
    """Work that waits for the bars waits until they are there."""
    monkeypatch.setattr(priority, "PATIENCE", SECONDS)


@pytest.fixture
def studies(window, qtbot):
    """The studies pane, as the window opens: a tab behind the experiments."""
    qtbot.waitUntil(lambda: window.lab.actions.is_bound("studies.scan"), timeout=WAIT)
    return window.docks["studies"].pane


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The channels of the scan thread that were asked for something, in order."""
    channels: list[str] = []
    scan = ScanJobs.scan

    def noted(jobs, channel, work):
        channels.append(channel)
        scan(jobs, channel, work)

    monkeypatch.setattr(ScanJobs, "scan", noted)
    return channels


def edited(window, qtbot, place: float) -> None:
    """An edit, and the bars for it."""
    with qtbot.waitSignal(window.lab.inference.answered, timeout=WAIT):
        window.lab.document.change_stimulus("move", center_x=place)


def test_r83_a_pane_behind_another_works_for_nobody(window, studies, qtbot, asked):
    dock = window.docks["studies"]
    window.docks["experiments"].raise_()
    qtbot.waitUntil(lambda: not in_sight(studies), timeout=WAIT)
    asked.clear()
    for tab in ("scan", "map", "compare"):
        studies.show_tab(tab)
        for place in (0.45, 0.55):
            edited(window, qtbot, place)
        page = studies.pages[tab]
        assert not page.runner._pause.isActive() and not page.runner.running
    assert asked == []
    dock.raise_()
    qtbot.waitUntil(lambda: in_sight(studies), timeout=WAIT)
    qtbot.waitUntil(lambda: "pins" in asked and "strip" in asked, timeout=WAIT)
    assert "curve" not in asked  # its tab is not the one in front


def test_r83_the_maps_of_the_inspector_are_for_those_who_see_them(window, qtbot, monkeypatch):
    window.resize(1280, 800)
    dock = window.docks["inspector"]
    dock.build()
    live = dock.pane.live
    looks: list[object] = []
    monkeypatch.setattr(live.watch, "survey", lambda: looks.append("survey"))
    window.docks["prediction"].raise_()
    qtbot.waitUntil(lambda: not in_sight(live), timeout=WAIT)
    looks.clear()
    edited(window, qtbot, 0.47)
    assert looks == []
    dock.raise_()
    qtbot.waitUntil(lambda: in_sight(live) and "survey" in looks, timeout=WAIT)


def test_r83_a_scan_that_comes_by_itself_ends_with_the_edit_that_overtakes_it(
    window, studies, qtbot
):
    window.docks["studies"].raise_()
    studies.show_tab("scan")
    runner = studies.pages["scan"].runner
    gate, begun = threading.Event(), threading.Event()
    model = window.lab.inference.session
    inference_thread = window.lab.inference._worker

    def stand() -> None:
        if QThread.currentThread() is not inference_thread:
            begun.set()
            assert gate.wait(SECONDS)

    edited(window, qtbot, 0.44)
    model.before_images = stand
    try:
        runner.follow()
        qtbot.waitUntil(lambda: begun.is_set() and runner.running, timeout=WAIT)
        runner._pause.setInterval(10 * WAIT)  # however long the bars take
        edited(window, qtbot, 0.56)
        assert not runner.running  # nobody asks for it any more; the next one comes after a pause
    finally:
        runner._pause.setInterval(PAUSE)
        gate.set()
        model.before_images = lambda: None
    runner.follow()
    qtbot.waitUntil(lambda: runner.result is not None and runner.result.complete, timeout=WAIT)
    qtbot.waitUntil(lambda: not runner.stale and not runner.running, timeout=WAIT)


def test_r83_out_of_sight_a_scan_by_itself_ends_and_one_that_was_asked_for_goes_on(
    window, studies, qtbot
):
    window.docks["studies"].raise_()
    studies.show_tab("scan")
    runner = studies.pages["scan"].runner
    gate, begun = threading.Event(), threading.Event()
    inference_thread = window.lab.inference._worker

    def stand() -> None:
        if QThread.currentThread() is not inference_thread:
            begun.set()
            assert gate.wait(SECONDS)

    edited(window, qtbot, 0.43)
    model = window.lab.inference.session
    model.before_images = stand
    try:
        runner.run()
        qtbot.waitUntil(begun.is_set, timeout=WAIT)
        studies.show_tab("map")
        assert runner.running
        runner.cancel()
        studies.show_tab("scan")
        qtbot.waitUntil(lambda: runner.running, timeout=WAIT)
        window.docks["experiments"].raise_()
        qtbot.waitUntil(lambda: not runner.running, timeout=WAIT)
    finally:
        gate.set()
        model.before_images = lambda: None


def test_r83_work_waits_for_the_bars_before_each_batch(patient, qtbot):
    order: list[str] = []
    standing = threading.Event()

    def work() -> None:
        standing.set()
        bars_first()
        order.append("batch")

    background = Background()
    await_bars(background, True)
    try:
        with qtbot.waitSignal(background._finished, timeout=WAIT):
            background.run(work, lambda _none: None, order.append)
            assert standing.wait(SECONDS)
            order.append("bars")
            await_bars(background, False)
    finally:
        await_bars(background, False)
        background.stop()
    assert order == ["bars", "batch"]


def test_r83_whoever_is_told_to_end_does_not_wait_for_the_bars(patient):
    owner = object()
    await_bars(owner, True)
    try:
        bars_first(lambda: True)
    finally:
        await_bars(owner, False)


def test_r83_work_does_not_stand_still_while_one_edits_without_end(monkeypatch):
    monkeypatch.setattr(priority, "PATIENCE", 0.0)
    owner = object()
    await_bars(owner, True)
    try:
        bars_first()
    finally:
        await_bars(owner, False)


def test_r83_the_model_is_claimed_from_the_edit_to_the_bars(ready_lab, qtbot):
    inference: Inference = ready_lab.inference
    model = inference.session
    gate = threading.Event()
    model.before_images = lambda: gate.wait(SECONDS)
    with qtbot.waitSignal(inference.answered, timeout=WAIT):
        ready_lab.document.change_stimulus("move", center_x=0.4)
        assert priority._awaited
        gate.set()
    qtbot.waitUntil(lambda: not priority._awaited, timeout=WAIT)
    pixels = np.zeros((32, 32, 3), np.uint8)
    inference.submit(ready_lab.view.stimulus, pixels, prompt_set(("{}",), ("red",)))
    inference.withdraw()
    qtbot.waitUntil(lambda: not priority._awaited, timeout=WAIT)


def test_r83_nothing_is_awaited_of_a_lab_that_was_closed(ready_lab, qtbot):
    ready_lab.close()
    ready_lab.document.change_stimulus("move", center_x=0.4)
    assert not priority._awaited


def test_r83_work_does_not_wait_for_bars_that_wait_for_a_model(ready_lab, loader, qtbot):
    gate = threading.Event()
    loader.before_load = lambda _request: gate.wait(SECONDS)
    try:
        ready_lab.use_model("other")
        ready_lab.document.change_stimulus("move", center_x=0.41)
        qtbot.waitUntil(lambda: not priority._awaited, timeout=WAIT)
    finally:
        with qtbot.waitSignal(ready_lab.inference.model_ready, timeout=WAIT):
            gate.set()
