"""The command line: arguments are read, a command is run, failures become exit statuses.

What cannot be read is refused in one line that names the nearest word.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from core.base.console import drop_stdout, prepare_streams, say, say_failure
from core.base.errors import LabError
from core.base.paths import APP_NAME, HOME_VARIABLE
from core.base.text import short_text, valid_text
from core.base.version import VERSION
from core.commands import COMMANDS, FAILED, HELP, PROFILE, STOPPED

MOST_WHOLE = 2**63 - 1
"""The largest whole number of any option: a seed of the window, as commands repeat it."""

_LONG_WORD = re.compile(r"\S{121,}")
_MOST = 800


class Command(NamedTuple):
    """What a module has in its `COMMANDS` for each of them: `run` gives the exit status."""

    add_arguments: Callable[[argparse.ArgumentParser], object]
    run: Callable[[argparse.Namespace], int]


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
    command: Command = importlib.import_module(f"core.commands.{COMMANDS[name][0]}").COMMANDS[name]
    parser = Parser(prog=f"main.py {name}", description=f"{HELP[name][0].upper()}{HELP[name][1:]}.")
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


# --- words ---


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


def whole(least: int, most: int = MOST_WHOLE) -> Callable[[str], int]:
    """A reader of whole numbers of at least `least` and at most `most`."""
    wanted = f"from {least} to {most:,}"

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,19}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"“{text}” is no whole number {wanted}")
        return int(text)

    return read


def text(word: str) -> str:
    """A word that is text; the bytes of the command line may be none."""
    if valid_text(word) != word:
        raise argparse.ArgumentTypeError(f"“{valid_text(word)}” holds bytes that are no UTF-8")
    return word


def part(text: str) -> tuple[int, int]:
    """Which part of how many, written ``1/2``."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if found:
        number, count = int(found[1]), int(found[2])
        if 1 <= number <= count:
            return number, count
    raise argparse.ArgumentTypeError(f"“{text}” is no part; the first half is 1/2")


# --- options that several commands share ---


def add_machine(parser: argparse.ArgumentParser, *, parts: bool = False) -> argparse._ArgumentGroup:
    """Declare device, threads, batches, silence and which part of the whole; returns the group."""
    from core.runs.manifest import MOST_IN_BATCH

    group = parser.add_argument_group("how to run")
    group.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 or mps (default: cpu)")
    group.add_argument(
        "--threads",
        type=whole(0, 4096),
        default=0,
        metavar="N",
        help="processor threads; 0: all cores",
    )
    group.add_argument(
        "--batch",
        type=whole(1, MOST_IN_BATCH),
        metavar="N",
        help="images of a batch (default: what suits)",
    )
    add_quiet(group)
    if parts:
        group.add_argument(
            "--part",
            type=part,
            default=(1, 1),
            metavar="I/N",
            help="do only part I of N, to share the work among computers; see merge",
        )
    return group


def add_precision(group: argparse._ArgumentGroup) -> None:
    """Declare ``--precision``."""
    group.add_argument(
        "--precision",
        choices=("fp32", "fp16", "bf16"),
        default="fp32",
        help="number format of the model; half precision is faster on a GPU and less exact",
    )


def add_allow_versions(group: argparse._ArgumentGroup) -> None:
    """Declare ``--allow-versions``."""
    group.add_argument(
        "--allow-versions",
        action="store_true",
        help="resume although libraries have other versions than at the start",
    )


def add_quiet(parser: argparse._ActionsContainer) -> None:
    """Declare ``--quiet``."""
    parser.add_argument(
        "--quiet", action="store_true", help="write no progress and no notes, only failures"
    )


def say_unless(quiet: bool, text: str) -> None:
    """Write a line to stderr unless the user wants none."""
    if not quiet:
        say(text)
