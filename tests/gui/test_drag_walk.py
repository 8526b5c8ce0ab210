"""From a drag on the canvas to the bars: one request, one refresh, and few files on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent
from pytestqt.qtbot import QtBot

from core.predict.prediction import Predictor
from gui.charts.bar_painter import BarPainter
from gui.context.lab_context import LabContext
from gui.designer.pane import DesignerPane
from gui.jobs.inference import Inference
from gui.prediction.pane import PredictionPane
from gui.window.main_window import MainWindow
from tests.support.designer import Hand
from tests.support.waiting import WAIT, let_events_pass
from tests.support.walks import Reached, at_work

OUT_OF_SIGHT = ("gui/experiments/", "gui/inspector/", "gui/studies/")


def test_from_a_drag_to_the_bars(
    lab: LabContext,
    make_window: Callable[[LabContext], MainWindow],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached, way, calls = Reached(), set[str](), Counter[str]()

    def count(owner: type, name: str) -> None:
        method = getattr(owner, name)

        def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
            calls[f"{owner.__name__}.{name}"] += 1
            if owner is Predictor:  # in the thread of the predictions, as early as the first
                reached.watch()
            way.update(at_work())
            return method(self, *args, **kwargs)

        monkeypatch.setattr(owner, name, counted)

    count(DesignerPane, "_show_stimulus")
    count(PredictionPane, "_on_edited")
    count(PredictionPane, "_show_answer")
    count(Inference, "submit")
    count(Predictor, "predict")
    count(BarPainter, "paint")
    window = make_window(lab)
    window.resize(1280, 720)
    designer, prediction = (window.docks[name].pane for name in ("designer", "prediction"))
    charts = [card.chart for card in prediction.cards.cards]
    drawn_last: dict[object, int] = {}
    for chart in charts:
        chart.answer_drawn.connect(
            lambda generation, chart=chart: drawn_last.__setitem__(chart, generation)
        )
    with qtbot.waitSignal(lab.inference.answered, timeout=WAIT):
        lab.use_model("embedded")

    def wait_for_bars() -> None:
        def drawn() -> bool:
            shown = prediction.shown
            # A chart is wholly covered by its viewport, which is what is seen.
            seen = [chart for chart in charts if not chart.viewport().visibleRegion().isEmpty()]
            return bool(shown and seen) and all(
                drawn_last.get(chart) == shown.generation for chart in seen
            )

        qtbot.waitUntil(drawn, timeout=WAIT)

    wait_for_bars()
    figure = designer.editor.figure
    hand = Hand(designer, side=figure.side)
    middle = figure.center_x * figure.side, figure.center_y * figure.side
    hand.press(hand.at(*middle))
    hand.move(hand.at(middle[0] + 2, middle[1]))  # past the way that makes a press a drag
    wait_for_bars()
    designer.throttle.flush()
    let_events_pass()
    qtbot.waitUntil(lambda: not lab.inference.busy, timeout=WAIT)
    wait_for_bars()
    let_events_pass()
    before = lab.inference.answer
    way.clear()
    calls.clear()

    with reached:
        hand.send(QEvent.Type.MouseMove, hand.at(middle[0] + 4, middle[1]))
        qtbot.waitUntil(lambda: lab.inference.answer not in (None, before), timeout=WAIT)
        wait_for_bars()
    painted = calls.pop("BarPainter.paint")
    once = dict(calls)
    hand.release()
    let_events_pass()
    qtbot.waitUntil(lambda: not lab.inference.busy, timeout=WAIT)

    print(len(way), "files carry it on:", *sorted(way), sep="\n")
    print(len(reached.files), "files are reached:", *sorted(reached.files), sep="\n")
    assert once == {
        "DesignerPane._show_stimulus": 1,
        "Inference.submit": 1,
        "PredictionPane._on_edited": 1,
        "PredictionPane._show_answer": 1,
        "Predictor.predict": 1,
    }
    assert painted
    assert not [file for file in reached.files if file.startswith(OUT_OF_SIGHT)]
    assert len(way) <= 11
    of_the_window = [file for file in reached.files if file.startswith("gui/")]
    assert len(of_the_window) <= 22
    assert len(reached.files) <= 32
