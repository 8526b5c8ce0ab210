"""What `make` does with the parts of the tests, seen with programs that only pretend to test."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = {  # what each part runs
    "test-core-without-qt": "tests/core -m",
    "test-window": "pytest -q tests/gui",
    "test-outside": "--ignore=tests/core",
    "types": "mypy",
    "style": "ruff format",
    "imports": "importlinter",
}
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without the product, in which nothing needs to be prepared."""
    (tmp_path / "tools").mkdir()
    for name in ("Makefile", "tools/test_summary.sh"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tools" / "setup.sh").write_text("exit 0\n")
    return tmp_path


def make(checkout: Path, target: str, failing: str = "no part") -> subprocess.CompletedProcess[str]:
    """Run a target with a Python that tells what it was asked, and fails where asked to."""
    python = checkout / "python"
    python.write_text(f'#!/bin/sh\necho "asked $*"\ncase "$*" in *"{failing}"*) exit 3;; esac\n')
    python.chmod(0o755)
    # What a `make` around these tests says to those below it is not meant for this one.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        ["make", target, f"PY={python}"],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_r85_all_parts_pass(checkout: Path) -> None:
    done = make(checkout, "test")
    assert done.returncode == 0, done.stderr
    assert "== passed: " + " ".join(PARTS) in done.stdout
    assert "FAILED" not in done.stdout


@pytest.mark.parametrize("part", PARTS)
def test_r85_every_part_reports_before_a_failure_ends_make_test(checkout: Path, part: str) -> None:
    done = make(checkout, "test", failing=PARTS[part])
    assert done.returncode != 0
    asked = [line for line in done.stdout.splitlines() if line.startswith("asked ")]
    for what in PARTS.values():
        assert any(what in line for line in asked), f"{what} was not run"
    assert done.stdout.splitlines()[-1] == f"== FAILED: {part}"


def test_r85_the_slow_parts_report_all_too(checkout: Path) -> None:
    done = make(checkout, "test-slow", failing="-m slow tests/core")
    assert done.returncode != 0
    assert len(re.findall("^asked .*pytest", done.stdout, re.MULTILINE)) == 3
    assert done.stdout.splitlines()[-1] == "== FAILED: test-slow-core"


def test_check_lints_and_runs_what_a_change_touches(checkout: Path) -> None:
    done = make(checkout, "check", failing="touched_tests")
    assert done.returncode != 0
    asked = [line for line in done.stdout.splitlines() if line.startswith("asked")]
    for place, part in enumerate(("ruff check", "ruff format", "mypy", "importlinter")):
        assert part in asked[place]
    assert asked[-1].startswith("asked -m tools.touched_tests main -m not slow")
