"""The line in which an experiment is chosen, sized, and started."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from core.experiments.presets import EXPERIMENTS, SAMPLE_CHOICES
from gui.experiments.plan.elided_combo import ElidedCombo
from gui.look.theme import number_font
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.number_text import NumberRule
from gui.widgets.numbers import NumberCombo

OWN = "own"
MOST_SAMPLES = 1_000_000
_WIDE = 1040


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
        self.presets = ElidedCombo("Experiment", self)
        self.presets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.presets.setMinimumWidth(120)
        for preset in EXPERIMENTS:
            self.presets.addItem(preset.title, preset.id)
            row = self.presets.count() - 1
            self.presets.setItemData(row, preset.question, Qt.ItemDataRole.ToolTipRole)
        self.presets.insertSeparator(self.presets.count())
        self.presets.addItem("Own plan", OWN)
        tip = "Prompts and stimuli of your own; see the plan"
        self.presets.setItemData(self.presets.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        label = QLabel("&Samples", self)
        label.setToolTip(
            "Images of each combination of word or shape, color and background.\n"
            "The paper has 500; 1 to 50 give a preview."
        )
        rule = NumberRule(1, MOST_SAMPLES)
        self.samples = NumberCombo("Samples per combination", SAMPLE_CHOICES, rule, self)
        self.samples.setToolTip(label.toolTip())
        self.samples.setFixedWidth(88)
        label.setBuddy(self.samples)
        self.plan_button = QPushButton("Plan", self)
        self.plan_button.setCheckable(True)
        self.plan_button.setToolTip("Show and edit prompts, labels, colors, fonts and geometry")
        self.estimate = ElidedLabel("muted", self)
        self.estimate.setFont(number_font())
        self.measure = QPushButton("Estimate time", self)
        self.measure.setProperty("role", "flat")
        self.measure.setToolTip("Time a few batches of this plan on this model and computer")
        self.run = QPushButton("Run", self)
        self.run.setProperty("role", "primary")
        self._left = QHBoxLayout()
        self._left.setSpacing(8)
        self._left.addWidget(self.presets)
        self._left.addSpacing(4)
        self._left.addWidget(label)
        self._left.addWidget(self.samples)
        self._left.addWidget(self.plan_button)
        self._told = QHBoxLayout()
        self._told.setSpacing(6)
        self._told.addWidget(self.estimate, 1)
        self._told.addWidget(self.measure)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._wide: bool | None = None
        self._arrange(True)
        self.presets.activated.connect(self._take_preset)
        self.samples.entry.taken.connect(lambda number: self.samples_chosen.emit(number))
        self.plan_button.toggled.connect(self.plan_toggled)
        self.measure.clicked.connect(self.estimate_wanted)
        self.run.clicked.connect(self.run_wanted)

    def show_preset(self, id: str) -> None:
        """Name the experiment; `OWN` for a plan that is none of the paper's."""
        self.presets.setCurrentIndex(self.presets.findData(id))
        question = self.presets.currentData(Qt.ItemDataRole.ToolTipRole)
        self.presets.setToolTip(str(question or ""))

    def show_samples(self, samples: int) -> None:
        """Show the number of samples, unless the user is typing one."""
        self.samples.entry.show(samples)

    def show_estimate(self, text: str, tip: str = "", problem: bool = False) -> None:
        """Say how many images and how long, or what is wrong with the plan."""
        role = "problem" if problem else "muted"
        if self.estimate.property("role") != role:
            self.estimate.setProperty("role", role)
            self.estimate.style().unpolish(self.estimate)
            self.estimate.style().polish(self.estimate)
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
        self._arrange(self.width() >= _WIDE)

    def _arrange(self, wide: bool) -> None:
        """Everything in one line, or the estimate in a second one."""
        if wide == self._wide:
            return
        self._wide = wide
        for item in (self._left, self._told):
            self._grid.removeItem(item)
        self._grid.removeWidget(self.run)
        self._grid.addLayout(self._left, 0, 0)
        if wide:
            self._grid.addLayout(self._told, 0, 1)
            self._grid.addWidget(self.run, 0, 2)
        else:
            self._grid.addWidget(self.run, 0, 2)
            self._grid.addLayout(self._told, 1, 0, 1, 3)
        self._grid.setColumnStretch(1, 1)

    def _take_preset(self, row: int) -> None:
        chosen = self.presets.itemData(row)
        if chosen == OWN:
            self.plan_button.setChecked(True)
        else:
            self.preset_chosen.emit(chosen)
