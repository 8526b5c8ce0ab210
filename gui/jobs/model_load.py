"""Loading models beside the window, so that a load that never ends can be given up.

Each load has a thread of its own and is asked to stop when another model is chosen, or the window
closes. Where it hangs in a library and does not hear that, it is left behind: its thread belongs to
no Qt object and is a daemon, so that nothing waits for it, and what it brings is dropped.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from core.base.errors import LabError, ModelError, expected_error
from gui.jobs import priority

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession

log = logging.getLogger(__name__)

NICENESS = 10
"""How far these threads and those torch starts from them stand back (Linux)."""

_NAME = "model load"

PARTING_SECONDS = 3.0
"""How long closing waits for loads that were asked to stop."""


@dataclass(frozen=True)
class ModelRequest:
    """Which model to load; see `core.models.loading.load_session`.

    Attributes
    ----------
    abandoned : threading.Event
        Set when nobody wants the model any more.
    """

    reference: str
    title: str
    architecture: str | None = None
    device: str = "cpu"
    precision: str = "fp32"
    abandoned: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)


Load = Callable[[ModelRequest], "ModelSession"]


class ModelLoads:
    """The loads of one window; the latest is the one that counts.

    Parameters
    ----------
    load : callable
        How to load a model.
    ready, failed, crashed : callable
        Called in the load's thread with the request and the session, the `LabError`, or the
        exception that nobody expected. Never about a load that was given up.
    """

    def __init__(
        self,
        load: Load,
        ready: Callable[[ModelRequest, ModelSession], None],
        failed: Callable[[ModelRequest, LabError], None],
        crashed: Callable[[Exception], None],
    ) -> None:
        self._load = load
        self._ready = ready
        self._failed = failed
        self._crashed = crashed
        self._lock = threading.Lock()  # between giving a load up and passing on what it brings
        self._latest: ModelRequest | None = None
        self._threads: list[threading.Thread] = []

    def begin(self, request: ModelRequest) -> None:
        """Load a model; an earlier load is given up."""
        with self._lock:
            self._give_up()
            self._latest = request
        thread = threading.Thread(target=self._run, args=(request,), name=_NAME, daemon=True)
        self._threads = [*(known for known in self._threads if known.is_alive()), thread]
        thread.start()

    def give_up(self) -> bool:
        """Ask the load at work to stop; nothing more is told about it.

        False if none is at work: what the last one brought was passed on already.
        """
        with self._lock:
            at_work = self._latest is not None
            self._give_up()
        return at_work

    def stop(self) -> None:
        """Give all up, and wait a moment for their threads. Safe in any state."""
        self.give_up()
        end = time.monotonic() + PARTING_SECONDS
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.0))

    def _give_up(self) -> None:
        if self._latest is not None:
            self._latest.abandoned.set()
            self._latest = None

    def _run(self, request: ModelRequest) -> None:
        priority.lower_priority(NICENESS)
        try:
            session = self._load(request)
        except Exception as exception:
            self._pass_on(request, partial(self._tell, request, exception))
        else:
            self._pass_on(request, partial(self._ready, request, session))

    def _pass_on(self, request: ModelRequest, tell: Callable[[], None]) -> None:
        with self._lock:
            if request is self._latest:
                self._latest = None
                tell()

    def _tell(self, request: ModelRequest, exception: Exception) -> None:
        error = expected_error(exception, request.title)
        if error is None:  # in the log before anybody is told
            log.error("loading a model met an unexpected exception", exc_info=exception)
        self._failed(request, error or _unexpected_load(request, exception))
        if error is None:
            self._crashed(exception)


def end_if_loads_are_left_behind(status: int) -> None:
    """End the program at once if a load that was given up is still at work.

    Everything is closed by then. Python itself would end such a thread in the midst of a library,
    which can abort the program instead of ending it.
    """
    if any(thread.name == _NAME for thread in threading.enumerate()):
        log.warning("a load that does not end is ended with the program")
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(status)


def load_model(request: ModelRequest) -> ModelSession:
    """Load a model as `core.models.loading.load_session` does."""
    from core.models.loading import load_session

    return load_session(
        request.reference,
        request.device,
        request.precision,
        request.architecture,
        cancelled=request.abandoned.is_set,
    )


def stopped(request: ModelRequest) -> ModelError:
    """What to tell about a load that the user gave up."""
    return ModelError(
        f"Loading {request.title} was stopped.", "The model before it, if any, is still in use."
    )


def _unexpected_load(request: ModelRequest, exception: Exception) -> ModelError:
    return ModelError(
        f"{request.title} could not be loaded because of an unexpected fault "
        f"({type(exception).__name__}).",
        "The report has its details; the earlier model, if there was one, is still in use.",
    )
