"""Texts are embedded once for whoever asks, and threads take turns with a model (R83)."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from core.models import session as sessions
from core.models.loading import random_session
from core.models.session import ModelSession, Turns
from core.predict.prediction import Predictor
from core.predict.prompts import color_labels, fill, prompt_set
from core.predict.scoring import Scorer
from core.scans.plan import ScanPlan, ScanSetup, full_axis
from core.scans.run import scan
from core.stimuli.stimulus import ShapeStimulus
from tests.core.sweep_runs import TEMPLATES, small_plan

WAIT = 60.0
"""Most seconds that anything may take."""


@pytest.fixture
def session() -> ModelSession:
    """A model that nobody has asked before."""
    return random_session("embedded", seed=1)


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tokens of every text that goes through a text tower."""
    passes: list[int] = []
    encode = sessions.encode_trimmed

    def counted(model, tokens):
        passes.append(len(tokens))
        return encode(model, tokens)

    monkeypatch.setattr(sessions, "encode_trimmed", counted)
    return passes


def run(*works: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()


def test_r83_texts_are_embedded_once_for_predictions_scans_comparisons_and_sweeps(
    session: ModelSession, encoded: list[int]
) -> None:
    labels = color_labels()
    distinct = {fill(template, label) for template in TEMPLATES for label in labels}
    distinct.discard("gray")  # every model is tried with it when it is loaded
    side = session.info.preprocessing.side
    picture = np.full((1, side, side, 3), 99, np.uint8)
    Predictor(session).predict(picture, prompt_set(TEMPLATES, labels))
    assert encoded == [1] * len(distinct)
    stimulus = ShapeStimulus(
        shape="star", figure_color=(200, 60, 90), background_color=(90, 120, 160), side=side
    )
    setup = ScanSetup(x=full_axis("figure-hue", 3))
    for _edit in range(2):
        scan(ScanPlan(setup=setup, stimulus=stimulus, templates=TEMPLATES, labels=labels), session)
    Scorer(small_plan(session), session)
    Predictor(session).predict(picture, prompt_set(TEMPLATES, labels))
    assert encoded == [1] * len(distinct)


def test_r83_two_threads_that_want_a_text_at_once_embed_it_once(
    session: ModelSession, encoded: list[int]
) -> None:
    with session.lock:  # both have found it missing before the first may embed it
        found: list[np.ndarray] = []
        works = [lambda: found.append(session.encode_texts(["red"])) for _ in range(2)]
        threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in threads:
            thread.start()
        wait_until(lambda: session.lock.waiting == 2)
    for thread in threads:
        thread.join(WAIT)
    assert encoded == [1]
    assert np.array_equal(*found)


def test_r83_so_many_texts_are_kept_and_the_oldest_dropped(encoded: list[int]) -> None:
    whole = random_session("embedded", seed=1)
    session = ModelSession(whole.model, whole._tokenizer, whole.info, kept_texts=3)
    encoded.clear()
    first = session.encode_texts(["a", "b", "c"])
    session.encode_texts(["c", "a"])
    assert len(encoded) == 3
    session.encode_texts(["d"])  # drops b
    session.encode_texts(["c", "a"])
    assert len(encoded) == 4
    again = session.encode_texts(["a", "b", "c"])
    assert len(encoded) == 5
    assert np.array_equal(first, again)
    many = session.encode_texts([f"label {number}" for number in range(8)])  # more than are kept
    assert many.shape == (8, 64) and np.unique(many, axis=0).shape == (8, 64)


def test_r83_what_is_kept_cannot_be_changed_by_whoever_gets_it(session: ModelSession) -> None:
    first = session.encode_texts(["red"])
    kept = first.copy()
    first[:] = 0
    assert np.array_equal(session.encode_texts(["red"]), kept)


def test_r83_tokens_are_counted_while_the_model_works(session: ModelSession) -> None:
    counts: list[int] = []
    with session.lock:
        run(lambda: counts.append(session.tokenize_info("the color is red").tokens))
    assert counts == [6]


def test_r83_a_model_is_let_go_after_each_text_and_whoever_waits_is_next(
    session: ModelSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bars that come while many texts are embedded wait for one of them."""
    order: list[str] = []
    begun = threading.Event()
    encode = sessions.encode_trimmed

    def slow(model, tokens):
        order.append("text")
        if len(order) == 1:
            begun.set()
            wait_until(lambda: session.lock.waiting == 1)
        return encode(model, tokens)

    monkeypatch.setattr(sessions, "encode_trimmed", slow)
    side = session.info.preprocessing.side

    embed = session.model.encode_image
    session.model.encode_image = lambda batch: order.append("bars") or embed(batch)

    def bars() -> None:
        assert begun.wait(WAIT)
        session.encode_images(np.zeros((1, side, side, 3), np.uint8))

    def texts() -> None:
        session.encode_texts([f"text {number}" for number in range(20)])

    run(bars, texts)
    assert order == ["text", "bars", *["text"] * 19]


def test_r83_turns_are_taken_in_order_and_again_by_the_same_thread() -> None:
    turns = Turns()
    order: list[int] = []

    def work(number: int) -> None:
        with turns, turns:
            order.append(number)

    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(4)]
    with turns:
        with turns:
            pass
        for number, thread in enumerate(threads):
            thread.start()
            wait_until(lambda number=number: turns.waiting == number + 1)
        assert order == []
    for thread in threads:
        thread.join(WAIT)
    assert order == [0, 1, 2, 3]
    assert turns.waiting == 0
    with pytest.raises(RuntimeError, match="another thread's turn"):
        turns.release()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for other threads; a pause lets them go on."""
    ended = threading.Event()
    for _ in range(round(WAIT / 0.002)):
        if condition():
            return
        ended.wait(0.002)
    raise AssertionError("it never came")
