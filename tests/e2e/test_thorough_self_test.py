"""The thorough self-test on the real model: long work end to end, with a helper process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gui.app.self_test_checks import CHECKS
from gui.app.self_test_thorough import THOROUGH_CHECKS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_r53_r55_long_work_passes_with_a_helper_and_one_openmp_runtime(profile: Path) -> None:
    done = subprocess.run(
        [sys.executable, "main.py", "--self-test", "--thorough"],
        cwd=ROOT,
        env={**os.environ, "CLIP_COLOR_LAB_HOME": str(profile)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    names = [line.partition(":")[0].removeprefix("ok  ") for line in lines[:-1]]
    assert set(names) == {name for name, _ in (*CHECKS, *THOROUGH_CHECKS)}
    assert names[-1] == "close"
    assert lines[-1] == f"All {len(names)} checks passed."
    assert any("twice the same" in line for line in lines)
