"""The answers of a comparison: each pin with its stimulus, its prompts and its model."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.base.errors import InvalidInput, LabError
from core.models.info import ModelInfo
from core.predict.prediction import Outcome, Predictor
from core.predict.prompts import PromptSet
from core.scans.state import Pin
from core.stimuli.render import render
from core.stimuli.stimulus import PictureStimulus, Stimulus
from gui.jobs.scans import Tools, Work

if TYPE_CHECKING:
    from core.predict.prediction import Session

NOW = Pin("Now")
"""The column that follows the document in everything."""


@dataclass(frozen=True, eq=False)
class PinQuestion:
    """A pin with everything that it does not hold itself.

    `pixels` are those of a picture on the canvas, which only the window's model can be asked about.
    """

    pin: Pin
    stimulus: Stimulus
    pixels: NDArray[np.uint8] | None
    prompts: PromptSet


@dataclass(frozen=True, eq=False)
class PinAnswer:
    """What the column of that number shows; `pixels` are what the model got."""

    number: int
    question: PinQuestion
    info: ModelInfo | None
    pixels: NDArray[np.uint8] | None
    outcomes: tuple[Outcome, ...]
    error: LabError | None = None


def comparison_work(
    questions: tuple[PinQuestion, ...], session: Session, device: str, precision: str
) -> Work:
    """Answer all columns, those that need no other model first."""

    def work(tools: Tools) -> Generator[tuple[PinAnswer, ...], None, None]:
        answers: dict[int, PinAnswer] = {}
        order = sorted(range(len(questions)), key=lambda n: questions[n].pin.model is not None)
        for number in order:
            question = questions[number]
            try:
                model = question.pin.model
                own = session if model is None else tools.model(model, device, precision)
                answers[number] = _answered(number, question, own)
            except LabError as error:
                answers[number] = PinAnswer(number, question, None, None, (), error)
            yield tuple(answers[n] for n in sorted(answers))

    return work


def _answered(number: int, question: PinQuestion, session: Session) -> PinAnswer:
    side = session.info.preprocessing.side
    pixels = question.pixels
    if not isinstance(question.stimulus, PictureStimulus):
        pixels = render(msgspec.structs.replace(question.stimulus, side=side))
    elif pixels is None or pixels.shape[0] != side:
        raise InvalidInput(
            "An imported picture is compared with the window's own model only.",
            "Use a shape or a word.",
        )
    (outcomes,) = Predictor(session).predict(pixels[None], question.prompts)
    return PinAnswer(number, question, session.info, pixels, tuple(outcomes))
