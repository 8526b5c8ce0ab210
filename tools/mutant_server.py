"""Runs pytest for `tools.mutants`, each time in a fork of this process.

The first line of JSON on standard input holds the settings, and each line after it pytest's
arguments; the answer is a line with the exit status (null if the time was up) and the tests that
failed. Needs an operating system that can fork.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import os
import signal
import sys
import time
from typing import Any

import pytest

TIME_IS_UP = (signal.SIGPROF, signal.SIGKILL)


class Watch:
    """A pytest plugin: quick tests first, a limit of each one's processor time, what failed."""

    def __init__(self, settings: dict[str, Any], answer: int) -> None:
        self._seconds = settings["seconds"]
        self._durations = settings["durations"]
        self._budget = settings["budget"]
        self._answer = answer

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Sort, and leave out what would take longer than allowed; an unknown test is quick."""
        # Tests of about the same length stay together, so that they share their fixtures.
        items.sort(key=lambda item: self._length(item) > 0.3)
        items.sort(key=lambda item: self._length(item) > 2)
        ends = itertools.accumulate(map(self._length, items))
        fitting = sum(end <= self._budget for end in ends)
        config.hook.pytest_deselected(items=items[fitting:])
        items[fitting:] = []

    def _length(self, item: pytest.Item) -> float:
        return self._durations.get(item.nodeid, 0.0)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item):  # noqa: ANN201 — a generator of pytest's
        """Begin to count again for each test; the signal that ends the time ends the process."""
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._say(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._say(report)

    def _say(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed:
            os.write(self._answer, report.nodeid.encode() + b"\n")


def run(arguments: list[str], settings: dict[str, Any]) -> dict[str, object]:
    """Run pytest in a fork and wait for its end."""
    heard, said = os.pipe()
    child = os.fork()
    if not child:
        os.close(heard)
        os.setsid()  # so that what the tests start can be ended with them
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(silent, stream)
        signal.setitimer(signal.ITIMER_PROF, settings["seconds"])
        os._exit(pytest.main(arguments, plugins=[Watch(settings, said)]))
    os.close(said)
    ended, status = 0, 0
    begun = time.monotonic()
    while not ended:
        ended, status = os.waitpid(child, os.WNOHANG)
        if not ended and time.monotonic() - begun > settings["longest"]:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with open(heard, encoding="utf-8") as file:  # noqa: PTH123 — not a path
        failed = list(dict.fromkeys(file.read().splitlines()))
    late = os.WIFSIGNALED(status) and os.WTERMSIG(status) in TIME_IS_UP
    return {"status": None if late else os.waitstatus_to_exitcode(status), "failed": failed}


def main() -> None:
    """Answer one line after another until there are no more."""
    settings = json.loads(sys.stdin.readline())
    sys.path[0] = ""  # the checkout, in place of this file's folder
    for name in settings["loaded"]:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line), settings)), flush=True)


if __name__ == "__main__":
    main()
