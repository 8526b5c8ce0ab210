"""A line of the list of models: what is known, whether it is here, and what is going on with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.models.files.catalog import CatalogEntry
from core.models.files.events import Progress, size_text
from core.models.files.store import Installed
from gui.jobs.job_queue import Job
from gui.jobs.model_files import FileTask
from gui.widgets.words import duration_text

State = Literal["in use", "here", "coming", "paused", "incomplete", "absent", "unsupported"]


@dataclass(frozen=True, eq=False)
class ModelRow:
    """One model."""

    entry: CatalogEntry | None
    """None for a file of the user's own."""
    installed: Installed | None
    """Where it lies, if it is here."""
    job: Job[FileTask] | None = None
    """A download or import of it that waits or runs."""
    partial: int = 0
    """Bytes that an interrupted download left."""
    partial_total: int | None = None
    in_use: bool = False
    address: str = ""
    """Where it can be downloaded; empty if nowhere."""
    vocabulary_address: str = ""
    """Where its own vocabulary can be downloaded; empty if it has none."""

    @property
    def key(self) -> str:
        """What a model is used by; stays the same while its state changes."""
        if self.entry is not None:
            return self.entry.id
        assert self.installed is not None
        return self.installed.reference

    @property
    def title(self) -> str:
        if self.entry is not None:
            return self.entry.title
        assert self.installed is not None
        return self.installed.title

    @property
    def state(self) -> State:
        if self.job is not None:
            return "coming"
        if self.entry is not None and self.entry.unsupported:
            return "unsupported"
        if self.installed is not None and self.installed.incomplete:
            return "incomplete"
        if self.installed is not None:
            return "in use" if self.in_use else "here"
        return "paused" if self.partial else "absent"

    @property
    def state_text(self) -> str:
        """The state in words."""
        if self.job is not None:
            return _coming(self.job)
        if self.state == "paused":
            total = self.partial_total
            share = f" at {100 * self.partial // total} %" if total else ""
            return f"Paused{share}"
        return {
            "in use": "In use",
            "here": "On this computer",
            "incomplete": "Vocabulary missing",
            "absent": "Not here",
            "unsupported": "Not yet supported",
        }[self.state]

    @property
    def size_text(self) -> str:
        if self.installed is not None:
            return size_text(self.installed.size)
        if self.entry is not None and self.entry.size:
            return f"about {size_text(self.entry.size)}"
        return "unknown"

    @property
    def license_text(self) -> str:
        return self.entry.license if self.entry is not None else "—"

    @property
    def source_text(self) -> str:
        return self.entry.source if self.entry is not None else "your own file"

    def matches(self, words: str) -> bool:
        """True if all words are in what is shown of it."""
        text = " ".join((self.title, self.key, self.source_text, self.license_text)).lower()
        return all(word in text for word in words.lower().split())


def _coming(job: Job[FileTask]) -> str:
    if job.progress is None:
        return "Waiting its turn" if job.state == "queued" else "Starting"
    progress = job.progress.detail
    verb = {"copying": "Copying", "checking": "Checking"}.get(progress.phase, "Downloading")
    if progress.total:
        return f"{verb} {100 * progress.done // progress.total} %"
    return verb


def progress_text(job: Job[FileTask]) -> str:
    """How far a job is, in one line: share, bytes, rate and time left."""
    if job.state == "queued":
        return "Waits until the one before it is done."
    if job.progress is None:
        return "Starting…"
    progress = job.progress.detail
    amount = _amount(progress)
    if progress.phase == "connecting":
        return f"{progress.note[:1].upper()}{progress.note[1:]}…"
    if progress.phase == "waiting":
        return f"{progress.note[:1].upper()}{progress.note[1:]} ({amount})."
    parts = [amount]
    if progress.phase == "checking":
        parts.insert(0, "Checking")
    elif progress.rate:
        parts.append(f"{size_text(round(progress.rate))}/s")
        if progress.seconds_left is not None:
            parts.append(f"{duration_text(progress.seconds_left)} left")
    return " · ".join(parts)


def _amount(progress: Progress) -> str:
    if progress.total is None:
        return size_text(progress.done)
    return f"{size_text(progress.done)} of {size_text(progress.total)}"
