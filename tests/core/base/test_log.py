"""The log file, and the trace of a crash found at the next start."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.base import log
from core.base.log import start_logging

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def session():
    session = start_logging()
    yield session
    session.stop()


def run_copy(code, **options):
    return subprocess.run(
        [sys.executable, "-c", "from core.base.log import start_logging\n" + code],
        cwd=ROOT,
        env=os.environ.copy(),
        capture_output=True,
        timeout=800,
        **options,
    )


def test_lines_go_to_the_users_log_folder(session, profile):
    logging.getLogger("gui.designer").info("a figure moved: %s", "Straße \udcff 文")
    assert session.path == profile / "log" / "colorlab.log"
    text = session.path.read_text(encoding="utf-8")
    assert "INFO MainThread gui.designer: a figure moved: Straße \\udcff 文\n" in text
    assert session.crashes == ()


def test_the_log_rotates_and_stays_small(monkeypatch, profile):
    monkeypatch.setattr(log, "MAX_BYTES", 2000)
    session = start_logging()
    for number in range(200):
        logging.getLogger("x").info("line %d %s", number, "." * 80)
    session.stop()
    files = sorted(path.name for path in (profile / "log").glob("colorlab.log*"))
    assert files == ["colorlab.log", "colorlab.log.1", "colorlab.log.2"]
    assert all((profile / "log" / name).stat().st_size <= 2000 for name in files)


def test_a_second_copy_logs_to_a_file_of_its_own(session, profile):
    result = run_copy("session = start_logging(); print(session.path); session.stop()")
    assert result.stdout.decode().strip() == str(profile / "log" / "colorlab-2.log")


@pytest.mark.logs("an earlier copy crashed")
def test_a_crash_leaves_a_trace_for_the_next_start(profile):
    result = run_copy(
        "import ctypes\n"
        "session = start_logging()\n"
        "def a_telling_name():\n"
        "    ctypes.string_at(0)\n"
        "a_telling_name()\n"
    )
    assert result.returncode != 0
    session = start_logging()
    (crash,) = session.crashes
    session.stop()
    assert "a_telling_name" in crash.text
    assert "a_telling_name" in (profile / "log" / "colorlab.log").read_text(encoding="utf-8")
    again = start_logging()  # told once
    again.stop()
    assert again.crashes == ()
    assert list((profile / "log" / "crashes").iterdir()) == []


def test_a_kill_leaves_no_trace_and_a_running_copy_is_not_mistaken_for_a_crash(session):
    result = run_copy(
        "import os\nsession = start_logging()\nassert session.crashes == ()\nos._exit(3)\n"
    )
    assert result.returncode == 3, result.stderr.decode()
    other = start_logging()
    other.stop()
    assert other.crashes == ()


def test_stop_puts_everything_back(profile):
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    session = start_logging(logging.DEBUG)
    session.stop()
    session.stop()  # twice does no harm
    assert root.handlers == handlers and root.level == level


def test_it_works_without_stdout_and_stderr(profile):
    result = run_copy(
        "import logging, sys\n"
        "sys.stdout = sys.stderr = None\n"
        "session = start_logging()\n"
        "logging.getLogger().error('%d', 'not a number')\n"  # a faulty call prints to stderr
        "logging.getLogger().error('still here')\n"
        "session.stop()\n"
    )
    assert result.returncode == 0
    assert "still here" in (profile / "log" / "colorlab.log").read_text(encoding="utf-8")


def test_a_log_folder_that_cannot_be_used_costs_no_start(profile):
    (profile / "log").write_text("a file where the folder should be")
    session = start_logging()
    assert session.path is None and session.crashes == ()
    session.stop()
