"""A seeded sample of small breaks of the code, and whether the tests notice them.

    python -m tools.mutants [--seed N] [--core N] [--gui N] [--folder FOLDER] [--again]

Each mutant changes one place: a comparison, an operator, a number, a condition, a statement, a
result, two arguments. Every kind has the same share of the sample, whatever is most frequent in
the code. Text, types and logging are left alone. A mutant is put into a copy of the last commit
(FOLDER/checkout, made when it is missing; the working tree is never touched), and the tests of its
room are run: those that import its module by the fewest steps, then the others of the room's
folder. FOLDER/durations.txt, if there is one, holds what pytest prints with `--durations=0`: then
quick tests are run first, and none that do not fit into `--budget` seconds. A test that fails
without any mutant too says nothing: its mutants are tried again without it.

What was found goes into FOLDER/records.jsonl, one line a mutant; another start goes on after it.
`--again` brings the tests of the working tree into the copy and tries the survivors once more. A
survivor that changes nothing anyone could notice is marked by hand: add `"equivalent": "why"` to
its line. It is then listed as such, and counted apart.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import math
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.mutant_kinds import Mutant, differs, mutants
from tools.touched_tests import ROOT, importers, nearest_tests, python_sources

DURATION = re.compile(r"\s*([0-9.]+)s (?:setup|call|teardown)\s+(tests/.+?)\s*$")
WITHOUT_QT = ["-p", "no:pytest-qt", "-p", "tests.support.without_qt"]
PYTEST = ["-q", "-x", "-p", "no:cacheprovider", "-m", "not slow"]
# A plugin that is loaded already counts as a mistake, since its assertions stay as they are.
PYTEST += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
PROCESSOR_SECONDS = 40
"""Most of a test: an endless loop is noticed by it, however busy the computer is."""
LONGEST_SECONDS = 600
"""Most of a run of pytest: a lock that nobody opens is noticed by it."""
LOADED = (
    "numpy", "PIL.Image", "pyarrow.parquet", "matplotlib.figure",
    "matplotlib.backends.backend_pdf", "torch", "open_clip", "tokenizers", "msgspec",
    "safetensors.torch", "hypothesis", "_hypothesis_pytestplugin", "anyio.pytest_plugin",
)  # fmt: skip
"""Slow to load and the same for every mutant; no Qt, which the core's tests keep out and which does
not outlive a fork."""
NOTHING_FAILED = (0, 5)
NOTICED, SURVIVED, TIMED_OUT = "noticed", "survived", "timed out"


@dataclass
class Record:
    """What became of a mutant; `by` is the test that noticed it."""

    id: str
    path: str
    line: int
    kind: str
    before: str
    after: str
    verdict: str
    by: str
    seconds: float
    equivalent: str = ""


def sample(root: Path, package: str, size: int, seed: int) -> list[Mutant]:
    """Mutants of a package, each kind in turn; a larger sample begins with the smaller one."""
    found: dict[str, list[Mutant]] = {}
    for path in sorted((root / package).rglob("*.py")):
        for mutant in mutants(path.relative_to(root).as_posix(), path.read_bytes()):
            found.setdefault(mutant.kind, []).append(mutant)
    rng = random.Random(f"{seed} {package}")  # noqa: S311 — a sample, no secret
    for kind in sorted(found):
        rng.shuffle(found[kind])
    turns = itertools.zip_longest(*(found[kind] for kind in sorted(found)))
    in_turn = (mutant for turn in turns for mutant in turn if mutant is not None)
    valid = (each for each in in_turn if differs((root / each.path).read_bytes(), each))
    return list(itertools.islice(valid, size))


class Runner:
    """Runs pytest in the checkout, each time in a fork of a process that has loaded torch."""

    def __init__(
        self,
        checkout: Path,
        seconds: float = PROCESSOR_SECONDS,
        longest: float = LONGEST_SECONDS,
        loaded: Iterable[str] = LOADED,
        durations: Mapping[str, float] | None = None,
        budget: float = math.inf,
    ) -> None:
        server = Path(__file__).with_name("mutant_server.py")
        settings = {
            "seconds": seconds, "longest": longest, "loaded": list(loaded),
            "durations": dict(durations or {}), "budget": budget,
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, server],
            cwd=checkout,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._send(settings)

    def run(self, arguments: list[str]) -> dict[str, Any]:
        """Exit status (none if it took too long) and the tests that failed."""
        assert self._process.stdout is not None
        self._send(arguments)
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("the process that runs the tests has ended")
        return json.loads(answer)

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.communicate()


class Trial:
    """Tries mutants one after another in a checkout."""

    def __init__(self, checkout: Path, runner: Runner) -> None:
        self._root = checkout
        self._runner = runner
        sources = python_sources(checkout)
        self._tests = {file for file in sources if Path(file).name.startswith("test_")}
        self._importers = importers(sources)
        self.failing: set[str] = set()
        """Tests that fail without any mutant."""

    def try_out(self, mutant: Mutant) -> tuple[str, str]:
        """The verdict, and the test that noticed the mutant."""
        for tests in self._stages(mutant.path):
            verdict, by = self._noticed(mutant, tests)
            if verdict != SURVIVED:
                return verdict, by
        return SURVIVED, ""

    def _stages(self, path: str) -> Iterator[list[str]]:
        package, room = path.split("/")[:2]
        nearest = {
            test
            for test in nearest_tests(path, self._importers)
            if test.startswith(f"tests/{package}/")
        }
        yield sorted(nearest)
        yield sorted(
            test for test in self._tests - nearest if test.startswith(f"tests/{package}/{room}/")
        )

    def _noticed(self, mutant: Mutant, tests: list[str]) -> tuple[str, str]:
        with _in_place(self._root / mutant.path, mutant):
            done = self._run(tests)
        if done["status"] is None:
            return TIMED_OUT, "".join(done["failed"])
        if done["status"] in NOTHING_FAILED:
            return SURVIVED, ""
        if done["failed"]:
            return NOTICED, done["failed"][0]
        if self._run(tests, "--collect-only")["status"] not in NOTHING_FAILED:
            raise SystemExit(f"pytest ends with {done['status']} without any mutant: {tests}")
        return NOTICED, f"ended with {done['status']}"

    def fail_anyway(self, tests: Iterable[str]) -> set[str]:
        """Those of the tests, or files of tests, that fail without any mutant."""
        unsure, found = set(tests) - self.failing, set[str]()
        for side in ("tests/core/", "tests/gui/"):
            of_side = sorted(test for test in unsure if test.startswith(side))
            cases = [test for test in of_side if "::" in test]
            files = [test for test in of_side if "::" not in test]
            found |= set(self._run(cases, "--maxfail=0")["failed"])
            found |= set(self._run(files, "--maxfail=0", "--collect-only")["failed"])
        self.failing |= found
        return found

    def _run(self, tests: list[str], *arguments: str) -> dict[str, Any]:
        left_out = [f"--deselect={test}" for test in self.failing if "::" in test]
        broken = {test for test in self.failing if "::" not in test}
        chosen = [test for test in tests if test not in broken]
        if not chosen:
            return {"status": 0, "failed": []}
        plugins = WITHOUT_QT if chosen[0].startswith("tests/core/") else []
        return self._runner.run([*PYTEST, *plugins, *left_out, *arguments, *chosen])


class _in_place:  # noqa: N801 — used as a statement
    """A file with a mutant in it, for as long as the block lasts."""

    def __init__(self, path: Path, mutant: Mutant) -> None:
        self._path, self._mutant = path, mutant
        self._original = path.read_bytes()

    def __enter__(self) -> None:
        self._write(self._mutant.applied(self._original))

    def __exit__(self, *_error: object) -> None:
        self._write(self._original)

    def _write(self, source: bytes) -> None:
        self._path.write_bytes(source)
        # Python tells by time and length whether it is out of date; both may be the same.
        Path(importlib.util.cache_from_source(str(self._path))).unlink(missing_ok=True)


def read_durations(path: Path) -> dict[str, float]:
    """Seconds of each test, as pytest prints them; none without the file."""
    found: dict[str, float] = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else []:
        if told := DURATION.match(line):
            found[told[2]] = found.get(told[2], 0.0) + float(told[1])
    return found


def read_records(path: Path) -> dict[str, Record]:
    """The last record of each mutant."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {record.id: record for record in (Record(**json.loads(line)) for line in lines)}


