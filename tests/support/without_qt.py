"""A pytest plugin that makes Qt, and everything built on it, unimportable.

Use it as ``pytest -p no:pytest-qt -p tests.support.without_qt tests/core``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

BLOCKED = frozenset(
    {"PySide6", "shiboken6", "PyQt6", "PyQt5", "pyqtgraph", "superqt", "qtpy", "gui"}
)
VARIABLE = "TESTS_WITHOUT_QT"


class BlockQt(MetaPathFinder):
    """Fails every import of a blocked package, as if it were not installed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise for blocked packages, leave the others to the usual finders."""
        if fullname.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {fullname!r} (blocked)", name=fullname)
        return None


def block() -> None:
    """Block Qt in this process from now on."""
    loaded = sorted(name for name in sys.modules if name.partition(".")[0] in BLOCKED)
    if loaded:
        raise RuntimeError(f"Too late to block Qt: {', '.join(loaded)} are loaded.")
    sys.meta_path.insert(0, BlockQt())


def pytest_addoption(parser: pytest.Parser) -> None:
    """Block Qt, and accept the settings of pytest-qt, which is absent in this run."""
    block()
    os.environ[VARIABLE] = "1"
    parser.addini("qt_api", "unused without Qt")
    parser.addini("qt_log_level_fail", "unused without Qt")


def pytest_report_header() -> str:
    """Say in pytest's first lines that Qt is blocked."""
    return "Qt is made unimportable in this run"
