"""The window's own code, read: its classes made of Qt's, and what is called in it."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import gui

ROOT = Path(__file__).resolve().parents[2]


@cache
def classes() -> tuple[type, ...]:
    """All classes of the package gui that are made of one of Qt's."""
    found: dict[type, None] = {}
    for module in pkgutil.walk_packages(gui.__path__, "gui."):
        for thing in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(thing) and thing.__module__ == module.name and qt_names(thing):
                found[thing] = None
    return tuple(found)


def own_classes(kind: type) -> list[type]:
    """The classes of the lab that a class is made of, itself among them."""
    return [base for base in kind.__mro__ if base.__module__.partition(".")[0] == "gui"]


def qt_names(kind: type) -> frozenset[str]:
    """What a class has from Qt; empty if it is none of Qt's kinds."""
    bases = [base for base in kind.__mro__ if base.__module__.startswith("PySide6.")]
    own = (set(vars(base)) for base in bases)
    return frozenset(set().union(*own) - set(dir(object)) - {"__dict__", "staticMetaObject"})


def trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """The Python files of some folders of the repository, each with its path and syntax tree."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def called(node: ast.AST) -> str:
    """The last name of what a call calls; empty for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    what = node.func
    return what.id if isinstance(what, ast.Name) else getattr(what, "attr", "")
