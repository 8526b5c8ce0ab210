"""What a model answers: probabilities and cosines of labels for pictures.

For each template, the prompts of all labels compete. With unit embeddings x of the picture and
t_i of the prompts, cosine_i = x · t_i, and the probabilities are the softmax of s · cosine_i over
the labels, s being the model's own logit scale (Radford et al. 2021, section 2.3). A logit bias,
as models trained with a sigmoid loss have, is the same for all labels and cancels.

Imports no torch: any session with the members of `Session` will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.base.errors import ModelError, PromptError
from core.models.info import ModelInfo, TokenCount
from core.predict.prompts import (
    Problem,
    PromptSet,
    cut,
    fill,
    one_prompt_problems,
    prompt_set,
)

COSINE_TOLERANCE = {"fp32": 1e-5, "fp16": 2e-3, "bf16": 1.6e-2}
"""Most a cosine may differ between two batch sizes, by precision (R12).

The size of a batch can change the order of summation inside the model and so the last bits of an
embedding. Labels whose cosines are closer than this may change places with the batch size; see
`TemplatePrediction.close`.
"""

_SHORTEN = "Shorten the template or the label."


class Session(Protocol):
    """What is needed of a `core.models.session.ModelSession`."""

    @property
    def info(self) -> ModelInfo: ...

    def encode_images(self, images: NDArray[np.uint8]) -> NDArray[np.float32]: ...

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def tokenize_info(self, text: str) -> TokenCount: ...


@dataclass(frozen=True, eq=False)
class TemplatePrediction:
    """The answer of one template to one picture."""

    template: str
    row: int
    """Index of the template in its `PromptSet`."""
    labels: tuple[str, ...]
    """The L labels that took part, in the order of the set."""
    label_rows: tuple[int, ...]
    """Their indices in the set."""
    prompts: tuple[str, ...]
    """The template filled with each label."""
    probabilities: NDArray[np.float64]
    """Sum 1; at the model's own scale. Shape (L,)."""
    cosines: NDArray[np.float64]
    """Cosine similarity of picture and prompt, −1..1. Shape (L,)."""
    winner: int
    """Index of the largest cosine; the lowest index of exactly equal ones."""
    runner_up: int | None
    """Index of the next largest, chosen alike; None with one label."""
    margin: float | None
    """Difference of the probabilities of winner and runner-up; None with one label."""
    ties: int
    """Number of labels that share the largest cosine exactly; 1 without a tie."""
    close: bool
    """True if winner and runner-up are so near that the batch size may decide; see
    `COSINE_TOLERANCE`.
    """
    same_text: tuple[tuple[str, ...], ...] = ()
    """Groups of labels that the model reads as one prompt, e.g. “Red” and “red”. The first of each
    takes part, the others do not; see `core.predict.prompts.one_prompt_problems`.
    """

    @property
    def tied(self) -> bool:
        """True if several labels share the largest cosine exactly."""
        return self.ties > 1


@dataclass(frozen=True)
class BlockedTemplate:
    """A template that gives no prediction."""

    template: str
    row: int
    """Index of the template in its `PromptSet`."""
    reason: str
    """Why, and what helps; one or two sentences."""
    lost: str = ""
    """For a prompt over the token limit: the part that would be lost."""


Outcome = TemplatePrediction | BlockedTemplate


@dataclass(frozen=True)
class _Question:
    """A template that can be asked: its prompts and their embeddings, float64, shape (L, D)."""

    template: str
    row: int
    prompts: tuple[str, ...]
    embeddings: NDArray[np.float64]


