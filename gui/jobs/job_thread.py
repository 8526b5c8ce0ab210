"""What the threads of sweeps and of censuses share: one job at a time, and questions between them.

A job is worked on batch by batch, and the thread looks between two batches whether it shall stop.
Stopping closes a generator, which writes what was computed; a thread is never killed.
"""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from PySide6.QtCore import QThread, Signal

from core.base.errors import LabError, RunError
from core.base.memory import expected_error
from gui.jobs.priority import limit_torch, lower_priority
from gui.jobs.right_of_way import bars_first

log = logging.getLogger(__name__)

NICENESS = 19
"""How far the thread stands back: behind the window, and behind the live predictions (Linux)."""

PROGRESS_SECONDS = 0.1
"""Least time between two reports of progress."""

Stop = Literal["paused", "cancelled"]


class Interrupted(Exception):
    """Nothing has failed: somebody wants the work at hand to end here."""


class Job(Protocol):
    """What is known of any job."""

    @property
    def job(self) -> int:
        """Its number."""

    @property
    def path(self) -> Path:
        """Its folder."""


@dataclass
class _Inbox:
    """What the GUI thread left; guarded by its condition."""

    condition: threading.Condition = field(default_factory=threading.Condition)
    work: Any = None
    question: Any = None
    at_work: int | None = None
    stop_job: tuple[int, Stop] | None = None
    threads: int = 0
    quit: bool = False


class JobThread(QThread):
    """Its signals reach the GUI thread queued.

    A subclass does the work in `work_on` and answers questions in `answer`.

    Parameters
    ----------
    threads : int
        Processor threads that torch may use; 0 leaves the choice to torch.

    Signals
    -------
    progressed(job, progress)
        At most every `PROGRESS_SECONDS`, and for the last batch.
    noted(job, sentence)
    ended(job, state, error)
        ``finished``, ``paused``, ``cancelled`` or ``failed``, the last with its `LabError`.
    crashed(exception)
        An unexpected exception; the thread goes on working.
    """

    progressed = Signal(int, object)
    noted = Signal(int, str)
    ended = Signal(int, str, object)
    crashed = Signal(object)

    noun = "job"

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._inbox = _Inbox(threads=threads)

    # --- called on the GUI thread ---

    def begin(self, work: Job) -> None:
        """Work on a job; only when the one before has ended."""
        with self._inbox.condition:
            self._inbox.work = work
            self._inbox.condition.notify()

    def ask(self, question: object) -> None:
        """Answer a question when there is time; replaces one that waits."""
        with self._inbox.condition:
            self._inbox.question = question
            self._inbox.condition.notify()

    def stop_job(self, job: int, stop: Stop) -> None:
        """Stop a job after its batch; means nothing to any other work."""
        with self._inbox.condition:
            self._inbox.stop_job = job, stop

    def set_threads(self, threads: int) -> None:
        """How many threads the next job may use; 0 leaves the choice to torch."""
        with self._inbox.condition:
            self._inbox.threads = threads

    def request_stop(self) -> None:
        """End the thread; the present job stops after its batch and counts as paused."""
        with self._inbox.condition:
            self._inbox.quit = True
            self._inbox.condition.notify()

    # --- runs in the thread ---

    @abstractmethod
    def work_on(self, work: Any) -> str:
        """Go on with a job to its end or until `wish` says to stop; the state it is left in."""

    @abstractmethod
    def answer(self, question: Any) -> None:
        """Answer a question; raises nothing."""

    def on_failure(self, work: Any, error: LabError) -> None:
        """Keep a failure with the job."""

    def run(self) -> None:
        """Wait for work until told to end."""
        lower_priority(NICENESS)
        inbox = self._inbox
        while True:
            with inbox.condition:
                inbox.condition.wait_for(
                    lambda: inbox.quit or inbox.work is not None or inbox.question is not None
                )
                if inbox.quit and not self._to_be_cancelled(inbox):
                    return
                work, inbox.work = inbox.work, None
                inbox.at_work = None if work is None else work.job
                question = None
                if work is None:
                    question, inbox.question = inbox.question, None
            if work is not None:
                self._run(work)
            elif question is not None:
                self.answer(question)
            work = question = None  # while it waits, it keeps no model in memory

    @staticmethod
    def _to_be_cancelled(inbox: _Inbox) -> bool:
        """True if work waits that was cancelled before it began: that is to be kept with it."""
        work = inbox.work
        return work is not None and inbox.stop_job == (work.job, "cancelled")

    def _run(self, work: Job) -> None:
        error: LabError | None = None
        state = "failed"
        try:
            state = self.work_on(work)
        except Interrupted:
            state = self._wish() or "paused"
        except Exception as exception:
            error = self.told(exception, f"the {self.noun}")
        if error is not None:
            log.warning("the %s in %s stopped: %s", self.noun, work.path, error)
            self.on_failure(work, error)
        self.ended.emit(work.job, state if error is None else "failed", error)

    def told(self, exception: Exception, what: str) -> LabError:
        """What to tell about an exception; a fault of the program is reported as well."""
        error = expected_error(exception, what)
        if error is None:
            log.exception("%s met an unexpected exception", what)
            self.crashed.emit(exception)
            error = RunError(
                f"{what[0].upper()}{what[1:]} met an unexpected fault "
                f"({type(exception).__name__}).",
                "The report has its details; what is done is kept, and can be gone on with.",
            )
        return error

    def apply_threads(self) -> None:
        """Limit the threads that torch uses for what this thread asks of it."""
        with self._inbox.condition:
            threads = self._inbox.threads
        limit_torch(threads)

    def wish(self) -> Stop | None:
        """Whether the work at hand shall stop, and as what; lets the bars go first otherwise.

        To be asked between two batches.
        """
        bars_first(lambda: self._wish() is not None)
        return self._wish()

    def go_on(self) -> None:
        """Ask between two measurements.

        Raises
        ------
        Interrupted
            If the work at hand shall stop.
        """
        if self.wish() is not None:
            raise Interrupted

    def _wish(self) -> Stop | None:
        with self._inbox.condition:
            inbox = self._inbox
            if inbox.stop_job is not None and inbox.stop_job[0] == inbox.at_work:
                return inbox.stop_job[1]  # also at the end of the program: cancelled is cancelled
            return "paused" if inbox.quit else None
