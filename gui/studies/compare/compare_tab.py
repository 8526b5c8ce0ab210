"""The compare tab: pins side by side, and a strip of variants with their winners."""

from __future__ import annotations

import msgspec
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QPushButton, QWidget

from core.base.errors import LabError
from core.scans.maps import STRIP_TITLES, STRIPS, strip_setup
from core.scans.plan import ScanPlan
from core.scans.state import Pin, PinnedModel, ScanState
from core.stimuli.stimulus import PictureStimulus, WordStimulus
from gui.context.lab_context import LabContext
from gui.export.notes import document_note
from gui.jobs.latest_worker import Request
from gui.studies.compare.comparing import NOW, PinAnswer, PinQuestion, comparison_work
from gui.studies.compare.pin_card import PinCard
from gui.studies.compare.strip import VariantStrip
from gui.studies.controls import QuietCombo, fill_templates
from gui.studies.jobs import make_plan, scan_jobs, take_stimulus
from gui.studies.scan_runner import ScanRunner
from gui.widgets.build import STRETCH, button, column, label, once, row, scrolling, set_role
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.sight import Seen, in_sight

MOST_PINS = 12
_PAUSE = 120


class CompareTab(Seen, QWidget):
    """The first column follows the window; the others hold what was pinned."""

    NAME = "compare"
    TITLE = "Compare"
    TIP = "Pin stimuli, prompts or models side by side; all colors and fonts at a glance"

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compareTab")
        self._lab = lab
        self._jobs = scan_jobs(lab)
        self.cards: list[PinCard] = []
        self.answers: tuple[PinAnswer, ...] = ()
        self.runner = ScanRunner(lab, "strip", self._plan, self)
        self._timer = once(_PAUSE, self._ask, self)
        self.pin_buttons: dict[str, QPushButton] = {}
        self.strip_choice = QuietCombo("Variants", "What changes along the strip.", 150, self)
        self.strip_choice.add((STRIP_TITLES[strip], strip) for strip in STRIPS)
        self.template = QuietCombo(
            "Template", "The template whose winners stand under the variants.", 256, self
        )
        self.line = ElidedLabel("muted", self)
        self.strip = VariantStrip(lab.theme, self)
        self._arrange()
        self._connect()

    @property
    def pins(self) -> tuple[Pin, ...]:
        """What is pinned in the document."""
        return self._state.pins

    def pin_stimulus(self) -> bool:
        """Pin the stimulus on the canvas, as one undo step; False if that is not done."""
        if not self._lab.document_ready("The stimulus is not pinned"):
            return False
        stimulus = self._lab.document.stimulus
        if isinstance(stimulus, PictureStimulus):
            self._lab.say("A picture cannot be pinned; make the stimulus a shape or a word")
            return False
        what = stimulus.word if isinstance(stimulus, WordStimulus) else stimulus.shape
        self._add(Pin(f"{self._next()} · {what}", stimulus=stimulus), "pin stimulus")
        return True

    def pin_prompts(self) -> None:
        """Pin the present prompts, as one undo step."""
        prompts = self._lab.document.prompts
        self._add(Pin(f"{self._next()} · prompts", prompts=prompts), "pin prompts")

    def pin_model(self) -> None:
        """Pin the model in use, as one undo step."""
        request = self._lab.inference.request
        if request is None:
            self._lab.say("The model is still being loaded")
            return
        model = PinnedModel(request.reference, request.title, request.architecture)
        self._add(Pin(f"{self._next()} · {request.title}", model=model), "pin model")

    def unpin(self, number: int) -> None:
        """Take a pin away, as one undo step."""
        self._put(self.pins[:number] + self.pins[number + 1 :], "unpin")

    def picture_note(self) -> str:
        """What is compared, for a picture of the tab."""
        parts = ["Comparison"]
        if self.pins:
            parts.append(f"pinned {'; '.join(pin.title for pin in self.pins)}")
        parts.append(f"variants: {self.strip_choice.currentText()}")
        return " · ".join([*parts, document_note(self._lab)])

    # --- inside ---

    @property
    def _state(self) -> ScanState:
        return self._lab.document.state.scans

    def _plan(self) -> ScanPlan:
        return make_plan(self._lab, strip_setup(self.strip_choice.currentData()))

    def _next(self) -> int:
        numbers = [int(head) for pin in self.pins if (head := pin.title.split(" ")[0]).isdigit()]
        return max(numbers, default=0) + 1

    def _add(self, pin: Pin, step: str) -> None:
        if len(self.pins) >= MOST_PINS:
            self._lab.say(f"At most {MOST_PINS} can be pinned; unpin one first")
            return
        self._put((*self.pins, pin), step)

    def _put(self, pins: tuple[Pin, ...], step: str) -> None:
        state = msgspec.structs.replace(self._state, pins=pins)
        self._lab.document.change(step, scans=state)

    def _arrange(self) -> None:
        head = row(label("Pin", "", self))
        for name, tip, method in (
            ("Stimulus", "Keep the current stimulus in a column of its own.", self.pin_stimulus),
            ("Prompts", "Keep the current templates and labels in a column.", self.pin_prompts),
            ("Model", "Keep the current model in a column.", self.pin_model),
        ):
            pin = button(name, tip, method, self, name=f"Pin {name.lower()}")
            self.pin_buttons[name.lower()] = pin
            head.addWidget(pin)
        head.addStretch(1)
        self._row = QWidget()
        self._cards = row(STRETCH, spacing=8, on=self._row)
        self.scroll_area = scrolling(self._row, self, sideways=True)
        choices = (label("Variants", "", self), self.strip_choice, self.template)
        below = row(*choices, (self.line, 1))
        column(head, (self.scroll_area, 1), below, self.strip, on=self)

    def _connect(self) -> None:
        lab = self._lab
        self.hear(lab.edited, lambda new, old: (self._follow if new is old else self._refresh)())
        lab.inference.model_ready.connect(lambda _info: self._refresh())
        self._jobs.reported.connect(self._on_reported)
        self.runner.changed.connect(self._show_strip)
        self.strip_choice.activated.connect(lambda _row: self._refresh())
        self.template.activated.connect(lambda _row: self._show_strip())
        self.strip.chosen.connect(self._use)
        lab.closing.connect(self._timer.stop)

    def on_seen(self) -> None:
        self._refresh()

    def on_unseen(self) -> None:
        self._timer.stop()
        self._jobs.withdraw("pins")
        self.runner.rest()

    def _refresh(self) -> None:
        if not in_sight(self):
            return
        self._show_cards()
        fill_templates(self.template, self._lab.document.prompts)
        is_word = isinstance(self._lab.document.stimulus, WordStimulus)
        choices = self.strip_choice.model()
        assert isinstance(choices, QStandardItemModel)
        choices.item(self.strip_choice.findData("font")).setEnabled(is_word)
        if not is_word and self.strip_choice.currentData() == "font":
            self.strip_choice.choose("figure-term")
        self.runner.follow()
        self._follow()

    def _show_cards(self) -> None:
        pins = (NOW, *self.pins)
        if [card.pin for card in self.cards] == list(pins):
            return
        self._jobs.withdraw("pins")
        for card in self.cards:
            card.hide()
            card.deleteLater()
        self.cards = []
        for number, pin in enumerate(pins):
            card = PinCard(pin, self._lab.theme, self._row)
            card.removed.connect(lambda number=number: self.unpin(number - 1))
            card.opened.connect(lambda number=number: self._open(number))
            self._cards.insertWidget(number, card)
            self.cards.append(card)
        self.answers = ()

    def _follow(self) -> None:
        if in_sight(self):
            self._jobs.withdraw("pins")  # it is about what was shown before
            self._timer.start()

    def _ask(self) -> None:
        """Draw the variants and ask about the pins, once a burst of changes is over."""
        lab = self._lab
        self._draw_strip()
        session = lab.inference.session
        if session is None or not in_sight(self):
            return
        stimulus, pixels, prompts = lab.view.stimulus, lab.view.pixels, lab.document.prompts
        questions = tuple(
            PinQuestion(pin, pin.stimulus or stimulus, pixels, pin.prompts or prompts)
            for pin in (NOW, *self.pins)
        )
        settings = lab.settings
        work = comparison_work(questions, session, settings.device, settings.precision)
        self._jobs.scan("pins", work)

    def _on_reported(self, request: Request, event: object) -> None:
        if request.channel != "pins" or not isinstance(event, tuple):
            return
        self.answers = event
        palette = self._lab.document.state.palette
        for answer in event:
            if answer.number < len(self.cards):
                self.cards[answer.number].show_answer(answer, palette)

    def _draw_strip(self) -> None:
        try:
            plan: ScanPlan | None = self._plan()
        except LabError:  # the runner says why
            plan = None
        for part in (self.strip_choice, self.template):
            part.setVisible(plan is not None)  # else the reason has their room
        if plan != self.strip.row.plan:
            self.strip.show_plan(plan)
            self._show_strip()

    def _show_strip(self) -> None:
        """Write the winners under the variants, if they are about these."""
        result, plan = self.runner.result, self.strip.row.plan
        fits = result is not None and plan is not None and result.plan == plan
        self.strip.row.show_answers(result if fits else None, max(0, self.template.currentIndex()))
        error = self.runner.error
        text = str(error) if error else ""
        if not error and fits and result is not None:
            text = result.left_out_sentence()
        set_role(self.line, "problem" if error else "muted")
        self.line.show_text(text)

    def _use(self, point: int) -> None:
        """Put a variant on the canvas, as one undo step."""
        plan = self.strip.row.plan
        if plan is None:
            return
        figure = plan.figure(plan.settings(point))
        if not isinstance(figure, str):
            take_stimulus(self._lab, figure, "take a variant")

    def _open(self, number: int) -> None:
        stimulus = self.cards[number].pin.stimulus
        if stimulus is not None:
            take_stimulus(self._lab, stimulus, "take a pinned stimulus")
