"""``repeat SOURCE``: begin the run of a report, a plan or a run folder again, from the start."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from core.base.console import say
from core.commands import DONE
from core.commands.arguments import reference
from core.commands.execution import carry_out
from core.commands.models import lasting, load_again
from core.commands.options import add_pace, pace_of
from core.commands.run import model_sentence
from core.commands.tables import print_tables
from core.reports.plan_source import plan_in
from core.sweeps.library import begin_at
from core.sweeps.plan import drawing_versions
from core.sweeps.run_folder import RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "source", type=Path, metavar="SOURCE", help="a report (.html), a plan.json or a run folder"
    )
    parser.add_argument(
        "--model",
        type=reference,
        metavar="REF",
        help="where the weights are, if not where they were",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="a new folder for the run (default: a named one)"
    )
    add_pace(parser)


def run(arguments: argparse.Namespace) -> int:
    """Begin the run and do it; the result is the exit status."""
    pace = pace_of(arguments)
    plan, known = plan_in(arguments.source)
    reference = None if arguments.model is None else lasting(arguments.model)
    session = load_again(plan.model, known, reference, arguments.device)
    # The libraries of this computer draw and compute now; the plan says which did before.
    plan = msgspec.structs.replace(plan, versions=drawing_versions())
    folder = begin_at(
        arguments.out, plan.title, lambda path: RunFolder.create(path, plan, session.info)
    )
    if not pace.quiet:
        say(f"{plan.title}: {len(plan):,} images into {folder.path}")
        say(model_sentence(session))
    status = carry_out(folder, session, pace)
    if status == DONE and not folder.missing():
        print_tables(folder, quiet=pace.quiet)
    return status