def try_all(
    sampled: Iterable[Mutant],
    records: dict[str, Record],
    path: Path,
    try_out: Callable[[Mutant], tuple[str, str]],
    again: bool = False,
) -> None:
    """Try what has no record yet, or survived if it is tried again, and record each at once."""
    for mutant in sampled:
        known = records.get(mutant.id)
        lives = known and known.verdict == SURVIVED and not known.equivalent
        if known and not (again and lives):
            continue
        begun = time.monotonic()
        verdict, by = try_out(mutant)
        seconds = round(time.monotonic() - begun, 1)
        record = Record(**mutant.described(), verdict=verdict, by=by, seconds=seconds)
        records[mutant.id] = record
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
        print(f"{verdict:>9} {seconds:6.1f} s  {mutant.id}  {by}", flush=True)


def try_again_what_fails_anyway(
    sampled: list[Mutant], records: dict[str, Record], path: Path, trial: Trial
) -> None:
    """Try mutants once more whose test fails without them too, until there are none."""
    while failing := trial.fail_anyway(record.by for record in records.values()):
        known = {key: each for key, each in records.items() if each.by not in failing}
        try_all(sampled, known, path, trial.try_out)
        records |= known


def report(sampled: Iterable[Mutant], records: dict[str, Record]) -> str:
    """Shares of a package's sample, and each survivor with its place."""
    done = [records[mutant.id] for mutant in sampled if mutant.id in records]
    counts = dict.fromkeys((NOTICED, TIMED_OUT, SURVIVED), 0)
    for record in done:
        counts[record.verdict] += 1
    same = sum(bool(record.equivalent) for record in done if record.verdict == SURVIVED)
    seen = len(done) - counts[SURVIVED]
    text = [
        f"{len(done)} tried: "
        + ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        + (f", {seen / len(done):.1%} noticed" if done else "")
        + (f"; {seen / (len(done) - same):.1%} without {same} equivalent ones" if same else "")
    ]
    for record in sorted(done, key=lambda record: (record.path, record.line)):
        if record.verdict == SURVIVED:
            why = f"  [equivalent: {record.equivalent}]" if record.equivalent else ""
            change = f"{record.before}  →  {record.after}"
            text.append(f"  {record.path}:{record.line} ({record.kind}) {change}{why}")
    return "\n".join(text)


