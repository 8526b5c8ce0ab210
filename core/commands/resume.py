"""``resume DIR``: go on with a run that was stopped, killed or cut off."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from core.base.console import say
from core.commands import DONE
from core.commands.arguments import reference
from core.commands.execution import carry_out
from core.commands.models import load_again
from core.commands.options import add_allow_versions, add_pace, pace_of
from core.commands.tables import print_tables
from core.sweeps.run_folder import RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the run folder")
    parser.add_argument(
        "--model",
        type=reference,
        metavar="REF",
        help="where the run's weights are now, if they were moved",
    )
    add_allow_versions(add_pace(parser))


def run(arguments: argparse.Namespace) -> int:
    """Do the images that are missing; the result is the exit status."""
    folder = RunFolder.open(arguments.folder)
    pace = msgspec.structs.replace(pace_of(arguments), allow_versions=arguments.allow_versions)
    info = folder.manifest.model
    known = info.source if info is not None else ""
    session = load_again(folder.plan.model, known, arguments.model, arguments.device)
    if not pace.quiet:
        say(f"{folder.manifest.title}: {folder.done():,} of {len(folder.plan):,} images are done.")
    status = carry_out(folder, session, pace)
    if status == DONE and not folder.missing():
        print_tables(folder, quiet=pace.quiet)
    return status
