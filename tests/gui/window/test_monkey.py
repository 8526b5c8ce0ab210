"""Random use of the whole window: nothing breaks, nothing is logged, undo returns to the start.

``MONKEY_SEED`` and ``MONKEY_STEPS`` choose another walk; ``MONKEY_REPLAY`` names a file with the
lines that a failure printed, to take these very steps.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from core.document.document import default_document, save_document
from gui.context.lab_context import LabContext
from gui.dialogs import save_file
from gui.dialogs.save_file import FileChoice
from gui.prediction import export_menu
from gui.window.main_window import MainWindow
from tests.gui.conftest import WAIT
from tests.support import experiments, network_guard
from tests.support.experiments import Engine
from tests.support.log_watch import LogWatch
from tests.support.monkey import Monkey, Step
from tests.support.quick_model import QuickLoader

SEED = int(os.environ.get("MONKEY_SEED", "1"))
STEPS = int(os.environ.get("MONKEY_STEPS", "300"))
SLOW_STEPS = int(os.environ.get("MONKEY_STEPS", "5000"))
PRINTED = 400
"""Most steps of a failing sequence that are printed; the whole is in a file."""
REFUSALS = (
    "^WARNING gui.context.lab_context: ",  # what is shown to the user
    "^WARNING gui.jobs.job_worker: ",  # a job that cannot go on, a download without a network
    "^WARNING gui.jobs.background: while the lab was closed: ",  # what nobody could be shown
)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    return experiments.install(monkeypatch)


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files for the dialogs of the system, which answer in turn; what was opened elsewhere."""
    folder = tmp_path / "files"
    (folder / "pictures").mkdir(parents=True)
    for number in range(6):
        pixels = np.full((32, 32, 3), (40 * number, 90, 200 - 30 * number), np.uint8)
        Image.fromarray(pixels).save(folder / "pictures" / f"{number}.png")
    save_document(folder / "other.colorlab", default_document(), {})
    (folder / "damaged.colorlab").write_bytes(b"nothing")
    (folder / "weights.safetensors").write_bytes(b"no model")
    there = ["", *map(str, sorted(folder.glob("*.*"))), str(folder / "pictures" / "1.png")]
    turn = {"open": 0, "save": 0}

    def opened(*_arguments: object, **_named: object) -> tuple[str, str]:
        turn["open"] += 1
        return there[turn["open"] % len(there)], ""

    def saved(
        _parent: object, _title: str, suggested: Path, filters: str, *_beside: object
    ) -> FileChoice | None:
        turn["save"] += 1
        path = folder / f"{turn['save'] % 3}{suggested.suffix}"
        return None if turn["save"] % 4 == 0 else FileChoice(path, filters.partition(";;")[0])

    monkeypatch.setattr(QFileDialog, "getOpenFileName", opened)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_a: ([opened()[0]], ""))
    for module in (save_file, export_menu):
        monkeypatch.setattr(module, "choose_file", saved)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a: str(folder / "pictures"))
    elsewhere: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: bool(elsewhere.append(url.toString())) or True
    )
    return elsewhere


@pytest.fixture
def real_window(
    lab: LabContext,
    loader: QuickLoader,
    tiny_model,
    make_window: Callable[[LabContext], MainWindow],
    qtbot: QtBot,
) -> MainWindow:
    """The whole window on a small real model, without answers of stand-ins."""
    loader.models["embedded"] = tiny_model
    window = make_window(lab)
    window.resize(1500, 950)
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("embedded")
    last = ("experiments.run", "inspector.new-census", "studies.scan")  # of panes that come later
    qtbot.waitUntil(lambda: all(map(lab.actions.is_bound, last)), timeout=WAIT)
    return window


@pytest.fixture
def play(
    real_window: MainWindow,
    engine: Engine,
    outside: list[str],
    log_watch: LogWatch,
    expect_log: Callable[..., None],
    qtbot: QtBot,
    qtlog: Any,
    tmp_path: Path,
) -> Callable[[int, int], None]:
    """Play with a seed and so many steps; fails with the sequence if something is not whole."""
    for pattern in REFUSALS:
        expect_log(pattern, optional=True)
    replay = os.environ.get("MONKEY_REPLAY")
    lines = Path(replay).read_text(encoding="utf-8").splitlines() if replay else []
    sequence = tmp_path / "sequence.txt"

    def play(seed: int, steps: int) -> None:
        with qtbot.capture_exceptions() as exceptions, sequence.open("w", encoding="utf-8") as file:

            def complaint() -> str:
                faults = ["".join(traceback.format_exception(error)) for _, error, _ in exceptions]
                faults += [f"Qt: {said.message}" for said in qtlog.records
                           if said.matches_level("WARNING") and not said.ignored]  # fmt: skip
                return "\n".join(faults + log_watch.unexpected())

            monkey = Monkey(real_window, engine, complaint, seed, file, [*map(Step.read, lines)])
            failure = monkey.play(len(lines) or steps) or monkey.end()
        network_guard.take_attempts()  # it may well have asked for a download
        if failure:
            for step in monkey.done[-PRINTED:]:
                print(step)
            pytest.fail(f"after {len(monkey.done)} steps of seed {seed} ({sequence}): {failure}")

    return play


@pytest.mark.timeout(900)
def test_r86_three_hundred_random_steps_leave_the_window_whole(play) -> None:
    play(SEED, STEPS)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_r86_thousands_of_random_steps_leave_the_window_whole(play, seed: int) -> None:
    play(seed, SLOW_STEPS)
