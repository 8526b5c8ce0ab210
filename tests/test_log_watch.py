"""The guard that fails tests for what is logged, tried on tests that break its rules."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

WELL = """
    import logging, pytest

    @pytest.mark.logs("the disk is full")
    def test_announced():
        logging.getLogger("core").warning("the disk is %s", "full")

    def test_announced_on_the_way(expect_log):
        expect_log("ERROR core: .*ZeroDivisionError")
        try:
            1 / 0
        except ZeroDivisionError:
            logging.getLogger("core").exception("a fault")

    def test_information():
        logging.getLogger("core").info("all is well")
"""
BADLY = {
    "warning": """
        import logging
        def test_badly():
            logging.getLogger("core.models").warning("the disk is full")
        """,
    "announces another": """
        import logging, pytest
        @pytest.mark.logs("the disk is full")
        def test_badly():
            logging.getLogger("core").warning("the disk is full")
            logging.getLogger("core").error("the disk is gone")
        """,
    "does not come": """
        import pytest
        @pytest.mark.logs("the disk is full")
        def test_badly():
            pass
        """,
    "in a fixture's end": """
        import logging, pytest
        @pytest.fixture
        def late():
            yield
            logging.getLogger("core").error("too late")
        def test_badly(late):
            pass
        """,
    "in a thread": """
        import threading
        def test_badly():
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
        """,
    "where nobody can catch it": """
        class Odd:
            def __del__(self):
                raise ValueError("at the end")
        def test_badly():
            Odd()
        """,
    "Qt": """
        from PySide6.QtCore import qWarning
        def test_badly(qapp):
            qWarning("a layout that has a parent")
        """,
    "Qt in a fixture's end": """
        import pytest
        from PySide6.QtCore import qWarning
        @pytest.fixture
        def late(qapp):
            yield
            qWarning("a timer of another thread")
        def test_badly(late):
            pass
        """,
    "Qt's slot": """
        from PySide6.QtCore import QTimer
        def test_badly(qtbot):
            done = []
            QTimer.singleShot(0, lambda: (done.append(1), 1 / 0))
            qtbot.waitUntil(lambda: bool(done))
        """,
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Outcomes and files of all these tests, run under the rules of this repository's tests."""
    folder = tmp_path_factory.mktemp("small tests")
    texts = [WELL, *BADLY.values()]
    for number, text in enumerate(texts):
        (folder / f"test_{number}.py").write_text(textwrap.dedent(text))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml"), "-rA",
         f"--rootdir={folder}", "-p", "tests.support.log_watch", "-p", "no:cacheprovider", folder],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=800,
    )  # fmt: skip
    found = set(
        re.findall(r"^(PASSED|FAILED|ERROR) .*?(test_\d+\.py)::", done.stdout, re.MULTILINE)
    )
    assert {file for _, file in found} == {f"test_{n}.py" for n in range(len(texts))}, done.stdout
    return found


def test_r86_what_is_announced_passes(outcomes: set[tuple[str, str]]) -> None:
    assert {outcome for outcome, file in outcomes if file == "test_0.py"} == {"PASSED"}


@pytest.mark.parametrize("fault", BADLY)
def test_r86_an_unexpected_warning_fails_the_test(
    outcomes: set[tuple[str, str]], fault: str
) -> None:
    file = f"test_{list(BADLY).index(fault) + 1}.py"
    assert {outcome for outcome, name in outcomes if name == file} & {"FAILED", "ERROR"}
