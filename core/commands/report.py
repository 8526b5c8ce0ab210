"""``report DIR``: everything about a run or a census in one file that can be read anywhere."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.base.console import say
from core.base.errors import InvalidInput, RunError
from core.census.sets import CENSUS_NAME
from core.commands import DONE
from core.commands.figures import hues_of, indices_of
from core.commands.options import add_quiet
from core.reports.content import Report
from core.reports.writing import REPORT_SUFFIXES, report_form, write_report
from core.runs.folder import PLAN_NAME
from core.sweeps.run_folder import RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of a run or a census")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"its ending says the form: {', '.join(REPORT_SUFFIXES)}",
    )
    parser.add_argument(
        "--all", action="store_true", help="of a run: every table, matrices included"
    )
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="of a census: thresholds, as for the command figures",
    )
    parser.add_argument(
        "--photographs",
        action="store_true",
        help="of a census: show natural pictures themselves, which may not be yours to pass on",
    )
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write it; the result is the exit status."""
    form = report_form(arguments.out)
    write_report(arguments.out, _report(arguments), form)
    if not arguments.quiet:
        say(f"Written: {arguments.out}")
    return DONE


def _report(arguments: argparse.Namespace) -> Report:
    folder = arguments.folder
    if (folder / CENSUS_NAME).exists():
        if arguments.all:
            raise InvalidInput("A census has no tables to choose from.", "Leave out --all.")
        return _census_report(arguments)
    if arguments.set or arguments.photographs:
        raise InvalidInput(
            f"There is no census in {folder}.", "Leave out --set and --photographs for a run."
        )
    if not (folder / PLAN_NAME).exists():
        raise RunError(
            f"There is neither a run nor a census in {folder}.",
            "Name the folder that “run” or “census” has written.",
        )
    from core.reports.run_report import run_report

    return run_report(RunFolder.open(folder), every=arguments.all)


def _census_report(arguments: argparse.Namespace) -> Report:
    from core.reports.census_report import census_report

    indices = indices_of(arguments.folder, arguments.set)
    hues = hues_of(indices, arguments.quiet) if "pictures" in indices.census.sets else None
    return census_report(indices, hues=hues, photographs=arguments.photographs)
