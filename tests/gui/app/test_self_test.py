"""The self-test passes on a whole lab, names what fails, and needs neither stdout nor stderr."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gui.app import self_test
from gui.app.self_test_checks import CHECKS, CheckFailed, expect

ROOT = Path(__file__).resolve().parents[3]

# Runs the checks on the model of the tests: what is tested here is the self-test, not torch.
PROGRAM = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from gui.app.command_line import Options
from gui.app import self_test, self_test_checks
from tests.support.quick_model import QuickLoader
loader = QuickLoader()
{change}
status = self_test.run(Options(self_test=True), loader)
os._exit(status) if status is None else sys.exit(status)
"""


BROKEN_MODEL = """
def fail():
    raise ZeroDivisionError
loader.models["embedded"].before_images = fail
"""
WRONG_PNG = """
from core.stimuli.png import save_png
self_test_checks.save_png = lambda path, pixels, notes: save_png(path, 255 - pixels, notes)
"""


def run(profile: Path, change: str = "", **keywords: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(change=change)],
        cwd=ROOT,
        env={**os.environ, "CLIP_COLOR_LAB_HOME": str(profile)},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
        **keywords,
    )


def test_a_whole_lab_passes_and_prints_one_line_a_check(profile: Path) -> None:
    done = run(profile)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [f"ok  {name}" for name, _ in CHECKS]
    assert lines[-1] == f"All {len(CHECKS)} checks passed."


def test_it_works_without_stdout_and_stderr_and_leaves_its_report(profile: Path) -> None:
    done = run(profile, "sys.stdout = sys.stderr = None")
    assert done.returncode == 0
    assert done.stdout == ""
    report = (profile / "log" / self_test.REPORT_NAME).read_text(encoding="utf-8")
    assert report.splitlines()[-1] == f"All {len(CHECKS)} checks passed."


@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        ("del loader.models['embedded']", "model", "“embedded” is no model."),
        (
            "self_test_checks.render = lambda spec: __import__('numpy').zeros((32, 32, 3), 'u1')",
            "pixels",
            "the corner beside a triangle is not pink",
        ),
        (
            BROKEN_MODEL,
            "",
            "an unexpected exception was caught",
        ),
        (
            WRONG_PNG,
            "exports",
            "the PNG has other pixels",
        ),
    ],
)
def test_what_fails_is_named(profile: Path, change: str, name: str, reason: str) -> None:
    done = run(profile, change)
    assert done.returncode == 1
    last = done.stdout.splitlines()[-1]
    assert reason in last
    assert last.startswith(f"FAILED  {name}")


def test_it_gives_up_after_a_while(profile: Path) -> None:
    change = (
        "import threading\nself_test.TIME_LIMIT_SECONDS = 2\n"
        "loader.before_load = lambda request: threading.Event().wait(60)"
    )
    done = run(profile, change)
    assert done.returncode == 1
    assert done.stdout.startswith("FAILED  ") or "\nFAILED  " in done.stdout
    assert "not done within 2 seconds" in done.stdout


def test_expect() -> None:
    expect(True, "never said")
    with pytest.raises(CheckFailed, match="what is wrong"):
        expect(False, "what is wrong")
