"""Long work beside the window: one thread, one task at a time.

A task does its work in a generator. Its yield is where it may be paused, cancelled or closed, and
where the bars go first; closing the generator stores what was computed. A thread is never killed.

superqt's generator worker has the same contract; docs/adr/0016-job-kit.md says why it is not used.
"""

from __future__ import annotations

import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from PySide6.QtCore import Signal

from core.base.errors import LabError
from gui.jobs import priority
from gui.jobs.faults import UnexpectedFault, told_error
from gui.jobs.priority import Interrupted, bars_first

log = logging.getLogger(__name__)

Stop = Literal["paused", "cancelled"]

REPORT_SECONDS = 0.1
"""Least time between two reports of the same work."""

_KEPT = "The report has its details; what is done is kept, and can be resumed."


@dataclass(frozen=True)
class Began:
    """The work itself begins; numbers as in `Progress`."""

    done: int
    total: int


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a task is.

    Attributes
    ----------
    done, total : int
        Images, or bytes; what was done earlier is included. A total of 0 is not known yet.
    images_per_second : float
        At present; 0 while not known.
    seconds_left : float or None
        Until the end of the task.
    detail : object
        What its kind has to say besides.
    """

    done: int
    total: int
    images_per_second: float = 0.0
    seconds_left: float | None = None
    detail: Any = None


@dataclass(frozen=True)
class Note:
    """Something the user should know about the task."""

    sentence: str


@dataclass(frozen=True, eq=False)
class Task(ABC):
    """What is to be done; each kind of job is one.

    Attributes
    ----------
    path : Path
        The folder or file that it is about.
    """

    path: Path
    title: str

    noun: ClassVar[str] = "job"
    action: ClassVar[str] = ""
    """The id of the action that shows it."""
    closing: ClassVar[str] = "work ends"
    """What closing the window has to wait for."""

    @property
    def total(self) -> int:
        """Images, as far as they are known before it begins."""
        return 0

    @abstractmethod
    def events(self, go_on: Callable[[], None]) -> Generator[Any, None, None]:
        """Do it, or what is still to be done of it, in the thread.

        It yields `Began`, `Progress`, `Note` or what else its kind has to tell; progress is told at
        most every `REPORT_SECONDS`, and at the end. `go_on` is to be called where there is nothing
        to yield yet; it raises `Interrupted`.
        """

    def keep_cancelled(self) -> None:  # noqa: B027 - most have nothing to keep
        """Keep with the work that it was given up; called in the thread when it has stopped."""

    def keep_failed(self, error: LabError) -> None:  # noqa: B027
        """Keep with the work why it stopped."""


class Throttle:
    """Says which reports are due."""

    def __init__(self) -> None:
        self._due = 0.0

    def is_due(self) -> bool:
        """True at most every `REPORT_SECONDS`; the first time always."""
        now = time.monotonic()
        if now < self._due:
            return False
        self._due = now + REPORT_SECONDS
        return True


def newest(events: Generator[Any, None, None]) -> Generator[Any, None, None]:
    """Pass on those events that are due, None in place of the others, and the last always.

    The events are closed with this generator.
    """
    throttle = Throttle()
    held = None
    with contextlib.closing(events):
        for event in events:
            held = event
            if throttle.is_due():
                yield held
                held = None
            else:
                yield None
    if held is not None:
        yield held


class JobWorker(priority.Worker):
    """Does one task after the other.

    Signals
    -------
    reported(task, event)
    ended(task, state, error)
        ``finished``, ``paused``, ``cancelled`` or ``failed``, the last with its `LabError`.
    """

    reported = Signal(object, object)
    ended = Signal(object, str, object)

    def __init__(self, name: str, niceness: int, **worker: Any) -> None:
        super().__init__(name, niceness, **worker)
        self._next: Task | None = None
        self._at_work: Task | None = None
        self._stop: tuple[Task, Stop] | None = None

    @property
    def closing(self) -> str:
        """What closing the window may have to wait for."""
        with self._lock:
            return Task.closing if self._at_work is None else self._at_work.closing

    # --- called on the GUI thread ---

    def begin(self, task: Task) -> None:
        """Work on a task; only when the one before has ended. The thread starts with the first."""
        with self._lock:
            self._next = task
            self._lock.notify()
        if not self.isRunning():
            self.start()

    def stop_task(self, task: Task, stop: Stop) -> None:
        """Stop a task at its next event; means nothing to any other one."""
        with self._lock:
            self._stop = task, stop

    def request_stop(self) -> None:
        """End the thread; the task at work stops at its next event and counts as paused."""
        with self._lock:
            self._quit = True
            self._lock.notify()

    # --- runs in the thread ---

    def run(self) -> None:
        """Wait for tasks until told to end."""
        priority.lower_priority(self.niceness)
        while True:
            with self._lock:
                self._at_work = None
                self._lock.wait_for(lambda: self._quit or self._next is not None)
                if self._next is None or (self._quit and not self._is_cancelled(self._next)):
                    return
                task, self._next = self._next, None
                self._at_work = task
                threads = self._threads
            if threads is not None:
                priority.limit_torch(threads)
            self._run(task)
            del task  # while it waits, it keeps no model in memory

    def _is_cancelled(self, task: Task) -> bool:
        """True for what was cancelled before it began, which is to be kept with it."""
        return self._stop == (task, "cancelled")

    def _run(self, task: Task) -> None:
        try:
            state, error = self._drive(task), None
            if state == "cancelled":
                task.keep_cancelled()
        except Exception as exception:
            state, error = "failed", told_error(exception, f"the {task.noun}", _KEPT)
            log.warning("the %s in %s stopped: %s", task.noun, task.path, error)
            if isinstance(error, UnexpectedFault):
                self.crashed.emit(exception)
            task.keep_failed(error)
        self.ended.emit(task, state, error)

    def _drive(self, task: Task) -> str:
        """Go on with a task to its end or until told to stop; the state it is left in."""
        throttle = Throttle()
        with contextlib.suppress(Interrupted):
            self._go_on()
            with contextlib.closing(task.events(self._go_on)) as events:
                for event in events:
                    last = isinstance(event, Progress) and 0 < event.total == event.done
                    if last or not isinstance(event, Progress) or throttle.is_due():
                        self.reported.emit(task, event)
                    if not last:  # what is done is not paused, however late the wish
                        self._go_on()
            return "finished"
        return self._wish() or "paused"

    def _go_on(self) -> None:
        """Let the bars go first.

        Raises
        ------
        Interrupted
            If the task at work shall stop.
        """
        if self._bars_first:
            bars_first(lambda: self._wish() is not None)
        if self._wish() is not None:
            raise Interrupted

    def _wish(self) -> Stop | None:
        with self._lock:
            if self._stop is not None and self._stop[0] is self._at_work:
                return self._stop[1]  # also at the end of the program: cancelled is cancelled
            return "paused" if self._quit else None
