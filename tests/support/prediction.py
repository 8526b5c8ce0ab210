"""A prediction pane on a lab, with what its tests ask of it again and again."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.color.terms import CSS
from core.predict.prompts import Label, PromptSet, Template
from core.stimuli.stimulus import WordStimulus
from gui.context.lab_context import LabContext
from gui.prediction.cards.card import TemplateCard
from gui.prediction.pane import PredictionPane
from tests.support.waiting import WAIT

STROOP = WordStimulus(
    word="purple",
    figure_color=CSS["green"],
    background_color=CSS["pink"],
    size=0.8,
    side=32,
)
TEMPLATES = ("The word is written in {} font", "{}")
LABELS = ("purple", "pink", "green", "cat")


def make_pane(
    lab: LabContext,
    qtbot: QtBot,
    templates: tuple[str | Template, ...] = TEMPLATES,
    labels: tuple[str | Label, ...] = LABELS,
    wait: bool = True,
) -> PredictionPane:
    """A shown pane on a lab that shows a green “purple” on pink, with nothing to undo."""
    prompts = PromptSet(
        tuple(Template(row) if isinstance(row, str) else row for row in templates),
        tuple(Label(row) if isinstance(row, str) else row for row in labels),
    )
    lab.document.change("ground", stimulus=STROOP, prompts=prompts)
    lab.document.undo_stack.clear()
    pane = PredictionPane(lab)
    qtbot.addWidget(pane)
    pane.resize(640, 900)
    pane.show()
    qtbot.waitExposed(pane, timeout=WAIT)
    if wait:
        wait_answer(pane, qtbot)
    return pane


def wait_answer(pane: PredictionPane, qtbot: QtBot) -> None:
    """Wait until the pane shows the answer to the present document."""
    qtbot.waitUntil(lambda: pane.shown is not None, timeout=WAIT)
    for _round in range(3):  # nested layouts settle one after the other
        QApplication.processEvents()


def card(pane: PredictionPane, row: int = 0) -> TemplateCard:
    return pane.cards.cards[row]


def names(pane: PredictionPane, row: int = 0) -> list[str]:
    """Labels of one chart from top to bottom."""
    return [bar.label for bar in card(pane, row).chart.rows]


def texts(pane: PredictionPane) -> list[str]:
    """Texts of the templates of the document."""
    return [template.text for template in pane.edits.prompts.templates]


def label_texts(pane: PredictionPane) -> list[str]:
    """Texts of the labels of the document."""
    return [label.text for label in pane.edits.prompts.labels]


def steps(lab: LabContext) -> list[str]:
    """Names of the steps that can be undone, first to last."""
    stack = lab.document.undo_stack
    return [stack.text(index) for index in range(stack.index())]


def shown(widget: QWidget, pane: PredictionPane) -> bool:
    """True if a widget would be seen, however far the pane is scrolled."""
    return widget.isVisibleTo(pane)