class Predictor:
    """Predictions of one session.

    Results depend on the pictures and prompts alone, not on what was asked before (R11). The
    session keeps the embeddings of texts, for this and for all else that asks it. May be used
    from several threads.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def predict(self, images: NDArray[np.uint8], prompts: PromptSet) -> list[list[Outcome]]:
        """Ask every enabled template about every picture.

        Parameters
        ----------
        images : ndarray of uint8, shape (B, side, side, 3), sRGB
            Pictures of the model's own input size.

        Returns
        -------
        list of list of Outcome
            For each picture, one outcome for each enabled template, in order. A template that
            cannot be used is a `BlockedTemplate` and leaves the others as they are.

        Raises
        ------
        PromptError
            If no template or no label is left.
        ModelError
            If the model gives values that are not finite.
        """
        blocking = prompts.blocking_reason()
        if blocking:
            raise PromptError(blocking)
        repeated = self.one_prompt_problems(prompts)
        distinct = prompts.without(repeated)
        labels, label_rows = distinct.active_labels(), distinct.active_label_rows()
        same_text = _groups(prompts, repeated)
        plan = self._plan(prompts, repeated, labels)
        if not any(isinstance(step, _Question) for step in plan):
            return [[step for step in plan if isinstance(step, BlockedTemplate)] for _ in images]
        pictures = finite(self.session.encode_images(images), "the picture").astype(np.float64)
        info = self.session.info
        tolerance = cosine_tolerance(info.precision)

        def outcome(step: _Question | BlockedTemplate, picture: NDArray[np.float64]) -> Outcome:
            if isinstance(step, BlockedTemplate):
                return step
            return _judge(step, labels, label_rows, same_text, picture, info.logit_scale, tolerance)

        return [[outcome(step, picture) for step in plan] for picture in pictures]

    def token_counts(self, prompts: PromptSet) -> dict[str, TokenCount]:
        """Counts of every prompt of the active templates and labels, too long ones included."""
        filled = (
            fill(template, label)
            for template in prompts.active_templates()
            for label in prompts.active_labels()
        )
        return {prompt: self.session.tokenize_info(prompt) for prompt in filled}

    def one_prompt_problems(self, prompts: PromptSet) -> tuple[Problem, ...]:
        """Rows that the model reads as an earlier one and that are not asked for that."""
        return one_prompt_problems(prompts, lambda prompt: self.session.tokenize_info(prompt).ids)

    def _plan(
        self, prompts: PromptSet, repeated: tuple[Problem, ...], labels: tuple[str, ...]
    ) -> list[_Question | BlockedTemplate]:
        problems = prompts.template_problems()
        problems |= {found.row: found for found in repeated if found.part == "template"}
        plan: list[_Question | BlockedTemplate] = []
        for row, template in enumerate(prompts.templates):
            if not template.enabled:
                continue
            if row in problems:
                plan.append(BlockedTemplate(template.text, row, problems[row].sentence))
            else:
                plan.append(self._question(template.text, row, labels))
        return plan

    def _question(
        self, template: str, row: int, labels: tuple[str, ...]
    ) -> _Question | BlockedTemplate:
        prompts = tuple(fill(template, label) for label in labels)
        counts = [self.session.tokenize_info(prompt) for prompt in prompts]
        over = [i for i, count in enumerate(counts) if not count.fits]
        if over:
            first = counts[over[0]]
            reason = f"{_too_long('the prompt', labels[over[0]], first)}."
            if len(over) > 1:
                reason += f" {len(over)} labels make it too long."
            return BlockedTemplate(template, row, f"{reason} {_SHORTEN}", first.lost)
        embeddings = finite(self.session.encode_texts(prompts), "the prompts")
        return _Question(template, row, prompts, embeddings.astype(np.float64))


def check_prompts(templates: Sequence[str], labels: Sequence[str], session: Session) -> None:
    """Refuse prompts that the model would cut or reads as one (R13).

    Raises
    ------
    PromptError
        Naming the first such prompt, or the two rows that are one prompt.
    """
    check_lengths(templates, labels, session)
    rows = prompt_set(tuple(templates), tuple(labels))
    for found in one_prompt_problems(rows, lambda prompt: session.tokenize_info(prompt).ids):
        texts = templates if found.part == "template" else labels
        assert found.same_as is not None
        raise PromptError(
            f"The model reads the {found.part}s “{cut(texts[found.same_as])}” and "
            f"“{cut(texts[found.row])}” as one text, which would count it twice.",
            "Remove one of them.",
        )


def check_lengths(templates: Sequence[str], labels: Sequence[str], session: Session) -> None:
    """Refuse a prompt that has more tokens than the model takes.

    Raises
    ------
    PromptError
        Naming the first such prompt and what would be lost.
    """
    for template in templates:
        for label in labels:
            count = session.tokenize_info(fill(template, label))
            if not count.fits:
                prompt = f"the prompt “{cut(template)}”"
                raise PromptError(f"{_too_long(prompt, label, count)}.", _SHORTEN)


def cosine_tolerance(precision: str) -> float:
    """Of `COSINE_TOLERANCE`; the largest for a precision that is not known."""
    return COSINE_TOLERANCE.get(precision, max(COSINE_TOLERANCE.values()))


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Softmax over the last axis, float64, safe for logits of any size."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def scale_sentence(info: ModelInfo) -> str:
    """How a model's probabilities come about, in words, for the window and exports (R17)."""
    sentence = (
        "Probabilities are the softmax over the labels of cosine similarity times the model's "
        f"own scale, {info.logit_scale:.4g}."
    )
    if info.logit_bias is not None:
        sentence += (
            " This model was trained to judge each pair by itself, with a sigmoid and a bias of "
            f"{info.logit_bias:.4g}; the bias is the same for all labels and has no effect here."
        )
    return sentence


