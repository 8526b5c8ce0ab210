"""The runs on this computer: where new ones go, and a list that no damaged one can spoil."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from core.runs.folder import MANIFEST_NAME, PLAN_NAME, FolderTaken, folder_of_all, list_folders
from core.sweeps.run_folder import RunFolder

_NAME_LENGTH = 60

Begun = TypeVar("Begun")


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a list."""

    path: Path
    title: str
    state: str = "damaged"
    """As `RunFolder.state`, or "damaged"."""
    model: str = ""
    created: str = ""
    """UTC, ISO 8601; empty if unknown."""
    done: int = 0
    total: int = 0
    """Images."""
    problem: str = ""
    """Why it failed or cannot be read."""


def runs_dir() -> Path:
    """The folder of the runs, created on first use; errors as for `folder_of_all`."""
    return folder_of_all("runs")


def new_run_path(title: str, parent: Path | None = None) -> Path:
    """A folder that does not exist yet, named after the time and the title."""
    folder = parent if parent is not None else runs_dir()
    words = re.sub(r"[^\w.-]+", "-", title.lower()).strip("-.")[:_NAME_LENGTH] or "run"
    name = f"{datetime.now():%Y-%m-%d-%H%M%S}-{words}"
    path, number = folder / name, 2
    while path.exists():
        path = folder / f"{name}-{number}"
        number += 1
    return path


def begin_at(
    path: Path | None, title: str, begin: Callable[[Path], Begun], parent: Path | None = None
) -> Begun:
    """Begin something in a folder, or in a new one that is named after the time and the title.

    Parameters
    ----------
    path : Path or None
        The folder.
    begin : callable
        Takes the folder and makes it; see `core.runs.folder.beginning`.
    parent : Path, optional
        Of a new folder; that of the runs by default.

    Raises
    ------
    RunError
        As `begin` does.
    """
    if path is not None:
        return begin(path)
    while True:
        try:
            return begin(new_run_path(title, parent))
        except FolderTaken:  # another program had the same name in the same second
            continue


def list_runs(folder: Path | None = None) -> list[RunSummary]:
    """All runs of a folder, newest first; damaged ones with their reason."""
    return list_folders(folder, "runs", (PLAN_NAME, MANIFEST_NAME), RunSummary, _summary)


def _summary(path: Path) -> RunSummary:
    run = RunFolder.open(path)
    return RunSummary(
        path=path,
        title=run.manifest.title,
        state=run.state,
        model=run.plan.model.name,
        created=run.manifest.created,
        done=run.done(),
        total=len(run.plan),
        problem=run.manifest.problem,
    )
