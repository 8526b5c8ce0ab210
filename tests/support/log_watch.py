"""Fails a test in which something is logged as a warning or worse that it did not announce (R86).

That takes in what Qt says while a test is torn down; before, pytest-qt listens. A test announces
lines by the mark ``logs("pattern", …)`` or, where it depends on the test's course, by the fixture
`expect_log`. What is announced must come, so that no list outlives its reason.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

HARMLESS_QT = re.compile("^This plugin does not support ")
"""What the offscreen platform says about itself."""


class LogWatch(logging.Handler):
    """Keeps the lines of one test.

    Attributes
    ----------
    lines : list of str
        Level, logger, message, and the exception's type and text if there is one.
    announced : set of str
        Regular expressions; each line must match one, and each must be matched.
    allowed : set of str
        Others that a line may match.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self.announced: set[str] = set()
        self.allowed: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("qt.") and HARMLESS_QT.search(record.getMessage()):
            return
        line = f"{record.levelname} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            line += f" [{type(record.exc_info[1]).__name__}: {record.exc_info[1]}]"
        self.lines.append(line)

    def unexpected(self) -> list[str]:
        """The lines that nobody announced."""
        known = self.announced | self.allowed
        return [line for line in self.lines if not any(re.search(p, line) for p in known)]

    def missing(self) -> list[str]:
        """What was announced and did not come."""
        return [p for p in self.announced if not any(re.search(p, line) for line in self.lines)]


WATCH = pytest.StashKey[LogWatch]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "logs(*patterns): warnings and errors the test brings about")


@pytest.fixture
def log_watch(request: pytest.FixtureRequest) -> LogWatch:
    """What this test has logged so far."""
    return request.node.stash[WATCH]


@pytest.fixture
def expect_log(log_watch: LogWatch) -> Callable[..., None]:
    """Announce a warning or an error of this test by a regular expression."""

    def expect(pattern: str, *, optional: bool = False) -> None:
        (log_watch.allowed if optional else log_watch.announced).add(pattern)

    return expect


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    watch = item.stash[WATCH] = LogWatch()
    for mark in item.iter_markers("logs"):
        watch.announced.update(mark.args)
    logging.getLogger().addHandler(watch)
    yield


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    yield
    watch = item.stash[WATCH]
    _judge(watch)
    if missing := watch.missing():
        pytest.fail("announced, but not logged: " + "; ".join(missing), pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    watch = item.stash[WATCH]
    with _qt_heard(watch):
        yield
    logging.getLogger().removeHandler(watch)
    _judge(watch)


def _judge(watch: LogWatch) -> None:
    """Fail for what came unannounced; it is told once."""
    found = watch.unexpected()
    watch.lines = [line for line in watch.lines if line not in found]
    if found:
        pytest.fail("unexpected in the log: " + "\n".join(found), pytrace=False)


@contextmanager
def _qt_heard(watch: LogWatch) -> Iterator[None]:
    """Hear Qt's warnings, if Qt is there."""
    core: Any = sys.modules.get("PySide6.QtCore")
    if core is None:
        yield
        return
    quiet = (core.QtMsgType.QtDebugMsg, core.QtMsgType.QtInfoMsg)

    def hear(kind: object, _context: object, message: str) -> None:
        if kind not in quiet and not HARMLESS_QT.search(message):
            watch.lines.append(f"WARNING Qt: {message}")

    before = core.qInstallMessageHandler(hear)
    try:
        yield
    finally:
        core.qInstallMessageHandler(before)