def make_checkout(checkout: Path, root: Path = ROOT) -> None:
    """Copy the last commit, unless there is a copy."""
    if not checkout.exists():
        subprocess.run(["git", "clone", "-q", root, checkout], check=True)


def main() -> int:
    """Try the sample's mutants that have not been tried, then report on all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--core", type=int, default=200, help="mutants of core")
    parser.add_argument("--gui", type=int, default=60, help="mutants of gui")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "mutants")
    parser.add_argument("--budget", type=float, default=60, help="seconds of a run of tests")
    parser.add_argument("--again", action="store_true", help="try the survivors once more")
    parser.add_argument("--report", action="store_true", help="only report on what was tried")
    options = parser.parse_args()
    checkout, path = options.folder.resolve() / "checkout", options.folder / "records.jsonl"
    options.folder.mkdir(parents=True, exist_ok=True)
    make_checkout(checkout)
    sizes = {"core": options.core, "gui": options.gui}
    samples = {name: sample(checkout, name, size, options.seed) for name, size in sizes.items()}
    records = read_records(path)
    if options.again:
        shutil.copytree(ROOT / "tests", checkout / "tests", dirs_exist_ok=True)
    if not options.report:
        durations = read_durations(options.folder / "durations.txt")
        runner = Runner(checkout, durations=durations, budget=options.budget)
        trial = Trial(checkout, runner)
        mixed = list(_evenly(*samples.values()))
        try_all(mixed, records, path, trial.try_out, again=options.again)
        try_again_what_fails_anyway(mixed, records, path, trial)
        runner.close()
        for test in sorted(trial.failing):
            print(f"fails without any mutant, left out: {test}")
    for name, sampled in samples.items():
        print(f"== {name}: {report(sampled, records)}")
    return 0


def _evenly(*samples: list[Mutant]) -> Iterator[Mutant]:
    """All samples, so that each has the same share done at any time."""
    placed = [(i / len(each), mutant) for each in samples for i, mutant in enumerate(each)]
    yield from (mutant for _share, mutant in sorted(placed, key=lambda pair: pair[0]))


if __name__ == "__main__":
    sys.exit(main())
