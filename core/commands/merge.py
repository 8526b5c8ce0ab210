"""``merge DIR OTHER …``: bring the parts that several computers did into one run folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.base.console import say
from core.commands import DONE
from core.commands.execution import resume_text
from core.commands.options import add_quiet
from core.commands.tables import print_tables
from core.sweeps.merge import merge
from core.sweeps.run_folder import RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the run folder that takes all")
    parser.add_argument(
        "others",
        type=Path,
        nargs="+",
        metavar="OTHER",
        help="run folders of the same plan; they stay as they are",
    )
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Take over what the others have; the result is the exit status."""
    for other in arguments.others:
        merge(arguments.folder, other)
    folder = RunFolder.open(arguments.folder)
    if folder.missing():
        say(f"{folder.done():,} of {len(folder.plan):,} images are done; the rest can come from")
        say(f"other folders, or be done here: {resume_text(folder)}")
    elif not arguments.quiet:
        say(f"All {len(folder.plan):,} images are here.")
    if not folder.missing():
        print_tables(folder, quiet=arguments.quiet)
    return DONE
