"""The inference thread: latest request wins, stale answers never reach anyone, errors surface."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.base.errors import ModelError
from core.predict.prediction import TemplatePrediction
from core.predict.prompts import prompt_set
from gui.context.lab_context import LabContext
from gui.jobs import priority
from gui.jobs.inference import Answer
from gui.jobs.priority import lower_priority
from tests.gui.conftest import WAIT
from tests.support.quick_model import QuickLoader
from tests.support.waiting import let_events_pass


def answers_of(lab: LabContext) -> list[Answer]:
    heard: list[Answer] = []
    lab.inference.answered.connect(heard.append)
    return heard


def settle(lab: LabContext, qtbot: QtBot) -> Answer:
    qtbot.waitUntil(lambda: lab.inference.answer is not None, timeout=WAIT)
    return lab.inference.answer


class Gate:
    """Holds the inference thread inside the model until it is opened."""

    def __init__(self) -> None:
        self.inside = threading.Event()
        self.open = threading.Event()

    def __call__(self, *_args: object) -> None:
        self.inside.set()
        assert self.open.wait(30)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.open.set()


def test_the_answer_is_to_the_very_array_in_the_window(
    ready_lab: LabContext, loader: QuickLoader
) -> None:
    answer = ready_lab.inference.answer
    assert answer.pixels is ready_lab.pixels
    assert np.array_equal(loader.models["embedded"].pictures[-1], ready_lab.pixels)
    assert not ready_lab.pixels.flags.writeable
    assert answer.stimulus == ready_lab.view.stimulus
    assert answer.info.name == "Quick"


def test_the_lab_is_usable_before_the_model_is_there(lab: LabContext, qtbot: QtBot) -> None:
    lab.document.change_stimulus("size", size=0.3)
    assert lab.pixels is not None
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("embedded")
    assert lab.inference.answer.stimulus.size == 0.3


def test_the_stimulus_follows_the_side_of_the_model_without_an_undo_step(
    ready_lab: LabContext, qtbot: QtBot
) -> None:
    assert ready_lab.pixels.shape == (32, 32, 3)
    ready_lab.use_model("larger")
    qtbot.waitUntil(lambda: ready_lab.inference.info.name == "Larger", timeout=WAIT)
    answer = settle(ready_lab, qtbot)
    assert answer.pixels.shape == ready_lab.pixels.shape == (48, 48, 3)
    assert answer.info.name == "Larger"
    assert ready_lab.document.undo_stack.count() == 0


def test_two_hundred_edits_end_on_the_last_and_show_no_stale_answer(
    ready_lab: LabContext, qtbot: QtBot
) -> None:
    stale: list[int] = []
    ready_lab.inference.answered.connect(
        lambda answer: (
            stale.append(answer.generation)
            if answer.stimulus != ready_lab.view.stimulus
            or answer.prompts != ready_lab.document.prompts
            or answer.pixels is not ready_lab.pixels
            else None
        )
    )
    for step in range(200):
        if step % 3 == 0:
            labels = ("red", "blue", f"color {step}")
            ready_lab.document.change("labels", prompts=prompt_set(("{}",), labels))
        else:
            ready_lab.document.change_stimulus("size", merge="drag", size=0.2 + step / 400)
        if step % 10 == 0:
            let_events_pass()
    answer = settle(ready_lab, qtbot)
    assert stale == []
    assert answer.stimulus.size == ready_lab.document.stimulus.size
    assert answer.prompts == ready_lab.document.prompts


@pytest.mark.parametrize("edit", ["stimulus", "prompts", "model"])
def test_an_answer_on_its_way_is_dropped_after_an_edit(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot, gate: Gate, edit: str
) -> None:
    model = loader.models["embedded"]
    model.before_images = gate
    ready_lab.document.change_stimulus("size", size=0.31)
    assert gate.inside.wait(30)  # the thread computes the answer to 0.31 now
    heard = answers_of(ready_lab)
    if edit == "stimulus":
        ready_lab.document.change_stimulus("size", size=0.42)
    elif edit == "prompts":
        ready_lab.document.change("labels", prompts=prompt_set(("{}",), ("new", "labels")))
    else:
        ready_lab.use_model("other")
    model.before_images = lambda: None
    gate.open.set()
    if edit == "model":
        qtbot.waitUntil(lambda: ready_lab.inference.info.name == "Other", timeout=WAIT)
    last = settle(ready_lab, qtbot)
    let_events_pass()
    assert {"stimulus": 0.42}.get(edit, 0.31) == last.stimulus.size
    assert last.prompts == ready_lab.document.prompts
    assert last.info.name == ("Other" if edit == "model" else "Quick")
    # Until the other model is ready, its predecessor may answer: it is the one in use.
    kept = [answer for answer in heard if edit != "model" or answer.info.name == "Other"]
    assert [answer.generation for answer in kept] == [last.generation]
    assert heard[-1] is kept[-1]


def test_requests_made_while_the_thread_is_busy_are_not_all_worked_off(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot, gate: Gate
) -> None:
    model = loader.models["embedded"]
    seen = len(model.pictures)
    model.before_images = gate
    ready_lab.document.change_stimulus("size", size=0.3)
    assert gate.inside.wait(30)
    for step in range(50):
        ready_lab.document.change_stimulus("size", size=0.4 + step / 1000)
    model.before_images = lambda: None
    gate.open.set()
    answer = settle(ready_lab, qtbot)
    assert answer.stimulus.size == pytest.approx(0.449)
    assert len(model.pictures) - seen == 2  # the one under way, and the latest


@pytest.mark.logs("“nothing of the kind” is no model")
def test_r03_a_model_that_cannot_be_loaded_leaves_the_earlier_one_in_use(
    ready_lab: LabContext, qtbot: QtBot
) -> None:
    before = settle(ready_lab, qtbot)
    with qtbot.waitSignal(ready_lab.inference.model_failed, timeout=WAIT) as failed:
        ready_lab.use_model("nothing of the kind")
    assert "nothing of the kind" in failed.args[0].message
    assert ready_lab.inference.info.name == "Quick"
    assert ready_lab.inference.loading is None
    assert ready_lab.settings.model == "embedded"
    ready_lab.document.change_stimulus("size", size=0.3)
    after = settle(ready_lab, qtbot)
    assert after.info is before.info
    assert after.stimulus.size == 0.3


@pytest.mark.logs("“nothing” is no model")
def test_r03_an_edit_made_while_a_bad_model_loads_is_answered_by_the_earlier_one(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot, gate: Gate
) -> None:
    loader.before_load = gate
    ready_lab.use_model("nothing")
    assert gate.inside.wait(30)
    ready_lab.document.change_stimulus("size", size=0.37)
    gate.open.set()
    answer = settle(ready_lab, qtbot)
    assert answer.stimulus.size == 0.37
    assert answer.info.name == "Quick"


@pytest.mark.logs("“/gone/model.safetensors” is no model")
def test_a_remembered_model_that_is_gone_is_said_and_the_embedded_one_loads(
    lab: LabContext, qtbot: QtBot
) -> None:
    errors: list[ModelError] = []
    lab.error.connect(lambda error, _retry: errors.append(error))
    with qtbot.waitSignal(lab.inference.model_ready, timeout=WAIT):
        lab.use_model("/gone/model.safetensors")
    assert lab.inference.info.name == "Quick"
    assert "/gone/model.safetensors" in errors[0].message


def test_a_loaded_model_is_remembered_in_the_settings(ready_lab: LabContext, qtbot: QtBot) -> None:
    with qtbot.waitSignal(ready_lab.inference.model_ready, timeout=WAIT):
        ready_lab.use_model("other")
    assert ready_lab.settings.model == "other"


@pytest.mark.logs("The model broke")
def test_r41_an_expected_failure_in_the_thread_is_shown_and_the_next_edit_works(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot
) -> None:
    def fail() -> None:
        raise ModelError("The model broke.", "Use another.")

    errors: list[str] = []
    ready_lab.error.connect(lambda error, _retry: errors.append(str(error)))
    loader.models["embedded"].before_images = fail
    with qtbot.waitSignal(ready_lab.inference.failed, timeout=WAIT):
        ready_lab.document.change_stimulus("size", size=0.3)
    assert errors == ["The model broke. Use another."]
    assert not ready_lab.inference.busy
    loader.models["embedded"].before_images = lambda: None
    ready_lab.document.change_stimulus("size", size=0.4)
    assert settle(ready_lab, qtbot).stimulus.size == 0.4


@pytest.mark.logs("not enough memory for Quick")
def test_r41_running_out_of_memory_is_said_in_words(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot
) -> None:
    def fail() -> None:
        raise MemoryError

    loader.models["embedded"].before_images = fail
    with qtbot.waitSignal(ready_lab.inference.failed, timeout=WAIT) as failed:
        ready_lab.document.change_stimulus("size", size=0.3)
    assert "not enough memory" in failed.args[0].message


@pytest.mark.logs("ZeroDivisionError: a bug")
def test_r41_an_unexpected_exception_is_reported_and_the_thread_lives(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("a bug")

    loader.models["embedded"].before_images = fail
    with qtbot.waitSignal(ready_lab.inference.crashed, timeout=WAIT) as crashed:
        ready_lab.document.change_stimulus("size", size=0.3)
    assert isinstance(crashed.args[0], ZeroDivisionError)
    loader.models["embedded"].before_images = lambda: None
    ready_lab.document.change_stimulus("size", size=0.4)
    assert settle(ready_lab, qtbot).stimulus.size == 0.4


@pytest.mark.logs("RuntimeError: a bug in a library", "could not be loaded because")
def test_an_unexpected_exception_while_loading_leaves_the_earlier_model(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot
) -> None:
    def fail(_request: object) -> None:
        raise RuntimeError("a bug in a library")

    loader.before_load = fail
    with qtbot.waitSignal(ready_lab.inference.model_failed, timeout=WAIT):
        ready_lab.use_model("other")
    assert ready_lab.inference.info.name == "Quick"
    assert settle(ready_lab, qtbot).info.name == "Quick"


def test_unusable_prompts_give_an_answer_that_says_why(ready_lab: LabContext, qtbot: QtBot) -> None:
    ready_lab.document.change("labels", prompts=prompt_set(("{}",), ("", " ")))
    answer = settle(ready_lab, qtbot)
    assert answer.predictions == ()
    assert answer.problem is not None
    assert "blank" in answer.problem.message


def test_r13_a_prompt_over_the_limit_brings_its_count_and_what_would_be_lost(
    ready_lab: LabContext, qtbot: QtBot
) -> None:
    long = " ".join(f"w{number}" for number in range(80))
    ready_lab.document.change("labels", prompts=prompt_set(("{}", long + " {}"), ("red", "blue")))
    answer = settle(ready_lab, qtbot)
    count = answer.token_counts[f"{long} red"]
    assert (count.tokens, count.limit, count.fits) == (83, 77, False)
    assert count.lost.endswith("w79 red")
    assert isinstance(answer.predictions[0], TemplatePrediction)
    assert not isinstance(answer.predictions[1], TemplatePrediction)


def test_r16_the_text_as_the_model_sees_it_comes_along(ready_lab: LabContext, qtbot: QtBot) -> None:
    ready_lab.document.change("labels", prompts=prompt_set(("The  {}",), ("RED", "цвет")))
    answer = settle(ready_lab, qtbot)
    assert answer.token_counts["The  RED"].cleaned == "the red"
    assert answer.token_counts["The  цвет"].cleaned == "the цвет"


def test_r40_it_stops_while_a_model_loads(lab: LabContext, loader: QuickLoader, gate: Gate) -> None:
    loader.before_load = gate
    lab.use_model("embedded")
    assert gate.inside.wait(30)
    threading.Timer(0.05, gate.open.set).start()
    lab.inference.stop()
    assert not lab.inference.running


def test_r40_it_stops_while_it_predicts_and_tells_nobody_afterwards(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot, gate: Gate
) -> None:
    loader.models["embedded"].before_images = gate
    ready_lab.document.change_stimulus("size", size=0.3)
    assert gate.inside.wait(30)
    heard = answers_of(ready_lab)
    threading.Timer(0.05, gate.open.set).start()
    ready_lab.inference.stop()
    let_events_pass()
    assert heard == []


def test_r40_it_stops_before_it_was_started_and_twice(make_lab) -> None:
    lab = make_lab(start=False)
    lab.inference.stop()
    lab.inference.stop()
    assert not lab.inference.running


def test_a_stimulus_that_cannot_be_drawn_is_not_predicted(
    ready_lab: LabContext, qtbot: QtBot
) -> None:
    heard = answers_of(ready_lab)
    stimulus = msgspec.structs.replace(ready_lab.document.stimulus, font="no-such-font")
    ready_lab.document.change("font", stimulus=stimulus)
    assert ready_lab.pixels is None
    assert "no-such-font" in str(ready_lab.view.error)
    assert not ready_lab.inference.busy
    let_events_pass()
    assert heard == []
    ready_lab.document.undo()
    assert settle(ready_lab, qtbot).pixels is ready_lab.pixels


@pytest.mark.skipif(sys.platform != "linux", reason="nice values of threads are Linux's")
def test_r43_the_thread_stands_back_behind_the_window(
    make_lab: Callable[..., LabContext],
    loader: QuickLoader,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(priority, "lower_priority", lower_priority)
    ready_lab = make_lab()
    with qtbot.waitSignal(ready_lab.inference.answered, timeout=WAIT):
        ready_lab.use_model("embedded")
    values: list[int] = []
    loader.models["embedded"].before_images = lambda: values.append(
        os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    )
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    ready_lab.document.change_stimulus("size", size=0.3)
    settle(ready_lab, qtbot)
    assert values[0] > own or own >= 10


def test_r45_the_model_never_works_on_the_gui_thread(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot
) -> None:
    threads: list[int] = []
    loader.models["embedded"].before_images = lambda: threads.append(threading.get_ident())
    ready_lab.document.change_stimulus("size", size=0.3)
    settle(ready_lab, qtbot)
    assert threads
    assert threading.get_ident() not in threads
