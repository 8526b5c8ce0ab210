"""``report DIR``: everything about a run on one page that can be read and printed anywhere."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.commands import DONE
from core.commands.console import say
from core.commands.options import add_quiet
from core.reports.run_report import run_report
from core.reports.writing import REPORT_SUFFIXES, report_form, write_report
from core.sweeps.run_folder import RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the run folder")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"its ending says the form: {', '.join(REPORT_SUFFIXES)}",
    )
    parser.add_argument(
        "--all", action="store_true", help="every table of the run, matrices included"
    )
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write it; the result is the exit status."""
    form = report_form(arguments.out)
    report = run_report(RunFolder.open(arguments.folder), every=arguments.all)
    write_report(arguments.out, report, form)
    if not arguments.quiet:
        say(f"Written: {arguments.out}")
    return DONE
