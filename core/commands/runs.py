"""``runs [FOLDER]``: list the runs of a folder, by default of the user's own."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from core.base.console import result, say
from core.base.errors import RunError
from core.commands import DONE
from core.sweeps.library import RunSummary, list_runs, runs_dir

_HEADING = ("state", "done", "total", "begun (UTC)", "model", "title", "folder")
_RIGHT = (1, 2)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "folder", type=Path, nargs="?", metavar="FOLDER", help="where to look (default: your own)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """List them; the result is the exit status."""
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


def as_json(runs: list[RunSummary]) -> str:
    """A JSON array, one object a run."""
    rows = [{**msgspec.structs.asdict(run), "path": str(run.path)} for run in runs]
    return msgspec.json.format(msgspec.json.encode(rows), indent=2).decode()


def as_text(runs: list[RunSummary]) -> str:
    """Aligned columns; why a run failed stands below it."""
    rows = [_HEADING, *(_cells(run) for run in runs)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADING))]
    lines = []
    for row, run in zip(rows, [None, *runs], strict=True):
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
