"""A drag goes at the pace of the answers, so that the bars follow the figure while it moves."""

from __future__ import annotations

import time

import pytest
from pytestqt.qtbot import QtBot

from gui.context.lab_context import LabContext
from gui.designer import pane as designer_pane
from gui.designer.pane import DesignerPane
from tests.gui.conftest import WAIT
from tests.support.designer import SIDE, SQUARE, Hand
from tests.support.quick_model import QuickLoader

MOVES = 100
MOVE_MILLISECONDS = 6
MOVES_AN_ANSWER = 20


def _drag(lab: LabContext, qtbot: QtBot, follow: bool) -> tuple[list[int], list[float], float]:
    """Answers heard and places taken while the pointer moves, and where the figure ends.

    If the bars shall follow, an answer has to come every few moves, while the button is held.
    """
    lab.document.change("shape", stimulus=SQUARE)
    lab.document.undo_stack.clear()
    pane = DesignerPane(lab)
    qtbot.addWidget(pane)
    pane.resize(420, 640)
    pane.show()
    qtbot.waitExposed(pane, timeout=WAIT)
    hand = Hand(pane)
    qtbot.waitUntil(lambda: not lab.inference.busy, timeout=WAIT)
    heard: list[int] = []
    places: list[float] = []
    lab.inference.answered.connect(lambda answer: heard.append(answer.generation))
    lab.document.changed.connect(lambda new, _old: places.append(new.stimulus.center_x))
    start = hand.at(0.4 * SIDE, 0.3 * SIDE)
    hand.press(start)
    step = (hand.at(30, 0) - hand.at(0, 0)) / MOVES
    for number in range(1, MOVES + 1):
        hand.move(start + step * number)
        qtbot.wait(MOVE_MILLISECONDS)
        if follow and number % MOVES_AN_ANSWER == 0:
            wanted = number // MOVES_AN_ANSWER
            qtbot.waitUntil(lambda wanted=wanted: len(heard) >= wanted, timeout=WAIT)
    during = list(heard)
    hand.release()
    qtbot.waitUntil(lambda: not lab.inference.busy, timeout=WAIT)
    return during, places, lab.document.stimulus.center_x


def _slow_down(loader: QuickLoader, seconds: float) -> None:
    for model in loader.models.values():
        model.before_images = lambda: time.sleep(seconds)


def test_the_bars_follow_a_drag(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(designer_pane, "LONGEST_WAIT", 5000)  # however busy the computer is
    _slow_down(loader, 0.03)  # longer than the moves are apart: each answer would come too late
    during, places, end = _drag(ready_lab, qtbot, follow=True)
    assert len(during) >= MOVES // MOVES_AN_ANSWER
    assert abs(end - (0.4 + 30 / SIDE)) < 1e-6  # nothing of the way is lost
    assert places[-1] == end
    assert ready_lab.document.undo_stack.count() == 1


def test_a_slow_model_does_not_hold_the_figure_back(
    ready_lab: LabContext, loader: QuickLoader, qtbot: QtBot
) -> None:
    _slow_down(loader, 1.5 * designer_pane.LONGEST_WAIT / 1000)
    ready_lab.document.change_stimulus("move", center_x=0.45)  # so that it shows how slow it is
    _, places, end = _drag(ready_lab, qtbot, follow=False)
    assert len(places) >= MOVES
    assert abs(end - (0.4 + 30 / SIDE)) < 1e-6
