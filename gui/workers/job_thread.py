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

from core.errors import LabError, RunError
from gui.workers.priority import lower_priority

log = logging.getLogger(__name__)

NICENESS = 19
"""How far the thread stands back: behind the window, and behind the live predictions (Linux)."""

PROGRESS_SECONDS = 0.1
"""Least time between two reports of progress."""

Stop = Literal["paused", "cancelled"]


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
    stop_job: Stop | None = None
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
        self._own_choice: int | None = None

    # --- called on the GUI thread ---

    def begin(self, work: Job) -> None:
        """Work on a job; only when the one before has ended."""
        with self._inbox.condition:
            self._inbox.work = work
            self._inbox.stop_job = None
            self._inbox.condition.notify()

    def ask(self, question: object) -> None:
        """Answer a question when there is time; replaces one that waits."""
        with self._inbox.condition:
            self._inbox.question = question
            self._inbox.condition.notify()

    def stop_job(self, stop: Stop) -> None:
        """Stop the present job after its batch."""
        with self._inbox.condition:
            self._inbox.stop_job = stop

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
                if inbox.quit:
                    return
                work, inbox.work = inbox.work, None
                question = None
                if work is None:
                    question, inbox.question = inbox.question, None
            if work is not None:
                self._run(work)
            elif question is not None:
                self.answer(question)

    def _run(self, work: Job) -> None:
        error: LabError | None = None
        state = "failed"
        try:
            state = self.work_on(work)
        except LabError as expected:
            error = expected
        except MemoryError:
            error = RunError(
                f"There is not enough memory to go on with the {self.noun}.",
                "Close other programs, then go on with it; what is done is kept.",
            )
        except Exception as exception:
            error = self.unexpected(f"The {self.noun}", exception)
        if error is not None:
            log.warning("the %s in %s stopped: %s", self.noun, work.path, error)
            self.on_failure(work, error)
        self.ended.emit(work.job, state if error is None else "failed", error)

    def unexpected(self, what: str, exception: Exception) -> RunError:
        """Report a fault of the program; the error to show in its place."""
        log.exception("%s met an unexpected exception", what)
        self.crashed.emit(exception)
        return RunError(
            f"{what} met an unexpected fault ({type(exception).__name__}).",
            "The report has its details; what is done is kept, and can be gone on with.",
        )

    def apply_threads(self) -> None:
        """Limit the threads that torch uses for what this thread asks of it."""
        import torch

        with self._inbox.condition:
            wanted = self._inbox.threads
        if self._own_choice is None:
            self._own_choice = torch.get_num_threads()
        torch.set_num_threads(wanted or self._own_choice)

    def wish(self) -> Stop | None:
        """Whether the present job shall stop, and as what."""
        with self._inbox.condition:
            return "paused" if self._inbox.quit else self._inbox.stop_job
