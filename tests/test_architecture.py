"""Folders, and which stands on which: as docs/architecture.md tells it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SIDES = ("core", "gui")


def folders(side: str) -> list[Path]:
    return sorted(path.parent for path in (ROOT / side).rglob("__init__.py"))


def imported(path: Path) -> Iterator[str]:
    """Modules and names that a file imports, also within functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def below(side: str) -> dict[str, set[str]]:
    """For each folder of a side those of that side that it imports."""
    found: dict[str, set[str]] = {}
    for folder in (ROOT / side).iterdir():
        if not (folder / "__init__.py").exists():
            continue
        names = {name for path in folder.rglob("*.py") for name in imported(path)}
        tops = {name.split(".")[1] for name in names if name.startswith(f"{side}.")}
        found[folder.name] = {top for top in tops if (ROOT / side / top).is_dir()} - {folder.name}
    return found


def reached(side: str, start: str) -> set[str]:
    """All folders that one stands on, directly or through others."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = below(side)[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen


def arrows(side: str) -> set[tuple[str, str]]:
    """Imports between folders without those that follow from others."""
    direct = below(side)
    return {
        (upper, lower)
        for upper, lowers in direct.items()
        for lower in lowers
        if not any(lower in reached(side, between) for between in lowers - {lower})
    }


@pytest.mark.parametrize("side", SIDES)
def test_no_folder_stands_on_itself(side: str) -> None:
    assert len(below(side)) > 10
    assert not [name for name in below(side) if name in reached(side, name)]


@pytest.mark.parametrize("side", SIDES)
def test_the_picture_shows_the_imports(side: str) -> None:
    block = re.search(rf"```mermaid\n%% {side}\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    shown = set(re.findall(r"^    (\w+) --> (\w+)$", block[1], re.MULTILINE))
    assert sorted(shown) == sorted(arrows(side))


@pytest.mark.parametrize("side", SIDES)
def test_every_folder_has_its_line(side: str) -> None:
    told = dict(re.findall(rf"^\| `({side}[\w/]*)` \| (.+) \|$", PAGE, re.MULTILINE))
    present = {}
    for folder in folders(side):
        text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
        assert text, folder
        present[str(folder.relative_to(ROOT))] = " ".join(text.split())
    assert told == present
