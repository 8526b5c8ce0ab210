"""The stimulus on the canvas with and without some units, in a thread of its own.

The thread holds a copy of the image tower, so that nothing it does reaches the model that other
panes use. The latest request wins: one that waits gives way to a newer one, and an answer that was
overtaken is dropped.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal

from core.base.errors import LabError
from core.base.memory import expected_error
from core.models.info import ModelInfo, TokenCount
from core.network.ablation import Ablation
from core.predict.prediction import Outcome, Predictor
from core.predict.prompts import PromptSet
from gui.jobs.priority import limit_torch, lower_priority
from gui.jobs.right_of_way import bars_first

if TYPE_CHECKING:  # they import torch
    from core.models.session import ModelSession
    from core.network.ablated_tower import AblatedTower

log = logging.getLogger(__name__)

NICENESS = 12
"""Behind the window and the predictions themselves (Linux)."""


@dataclass(frozen=True, eq=False)
class LiveRequest:
    """A picture to be judged with and without units."""

    session: ModelSession
    pixels: NDArray[np.uint8]
    prompts: PromptSet
    ablation: Ablation


@dataclass(frozen=True, eq=False)
class WithAndWithout:
    """What the model says with all units, and without some.

    Attributes
    ----------
    request : LiveRequest
    intact, ablated : tuple of Outcome
        One for each enabled template, in the same order.
    """

    request: LiveRequest
    intact: tuple[Outcome, ...]
    ablated: tuple[Outcome, ...]


class LiveAblation(QObject):
    """The GUI thread's side.

    Signals
    -------
    answered(result)
        `WithAndWithout`, for the latest request.
    failed(error)
        A `LabError` in its place.
    crashed(exception)
        An unexpected exception; the thread goes on working.
    busy_changed(busy)
    """

    answered = Signal(object)
    failed = Signal(object)
    crashed = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, threads: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked: LiveRequest | None = None
        self._stopped = False
        self._thread = _Thread(threads)
        self._thread.setParent(self)
        self._thread.setObjectName("ablation")
        self._thread.answered.connect(self._on_answered)
        self._thread.failed.connect(self._on_failed)
        self._thread.crashed.connect(self._on_crashed)

    @property
    def busy(self) -> bool:
        """True while an answer is awaited."""
        return self._asked is not None

    def ask(self, request: LiveRequest) -> None:
        """Judge a picture; takes the place of what was asked before."""
        if self._stopped:
            return
        self._set_asked(request)
        if not self._thread.isRunning():
            self._thread.start()
        self._thread.ask(request)

    def withdraw(self) -> None:
        """Ask for nothing; an answer on its way is dropped."""
        self._set_asked(None)
        self._thread.ask(None)

    def keep_only(self, session: ModelSession | None) -> None:
        """Keep no other model than this one in memory for the next request."""
        self._thread.keep_only(session)

    def set_threads(self, threads: int) -> None:
        """Change how many threads torch may use, from the next request on."""
        self._thread.set_threads(threads)

    def request_stop(self) -> None:
        """End the thread after what it is doing, without waiting."""
        self._stopped = True
        self._asked = None
        self._thread.request_stop()

    def stop(self) -> None:
        """End the thread and wait for it. Safe in any state."""
        self.request_stop()
        self._thread.wait()

    def _set_asked(self, request: LiveRequest | None) -> None:
        was = self.busy
        self._asked = request
        if self.busy != was:
            self.busy_changed.emit(self.busy)

    def _on_answered(self, result: WithAndWithout) -> None:
        if result.request is self._asked:
            self._set_asked(None)
            self.answered.emit(result)

    def _on_failed(self, request: LiveRequest, error: LabError) -> None:
        if request is self._asked:
            self._set_asked(None)
            self.failed.emit(error)

    def _on_crashed(self, request: LiveRequest, exception: BaseException) -> None:
        if request is self._asked:
            self._set_asked(None)
        self.crashed.emit(exception)


class _AblatedSession:
    """A `core.predict.prediction.Session` whose pictures go through a tower of one's own."""

    def __init__(self, session: ModelSession, tower: AblatedTower) -> None:
        self._session = session
        self._tower = tower

    @property
    def info(self) -> ModelInfo:
        return self._session.info

    def encode_images(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self._tower.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._session.encode_texts(texts)

    def tokenize_info(self, text: str) -> TokenCount:
        return self._session.tokenize_info(text)


class _Thread(QThread):
    answered = Signal(object)
    failed = Signal(object, object)
    crashed = Signal(object, object)

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._condition = threading.Condition()
        self._threads = threads
        self._request: LiveRequest | None = None
        self._kept: ModelSession | None = None
        self._quit = False
        self._session: ModelSession | None = None
        self._tower: AblatedTower | None = None
        self._predictor: Predictor | None = None

    def ask(self, request: LiveRequest | None) -> None:
        with self._condition:
            self._request = request
            if request is not None:
                self._kept = request.session
            self._condition.notify()

    def keep_only(self, session: ModelSession | None) -> None:
        with self._condition:
            self._kept = session
            self._condition.notify()

    def set_threads(self, threads: int) -> None:
        with self._condition:
            self._threads = threads

    def request_stop(self) -> None:
        with self._condition:
            self._quit = True
            self._condition.notify()

    def run(self) -> None:
        lower_priority(NICENESS)
        try:
            while True:
                with self._condition:
                    self._condition.wait_for(
                        lambda: self._quit or self._request is not None or self._holds_another
                    )
                    if self._quit:
                        return
                    request, self._request = self._request, None
                    threads = self._threads
                    if self._holds_another:
                        self._forget()
                if request is not None:
                    self._answer(request, threads)
                request = None  # while it waits, it keeps no model in memory
        finally:
            self._forget()

    @property
    def _holds_another(self) -> bool:
        """True if it keeps a model that is not that of the window any more."""
        return self._session is not None and self._session is not self._kept

    def _answer(self, request: LiveRequest, threads: int) -> None:
        try:
            limit_torch(threads)
            self.answered.emit(self._scorer(request))
        except Exception as exception:
            error = expected_error(exception, "the predictions without units")
            if error is not None:
                self.failed.emit(request, error)
                return
            log.exception("the predictions without units met an unexpected exception")
            self.crashed.emit(request, exception)

    def _scorer(self, request: LiveRequest) -> WithAndWithout:
        bars_first()
        predictor, tower = self._ready(request.session)
        tower.set_ablation(None)
        (intact,) = predictor.predict(request.pixels[None], request.prompts)
        bars_first()
        try:
            tower.set_ablation(request.ablation)
            (ablated,) = predictor.predict(request.pixels[None], request.prompts)
        finally:
            tower.close()
        return WithAndWithout(request, tuple(intact), tuple(ablated))

    def _ready(self, session: ModelSession) -> tuple[Predictor, AblatedTower]:
        from core.network.ablated_tower import AblatedTower

        if session is not self._session or self._tower is None or self._predictor is None:
            self._forget()
            self._tower = AblatedTower(session)
            self._predictor = Predictor(_AblatedSession(session, self._tower))
            self._session = session
        return self._predictor, self._tower

    def _forget(self) -> None:
        if self._tower is not None:
            self._tower.close()
        self._session = self._tower = self._predictor = None
