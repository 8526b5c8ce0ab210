"""``tables DIR`` and ``runs [FOLDER]``: the tables of a run, and which runs there are."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.base.console import command_text, result, result_bytes, say
from core.base.errors import InvalidInput, RunError
from core.base.settings import load_settings
from core.base.tables import REGIONS, Region
from core.commands import DONE
from core.commands.arguments import Command
from core.results.export import FORMS, SUFFIXES, Form, results_bytes, results_of_run
from core.results.export import write_results as write_file
from core.results.results import outlines, result_tables
from core.sweeps.library import RunSummary, list_runs, runs_dir
from core.sweeps.run_folder import RunFolder

_HEADING = ("state", "done", "total", "begun (UTC)", "model", "title", "folder")
_RIGHT = (1, 2)


def tables_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tables``."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the run folder")
    parser.add_argument(
        "--format",
        choices=FORMS,
        help="default: what the ending of FILE says, else markdown; csv is exact, spreadsheet "
        "suits a region",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write there and not to stdout; CSV brings a "
        "second file that says how the numbers were made",
    )
    parser.add_argument(
        "--table", nargs="+", metavar="ID", help="only these; --list names all that there are"
    )
    parser.add_argument("--list", action="store_true", help="list the tables and print none")
    parser.add_argument(
        "--region", choices=REGIONS, help="of the form spreadsheet (default: your preference)"
    )


def tables(arguments: argparse.Namespace) -> int:
    """Print or write the tables of a run, whole or not."""
    folder = RunFolder.open(arguments.folder)
    if arguments.list:
        lines = [f"{outline.id:<24} {outline.title}\n" for outline in outlines(folder.plan)]
        result_bytes("".join(lines).encode("utf-8"))
        return DONE
    ids = _known_ids(folder, arguments.table)
    form = form_of(arguments.format, arguments.out)
    if form == "parquet" and arguments.out is None:
        raise InvalidInput("Parquet is not written to a terminal.", "Name a file with --out.")
    counts = folder.counts()
    results = results_of_run(folder, result_tables(folder.plan, counts, ids), counts.images)
    region = _region(arguments.region)
    if counts.images < len(folder.plan):
        say(f"The run is not finished: {counts.images:,} of {len(folder.plan):,} images.")
    if arguments.out is None:
        result_bytes(results_bytes(results, form, region))
    else:
        for path in write_file(arguments.out, results, form, region):
            say(f"Written: {path}")
    return DONE


def print_tables(folder: RunFolder, papers: Sequence[str] = (), *, quiet: bool = False) -> None:
    """Print tables as Markdown: those of these tables of the paper, or of any, or the short ones.

    Parameters
    ----------
    papers : sequence of str
        Ids of tables of the paper; see `core.results.published`.
    quiet : bool
        True says nothing of the other tables.
    """
    known = outlines(folder.plan)
    ids = [outline.id for outline in known if outline.paper in papers]
    ids = ids or [outline.id for outline in known if outline.paper]
    ids = ids or [o.id for o in known if not o.kind.startswith(("matrix-", "answers-"))]
    counts = folder.counts()
    results = results_of_run(folder, result_tables(folder.plan, counts, ids), counts.images)
    result_bytes(results_bytes(results, "markdown"))
    if len(ids) < len(known) and not quiet:
        command = command_text("tables", str(folder.path))
        say(f"{len(known) - len(ids)} more tables, and other formats: {command}")


def form_of(asked: Form | None, path: Path | None) -> Form:
    """The form that is asked for, or that a file's ending says."""
    if asked is not None:
        return asked
    if path is None:
        return "markdown"
    for form in FORMS:  # the exact CSV comes before the one for spreadsheets
        if path.suffix.lower() == SUFFIXES[form]:
            return form
    raise InvalidInput(
        f"“{path.name}” has no ending that names a format.",
        f"End it in {', '.join(dict.fromkeys(SUFFIXES.values()))}, or use --format.",
    )


def _known_ids(folder: RunFolder, asked: Sequence[str] | None) -> Sequence[str] | None:
    known = [outline.id for outline in outlines(folder.plan)]
    for name in asked or ():
        if name not in known:
            raise InvalidInput(f"The run has no table “{name}”.", f"It has {', '.join(known)}.")
    return asked


def _region(asked: str | None) -> Region:
    return REGIONS[asked if asked is not None else load_settings()[0].csv_region]


def runs_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``runs``."""
    parser.add_argument(
        "folder", type=Path, nargs="?", metavar="FOLDER", help="where to look (default: your own)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def runs(arguments: argparse.Namespace) -> int:
    """List the runs of a folder, by default of the user's own."""
    folder = arguments.folder if arguments.folder is not None else runs_dir()
    if not folder.is_dir():
        raise RunError(f"There is no folder {folder}.", "Name the folder that holds the runs.")
    found = list_runs(folder)
    if arguments.format == "json":
        result(as_json(found))
    elif found:
        result(as_text(found))
    if not found:
        say(f"There is no run in {folder}.")
    return DONE


def as_json(found: list[RunSummary]) -> str:
    """A JSON array, one object a run."""
    rows = [{**msgspec.structs.asdict(run), "path": str(run.path)} for run in found]
    return msgspec.json.format(msgspec.json.encode(rows), indent=2).decode()


def as_text(found: list[RunSummary]) -> str:
    """Aligned columns; why a run failed stands below it."""
    rows = [_HEADING, *(_cells(run) for run in found)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADING))]
    lines = []
    for row, run in zip(rows, [None, *found], strict=True):
        cells = [
            cell.rjust(width) if i in _RIGHT else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
        if run is not None and run.problem:
            lines.append(f"    {' '.join(run.problem.split())}")
    return "\n".join(lines)


def _cells(run: RunSummary) -> tuple[str, ...]:
    begun = run.created[:16].replace("T", " ")
    done = (f"{run.done:,}", f"{run.total:,}") if run.total else ("", "")
    return run.state, *done, begun, run.model, run.title, str(run.path)


COMMANDS = {"tables": Command(tables_arguments, tables), "runs": Command(runs_arguments, runs)}
