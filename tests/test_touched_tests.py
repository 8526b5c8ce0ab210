"""`make check`: which tests a change touches."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.touched_tests import ROOT, changed_files, touched_tests

FILES = {
    "core/__init__.py": "",
    "core/near.py": "",
    "core/far.py": "",
    "core/over.py": "from core import far\n",
    "docs/guide.md": "",
    "tests/__init__.py": "",
    "tests/conftest.py": "import core.near\nimport core.far\n",
    "tests/support/__init__.py": "",
    "tests/support/help.py": "from core.over import far\n",
    "tests/core/__init__.py": "",
    "tests/core/test_near.py": "from core.near import thing\nimport core.over\n",
    "tests/test_lazy.py": "def test_it():\n    import core.near\n",
    "tests/test_helped.py": "from tests.support.help import far\n",
    "tests/test_pages.py": "PAGE = 'guide.md'\n",
}


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout on a branch of its own."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "checkout", "-qb", "branch")
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("core/near.py", ["tests/core/test_near.py", "tests/test_lazy.py"]),
        ("core/over.py", ["tests/core/test_near.py"]),
        ("core/far.py", ["tests/core/test_near.py"]),
        ("tests/support/help.py", ["tests/test_helped.py"]),
        ("tests/test_pages.py", ["tests/test_pages.py"]),
        ("docs/guide.md", ["tests/test_pages.py"]),
        ("docs/other.md", []),
        (
            "tests/conftest.py",
            [
                "tests/core/test_near.py", "tests/test_helped.py", "tests/test_lazy.py",
                "tests/test_pages.py",
            ],
        ),
    ],
)  # fmt: skip
def test_the_nearest_tests_are_chosen(checkout: Path, changed: str, tests: list[str]) -> None:
    assert touched_tests(checkout, [changed]) == tests


def test_a_change_is_what_the_branch_and_nobody_else_did(checkout: Path) -> None:
    assert changed_files(checkout, "main") == set()
    (checkout / "core" / "near.py").write_text("committed = 1\n")
    git(checkout, "commit", "-qam", "second")
    git(checkout, "checkout", "-q", "main")
    (checkout / "docs" / "guide.md").write_text("of others\n")
    git(checkout, "commit", "-qam", "of others")
    git(checkout, "checkout", "-q", "branch")
    (checkout / "core" / "over.py").write_text("changed = 1\n")
    (checkout / "core" / "new.py").write_text("")
    (checkout / "core" / "far.py").unlink()
    assert changed_files(checkout, "main") == {"core/near.py", "core/over.py", "core/new.py"}
    assert touched_tests(checkout, changed_files(checkout, "main"))


def test_what_was_chosen_is_run_and_its_failure_told(checkout: Path) -> None:
    (checkout / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "touched_tests.py", checkout / "tools")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "tool")

    def check(base: str = "HEAD") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tools.touched_tests", base, "-p", "no:cacheprovider"],
            cwd=checkout,
            capture_output=True,
            text=True,
            check=False,
        )

    nothing = check()
    assert nothing.returncode == 0 and "0 touched" in nothing.stdout
    (checkout / "tests" / "test_lazy.py").write_text("def test_it():\n    import core.far\n")
    passing = check()
    assert passing.returncode == 0 and "1 passed" in passing.stdout, passing.stdout
    (checkout / "tests" / "test_lazy.py").write_text("def test_it():\n    assert False\n")
    failing = check()
    assert failing.returncode == 1 and "1 failed" in failing.stdout
    unknown = check("nowhere")
    assert unknown.returncode not in (0, 1) and "nowhere" in unknown.stderr


def test_a_module_of_the_lab_has_its_own_tests_chosen() -> None:
    chosen = touched_tests(ROOT, ["gui/widgets/numbers.py"])
    assert "tests/gui/widgets/test_numbers.py" in chosen
    assert len(chosen) < 20
