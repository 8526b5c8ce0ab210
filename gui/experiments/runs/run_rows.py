"""The rows of the list of runs: what lies on the disk, with the queue laid over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from core.results.text.percent import percent
from gui.jobs.job_queue import Job
from gui.jobs.sweeps import SweepTask
from gui.widgets.words import count_text, date_text

if TYPE_CHECKING:  # it imports pyarrow
    from core.sweeps.library import RunSummary

RESUMABLE = frozenset({"new", "paused", "cancelled", "interrupted", "failed"})
AT_WORK = frozenset({"starting", "running", "pausing", "cancelling"})

STATE_TEXTS = {
    "new": "not started",
    "queued": "queued",
    "starting": "starting…",
    "running": "running",
    "pausing": "pausing…",
    "cancelling": "stopping…",
    "paused": "paused",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
    "failed": "failed",
    "finished": "finished",
    "damaged": "damaged",
}


@dataclass(frozen=True)
class RunRow:
    """One run as the list shows it: a `core.sweeps.library.RunSummary` and its place in the queue.

    Attributes
    ----------
    state : str
        A key of `STATE_TEXTS`.
    place : int or None
        Place in the queue, 0 for the job at work; None for runs that are not in it.
    """

    path: Path
    title: str
    state: str
    model: str = ""
    created: str = ""
    done: int = 0
    total: int = 0
    problem: str = ""
    place: int | None = None

    @property
    def resumable(self) -> bool:
        return self.state in RESUMABLE

    @property
    def at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def readable(self) -> bool:
        """True if its tables can be made."""
        return self.state != "damaged"

    @property
    def partial(self) -> bool:
        return self.done < self.total

    def state_text(self) -> str:
        """The state in a word or two, with how far the run is."""
        text = STATE_TEXTS.get(self.state, self.state)
        if self.state == "queued" and self.place is not None:
            return f"{text}, {_ordinal(self.place)}"
        if self.partial and self.done and self.state not in ("starting", "damaged"):
            share = percent(self.done / self.total, 0)
            return share if self.state == "running" else f"{text} {share}"
        return text

    def detail_text(self) -> str:
        """Date, size and model; for a run that cannot be read, the reason."""
        if self.state == "damaged":
            return self.problem
        size = count_text(self.total, "image")
        when = date_text(datetime.fromisoformat(self.created)) if self.created else ""
        parts = [when, f"{self.done:,} of {size}" if self.partial else size, self.model]
        return " · ".join(filter(None, parts))

    def tooltip(self) -> str:
        """Everything, and where it lies."""
        lines = [self.title, f"{self.state_text()} · {self.detail_text()}"]
        if self.problem and self.state != "damaged":
            lines.append(self.problem)
        return "\n".join([*lines, str(self.path)])


def run_rows(runs: Iterable[RunSummary], jobs: Iterable[Job[Any]]) -> list[RunRow]:
    """Rows in order: those in the queue, then the others, newest first."""
    found = {run.path: RunRow(**msgspec.structs.asdict(run)) for run in runs}
    first = []
    for place, job in enumerate(jobs):
        if not isinstance(job.task, SweepTask):
            continue
        known = found.pop(job.path, RunRow(job.path, job.title, job.state))
        first.append(
            replace(
                known,
                state=job.state,
                model=job.task.plan.model.name,
                done=job.done,
                total=job.total,
                problem="",
                place=place,
            )
        )
    return [*first, *found.values()]


class RunCommand(NamedTuple):
    """What can be done with a run: its text in the list's menu, its name, and for which runs."""

    text: str
    name: str
    suits: Callable[[RunRow], bool]


RUN_COMMANDS = (
    (
        RunCommand("Pause", "pause", lambda row: row.at_work),
        RunCommand("Cancel", "cancel", lambda row: row.at_work),
        RunCommand("Remove from the queue", "leave", lambda row: row.state == "queued"),
        RunCommand("Earlier in the queue", "earlier", lambda row: row.state == "queued"),
        RunCommand("Later in the queue", "later", lambda row: row.state == "queued"),
        RunCommand("Resume", "resume", lambda row: row.resumable and row.place is None),
    ),
    (
        RunCommand("Use its plan", "use-plan", lambda row: row.readable),
        RunCommand("Rename…", "rename-run", lambda row: row.readable and row.place is None),
        RunCommand("Delete…", "delete-run", lambda row: row.place is None),
    ),
)
"""In groups. Those that are also commands of the menu have its names, after “experiments.”."""


def commands_of(row: RunRow) -> list[tuple[RunCommand, ...]]:
    """What can be done with a run, in groups."""
    groups = (tuple(command for command in group if command.suits(row)) for group in RUN_COMMANDS)
    return [group for group in groups if group]


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
