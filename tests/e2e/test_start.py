"""The program as a process: starting, order of libraries, being killed, leaving no traces."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from core.document.autosave import find_recoveries

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240.0

# The real session on the model of the tests, driven from inside once it has answered.
DRIVEN = """
import os, sys, json
from gui.app import start
from gui.app.command_line import Options
from gui.app.crash import CrashGuard
from core.base.log import start_logging
from tests.support.quick_model import QuickLoader
logs = start_logging()
application = start.make_application()
guard = CrashGuard(); guard.install()
session = start.Session(application, guard, Options(), logs.crashes, load=QuickLoader())
window, lab = session.window, session.lab
def say(**what):
    print(json.dumps(what), flush=True)
{body}
window.show()
status = application.exec()
guard.uninstall(); logs.stop()
say(status=status)
"""


def environment(profile: Path) -> dict[str, str]:
    return {
        **os.environ,
        "CLIP_COLOR_LAB_HOME": str(profile),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONUNBUFFERED": "1",
    }


def drive(profile: Path, body: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", DRIVEN.format(body=textwrap.dedent(body))],
        cwd=ROOT,
        env=environment(profile),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


EDIT_AND_AUTOSAVE = """
def edit(answer):
    lab.inference.answered.disconnect(edit)
    lab.document.change("seed", seed=4711)
    say(autosaved=session.autosave.save_now())
lab.inference.answered.connect(edit)
"""


def test_without_a_display_it_says_so_in_one_sentence(profile: Path) -> None:
    bare = environment(profile)
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        bare.pop(name, None)
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env=bare,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "no display" in done.stderr
    assert "python main.py --self-test" in done.stderr


def test_help_and_version(profile: Path) -> None:
    for argument in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "main.py", argument],
            cwd=ROOT,
            env=environment(profile),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        assert "color" in done.stdout.lower()


@pytest.mark.parametrize(("platform", "first"), [("win32", "torch"), ("linux", "PySide6")])
def test_r54_torch_comes_before_qt_on_windows_and_after_the_window_elsewhere(
    profile: Path, tmp_path: Path, platform: str, first: str
) -> None:
    # A torch that only notes when it is imported: the order is what counts.
    (tmp_path / "torch.py").write_text("import sys\nsys.noted.append('torch')\n")
    program = f"""
        import sys
        sys.noted = []
        class Note:
            def find_spec(self, name, path=None, target=None):
                if name == "PySide6":
                    sys.noted.append(name)
        sys.meta_path.insert(0, Note())
        sys.path.insert(0, {str(tmp_path)!r})
        from gui.app.native_order import preload_native_libraries
        preload_native_libraries({platform!r})
        import gui.app.start, gui.designer.pane, gui.prediction.pane
        print(",".join(sys.noted))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        env=environment(profile),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    order = done.stdout.strip().split(",")
    assert order[0] == first
    assert ("torch" in order) == (platform == "win32")


def test_the_window_is_painted_before_what_is_slow_is_imported(profile: Path) -> None:
    body = """
    slow = {"torch", "open_clip", "torchvision", "pyqtgraph", "superqt"}
    window.first_painted.disconnect()
    for slot in (
        lambda: say(heavy=sorted(slow & set(sys.modules))),
        window._build_panes,
        session._begin,
    ):
        window.first_painted.connect(slot)
    lab.inference.answered.connect(lambda answer: window.close())
    """
    process = drive(profile, body)
    out, err = process.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines == [{"heavy": []}, {"status": 0}], err


def test_work_survives_kill_9_and_is_offered_at_the_next_start(profile: Path) -> None:
    process = drive(profile, EDIT_AND_AUTOSAVE)
    assert json.loads(process.stdout.readline()) == {"autosaved": True}
    assert find_recoveries() == []  # it still runs
    process.kill()
    process.communicate(timeout=PATIENCE)

    body = """
    start.ask_recovery = lambda recovery, parent: say(offered=str(recovery.origin)) or True
    lab.document.replaced.connect(
        lambda: say(seed=lab.document.state.seed, modified=lab.document.modified)
    )
    lab.inference.answered.connect(lambda answer: window.close_without_asking())
    """
    again = drive(profile, body)
    out, err = again.communicate(timeout=PATIENCE)
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[:2] == [{"offered": "None"}, {"seed": 4711, "modified": True}], err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_r40_a_request_to_end_closes_in_order_and_keeps_the_work(profile: Path) -> None:
    process = drive(profile, EDIT_AND_AUTOSAVE)
    assert json.loads(process.stdout.readline()) == {"autosaved": True}
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1]) == {"status": 0}
    (recovery,) = find_recoveries()
    document, _pictures = recovery.open()
    recovery.keep()
    assert document.seed == 4711


def test_r56_nothing_is_written_beside_the_program(profile: Path) -> None:
    def files() -> dict[str, float]:
        return {
            str(path): path.stat().st_mtime
            for folder in ("core", "gui", "resources")
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".py"
        }

    before = files()
    body = """
    def end(answer):
        lab.document.change("seed", seed=1)
        session.autosave.save_now()
        window.close_without_asking()
    lab.inference.answered.connect(end)
    """
    began = time.time()
    process = drive(profile, body)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    touched = {name for name, changed in files().items() if changed >= began}
    assert touched & set(before) == set()
    assert set(files()) - set(before) == set()
    assert any(profile.rglob("*.log"))