def _judge(
    question: _Question,
    labels: tuple[str, ...],
    label_rows: tuple[int, ...],
    same_text: tuple[tuple[str, ...], ...],
    picture: NDArray[np.float64],
    scale: float,
    tolerance: float,
) -> TemplatePrediction:
    # Multiplied and summed row by row: a matrix product may round equal rows differently, which
    # would break exact ties by position.
    cosines = (question.embeddings * picture).sum(axis=1)
    probabilities = softmax(scale * cosines)
    cosines.setflags(write=False)
    probabilities.setflags(write=False)
    winner = int(np.argmax(cosines))  # the first of equal ones
    runner_up: int | None = None
    margin: float | None = None
    close = False
    if len(labels) > 1:
        others = cosines.copy()
        others[winner] = -np.inf
        runner_up = int(np.argmax(others))
        margin = float(probabilities[winner] - probabilities[runner_up])
        close = bool(cosines[winner] - cosines[runner_up] <= tolerance)
    return TemplatePrediction(
        template=question.template,
        row=question.row,
        labels=labels,
        label_rows=label_rows,
        prompts=question.prompts,
        probabilities=probabilities,
        cosines=cosines,
        winner=winner,
        runner_up=runner_up,
        margin=margin,
        ties=int(np.count_nonzero(cosines == cosines[winner])),
        close=close,
        same_text=same_text,
    )


def _groups(prompts: PromptSet, repeated: Sequence[Problem]) -> tuple[tuple[str, ...], ...]:
    groups: dict[int, list[str]] = {}
    for found in repeated:
        if found.part == "label" and found.same_as is not None:
            group = groups.setdefault(found.same_as, [prompts.labels[found.same_as].text])
            group.append(prompts.labels[found.row].text)
    return tuple(tuple(group) for group in groups.values())


def finite(embeddings: NDArray[np.float32], what: str) -> NDArray[np.float32]:
    """The embeddings of something.

    Raises
    ------
    ModelError
        If they are not finite.
    """
    if not np.isfinite(embeddings).all():
        raise ModelError(
            f"The model gives values for {what} that are not finite numbers.",
            "Its weights are damaged or the chosen precision is too low; try fp32.",
        )
    return embeddings


def _too_long(prompt: str, label: str, count: TokenCount) -> str:
    return (
        f"With the label “{cut(label)}” {prompt} has {count.tokens} tokens and the model takes "
        f"{count.limit}; “{cut(count.lost)}” would be lost"
    )
