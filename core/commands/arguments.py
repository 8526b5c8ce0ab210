"""Reading arguments: what cannot be read is refused in one line that names the nearest word."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from core.base.text import short_text
from core.commands import FAILED

_LONG_WORD = re.compile(r"\S{121,}")
_MOST = 800


class Parser(argparse.ArgumentParser):
    """A parser of arguments whose refusals are one line, with exit status 2.

    Arguments of the type `Path` are never empty: as a path that would be the folder one is in.
    """

    def __init__(self, *arguments: Any, **names: Any) -> None:
        super().__init__(*arguments, **names)
        self.register("type", Path, path)

    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> argparse.Namespace:
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self.refuse(unknown[0])
        return found  # type: ignore[no-any-return]

    def refuse(self, word: str) -> NoReturn:
        """Say that a word or an option is not known, and end."""
        option = word.partition("=")[0]
        if not option.startswith("-"):
            self.error(f"“{word}” is one argument too many")
        known = [name for action in self._actions for name in action.option_strings]
        self.error(f"there is no option {option}{did_you_mean(option, known)}")

    def error(self, message: str) -> NoReturn:
        line = _LONG_WORD.sub(lambda word: short_text(word[0]), " ".join(message.splitlines()))
        message = short_text(line, _MOST)
        stop = "" if message.endswith((".", "?")) else "."
        self.exit(FAILED, f"{self.prog}: {message}{stop} See {self.prog} --help.\n")


def path(word: str) -> Path:
    """A word that names a file or folder; an empty one is what an unset variable leaves."""
    if not word:
        raise argparse.ArgumentTypeError("“” names no file or folder")
    return Path(word)


def reference(word: str) -> str:
    """A word that names a model."""
    if not word.strip():
        raise argparse.ArgumentTypeError(f"“{word}” names no model")
    return word


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question for the known word that is nearest; empty if none is near."""
    near = get_close_matches(word.lower(), list(known), n=1)
    return f". Did you mean {near[0]}?" if near else ""
