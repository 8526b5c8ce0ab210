"""`make mutants`: small breaks of the code, and what the tests say to them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.mutant_kinds import Mutant, differs, mutants
from tools.mutants import (
    NOTICED,
    PYTEST,
    SURVIVED,
    TIMED_OUT,
    Record,
    Runner,
    Trial,
    make_checkout,
    read_durations,
    read_records,
    report,
    sample,
    try_again_what_fails_anyway,
    try_all,
)  # fmt: skip

MODULE = """
def clipped(value, most):
    if value > most:
        return most
    return value

def counted_down(number):
    while number > 0:
        number -= 1
    return number

def doubled(number):
    return number * 2

def unlooked_at(number):
    return number + 3
"""
TESTS = """
from gui.room.thing import clipped, counted_down

def test_clipped():
    assert clipped(3, 2) == 2 and clipped(1, 2) == 1

def test_counted_down():
    assert counted_down(3) == 0

def test_that_fails_always():
    assert counted_down(3) == 7
"""
OTHERS = """
import importlib

def test_doubled():
    assert importlib.import_module("gui.room.thing").doubled(3) == 6
"""
ALWAYS = "tests/gui/room/test_thing.py::test_that_fails_always"
FILES = {
    "gui/__init__.py": "",
    "gui/room/__init__.py": "",
    "gui/room/thing.py": MODULE,
    "tests/gui/room/test_others.py": OTHERS,
    "tests/gui/room/test_thing.py": TESTS,
    "tests/gui/elsewhere/test_more.py": "def test_more():\n    assert False\n",
    "pytest.ini": "[pytest]\nmarkers = slow\npythonpath = .\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run(["git", *who, *command], cwd=root, check=True, capture_output=True)
    return root


@pytest.fixture
def trial(project: Path, tmp_path: Path) -> Iterator[Trial]:
    checkout = tmp_path / "checkout"
    make_checkout(checkout, project)
    long = {"tests/gui/room/test_thing.py::test_that_fails_always": 100.0}
    runner = Runner(checkout, seconds=5, longest=600, loaded=(), durations=long, budget=150)
    yield Trial(checkout, runner)
    runner.close()


def changes(source: str) -> list[tuple[str, str]]:
    return [(each.kind, each.after) for each in mutants("x.py", source.encode())]


def made(change: str) -> Mutant:
    """The mutant of the small project that has this line instead of another."""
    for mutant in mutants("gui/room/thing.py", MODULE.encode()):
        if change in mutant.applied(MODULE.encode()).decode().replace("(", "").replace(")", ""):
            return mutant
    raise AssertionError(change)


@pytest.mark.parametrize(
    ("source", "kind", "after"),
    [
        ("x = a < b", "comparison", "(a <= b)"),
        ("x = a not in b", "comparison", "(a in b)"),
        ("x = a * (b + c)", "arithmetic", "(b - c)"),
        ("x = a * (b + c)", "arithmetic", "(a / (b + c))"),
        ("x += 2", "arithmetic", "x -= 2"),
        ("x = a and b", "boolean", "(a or b)"),
        ("x = not a", "boolean", "(a)"),
        ("x = 3", "constant", "4"),
        ("x = 3", "constant", "(2)"),
        ("x = True", "constant", "False"),
        ("if a: b = c", "condition", "(not a)"),
        ("x = [a for a in b if c]", "condition", "(not c)"),
        ("def f():\n    return a", "return", "return None"),
        ("f(a)", "statement", "pass"),
        ("a.b = c", "statement", "pass"),
        ("f(a, b, c=d)", "arguments", "f(b, a, c=d)"),
    ],
)  # fmt: skip
def test_code_is_changed_in_one_place(source: str, kind: str, after: str) -> None:
    assert (kind, after) in changes(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""Text."""', "from a import b", "x: int | None", "Names = str | int", "x = f'{a + 1}'",
        "log.info('x', 1)", "if TYPE_CHECKING:\n    f(a)", "assert a < b", "x = 'a' % b",
        "def f(a: Literal[1]) -> Literal[2]: ...", "@f(1)\ndef g(): ...", "x = cast(int, b)",
        "def f():\n    return None",
    ],
)  # fmt: skip
def test_text_types_and_the_log_are_left_alone(source: str) -> None:
    assert not changes(source)


def test_only_what_is_changed_changes() -> None:
    source = "größe = '→'; x = [\n    a and\n    b] or c  # ä\n".encode()
    told = [each.applied(source).decode() for each in mutants("x.py", source)]
    assert told == [
        "größe = '→'; x = ([a and b] and c)  # ä\n",
        "größe = '→'; x = [\n    (a or b)] or c  # ä\n",
    ]
    same = Mutant("x.py", 1, 0, "constant", 0, 0, "", "")
    assert not differs(source, same)
    assert all(differs(source, each) for each in mutants("x.py", source))


