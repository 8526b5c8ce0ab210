"""The commands as processes: without Qt, in any locale, on a terminal, stopped from outside."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.base.console import command_text
from core.commands import STOPPED, running
from core.commands.running import Bar, Display, Lines, display, duration
from core.stimuli.conditions import Condition
from core.sweeps.counts import AnswerCounts
from core.sweeps.events import BatchHalved, Finished, Progress, ShardWritten, Started
from core.sweeps.run_folder import RunFolder

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 240.0

WITHOUT_QT = """
import runpy, sys
from tests.support import without_qt
without_qt.block()
runpy.run_path("main.py", run_name="__main__")
"""


def environment(profile: Path, **more: str) -> dict[str, str]:
    # A locale with a decimal comma, where it is installed; no display.
    bare = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    bare.pop("QT_QPA_PLATFORM", None)
    return {**bare, "CLIP_COLOR_LAB_HOME": str(profile), "LC_ALL": "de_DE.UTF-8", **more}


def start(profile: Path, arguments: list[str], **more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WITHOUT_QT, *arguments],
        cwd=ROOT,
        env=environment(profile, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.slow
def test_without_qt_and_in_any_locale_a_run_gives_its_tables_to_any_reader(profile, tmp_path):
    path = tmp_path / "Läufe – 試験" / "a 'b'"
    arguments = ["run", "experiment-4", "--samples", "1", "--batch", "16", "--out", str(path)]
    # No UTF-8 mode and a plain ASCII locale's encoding: what is written is UTF-8 all the same.
    process = start(profile, arguments, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err.decode()
    assert "Answers by font color, words on white: “The word" in out.decode("utf-8")
    assert str(path) in err.decode("utf-8")
    assert b"90 of 90 images, " in err and b"\r" not in err
    run = RunFolder.open(path)
    assert run.state == "finished"

    process = start(profile, ["tables", str(path), "--format", "csv", "--table", "ties"])
    data, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err.decode()
    assert data.decode("utf-8").count("\r\n") >= 2 and b"\r\r\n" not in data

    process = start(profile, ["tables", str(path)])
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()  # as `head` does
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(PATIENCE) == 2
    assert err == b""


def test_r42_ctrl_c_from_outside_keeps_what_is_done(profile, tmp_path):
    path = tmp_path / "run"
    arguments = ["run", "experiment-5", "--samples", "500", "--batch", "16", "--out", str(path)]
    process = start(profile, arguments)
    assert process.stderr is not None
    heard = []
    try:
        for line in process.stderr:
            heard.append(line.decode())
            if " of 495,000 images, " in heard[-1]:
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == STOPPED
    assert out == b""
    last = err.decode().splitlines()[-1]
    assert last.startswith("Stopped with ") and "of 495,000 images done and kept" in last
    assert last.endswith(command_text("resume", str(path)))
    run = RunFolder.open(path)
    assert run.state == "paused"
    assert run.done() == run.counts().images >= 16
    assert run.done() % 16 == 0


def test_commands_load_neither_qt_nor_the_window(profile):
    code = (
        "import sys; sys.argv = ['main.py', 'runs']; import main; status = main.main();"
        "found = {'PySide6', 'shiboken6', 'pyqtgraph', 'gui', 'torch'} & set(sys.modules);"
        "print(status, *sorted(found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(profile),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0"]


CONDITION = Condition("purple", "green", "pink")


def made(done: int, total: int = 1000, rate: float = 50.0) -> Progress:
    left = (total - done) / rate
    return Progress(total, done, rate, left, CONDITION, AnswerCounts.empty(1, 1, 1))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_come_at_the_start_every_ten_seconds_and_at_the_end(capsys):
    now = 100.0
    shown = Lines(clock=lambda: now)
    shown.show(Started(1000, 0, 16, ("One file of rows could not be read.",)))
    for done in range(100, 1001, 100):
        shown.show(made(done))
        now += 4.0
    shown.show(ShardWritten(0, 1000))
    shown.show(Finished(1000, 1000, 40.0, 1000))
    shown.close()
    assert capsys.readouterr().err.splitlines() == [
        "One file of rows could not be read.",
        "100 of 1,000 images, 50 images/s, 18 s left",
        "400 of 1,000 images, 50 images/s, 12 s left",
        "700 of 1,000 images, 50 images/s, 6 s left",
        "1,000 of 1,000 images, 50 images/s",
    ]


def test_a_bar_on_a_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    shown = display(quiet=False)
    assert isinstance(shown, Bar)
    shown.show(Started(1000, 240, 16, ("A note.",)))
    shown.show(made(250))
    shown.show(BatchHalved(8, "can't allocate memory"))
    shown.show(made(1000))
    shown.close()
    text = terminal.getvalue()
    assert text.startswith("A note.\n")
    assert "\n" in text and "\r" in text
    assert " 25% |" in text and "100% |" in text
    assert "1,000 of 1,000 images, 50 images/s" in text
    assert "green “purple” on pink" in text
    assert "Batches have 8 images from now on: can't allocate memory\n" in text
    assert text.endswith("\n")
    assert max(len(line) for line in text.replace("\r", "\n").split("\n")) <= 80


def test_what_is_shown_where(monkeypatch):
    assert isinstance(display(quiet=False), Lines)
    assert type(display(quiet=True)) is Display
    monkeypatch.setattr(sys, "stderr", None)
    assert type(display(quiet=False)) is Display


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (59.6, "60 s"),
        (99.4, "99 s"),
        (100, "2 min"),
        (3599, "60 min"),
        (6000, "1 h 40 min"),
        (36_059, "10 h 01 min"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_an_unknown_pace_is_left_out():
    assert running.pace(made(1000, rate=0.5)) == "0 images/s"
    text = json.dumps(running.pace(made(0, 10, 1e9)))
    assert "inf" not in text and "nan" not in text


def test_commands_to_copy_are_quoted(monkeypatch):
    assert command_text("resume", "a b") == "python main.py resume 'a b'"
    monkeypatch.setattr(os, "name", "nt")
    assert command_text("resume", "a b") == 'python main.py resume "a b"'
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command_text("runs").endswith(" runs") and "main.py" not in command_text("runs")
