"""Which answer is shown, what is said when there is none, and that stale ones never are."""

from __future__ import annotations

import threading

import msgspec
import pytest
from PySide6.QtCore import QLocale, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.base.errors import ModelError
from core.color.terms import CSS, SATURATED
from core.predict.prompts import Label, Template
from core.stimuli.stimulus import ShapeStimulus
from gui.context.lab_context import LabContext
from gui.prediction.cards.views import answers
from gui.prediction.pane import GRACE_MILLISECONDS, PredictionPane
from tests.support.prediction import LABELS, STROOP, card, make_pane, names, shown, wait_answer
from tests.support.quick_model import QuickLoader
from tests.support.waiting import WAIT


class Gate:
    """Holds the model back until it is opened."""

    def __init__(self, loader: QuickLoader) -> None:
        self._open = threading.Event()
        self._open.set()
        loader.models["embedded"].before_images = lambda: self._open.wait(20)

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate(loader: QuickLoader) -> Gate:
    return Gate(loader)


def watch(pane: PredictionPane) -> list[bool]:
    """For each painting of bars from now on: was it of the answer to the document as it is?"""
    seen: list[bool] = []

    def on_drawn(_generation: int) -> None:
        now = pane.shown
        seen.append(now is not None and answers(now, pane._lab.document.state))

    for one in pane.cards.cards:
        one.chart.answer_drawn.connect(on_drawn)
    return seen


def test_bars_say_what_the_model_says(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot)
    for outcome, one in zip(pane.shown.predictions, pane.cards.cards, strict=True):
        rows = {row.label: row for row in one.chart.rows}
        for index, label in enumerate(outcome.labels):
            assert rows[label].probability == outcome.probabilities[index]
            assert rows[label].cosine == outcome.cosines[index]
            assert rows[label].prompt == outcome.prompts[index]
        assert sum(row.probability for row in rows.values()) == pytest.approx(1.0)
        winner = outcome.labels[outcome.winner]
        assert one.chart.rows[0].label == winner and one.chart.rows[0].winner
        assert one.headline.text.startswith(winner)
        assert f"{100 * outcome.margin:.1f}\u00a0%" in one.headline.text
        assert one.chart.accessibleDescription().startswith(winner)


def test_markers_name_the_roles(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot)
    roles = {row.label: row.roles for row in card(pane).chart.rows}
    assert roles == {
        "purple": "written word",
        "pink": "background",
        "green": "font color",
        "cat": "",
    }
    ready_lab.document.change(
        "shape",
        stimulus=ShapeStimulus(
            shape="star", figure_color=CSS["green"], background_color=CSS["purple"], side=32
        ),
    )
    wait_answer(pane, qtbot)
    roles = {row.label: row.roles for row in card(pane).chart.rows}
    assert roles == {"purple": "background", "pink": "", "green": "object", "cat": ""}


def test_another_palette_redraws_the_same_answer(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot)
    before = pane.shown
    ready_lab.document.change("palette", palette=SATURATED)
    rows = {row.label: row for row in card(pane).chart.rows}
    assert pane.shown is before
    assert rows["green"].color == SATURATED["green"] and rows["cat"].color is None
    assert rows["green"].roles == "", "the font is no longer what “green” means"


def test_order_of_the_bars_is_part_of_the_document(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot)
    by_probability = names(pane)
    probabilities = [row.probability for row in card(pane).chart.rows]
    assert probabilities == sorted(probabilities, reverse=True)
    ready_lab.actions["prompts.sort-bars"].trigger()
    assert not ready_lab.document.state.sort_bars
    assert names(pane) == list(LABELS)
    assert not card(pane).chart.pending
    ready_lab.document.undo()
    assert names(pane) == by_probability
    assert ready_lab.actions["prompts.sort-bars"].isChecked()


def test_stale_answers_are_never_painted(ready_lab: LabContext, qtbot: QtBot, gate: Gate) -> None:
    pane = make_pane(ready_lab, qtbot)
    seen = watch(pane)
    gate.close()
    ready_lab.document.change_stimulus("move", center_x=0.4)
    assert pane.shown is None and card(pane).chart.pending
    pane.grab()
    card(pane).chart.viewport().repaint()
    assert seen == [], "a painting before the answer shows no numbers"
    assert card(pane).headline.text == "Computing…"
    ready_lab.document.change_stimulus("move", center_x=0.6)
    gate.open()
    wait_answer(pane, qtbot)
    assert pane.shown.stimulus.center_x == 0.6
    pane.grab()
    assert seen and all(seen)