def test_a_sample_is_the_same_every_time_and_each_kind_has_its_share(project: Path) -> None:
    chosen = sample(project, "gui", 6, seed=1)
    assert chosen == sample(project, "gui", 20, seed=1)[:6]
    assert chosen != sample(project, "gui", 6, seed=2)
    kinds = {each.kind for each in sample(project, "gui", 100, seed=1)}
    assert kinds == {each.kind for each in chosen}
    assert {each.path for each in chosen} == {"gui/room/thing.py"}


@pytest.mark.parametrize(
    ("change", "verdict", "by"),
    [
        ("if not value > most", NOTICED, "test_thing.py::test_clipped"),
        ("number += 1", TIMED_OUT, ""),
        ("return number / 2", NOTICED, "test_others.py::test_doubled"),
        ("return number - 3", SURVIVED, ""),
        ("if value >= most", SURVIVED, ""),
    ],
)
def test_what_the_tests_of_the_room_notice(
    trial: Trial, project: Path, change: str, verdict: str, by: str
) -> None:
    trial.failing = {ALWAYS}
    found = trial.try_out(made(change))
    assert found[0] == verdict and found[1].endswith(by)
    assert (project / "gui/room/thing.py").read_text() == MODULE
    assert (project.parent / "checkout/gui/room/thing.py").read_text() == MODULE


def test_a_test_that_fails_without_a_mutant_says_nothing(trial: Trial, tmp_path: Path) -> None:
    path, records = tmp_path / "records.jsonl", {}
    unnoticed = made("return number - 3")
    try_all([unnoticed], records, path, trial.try_out)
    assert records[unnoticed.id].by == ALWAYS
    try_again_what_fails_anyway([unnoticed], records, path, trial)
    assert trial.failing == {ALWAYS}
    assert read_records(path)[unnoticed.id].verdict == SURVIVED


def test_quick_tests_come_first_and_none_that_takes_longer_than_allowed(
    project: Path, tmp_path: Path
) -> None:
    known = tmp_path / "durations.txt"
    known.write_text(
        "== slowest durations ==\n"
        f"3.00s setup    {ALWAYS}\n7.50s call     {ALWAYS}\n"
        "2.00s call     tests/gui/room/test_thing.py::test_clipped\n"
        "(9 durations < 0.005s hidden.  Use -vv to show these durations.)\n"
    )
    durations = read_durations(known)
    assert durations[ALWAYS] == 10.5
    assert read_durations(tmp_path / "none.txt") == {}
    thing = project / "gui/room/thing.py"
    thing.write_text(MODULE.replace("value > most", "value < most").replace("> 0", "< 0"))
    for budget, failed in [(1.9, "test_counted_down"), (20, "test_counted_down")]:
        runner = Runner(project, loaded=(), durations=durations, budget=budget)
        said = runner.run([*PYTEST, "tests/gui/room/test_thing.py"])
        everything = runner.run([*PYTEST, "--maxfail=0", "tests/gui/room/test_thing.py"])
        runner.close()
        assert [test.rpartition("::")[2] for test in said["failed"]] == [failed]
        expected = ["test_counted_down", "test_clipped", "test_that_fails_always"]
        names = [test.rpartition("::")[2] for test in everything["failed"]]
        assert names == (expected if budget == 20 else expected[:1])


def test_what_was_tried_is_not_tried_again_but_survivors_on_request(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    all_of_them = list(mutants("gui/room/thing.py", MODULE.encode()))[:4]
    tried: list[Mutant] = []

    def try_out(mutant: Mutant) -> tuple[str, str]:
        tried.append(mutant)
        return (SURVIVED, "") if mutant in all_of_them[:2] else (NOTICED, "test")

    try_all(all_of_them[:3], read_records(path), path, try_out)
    try_all(all_of_them, read_records(path), path, try_out)
    assert tried == all_of_them
    first, *lines = path.read_text("utf-8").splitlines()
    marked = json.dumps({**json.loads(first), "equivalent": "there is no difference"})
    path.write_text("\n".join([marked, *lines]) + "\n", "utf-8")
    tried.clear()
    try_all(all_of_them, read_records(path), path, try_out, again=True)
    assert tried == all_of_them[1:2]


def test_the_report_names_each_survivor() -> None:
    all_of_them = list(mutants("gui/room/thing.py", MODULE.encode()))[:5]
    verdicts = (NOTICED, TIMED_OUT, SURVIVED, SURVIVED)
    records = {
        mutant.id: Record(**mutant.described(), verdict=verdict, by="", seconds=1.0)
        for mutant, verdict in zip(all_of_them[:4], verdicts, strict=True)
    }
    records[all_of_them[3].id].equivalent = "there is no difference"
    text = report(all_of_them, records)
    assert text.startswith("4 tried: 1 noticed, 1 timed out, 2 survived, ")
    assert "50.0% noticed; 66.7% without 1 equivalent ones" in text
    survivors = [line for line in text.splitlines() if line.startswith("  gui/room/thing.py:")]
    assert len(survivors) == 2
    assert sum("[equivalent: there is no difference]" in line for line in survivors) == 1
