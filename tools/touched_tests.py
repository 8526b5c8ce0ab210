"""The tests that a change touches, chosen by what they import, and run.

    python -m tools.touched_tests [BASE] [argument of pytest …]

The change is what differs from where the branch left BASE (`main` by default), with what is not
committed yet. Of each changed module those tests are run that import it by the fewest steps; a
test that changed runs itself, a `conftest.py` all tests below it, and any other file the tests
that name it. That is for the quick loop: what lies further away is left to `make test`.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONFTEST = "conftest.py"
NO_TESTS = 5
"""pytest's status if all that was chosen is left out, as slow tests are."""


def changed_files(root: Path, base: str) -> set[str]:
    """Files that differ from where the branch left `base`, or are new; deleted ones left out."""
    left = _git(root, "merge-base", base, "HEAD")[0]
    differing = _git(root, "diff", "--name-only", "--diff-filter=d", left)
    return {*differing, *_git(root, "ls-files", "--others", "--exclude-standard")}


def touched_tests(root: Path, changed: Iterable[str]) -> list[str]:
    """Test files to run for changed files, as paths below `root`."""
    sources = python_sources(root)
    known = importers(sources)
    tests = {file for file in sources if _is_test(file)}
    chosen: set[str] = set()
    for file in changed:
        if Path(file).name == CONFTEST:
            chosen |= {test for test in tests if Path(file).parent in Path(test).parents}
        elif file in sources:
            chosen |= nearest_tests(file, known)
        else:
            chosen |= {test for test in tests if Path(file).name in sources[test]}
    return sorted(chosen)


def python_sources(root: Path) -> dict[str, str]:
    """The text of each Python file of a checkout, by its path below `root`."""
    files = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "*.py")
    return {file: (root / file).read_text("utf-8") for file in files if (root / file).is_file()}


def nearest_tests(file: str, importers: Mapping[str, set[str]]) -> set[str]:
    """The tests that import a file by the fewest steps; the file itself if it is one."""
    seen = reached = {file}
    while reached:
        found = set(filter(_is_test, reached))
        if found:
            return found
        reached = set().union(*(importers.get(each, ()) for each in reached)) - seen
        # What all tests of a folder get says nothing about any of them.
        reached = {each for each in reached if Path(each).name != CONFTEST}
        seen = seen | reached
    return set()


def importers(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """The files that import each file, anywhere in their text."""
    modules = {_module(file): file for file in sources}
    found: dict[str, set[str]] = {}
    for file, source in sources.items():
        for name in _imported(ast.parse(source)):
            if name in modules:
                found.setdefault(modules[name], set()).add(file)
    return found


def _imported(tree: ast.Module) -> Iterator[str]:
    """What is imported, as the names of modules or of what they hold."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _is_test(file: str) -> bool:
    return file.startswith("tests/") and Path(file).name.startswith("test_")


def _git(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        ["git", *arguments], cwd=root, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.splitlines()


def main() -> int:
    """Choose and run the tests; the core's without Qt, as `make test` does."""
    base, *arguments = sys.argv[1:] or ["main"]
    try:
        tests = touched_tests(ROOT, changed_files(ROOT, base))
    except subprocess.CalledProcessError as error:  # Git has said why
        return error.returncode
    print(f"== {len(tests)} touched test files", *tests, sep="\n   ", flush=True)
    core = [test for test in tests if test.startswith("tests/core/")]
    others = [test for test in tests if test not in core]
    worst = 0
    for files, plugins in (
        (core, ["-p", "no:pytest-qt", "-p", "tests.support.without_qt"]),
        (others, []),
    ):
        if files:
            command = [sys.executable, "-m", "pytest", "-q", *plugins, *files, *arguments]
            status = subprocess.run(command, cwd=ROOT, check=False).returncode
            worst = max(worst, 0 if status == NO_TESTS else status)
    return worst


if __name__ == "__main__":
    sys.exit(main())