@pytest.mark.parametrize("what", ["stimulus", "template", "labels", "switch", "model", "picture"])
def test_answer_on_its_way_is_dropped_when_something_changes(
    ready_lab: LabContext, qtbot: QtBot, gate: Gate, what: str
) -> None:
    pane = make_pane(ready_lab, qtbot)
    gate.close()
    ready_lab.document.change_stimulus("move", center_x=0.45)
    answered = []
    ready_lab.inference.answered.connect(answered.append)
    prompts = ready_lab.document.prompts
    match what:
        case "stimulus":
            ready_lab.document.change_stimulus("color", figure_color=(1, 2, 3))
        case "template":
            pane.edits.type_template(0, "another {}")
        case "labels":
            pane.edits.set_labels(("red", "blue"))
        case "switch":
            pane.edits.enable_template(1, False)
        case "model":
            ready_lab.use_model("other")
        case "picture":
            ready_lab.document.change_stimulus("word", word="blue")
    gate.open()
    qtbot.waitUntil(
        lambda: (
            pane.shown is not None
            and (what != "model" or pane.shown.info.name == "Other")
            and not ready_lab.inference.busy
        ),
        timeout=WAIT,
    )
    state = ready_lab.document.state
    assert answers(pane.shown, state)
    if what in ("template", "labels", "switch"):
        assert state.prompts != prompts
    # The answer to the move alone never reached the pane, unless only the model was changed.
    for answer in answered:
        assert answers(answer, state)


def test_computing_is_said_after_a_moment_only(
    ready_lab: LabContext, qtbot: QtBot, gate: Gate
) -> None:
    pane = make_pane(ready_lab, qtbot)
    status = pane.footer.status.whole
    gate.close()
    ready_lab.document.change_stimulus("move", center_x=0.4)
    assert pane.footer.status.whole == status, "no flicker for an answer that comes soon"
    assert pane._grace.interval() == GRACE_MILLISECONDS
    qtbot.waitUntil(lambda: pane.footer.status.whole == "Computing…", timeout=WAIT)
    gate.open()
    wait_answer(pane, qtbot)
    assert "ms" in pane.footer.status.whole and not pane._grace.isActive()


def test_footer_names_time_side_and_model(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot)
    assert "32 × 32 px" in pane.footer.status.whole
    assert "A model of the tests" in pane.footer.status.whole
    assert "Quick" in pane.footer.status.toolTip()


def test_before_the_model_the_pane_explains_and_can_be_edited(
    lab: LabContext, qtbot: QtBot
) -> None:
    pane = make_pane(lab, qtbot, wait=False)
    assert "loading" in pane.notice.text.lower() and not pane.notice.button.isVisible()
    assert not shown(card(pane).chart, pane)
    edit = card(pane).row.edit
    edit.setFocus()
    edit.setCursorPosition(0)
    QTest.keyClicks(edit, "Now: ")
    lab.use_model("embedded")
    wait_answer(pane, qtbot)
    assert pane.notice.text == "" and shown(card(pane).chart, pane)
    assert card(pane).chart.rows[0].prompt.startswith("Now: ")


@pytest.mark.logs("“embedded” is no model")
def test_model_that_cannot_be_loaded_is_named_with_a_retry(
    lab: LabContext, qtbot: QtBot, loader: QuickLoader
) -> None:
    pane = make_pane(lab, qtbot, wait=False)
    model = loader.models.pop("embedded")
    lab.use_model("embedded")
    qtbot.waitUntil(lambda: pane.notice.button.isVisible(), timeout=WAIT)
    assert "is no model" in pane.notice.text
    loader.models["embedded"] = model
    QTest.mouseClick(pane.notice.button, Qt.MouseButton.LeftButton)
    wait_answer(pane, qtbot)
    assert pane.notice.text == ""


