"""The inference thread: the latest stimulus and prompts in, predictions out.

The window talks to `Inference`, which lives on the GUI thread. Each edit raises a generation
number; the thread only ever works on the latest request, and an answer whose generation is not
the present one is dropped before any pane hears of it. So a stale answer is never shown, be it
that the stimulus, the prompts or the model changed meanwhile.

Other parts of the window may look at the model too, e.g. at its layers. A look is done in the same
thread, after the predictions that wait: so predictions never wait for more than one look, however
many are asked for. A look at the very picture that is predicted rides along in the same forward
pass, if it can. All other work beside the window waits for the predictions between two batches;
see `gui.jobs.right_of_way`.

torch is imported in the thread, never on the GUI thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal

from core.base.errors import InvalidInput, LabError, ModelError, PromptError
from core.base.memory import expected_error
from core.models.info import ModelInfo, TokenCount
from core.predict.prediction import Outcome, Predictor
from core.predict.prompts import PromptSet
from core.stimuli.stimulus import Stimulus
from gui.jobs.model_load import Load, ModelLoads, ModelRequest, load_model, stopped
from gui.jobs.model_requests import Look, Passenger
from gui.jobs.priority import limit_torch, lower_priority
from gui.jobs.right_of_way import await_bars

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession

log = logging.getLogger(__name__)

NICENESS = 10
"""How far the thread and those torch starts from it stand back behind the window (Linux)."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What the model says about one stimulus.

    Attributes
    ----------
    generation : int
        Number of the edit it answers.
    stimulus : Stimulus
    pixels : ndarray of uint8, shape (side, side, 3), sRGB
        The very array that was submitted, and that the canvas shows.
    prompts : PromptSet
    info : ModelInfo
    predictions : tuple of Outcome
        One for each enabled template, in order: `TemplatePrediction`, or `BlockedTemplate` with
        the reason. Empty if `problem` is set.
    token_counts : mapping of str to TokenCount
        By prompt (template with the label filled in), also for prompts that are too long.
    problem : LabError or None
        Why the prompts cannot be used; to be shown beside them.
    milliseconds : float
        Time the thread took, from taking the request to having the answer.
    """

    generation: int
    stimulus: Stimulus
    pixels: NDArray[np.uint8]
    prompts: PromptSet
    info: ModelInfo
    predictions: tuple[Outcome, ...]
    token_counts: Mapping[str, TokenCount]
    problem: LabError | None
    milliseconds: float


@dataclass(frozen=True, eq=False)
class _Job:
    generation: int
    stimulus: Stimulus
    pixels: NDArray[np.uint8]
    prompts: PromptSet


class Inference(QObject):
    """The GUI thread's side of the inference thread.

    Attributes
    ----------
    loader : callable
        How models are loaded, for whoever needs one beside that of the window.

    Signals
    -------
    answered(answer)
        An `Answer` to the latest submission.
    model_loading(title)
        A model is being loaded; the earlier one stays in use until `model_ready`.
    model_ready(info)
        A `ModelInfo`; the caller submits the stimulus again, at the new model's side.
    model_failed(error)
        A `LabError`; the earlier model, if any, is still in use (R03); see `failed_request`.
    failed(error)
        A `LabError` that kept the latest submission from being answered.
    crashed(exception)
        An unexpected exception in the thread, which goes on working.
    busy_changed(busy)
        True while a submission waits for its answer.
    submitting(pixels)
        A submission is on its way; a look asked for in return can ride along with it.
    looked(look, result)
        A look, as it was given to `look`, and what it returned; another one may have been asked
        for since.
    look_failed(look, error)
        A `LabError` that kept it from returning.
    """

    answered = Signal(object)
    model_loading = Signal(str)
    model_ready = Signal(object)
    model_failed = Signal(object)
    failed = Signal(object)
    crashed = Signal(object)
    busy_changed = Signal(bool)
    submitting = Signal(object)
    looked = Signal(object, object)
    look_failed = Signal(object, object)

    def __init__(
        self, threads: int = 0, load: Load | None = None, parent: QObject | None = None
    ) -> None:
        """Nothing is started before `start`.

        Parameters
        ----------
        threads : int
            Threads that torch may use; 0 leaves the choice to torch.
        load : callable, optional
            How to load a model; `core.models.loading.load_session` by default.
        """
        super().__init__(parent)
        self._generation = 0
        self._busy = False
        self._loading: ModelRequest | None = None
        self._info: ModelInfo | None = None
        self._request: ModelRequest | None = None
        self._failed_request: ModelRequest | None = None
        self._answer: Answer | None = None
        self.loader = load or load_model
        self._thread = _Thread(threads)
        self._thread.setParent(self)
        self._thread.setObjectName("inference")
        self._thread.model_ready.connect(self._on_model_ready)
        self._thread.model_failed.connect(self._on_model_failed)
        self._thread.answered.connect(self._on_answered)
        self._thread.failed.connect(self._on_failed)
        self._thread.crashed.connect(self._on_crashed)
        self._thread.looked.connect(self.looked)
        self._thread.look_failed.connect(self.look_failed)
        self._loads = ModelLoads(
            self.loader,
            self._thread.take_up,
            self._thread.model_failed.emit,
            lambda exception: self._thread.crashed.emit(-1, exception),
        )

    @property
    def info(self) -> ModelInfo | None:
        """The model in use, or None before the first one is ready."""
        return self._info

    @property
    def session(self) -> ModelSession | None:
        """The model in use itself, to be used from any thread; None before the first is ready.

        Whoever holds it may go on with it when another model is taken up. It may be newer than
        `info` for a moment; its own `info` always fits it.
        """
        return self._thread.session

    @property
    def request(self) -> ModelRequest | None:
        """How the model in use was asked for."""
        return self._request

    @property
    def failed_request(self) -> ModelRequest | None:
        """The model that was asked for last and could not be loaded, if so."""
        return self._failed_request

    @property
    def loading(self) -> ModelRequest | None:
        """The model being loaded, if any."""
        return self._loading

    @property
    def answer(self) -> Answer | None:
        """The answer to the latest submission, or None while it is awaited."""
        return self._answer

    @property
    def busy(self) -> bool:
        """True while a submission waits for its answer."""
        return self._busy

    @property
    def running(self) -> bool:
        """True between `start` and `stop`."""
        return self._thread.isRunning()

    def start(self) -> None:
        """Start the thread, and the load that was asked for before."""
        self._thread.start()
        if self._loading is not None:
            self._loads.begin(self._loading)

    def stop(self) -> None:
        """End the thread after what it is doing now, and wait for it. Safe in any state.

        A load that does not end when it is asked to is left behind.
        """
        self._generation += 1
        self._thread.request_stop()
        self._loads.stop()
        self._thread.wait()

    def submit(self, stimulus: Stimulus, pixels: NDArray[np.uint8], prompts: PromptSet) -> int:
        """Ask for predictions; replaces whatever was asked before.

        Parameters
        ----------
        stimulus : Stimulus
        pixels : ndarray of uint8, shape (side, side, 3), sRGB
            The picture at the model's own side; not copied, so it must not be changed later.
        prompts : PromptSet

        Returns
        -------
        int
            The generation number that the answer will carry.
        """
        self._advance()
        self._set_busy(self._info is not None or self._loading is not None)
        with self._thread.gathering():
            self._thread.submit(_Job(self._generation, stimulus, pixels, prompts))
            self.submitting.emit(pixels)
        return self._generation

    def withdraw(self) -> None:
        """Drop the latest submission: there is nothing to predict at present."""
        self._advance()
        self._set_busy(False)
        self._thread.submit(None)

    def look(self, look: Look | None) -> None:
        """Have something else done with the model in use, after the predictions that wait.

        Takes the place of a look that has not begun (latest wins). Each must be an object of its
        own, by which `looked` and `look_failed` tell it from others; None withdraws the last one.
        """
        self._thread.look(look)

    def load_model(
        self,
        reference: str,
        architecture: str | None = None,
        title: str = "",
        device: str = "cpu",
        precision: str = "fp32",
    ) -> None:
        """Load another model; the earlier one answers meanwhile, and goes on if that fails.

        A load at work is given up, whatever it is doing.
        """
        self._loading = ModelRequest(reference, title or reference, architecture, device, precision)
        self._failed_request = None
        self.model_loading.emit(self._loading.title)
        if self.running:
            self._loads.begin(self._loading)

    def stop_loading(self) -> None:
        """Give up the load at work; `model_failed` says so, unless it has ended just now."""
        request = self._loading
        if request is not None and (self._loads.give_up() or not self.running):
            self._on_model_failed(request, stopped(request))

    def set_threads(self, threads: int) -> None:
        """Change how many threads torch may use, from the next request on."""
        self._thread.set_threads(threads)

    def _advance(self) -> None:
        self._generation += 1
        self._answer = None

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.busy_changed.emit(busy)

    def _on_model_ready(self, request: ModelRequest, info: ModelInfo) -> None:
        self._info, self._request = info, request
        if request is self._loading:
            self._loading = None
        self._advance()  # what the earlier model still answers is stale now
        self._set_busy(False)
        self.model_ready.emit(info)

    def _on_model_failed(self, request: ModelRequest, error: LabError) -> None:
        if request is self._loading:
            self._loading = None
        if self._info is None:
            self._set_busy(False)
        self._failed_request = request
        self.model_failed.emit(error)

    def _on_answered(self, answer: Answer) -> None:
        if answer.generation == self._generation:
            self._answer = answer
            self._set_busy(False)
            self.answered.emit(answer)

    def _on_failed(self, generation: int, error: LabError) -> None:
        if generation == self._generation:
            self._set_busy(False)
            self.failed.emit(error)

    def _on_crashed(self, generation: int, exception: BaseException) -> None:
        if generation == self._generation:
            self._set_busy(False)
        self.crashed.emit(exception)


@dataclass
class _Inbox:
    """What the GUI thread left for the inference thread; guarded by its condition."""

    condition: threading.Condition = field(default_factory=threading.Condition)
    model: tuple[ModelRequest, ModelSession] | None = None
    job: _Job | None = None
    look: Look | None = None
    threads: int | None = None
    stop: bool = False
    answering: bool = False


class _Thread(QThread):
    """Waits for the inbox, works, and emits; its signals reach the GUI thread queued."""

    model_ready = Signal(object, object)
    model_failed = Signal(object, object)
    answered = Signal(object)
    failed = Signal(int, object)
    crashed = Signal(int, object)
    looked = Signal(object, object)
    look_failed = Signal(object, object)

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._inbox = _Inbox()
        self._threads = threads
        self._session: ModelSession | None = None
        self._predictor: Predictor | None = None

    # --- called on other threads ---

    @property
    def session(self) -> ModelSession | None:
        with self._inbox.condition:
            return self._session

    def gathering(self) -> AbstractContextManager[object]:
        """What is asked for while it is open is taken up together."""
        return self._inbox.condition

    def take_up(self, request: ModelRequest, session: ModelSession) -> None:
        with self._inbox.condition:
            self._inbox.model = request, session
            self._claim()
            self._inbox.condition.notify()

    def submit(self, job: _Job | None) -> None:
        with self._inbox.condition:
            self._inbox.job = job
            self._claim()
            self._inbox.condition.notify()

    def look(self, look: Look | None) -> None:
        with self._inbox.condition:
            self._inbox.look = look
            self._inbox.condition.notify()

    def set_threads(self, threads: int) -> None:
        with self._inbox.condition:
            self._inbox.threads = threads
            self._inbox.condition.notify()

    def request_stop(self) -> None:
        with self._inbox.condition:
            self._inbox.stop = True
            self._inbox.job = None
            self._claim()
            self._inbox.condition.notify()

    def _claim(self) -> None:
        """Let other work wait while bars are awaited."""
        inbox = self._inbox
        ready = inbox.model is None and self._session is not None
        awaited = inbox.answering or (ready and inbox.job is not None)
        await_bars(self, awaited and not inbox.stop)

    # --- runs in the thread ---

    def run(self) -> None:
        lower_priority(NICENESS)
        while True:
            inbox = self._inbox
            with inbox.condition:
                inbox.condition.wait_for(self._has_work)
                if inbox.stop:
                    return
                model, inbox.model = inbox.model, None
                threads, inbox.threads = inbox.threads, None
                # A model comes first: the submission that waits is then answered by it alone.
                job = look = None
                if model is None and self._session is not None:
                    job, inbox.job = inbox.job, None
                    look, inbox.look = inbox.look, None
                inbox.answering = job is not None
                self._claim()
            generation = job.generation if job is not None else -1
            try:
                if threads is not None:
                    self._threads = threads
                    limit_torch(threads)
                if model is not None:
                    self._replace_model(*model)
                    model = None  # or this thread would keep it until the next request
                elif job is not None and self._ride(job, look):
                    look = None
                elif job is not None:
                    self._answer(job)
            except Exception as exception:
                log.exception("the inference thread met an unexpected exception")
                self.crashed.emit(generation, exception)
            with inbox.condition:
                inbox.answering = False
                self._claim()
            if look is not None:
                self._look_at_model(look)

    def _has_work(self) -> bool:
        inbox = self._inbox
        asked = inbox.job is not None or inbox.look is not None
        return (
            inbox.stop
            or inbox.model is not None
            or inbox.threads is not None
            or (asked and self._session is not None)
        )

    def _look_at_model(self, look: Look) -> None:
        session = self._session
        assert session is not None
        try:
            result = look(session)
        except Exception as exception:
            name = session.info.name
            error = expected_error(exception, f"a look into {name}")
            if error is None:  # in the log before anybody is told
                log.exception("a look at the model met an unexpected exception")
            self.look_failed.emit(look, error or _unexpected_look(name, exception))
            if error is None:
                self.crashed.emit(-1, exception)
        else:
            self.looked.emit(look, result)

    def _replace_model(self, request: ModelRequest, session: ModelSession) -> None:
        limit_torch(self._threads)
        self._predictor = Predictor(session)
        with self._inbox.condition:
            self._session = session
            # It was drawn for the earlier model; the window submits again on `model_ready`.
            self._inbox.job = None
        self.model_ready.emit(request, session.info)

    def _ride(self, job: _Job, look: Look | None) -> bool:
        """Predict, and look at the same picture in the same forward pass; False if that fails.

        Then both are done one after the other, so that each gets its own error.
        """
        if not isinstance(look, Passenger) or look.pixels is not job.pixels:
            return False
        session = self._session
        assert session is not None
        try:
            with look.riding(session) as seen:
                answer = self._predicted(job)
                result = seen()
        except Exception as exception:
            log.info("predictions and a look at the model go apart: %s", exception)
            return False
        if answer is not None:
            self.answered.emit(answer)
        self.looked.emit(cast(Look, look), result)
        return True

    def _answer(self, job: _Job) -> None:
        session = self._session
        assert session is not None
        try:
            answer = self._predicted(job)
        except Exception as exception:
            error = expected_error(exception, session.info.name)
            if error is None:
                raise
            self.failed.emit(job.generation, error)
        else:
            if answer is not None:
                self.answered.emit(answer)

    def _predicted(self, job: _Job) -> Answer | None:
        """The answer to a job; None if its picture is of another size than the model takes."""
        session, predictor = self._session, self._predictor
        assert session is not None and predictor is not None
        side = session.info.preprocessing.side
        if job.pixels.shape != (side, side, 3):
            return None  # submitted before the window heard of the model; it will submit again
        begun = time.perf_counter()
        problem: LabError | None = None
        predictions: tuple[Outcome, ...] = ()
        counts = predictor.token_counts(job.prompts)
        try:
            (listed,) = predictor.predict(job.pixels[None], job.prompts)
            predictions = tuple(listed)
        except (PromptError, InvalidInput) as error:
            problem = error
        return Answer(
            job.generation,
            job.stimulus,
            job.pixels,
            job.prompts,
            session.info,
            predictions,
            counts,
            problem,
            1000.0 * (time.perf_counter() - begun),
        )


def _unexpected_look(name: str, exception: Exception) -> ModelError:
    return ModelError(
        f"A look into {name} met an unexpected fault ({type(exception).__name__}).",
        "The report has its details; the lab goes on working.",
    )
