"""Rules for the repository as a whole: sizes, licenses, pins, spelling, what a file may name."""

from __future__ import annotations

import ast
import io
import re
import statistics
import subprocess
import tokenize
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = {".py", ".md", ".toml", ".txt", ".sh", ".json", ".cfg", ".yml", ".svg", ""}
MAX_LINES = 600
MEDIAN_BYTES = 6 * 1024
REQUIREMENTS = ROOT / "docs" / "requirements.md"
KNOWN_REQUIREMENTS = 88


@cache
def files() -> tuple[Path, ...]:
    """All files of the repository, those not yet committed included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:  # an archive without its history
        found = [path for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return tuple(sorted(path for path in found if path.is_file()))


def text_files() -> list[Path]:
    fonts = ROOT / "resources" / "fonts"
    return [
        path
        for path in files()
        if path.suffix in TEXT and not (path.is_relative_to(fonts) and path.suffix == ".txt")
    ]


def python_files(*folders: str) -> list[Path]:
    wanted = [ROOT / folder for folder in folders] or [ROOT]
    return [
        path
        for path in files()
        if path.suffix == ".py" and any(path.is_relative_to(folder) for folder in wanted)
    ]


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_are_short() -> None:
    lengths = {short(path): path.read_bytes().count(b"\n") for path in python_files()}
    assert len(lengths) > 50
    assert not {name: lines for name, lines in lengths.items() if lines >= MAX_LINES}
    sizes = [path.stat().st_size for path in python_files("core", "gui")]
    assert statistics.median(sizes) <= MEDIAN_BYTES


def test_every_package_has_its_marker_file() -> None:
    for path in python_files("core", "gui"):
        assert (path.parent / "__init__.py").exists(), short(path)


def test_no_file_names_a_place_on_somebodys_computer() -> None:
    pattern = re.compile(
        r"(?<![\w.~/:-])/(?:home|Users|root|work|mnt|media|opt)/[\w.]|\b[A-Z]:\\Users|\.\./shared\b"
    )
    found = []
    for path in text_files():
        if path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            # Tests may name paths that exist nowhere, to see how they are treated.
            if pattern.search(line) and not short(path).startswith("tests/"):
                found.append(f"{short(path)}:{number}: {line.strip()}")
    assert not found


def test_no_file_names_a_package_host() -> None:
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "download.pytorch" + ".org", "npmjs" + ".")
    hosts += ("deb.debian" + ".org", "archive.ubuntu" + ".com", "anaconda" + ".org")
    found = [
        f"{short(path)}: {host}"
        for path in text_files()
        for host in hosts
        if host in path.read_text(encoding="utf-8").lower()
    ]
    assert not found


def test_requirements_are_names_and_exact_versions() -> None:
    line_pattern = re.compile(r"[A-Za-z0-9][\w.-]*==\d[\w.]*")
    pins: dict[str, dict[str, str]] = {}
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        lines = [line for line in lines if line and not line.startswith("#")]
        assert all(line_pattern.fullmatch(line) for line in lines), name
        pins[name] = dict(line.lower().replace("_", "-").split("==") for line in lines)
        assert len(pins[name]) == len(lines), f"{name} names a package twice"
    constraints = pins.pop("constraints.txt")
    for name, direct in pins.items():
        assert direct.items() <= constraints.items(), f"{name} and constraints.txt disagree"


def test_this_environment_has_the_pinned_versions() -> None:
    from importlib.metadata import version

    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                package, _, pinned = line.partition("==")
                assert version(package).partition("+")[0] == pinned, package


def test_the_version_is_stated_once_over() -> None:
    from core.base.version import VERSION

    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_font_family_has_its_license() -> None:
    families = [path for path in (ROOT / "resources" / "fonts").iterdir() if path.is_dir()]
    assert len(families) >= 10
    for family in families:
        licenses = [path for path in family.iterdir() if path.name.upper().startswith("LICENSE")]
        assert licenses, f"{family.name} has no license"
        assert licenses[0].stat().st_size > 300, f"{family.name}'s license is cut short"


def test_the_readme_begins_with_the_two_commands_and_a_picture() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    first_screen = "\n".join(lines[:25])
    assert re.search(r"^\s+make run\b", first_screen, re.MULTILINE)
    assert re.search(r"^\s+make test\b", first_screen, re.MULTILINE)
    assert "docs/images/lab-light.png" in first_screen


def test_links_between_pages_lead_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")
    pages = [path for path in text_files() if path.suffix == ".md"]
    broken = [
        f"{short(page)}: {target}"
        for page in pages
        for target in link.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not broken
    targets = {
        (page.parent / target).resolve()
        for page in pages
        for target in link.findall(page.read_text(encoding="utf-8"))
    }
    unused = [
        short(path)
        for path in files()
        if path.is_relative_to(ROOT / "docs" / "images") and path.resolve() not in targets
    ]
    assert not unused, "pictures that no page shows"


def test_every_command_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in ("README.md", "docs/index.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for command in re.findall(r"(?:^ {4}|`)make ([a-z-]+)", text, re.MULTILINE):
            assert command in targets, f"{page}: make {command}"


def names_of(path: Path) -> list[tuple[int, str]]:
    """The names in a Python file with their lines: no strings, no comments."""
    source = io.StringIO(path.read_text(encoding="utf-8"))
    return [
        (token.start[0], token.string)
        for token in tokenize.generate_tokens(source.readline)
        if token.type == tokenize.NAME
    ]


def test_spelling_is_american() -> None:
    found = []
    for path in text_files():
        if short(path).startswith("tests/"):  # what a test feeds to the lab may be spelled anyhow
            lines = names_of(path) if path.suffix == ".py" else []
        else:
            lines = list(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
        found += [f"{short(path)}:{number}: {text}" for number, text in lines if "colour" in text]
    assert not found


def test_grey_is_only_a_spelling_to_choose() -> None:
    """“grey” may stand for itself in data and quotes, but never in names or running text."""
    found = []
    for path in python_files("core", "gui"):
        source = path.read_text(encoding="utf-8")
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NAME and "grey" in token.string.lower():
                found.append(f"{short(path)}:{token.start[0]}: {token.string}")
            unquoted = re.sub(r"[\"'“`(]+grey[\"'”`)]+", "", token.string)
            if token.type == tokenize.COMMENT and "grey" in unquoted:
                found.append(f"{short(path)}:{token.start[0]}: {token.string}")
            if token.type == tokenize.STRING and "grey" in unquoted and "gray" not in unquoted:
                found.append(f"{short(path)}:{token.start[0]}: {token.string}")
    assert not found


@cache
def known_tests() -> dict[str, dict[str, str]]:
    """Name and docstring of every test, by its file."""
    return {
        short(path): {
            node.name: ast.get_docstring(node) or ""
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        }
        for path in python_files("tests")
    }


@cache
def requirements() -> dict[int, tuple[str, list[str]]]:
    """Sentence and tests of each row of the document, by its number."""
    text = REQUIREMENTS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| R(\d\d+) \| (.+?) \| (.*?) \|$", text, re.MULTILINE)
    assert len(rows) == len({number for number, _, _ in rows}), "a requirement has two rows"
    return {int(number): (said, re.findall(r"`([^`]+)`", tests)) for number, said, tests in rows}


def numbers_in(text: str) -> set[int]:
    """Requirements that a name or a docstring tells."""
    found = re.findall(r"(?<![a-zA-Z0-9])[rR](\d\d)(?!\d)", text.replace("_", " "))
    return set(map(int, found))


@pytest.mark.parametrize("number", range(1, KNOWN_REQUIREMENTS + 1), ids=lambda n: f"R{n:02}")
def test_each_requirement_has_tests_that_name_it(number: int) -> None:
    assert number in requirements(), f"{short(REQUIREMENTS)} has no row R{number:02}"
    said, listed = requirements()[number]
    assert len(said) > 20 and said.endswith(".")
    assert listed, f"R{number:02} names no test"
    for name in listed:
        file, _, test = name.partition("::")
        assert test in known_tests().get(file, {}), f"R{number:02} names a test that is not there"
        told = numbers_in(f"{test} {known_tests()[file][test]}")
        assert number in told, f"{name} does not tell that it tests R{number:02}"


def test_no_test_names_a_requirement_that_is_not_there() -> None:
    every = [pair for tests in known_tests().values() for pair in tests.items()]
    named = {number for pair in every for number in numbers_in(" ".join(pair))}
    assert named <= set(requirements())


# Where a part that is slow in earnest is played, or a process outside is looked at again and again.
MAY_SLEEP = {
    "tests/core/ablation/test_ablation_study.py",
    "tests/core/sweeps/test_sweeps_breaking.py",
    "tests/gui/designer/test_designer_pace.py",
    "tests/support/faults.py",
    "tests/support/monkey.py",
    "tests/support/scaled_window.py",
    "tests/support/weights_server.py",
}
WAITS = {"waitUntil", "waitSignal", "waitSignals", "waitExposed", "waitActive", "waitCallback"}


def test_r85_no_test_waits_for_time_to_pass_or_for_a_short_while_only() -> None:
    """Tests wait for conditions, with `tests.support.waiting.WAIT` or a limit of their own."""
    found = []
    for path in python_files("tests"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            called = ast.unparse(node.func)
            asleep = called in ("time.sleep", "qtbot.wait", "QTest.qWait", "QTest.qSleep")
            limited = any(keyword.arg == "timeout" for keyword in node.keywords)
            if (asleep and short(path) not in MAY_SLEEP) or (
                called.startswith("qtbot.") and node.func.attr in WAITS and not limited
            ):
                found.append(f"{short(path)}:{node.lineno}: {called}")
    assert not found


def test_make_lists_its_targets() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("run", "test", "check", "lint", "screenshots", "embedded-model"):
        assert re.search(rf"make {target}\s+\w", done.stdout), target
