"""Downloads and imports of weights as jobs, one of each at a time (R42, R45).

Their generators tell something several times a second even while a server is silent. Closing one
keeps what can be gone on with.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from core.models.files.catalog import CatalogEntry
from core.models.files.events import FileEvent, Stored
from gui.jobs.job_queue import Job, JobQueue
from gui.jobs.job_worker import JobWorker, Progress, Task
from gui.jobs.priority import Interrupted

NICENESS = 10

Kind = Literal["download", "import"]


@dataclass(frozen=True, eq=False)
class FileTask(Task):
    """A file of weights to be had; `path` is the file, or the id of what is downloaded.

    Attributes
    ----------
    entry : CatalogEntry or None
        What is downloaded, or what an import has to be.
    """

    kind: Kind
    entry: CatalogEntry | None = None

    action = "model.manage"
    closing = "what has come of a model is kept"

    @property
    def noun(self) -> str:  # type: ignore[override]
        """What it is in words."""
        return f"{self.kind} of {self.title}"

    def events(self, go_on: Callable[[], None]) -> Generator[Any, None, None]:
        """Get the file; the details of its progress are those of `core.models.files.events`."""

        def unwanted() -> bool:
            try:
                go_on()
            except Interrupted:
                return True
            return False

        try:
            with contextlib.closing(files_of(self, unwanted)) as events:
                for event in events:
                    if isinstance(event, Stored):
                        yield event
                    else:
                        yield Progress(event.done, event.total or 0, detail=event)
        except LabError:
            go_on()  # it says that it was stopped, if so
            raise


def files_of(task: FileTask, unwanted: Callable[[], bool]) -> Generator[FileEvent, None, None]:
    """What a task does."""
    if task.kind == "download":
        from core.models.files.download import download

        assert task.entry is not None
        return download(task.entry, cancelled=unwanted)
    from core.models.files.store import import_path

    return import_path(task.path, task.entry, unwanted)


class ModelJobs(QObject):
    """Both queues as the list of models sees them.

    Signals
    -------
    changed()
        A job was added, began or ended.
    progressed(job)
    stored(job, stored)
        A file is now on this computer.
    ended(job, state, error)
    crashed(exception)
        An unexpected exception; the thread goes on working.
    """

    changed = Signal()
    progressed = Signal(object)
    stored = Signal(object, object)
    ended = Signal(object, str, object)
    crashed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.queues: dict[Kind, JobQueue] = {}
        for kind in ("download", "import"):
            worker = JobWorker(f"model {kind}s", NICENESS, bars_first=False)
            queue = self.queues[kind] = JobQueue(worker, self)
            queue.changed.connect(self.changed)
            queue.progressed.connect(self.progressed)
            queue.reported.connect(self.stored)
            queue.ended.connect(self.ended)
            queue.crashed.connect(self.crashed)

    @property
    def active(self) -> list[Job[FileTask]]:
        """Jobs that wait or are at work, in order."""
        return [job for queue in self.queues.values() for job in queue]

    def of_entry(self, entry: CatalogEntry) -> Job[FileTask] | None:
        """The job of an entry that waits or is at work."""
        return next((job for job in self.active if job.task.entry == entry), None)

    def download(self, entry: CatalogEntry) -> Job[FileTask]:
        """Get a file of the catalog; one that is on its way already is not asked for twice."""
        return self._add(FileTask(Path(entry.id), entry.title, "download", entry))

    def import_path(self, source: Path, entry: CatalogEntry | None = None) -> Job[FileTask]:
        """Copy a file or folder of the user's."""
        return self._add(FileTask(source, source.name, "import", entry))

    def again(self, job: Job[FileTask]) -> Job[FileTask]:
        """Try once more what failed or was stopped."""
        return self._add(job.task)

    def stop_job(self, job: Job[FileTask]) -> None:
        """Stop a job; what came of a download is kept."""
        self.queues[job.task.kind].pause(job)

    def stop(self) -> None:
        """Stop everything and wait for it. Safe in any state."""
        for queue in self.queues.values():
            queue.request_stop()
        for queue in self.queues.values():
            queue.stop()

    def _add(self, task: FileTask) -> Job[FileTask]:
        queue = self.queues[task.kind]
        return queue.job_of(task.path) or queue.add(Job(task))