@pytest.mark.logs("The model broke")
def test_failure_is_said_inline_and_can_be_retried(
    ready_lab: LabContext, qtbot: QtBot, loader: QuickLoader
) -> None:
    pane = make_pane(ready_lab, qtbot)

    def fail() -> None:
        raise ModelError("The model broke.", "Try again.")

    loader.models["embedded"].before_images = fail
    ready_lab.document.change_stimulus("move", center_x=0.4)
    qtbot.waitUntil(lambda: "The model broke." in pane.notice.text, timeout=WAIT)
    assert not shown(card(pane).chart, pane) and pane.shown is None
    loader.models["embedded"].before_images = lambda: None
    QTest.mouseClick(pane.notice.button, Qt.MouseButton.LeftButton)
    wait_answer(pane, qtbot)
    assert shown(card(pane).chart, pane)


def test_r14_nothing_active_says_why(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot)
    pane.edits.set_labels(())
    assert "no label" in pane.notice.text.lower()
    assert not shown(card(pane).chart, pane)
    ready_lab.document.undo()
    wait_answer(pane, qtbot)
    prompts = ready_lab.document.prompts
    off = tuple(msgspec.structs.replace(row, enabled=False) for row in prompts.templates)
    pane.edits.set_templates("all off", off)
    assert "disabled" in pane.notice.text
    pane.edits.set_templates("none", ())
    assert "no template" in pane.notice.text and pane.cards.cards == []
    pane.edits.set_templates("blank", (Template("  "),))
    assert "blank" in pane.notice.text
    pane.edits.set_templates("one", (Template("{}"),))
    wait_answer(pane, qtbot)
    assert pane.notice.text == ""


def test_one_label_is_said_to_be_certain_by_itself(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot, labels=("purple",))
    assert "only label" in card(pane).headline.text
    assert card(pane).chart.rows[0].probability == 1.0


def test_exact_tie_is_said(ready_lab: LabContext, qtbot: QtBot, loader: QuickLoader) -> None:
    loader.models["embedded"]._text = lambda text: [1.0] + [0.5] * 15
    pane = make_pane(ready_lab, qtbot, templates=("tied {}",), labels=("red", "blue", "cat"))
    assert "exactly tied with blue and 1 more" in card(pane).headline.text
    assert names(pane) == ["red", "blue", "cat"]


def test_labels_that_read_alike_are_noted(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot, labels=("Red", "red", "blue"))
    assert "“Red” and “red” as the same text" in card(pane).note.text()
    assert shown(card(pane).note, pane)


def test_r15_label_that_is_a_slot_is_literal(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot, labels=("{}", "red"))
    prompts = {row.label: row.prompt for row in card(pane).chart.rows}
    assert prompts["{}"] == "The word is written in {} font"


def test_forty_labels_are_all_there(ready_lab: LabContext, qtbot: QtBot) -> None:
    labels = tuple(f"label {i}" for i in range(40))
    pane = make_pane(ready_lab, qtbot, labels=labels)
    pane.resize(420, 500)
    pane.grab()
    chart = card(pane).chart
    assert sorted(names(pane)) == sorted(labels)
    assert chart.height() >= 40 * 16
    assert chart.point_at(QPointF(chart.rect().topLeft())) == 0


def test_disabled_and_blank_labels_take_no_part(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(
        ready_lab, qtbot, labels=("red", Label("blue", enabled=False), "  ", "red ", "pink")
    )
    assert sorted(names(pane)) == ["pink", "red"]


def test_decimal_comma_locale_changes_no_number(ready_lab: LabContext, qtbot: QtBot) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        pane = make_pane(ready_lab, qtbot)
        margin = pane.shown.predictions[0].margin
        assert f"{100 * margin:.1f}\u00a0%" in card(pane).headline.text
        assert "," not in card(pane).chart.words_of(0).split("Probability")[1].split("\n")[0]
    finally:
        QLocale.setDefault(before)


def test_digits_follow_the_preference(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot)
    ready_lab.change_settings(probability_decimals=3)
    margin = pane.shown.predictions[0].margin
    assert f"{100 * margin:.3f}\u00a0%" in card(pane).headline.text


def test_answers_compare_all_but_the_side(ready_lab: LabContext, qtbot: QtBot) -> None:
    pane = make_pane(ready_lab, qtbot)
    state = ready_lab.document.state
    other_side = msgspec.structs.replace(STROOP, side=224)
    assert answers(pane.shown, msgspec.structs.replace(state, stimulus=other_side))
    turned = msgspec.structs.replace(STROOP, rotation=1.0)
    assert not answers(pane.shown, msgspec.structs.replace(state, stimulus=turned))
