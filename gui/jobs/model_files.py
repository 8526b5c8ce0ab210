"""Downloads and imports of weights beside the window, one of each at a time (R42, R45).

Each thread drives a generator of `core.models` and looks after every event whether it shall stop;
events come several times a second even while a server is silent. Stopping closes the generator,
which keeps what can be gone on with; the thread is never killed.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QThread, Signal

from core.base.errors import LabError, ModelError
from core.base.memory import expected_error
from core.models.files.catalog import CatalogEntry
from core.models.files.events import FileEvent, Progress, Stored
from gui.jobs.priority import lower_priority

log = logging.getLogger(__name__)

NICENESS = 10

Kind = Literal["download", "import"]
State = Literal["waiting", "running", "done", "stopped", "failed"]


@dataclass(eq=False)
class ModelJob:
    """A download or an import.

    Attributes
    ----------
    kind : str
    title : str
    entry : CatalogEntry or None
        What is downloaded, or what an import has to be.
    source : Path or None
        What is imported.
    state : str
    progress : Progress or None
        How far it is.
    stored : list of Stored
        What came of it.
    error : LabError or None
        Why it failed.
    """

    kind: Kind
    title: str
    entry: CatalogEntry | None = None
    source: Path | None = None
    state: State = "waiting"
    progress: Progress | None = None
    stored: list[Stored] = field(default_factory=list)
    error: LabError | None = None

    @property
    def active(self) -> bool:
        """True while it waits or runs."""
        return self.state in ("waiting", "running")


class ModelJobs(QObject):
    """The GUI thread's side of both threads; they start with their first job.

    Signals
    -------
    changed(job)
        A job was added, began or ended.
    progressed(job)
    stored(job, stored)
        A file is now on this computer.
    crashed(exception)
        An unexpected exception; the thread goes on working.
    """

    changed = Signal(object)
    progressed = Signal(object)
    stored = Signal(object, object)
    crashed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[ModelJob] = []
        self._threads: dict[Kind, _Thread] = {}
        self._stopped = False

    @property
    def active(self) -> list[ModelJob]:
        """Jobs that wait or run, in order."""
        return [job for job in self._jobs if job.active]

    def of_entry(self, entry: CatalogEntry) -> ModelJob | None:
        """The download of an entry that waits or runs."""
        return next((job for job in self.active if job.entry == entry), None)

    def download(self, entry: CatalogEntry) -> ModelJob:
        """Get a file of the catalog; one that is on its way already is not asked for twice."""
        present = self.of_entry(entry)
        return present or self._add(ModelJob("download", entry.title, entry))

    def import_path(self, source: Path, entry: CatalogEntry | None = None) -> ModelJob:
        """Copy a file or folder of the user's."""
        return self._add(ModelJob("import", source.name, entry, source))

    def again(self, job: ModelJob) -> ModelJob:
        """Try once more what failed or was stopped."""
        return self._add(ModelJob(job.kind, job.title, job.entry, job.source))

    def stop_job(self, job: ModelJob) -> None:
        """Stop a job; what came of a download is kept."""
        if job.active:
            self._threads[job.kind].stop_job(job)

    def stop(self) -> None:
        """Stop everything and wait for it. Safe in any state."""
        self._stopped = True
        for thread in self._threads.values():
            thread.request_stop()
        for thread in self._threads.values():
            thread.wait()

    def _add(self, job: ModelJob) -> ModelJob:
        if self._stopped:
            return job
        thread = self._threads.get(job.kind)
        if thread is None:
            thread = _Thread(job.kind, self)
            thread.began.connect(self._on_began)
            thread.event_came.connect(self._on_event)
            thread.ended.connect(self._on_ended)
            thread.crashed.connect(self.crashed)
            self._threads[job.kind] = thread
            thread.start()
        self._jobs = [*self.active, job]
        thread.add(job)
        self.changed.emit(job)
        return job

    def _on_began(self, job: ModelJob) -> None:
        job.state = "running"
        self.changed.emit(job)

    def _on_event(self, job: ModelJob, event: FileEvent) -> None:
        if isinstance(event, Stored):
            job.stored.append(event)
            self.stored.emit(job, event)
        else:
            job.progress = event
            self.progressed.emit(job)

    def _on_ended(self, job: ModelJob, state: State, error: LabError | None) -> None:
        job.state, job.error = state, error
        self.changed.emit(job)


class _Thread(QThread):
    """Works on one job after another; its signals reach the GUI thread queued."""

    began = Signal(object)
    event_came = Signal(object, object)
    ended = Signal(object, str, object)
    crashed = Signal(object)

    def __init__(self, kind: Kind, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName(f"model {kind}s")
        self._condition = threading.Condition()
        self._waiting: deque[ModelJob] = deque()
        self._unwanted: set[ModelJob] = set()
        self._quit = False

    # --- called on the GUI thread ---

    def add(self, job: ModelJob) -> None:
        with self._condition:
            self._waiting.append(job)
            self._condition.notify()

    def stop_job(self, job: ModelJob) -> None:
        with self._condition:
            self._unwanted.add(job)

    def request_stop(self) -> None:
        with self._condition:
            self._quit = True
            self._condition.notify()

    # --- runs in the thread ---

    def run(self) -> None:
        lower_priority(NICENESS)
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._quit or self._waiting)
                if self._quit:
                    return
                job = self._waiting.popleft()
            self.began.emit(job)
            state, error = self._work(job)
            with self._condition:
                self._unwanted.discard(job)
            self.ended.emit(job, state, error)

    def _work(self, job: ModelJob) -> tuple[State, LabError | None]:
        try:
            if self._unneeded(job):
                return "stopped", None
            with contextlib.closing(_events(job, lambda: self._unneeded(job))) as events:
                for event in events:
                    self.event_came.emit(job, event)
                    if self._unneeded(job):
                        return "stopped", None
        except Exception as exception:
            error = expected_error(exception, f"the {job.kind} of {job.title}")
            if error is not None and self._unneeded(job):
                return "stopped", None
            if error is not None:
                log.warning("%s of %s failed: %s", job.kind, job.title, error)
                return "failed", error
            log.exception("a thread of model files met an unexpected exception")
            self.crashed.emit(exception)
            return "failed", ModelError(
                f"The {job.kind} of {job.title} met an unexpected fault "
                f"({type(exception).__name__}).",
                "The report has its details.",
            )
        return "done", None

    def _unneeded(self, job: ModelJob) -> bool:
        with self._condition:
            return self._quit or job in self._unwanted


def _events(job: ModelJob, unneeded: Callable[[], bool]) -> Generator[FileEvent, None, None]:
    if job.kind == "download":
        from core.models.files.download import download

        assert job.entry is not None
        return download(job.entry, cancelled=unneeded)
    from core.models.files.store import import_path

    assert job.source is not None
    return import_path(job.source, job.entry, unneeded)
