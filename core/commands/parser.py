"""Reading a command's arguments, running it, and turning failures into exit statuses."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from core.base.console import drop_stdout, prepare_streams, say, say_failure
from core.base.errors import LabError
from core.base.paths import APP_NAME, HOME_VARIABLE
from core.base.text import short_text
from core.base.version import VERSION
from core.commands import FAILED, HELP, PROFILE, STOPPED
from core.commands.arguments import Parser


class Command(Protocol):
    """What a module of a command offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the result is the exit status."""


def main(arguments: Sequence[str]) -> int:
    """Run a command of the command line.

    Returns
    -------
    int
        Exit status: 0 if all is done, 2 after a failure that stderr explains, 130 if the user
        stopped it.
    """
    prepare_streams()
    profile, rest = _take_profile(arguments)
    name, *rest = rest
    if profile == "":
        say(f"main.py: argument {PROFILE}: “” names no file or folder. See main.py --help.")
        return FAILED
    if profile is not None:
        os.environ[HOME_VARIABLE] = str(Path(profile).absolute())
    command: Command = importlib.import_module(f"core.commands.{name}")
    parser = Parser(prog=f"main.py {name}", description=_sentence(HELP[name]))
    command.add_arguments(parser)
    parser.add_argument(
        PROFILE, metavar="DIR", type=Path, help="folder for preferences, models and runs"
    )
    parser.add_argument("--version", action="version", version=f"{APP_NAME} {VERSION}")
    try:
        found = parser.parse_args(rest)
        found.given = _given(parser, rest, found)
        if found.profile is not None:
            os.environ[HOME_VARIABLE] = str(found.profile.absolute())
        return command.run(found)
    except LabError as error:
        say_failure(error)
        return FAILED
    except KeyboardInterrupt:
        say("Stopped.")
        return STOPPED
    except BrokenPipeError:  # as in `tables DIR | head`
        drop_stdout()
        return FAILED
    except OSError as error:
        if not error.filename:  # not about a file
            raise
        say(f"“{short_text(str(error.filename))}” cannot be used: {error.strerror}.")
        return FAILED


def _given(
    parser: argparse.ArgumentParser, rest: list[str], found: argparse.Namespace
) -> frozenset[str]:
    """Names of the arguments that the user typed; the others have their defaults."""
    not_given = object()
    parser.set_defaults(**dict.fromkeys(vars(found), not_given))
    again = vars(parser.parse_args(rest))
    return frozenset(name for name, value in again.items() if value is not not_given)


def _take_profile(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """The profile folder named before the command, and the rest."""
    rest, profile = list(arguments), None
    while rest[0].partition("=")[0] == PROFILE:
        _word, equals, value = rest.pop(0).partition("=")
        profile = value if equals else rest.pop(0)
    return profile, rest


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
