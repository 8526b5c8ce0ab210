"""The line in which an experiment is chosen, sized, and started."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QWidget

from core.experiments.presets import EXPERIMENTS, SAMPLE_CHOICES
from gui.experiments.plan.elided_combo import ElidedCombo
from gui.look.theme import number_font
from gui.widgets.build import button, label, row, set_role
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.flow import FoldingLine
from gui.widgets.numbers import NumberCombo, NumberRule

OWN = "own"
MOST_SAMPLES = 1_000_000
_WIDE = 1040
_SAMPLES_TIP = (
    "Images of each combination of word or shape, color and background.\n"
    "The paper has 500; 1 to 50 give a preview."
)


class SetupBar(QWidget):
    """Says what would run and how long it would take; asks for everything by signals.

    Signals
    -------
    preset_chosen(id)
        Of `EXPERIMENTS`.
    samples_chosen(int)
    plan_toggled(bool)
        The plan's details shall be shown or not.
    estimate_wanted(), run_wanted()
    """

    preset_chosen = Signal(str)
    samples_chosen = Signal(int)
    plan_toggled = Signal(bool)
    estimate_wanted = Signal()
    run_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("experimentSetup")
        presets = [(preset.title, preset.id, preset.question) for preset in EXPERIMENTS]
        self.presets = ElidedCombo(self, "Experiment", entries=presets)
        self.presets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.presets.setMinimumWidth(120)
        self.presets.insertSeparator(self.presets.count())
        self.presets.add([("Own plan", OWN, "Prompts and stimuli of your own; see the plan")])
        samples = label("&Samples", "", self, tip=_SAMPLES_TIP)
        rule = NumberRule(1, MOST_SAMPLES)
        self.samples = NumberCombo("Samples per combination", SAMPLE_CHOICES, rule, self)
        self.samples.setToolTip(_SAMPLES_TIP)
        self.samples.setFixedWidth(88)
        samples.setBuddy(self.samples)
        tip = "Show and edit prompts, labels, colors, fonts and geometry"
        self.plan_button = button("Plan", tip, None, self)
        self.plan_button.setCheckable(True)
        self.estimate = ElidedLabel("muted", self)
        self.estimate.setFont(number_font())
        tip = "Time a few batches of this plan on this model and computer"
        self.measure = button("Estimate time", tip, self.estimate_wanted, self, role="flat")
        self.run = button("Run", "", self.run_wanted, self, role="primary")
        sized = row(samples, self.samples, self.plan_button, spacing=8)
        left = row(self.presets, sized, spacing=12)
        told = row((self.estimate, 1), self.measure)
        self._line = FoldingLine(left, told, row(self.run), _WIDE)
        self.setLayout(self._line)
        self.presets.activated.connect(self._take_preset)
        self.samples.entry.taken.connect(self.samples_chosen.emit)
        self.plan_button.toggled.connect(self.plan_toggled)

    def show_preset(self, id: str) -> None:
        """Name the experiment; `OWN` for a plan that is none of the paper's."""
        self.presets.choose(id)
        question = self.presets.currentData(Qt.ItemDataRole.ToolTipRole)
        self.presets.setToolTip(str(question or ""))

    def show_samples(self, samples: int) -> None:
        """Show the number of samples, unless the user is typing one."""
        self.samples.entry.show(samples)

    def show_estimate(self, text: str, tip: str = "", problem: bool = False) -> None:
        """Say how many images and how long, or what is wrong with the plan."""
        set_role(self.estimate, "problem" if problem else "muted")
        self.estimate.show_text(text, tip)

    def set_ready(self, ready: bool, can_measure: bool, queue: bool) -> None:
        """Whether the plan can run, its time be measured, and others are at work already."""
        self.run.setEnabled(ready)
        self.run.setText("Add to queue" if queue else "Run")
        self.run.setToolTip(
            "Run it when those before it are done (F5)" if queue else "Run this experiment (F5)"
        )
        self.measure.setVisible(can_measure)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._line.fit(self.width())

    def _take_preset(self, row: int) -> None:
        chosen = self.presets.itemData(row)
        if chosen == OWN:
            self.plan_button.setChecked(True)
        else:
            self.preset_chosen.emit(chosen)
