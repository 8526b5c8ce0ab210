"""The inference thread: the latest stimulus and prompts in, predictions out.

The window talks to `Inference`, which lives on the GUI thread. Each edit raises a generation
number; the thread only ever works on the latest request, and an answer whose generation is not
the present one is dropped before any pane hears of it. So a stale answer is never shown, be it
that the stimulus, the prompts or the model changed meanwhile.

Other parts of the window may look at the model too, e.g. at its layers. A look is done in the same
thread, after the predictions that wait: so predictions never wait for more than one look, however
many are asked for. A look at the very picture that is predicted rides along in the same forward
pass, if it can. All other work beside the window waits for the predictions between two batches;
see `gui.jobs.priority`.

torch is imported in the thread, never on the GUI thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from core.base.errors import InvalidInput, LabError, PromptError
from core.models.info import ModelInfo, TokenCount
from core.predict.prediction import Outcome, Predictor
from core.predict.prompts import PromptSet
from core.stimuli.stimulus import Stimulus
from gui.jobs.faults import UnexpectedFault
from gui.jobs.latest_worker import Channel, LatestWorker, Request, once
from gui.jobs.model_load import Load, ModelLoads, ModelRequest, load_model, stopped

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession

log = logging.getLogger(__name__)

NICENESS = 10
"""How far the thread and those torch starts from it stand back behind the window (Linux)."""

_MODEL, _PREDICTION, _LOOK = "model", "prediction", "look"


Look = Callable[["ModelSession"], Any]
"""What to do with the model in the inference thread; must leave it as it was (R11, R36)."""


@runtime_checkable
class Passenger(Protocol):
    """A look that is content with a forward pass that somebody else needs.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (side, side, 3), sRGB
        The picture it is about.
    """

    pixels: NDArray[np.uint8]

    def riding(self, session: ModelSession) -> AbstractContextManager[Callable[[], Any]]:
        """Watch the forward passes while it is open; the function then tells what was seen."""
        ...


@dataclass(frozen=True, eq=False)
class Answer:
    """What the model says about one stimulus.

    Attributes
    ----------
    generation : int
        Number of the edit it answers.
    pixels : ndarray of uint8, shape (side, side, 3), sRGB
        The very array that was submitted, and that the canvas shows.
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
class _Submission:
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
    info : ModelInfo or None
        The model in use, or None before the first one is ready.
    session : ModelSession or None
        The model in use itself, to be used from any thread; None before the first is ready.
        Whoever holds it may go on with it when another model is taken up. It may be newer than
        `info` for a moment; its own `info` always fits it.
    request : ModelRequest or None
        How the model in use was asked for.
    failed_request : ModelRequest or None
        The model that was asked for last and could not be loaded, if so.
    loading : ModelRequest or None
        The model being loaded, if any.
    answer : Answer or None
        The answer to the latest submission, or None while it is awaited.
    busy : bool
        True while a submission waits for its answer.

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
    _load_failed = Signal(object, object)
    _load_crashed = Signal(object)

    def __init__(
        self, threads: int = 0, load: Load | None = None, parent: QObject | None = None
    ) -> None:
        """Nothing is started before `start`; `threads` as for `set_threads`.

        Models are loaded by `load_model` if no other loader is given.
        """
        super().__init__(parent)
        self._generation = 0
        self.busy = False
        self.loading: ModelRequest | None = None
        self.info: ModelInfo | None = None
        self.request: ModelRequest | None = None
        self.failed_request: ModelRequest | None = None
        self.answer: Answer | None = None
        self.loader = load or load_model
        self._look: Look | None = None
        self._worker = LatestWorker(
            "inference",
            NICENESS,
            {
                _MODEL: Channel(rank=0, tells_all=True),
                _PREDICTION: Channel(rank=1, awaited=True),
                _LOOK: Channel(rank=2, tells_all=True),
            },
            bars_first=False,
            threads=threads,
            closing="the prediction ends",
            parent=self,
        )
        self._worker.reported.connect(self._on_reported)
        self._worker.failed.connect(self._on_failed)
        self._worker.crashed.connect(self.crashed)
        self._load_failed.connect(self._on_model_failed)
        self._load_crashed.connect(self.crashed)
        self._loads = ModelLoads(
            self.loader, self._take_up, self._load_failed.emit, self._load_crashed.emit
        )
        # What follows belongs to the thread.
        self.session: ModelSession | None = None
        self._predictor: Predictor | None = None

    @property
    def running(self) -> bool:
        """True between `start` and `stop`."""
        return self._worker.isRunning()

    def start(self) -> None:
        """Start the thread, and the load that was asked for before."""
        self._worker.start()
        if self.loading is not None:
            self._loads.begin(self.loading)

    def stop(self) -> None:
        """End the thread after what it is doing now, and wait for it. Safe in any state.

        A load that does not end when it is asked to is left behind.
        """
        self._worker.request_stop()
        self._loads.stop()
        self._worker.wait()

    def submit(self, stimulus: Stimulus, pixels: NDArray[np.uint8], prompts: PromptSet) -> int:
        """Ask for predictions; replaces whatever was asked before.

        The picture is uint8, shape (side, side, 3), sRGB, at the model's own side. It is not
        copied, so it must not be changed later. Returns the generation number of the answer.
        """
        self._advance()
        self._set_busy(self.info is not None or self.loading is not None)
        submission = _Submission(self._generation, stimulus, pixels, prompts)
        with self._worker.gathering():
            if self.info is not None:  # otherwise the caller submits again on `model_ready`
                name = self.info.name
                self._worker.ask(_PREDICTION, self._predict, name, submission)
            self.submitting.emit(pixels)
        return self._generation

    def withdraw(self) -> None:
        """Drop the latest submission: there is nothing to predict at present."""
        self._advance()
        self._set_busy(False)
        self._worker.withdraw(_PREDICTION)

    def look(self, look: Look | None) -> None:
        """Have something else done with the model in use, after the predictions that wait.

        Takes the place of a look that has not begun (latest wins). Each must be an object of its
        own, by which `looked` and `look_failed` tell it from others; None withdraws the last one.
        """
        self._look = look
        if look is None:
            self._worker.withdraw(_LOOK)
        elif self.info is not None:  # otherwise it waits for the first model
            what = f"a look into {self.info.name}"
            self._worker.ask(_LOOK, self._look_at_model, what, look)

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
        self.loading = ModelRequest(reference, title or reference, architecture, device, precision)
        self.failed_request = None
        self.model_loading.emit(self.loading.title)
        if self.running:
            self._loads.begin(self.loading)

    def stop_loading(self) -> None:
        """Give up the load at work; `model_failed` says so, unless it has ended just now."""
        request = self.loading
        if request is not None and (self._loads.give_up() or not self.running):
            self._on_model_failed(request, stopped(request))

    def set_threads(self, threads: int) -> None:
        """Change how many threads torch may use, from the next request on."""
        self._worker.set_threads(threads)

    def _advance(self) -> None:
        self._generation += 1
        self.answer = None

    def _set_busy(self, busy: bool) -> None:
        if busy != self.busy:
            self.busy = busy
            self.busy_changed.emit(busy)

    def _on_model_ready(self, request: ModelRequest, info: ModelInfo) -> None:
        first = self.info is None
        self.info, self.request = info, request
        if request is self.loading:
            self.loading = None
        if first:
            self.look(self._look)
        self.withdraw()  # what the earlier model still answers is stale now
        self.model_ready.emit(info)

    def _on_model_failed(self, request: ModelRequest, error: LabError) -> None:
        if request is self.loading:
            self.loading = None
        if self.info is None:
            self._set_busy(False)
        self.failed_request = request
        self.model_failed.emit(error)

    def _on_reported(self, request: Request, result: Any) -> None:
        if request.channel == _MODEL:
            self._on_model_ready(request.about, result)
        elif request.channel == _LOOK:
            self.looked.emit(request.about, *result)
        else:
            self.answer = result
            self._set_busy(False)
            self.answered.emit(result)

    def _on_failed(self, request: Request, error: LabError) -> None:
        if request.channel == _LOOK:
            self.look_failed.emit(request.about, error)
        elif request.channel == _MODEL:
            self._on_model_failed(request.about, error)
        else:
            self._set_busy(False)
            if not isinstance(error, UnexpectedFault):  # the report says so already
                self.failed.emit(error)

    # --- runs in the thread, but for the first, which is called in that of a load ---

    def _take_up(self, request: ModelRequest, session: ModelSession) -> None:
        def replace() -> ModelInfo:
            self._predictor, self.session = Predictor(session), session
            # It was drawn for the earlier model; the window submits again on `model_ready`.
            self._worker.withdraw(_PREDICTION)
            return session.info

        self._worker.ask(_MODEL, lambda _request: once(replace), request.title, request)

    def _look_at_model(self, request: Request) -> Generator[tuple[Any], None, None]:
        assert self.session is not None
        yield (request.about(self.session),)  # what a look returns may be None

    def _predict(self, request: Request) -> Generator[Answer | None, None, None]:
        """Predict, and look at the same picture in the same forward pass if somebody asked for it.

        If that fails both are done one after the other, so that each gets its own error.
        """
        submission: _Submission = request.about
        rider = self._worker.take(
            _LOOK,
            lambda look: (
                isinstance(look.about, Passenger) and look.about.pixels is submission.pixels
            ),
        )
        answer = None
        if rider is not None:
            assert self.session is not None
            try:
                with rider.about.riding(self.session) as seen:
                    answer = self._predicted(submission)
                    result = seen()
            except Exception as exception:
                log.info("predictions and a look at the model go apart: %s", exception)
                self._worker.put_back(rider)
                rider = answer = None
        try:
            yield answer or self._predicted(submission)
        finally:  # also if the prediction is overtaken
            if rider is not None:
                self._worker.tell(rider, (result,))
                self._worker.end(rider)

    def _predicted(self, submission: _Submission) -> Answer | None:
        """The answer; None if the picture is of another size than the model takes."""
        session, predictor = self.session, self._predictor
        assert session is not None and predictor is not None
        side = session.info.preprocessing.side
        if submission.pixels.shape != (side, side, 3):
            return None  # submitted before the window heard of the model; it will submit again
        begun = time.perf_counter()
        problem: LabError | None = None
        predictions: tuple[Outcome, ...] = ()
        counts = predictor.token_counts(submission.prompts)
        try:
            (listed,) = predictor.predict(submission.pixels[None], submission.prompts)
            predictions = tuple(listed)
        except (PromptError, InvalidInput) as error:
            problem = error
        return Answer(
            submission.generation,
            submission.stimulus,
            submission.pixels,
            submission.prompts,
            session.info,
            predictions,
            counts,
            problem,
            1000.0 * (time.perf_counter() - begun),
        )
