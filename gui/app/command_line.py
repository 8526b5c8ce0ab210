"""Arguments of the program, and what has to be known before Qt is loaded."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.base.paths import APP_NAME, DOCUMENT_SUFFIX, HOME_VARIABLE
from core.base.text import short_text
from core.base.version import VERSION
from core.commands import HELP
from core.commands.arguments import Parser, did_you_mean, reference

NO_DISPLAY = (
    "There is no display to open a window on; "
    "`python main.py --self-test` checks the lab without one.\n"
)


@dataclass(frozen=True)
class Options:
    """What the user asked for on the command line."""

    document: Path | None = None
    model: str | None = None
    self_test: bool = False
    thorough: bool = False


def parse(arguments: Sequence[str]) -> Options:
    """Read the arguments; puts the profile folder, if one is named, into the environment.

    A word that is no file is taken for a mistyped command, and ends the program with one line.
    """
    commands = "\n".join(f"  {name:<8} {what}" for name, what in HELP.items())
    parser = Parser(
        prog="main.py",
        description="A desktop laboratory for color in CLIP.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,  # asked for behind a mistyped command, it would answer for another
        epilog=f"commands without a window, each with its own --help:\n{commands}",
    )
    parser.add_argument("document", nargs="?", help="document to open")
    parser.add_argument("-h", "--help", action="store_true", help="show this help message and exit")
    parser.add_argument(
        "--model",
        type=reference,
        metavar="REF",
        help="model to load: embedded, a catalog id or a weights file",
    )
    parser.add_argument(
        "--profile", metavar="DIR", type=Path, help="folder for preferences, autosaves and logs"
    )
    parser.add_argument(
        "--self-test", action="store_true", help="check the lab without a display, then exit"
    )
    parser.add_argument(
        "--thorough", action="store_true", help="let the self-test also do long work, end to end"
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    # Older macOS launchers add a process serial number.
    known = [argument for argument in arguments if not argument.startswith("-psn_")]
    found, unknown = parser.parse_known_args(known)
    word = found.document
    refused = [] if word is None or _may_be_document(word) else [word]
    for argument in known:  # the first that is wrong: the rest may depend on it
        if argument in refused and word in HELP:
            parser.error(f"the command “{word}” stands first: main.py {word} …")
        if argument in refused:
            parser.error(f"“{word}” is neither a command nor a file{did_you_mean(word, HELP)}")
        if argument in unknown:
            parser.refuse(argument)
    if found.help or found.version:
        if sys.stdout is not None:
            sys.stdout.write(parser.format_help() if found.help else f"{APP_NAME} {VERSION}\n")
        parser.exit()
    if found.profile is not None:
        os.environ[HOME_VARIABLE] = str(found.profile.absolute())
        try:
            found.profile.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            name = short_text(str(found.profile))
            parser.error(f"the profile folder “{name}” cannot be used: {error.strerror}")
    return Options(
        Path(word) if word is not None else None, found.model, found.self_test, found.thorough
    )


def _may_be_document(word: str) -> bool:
    """True for what exists, and for what is written like a path: the window says it is gone."""
    if not word:  # as a path it would be the folder one is in
        return False
    if word.endswith(DOCUMENT_SUFFIX) or "/" in word or os.sep in word:
        return True
    try:
        return Path(word).exists()
    except OSError:  # longer than any name can be
        return False


def lacks_display(platform: str, environment: Mapping[str, str]) -> bool:
    """True if Qt could not open a window and would abort the process."""
    if platform != "linux":
        return False
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not any(environment.get(name) for name in names)


def write_error(text: str) -> None:
    """Write to stderr, which a windowed program may not have."""
    if sys.stderr is not None:
        sys.stderr.write(text)
