"""The fields of the scan tab: what is changed, from where to where, and what is held."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from core.base.errors import InvalidInput
from core.scans.parameters import PARAMETERS, Parameter
from core.scans.plan import MAX_REPETITIONS, MOST_STEPS, Axis, ScanSetup, full_axis
from core.scans.settings import Setting
from core.stimuli.stimulus import ObjectStimulus
from gui.studies.controls import QuietCombo, SetupControls, fill_parameters
from gui.widgets.numbers import DecimalSpin, WholeSpin
from gui.widgets.plain_text import OneLine

FIRST_HELD = {"lightness": 70.0, "chroma": 0.1}
"""At these all hues lie within sRGB."""
MERGING = ("range of the scan", "held color", "random places")
"""Steps of number fields; a run of them is one undo step."""
_OWN = "own"


def first_setup(parameter: str) -> ScanSetup:
    """What is offered first for a parameter: hues as vivid as all of them can be."""
    known = PARAMETERS[parameter]
    fixed: tuple[Setting, ...] = ()
    if known.coordinate == "hue":
        fixed = tuple(
            Setting(f"{known.target}-{name}", value) for name, value in FIRST_HELD.items()
        )
    return ScanSetup(x=full_axis(parameter), fixed=fixed)


class ScanControls(SetupControls):
    """Shows the setup of a curve and reports edits of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = QuietCombo("Parameter", "What is changed from step to step.", 190, self)
        self.low = DecimalSpin("From", -1e6, 1e6, 1.0)
        self.high = DecimalSpin("To", -1e6, 1e6, 1.0)
        self.steps = WholeSpin("Steps", 2, MOST_STEPS)
        self.steps.setToolTip("How many values are asked.")
        self.words = QLineEdit(self)
        OneLine(self.words)
        self.words.setAccessibleName("Words")
        self.words.setToolTip("The words, separated by commas.")
        self.words.setMinimumWidth(240)
        self.held = {name: _held_spin(name) for name in ("lightness", "chroma", "hue")}
        self.random = WholeSpin("Random places", 0, MAX_REPETITIONS)
        self.random.set_special("none")
        self.random.setToolTip(
            "Ask each value at so many random places, sizes and angles, drawn as in the\n"
            "experiments, and show the mean with its 95 % interval."
        )
        self.live = QCheckBox("Live", self)
        self.live.setChecked(True)
        self.live.setToolTip("Run again by itself after every change of stimulus or prompts.")
        for spin in (self.low, self.high, *self.held.values()):
            spin.setFixedWidth(92)
        for whole in (self.steps, self.random):
            whole.setFixedWidth(76)
        self.arrange(
            ("parameter", "Scan", self.parameter),
            ("low", "from", self.low),
            ("high", "to", self.high),
            ("steps", "in steps", self.steps),
            ("words", "words", self.words),
            ("lightness", "at lightness", self.held["lightness"]),
            ("chroma", "at chroma", self.held["chroma"]),
            ("hue", "at hue", self.held["hue"]),
            ("random", "random places", self.random),
        )
        self._flow.addWidget(self.live)
        self._connect()

    def show_setup(self, setup: ScanSetup, figure: ObjectStimulus) -> None:
        super().show_setup(setup, figure)
        axis = setup.x
        fill_parameters(self.parameter, figure)
        self.parameter.choose(axis.parameter)
        is_number = axis.what.kind == "number"
        for name in ("low", "high", "steps"):
            self._groups[name].setVisible(is_number)
        self._groups["words"].setVisible(axis.parameter == "word")
        if is_number:
            self._show_range(axis)
        elif not self.words.hasFocus():
            self.words.setText(", ".join(axis.choices))
        fixed = {held.parameter: held.value for held in setup.fixed}
        for name, spin in self.held.items():
            shown = axis.what.coordinate is not None and name != axis.what.coordinate
            self._groups[name].setVisible(shown)
            value = fixed.get(f"{axis.what.target}-{name}")
            spin.show_value(spin.minimum() if value is None else float(value))
        self.random.show_value(setup.repetitions)

    # --- inside ---

    def _show_range(self, axis: Axis) -> None:
        what = axis.what
        for spin, value in ((self.low, axis.low), (self.high, axis.high)):
            spin.blockSignals(True)
            spin.setDecimals(what.decimals)
            spin.setRange(what.low, what.high)
            spin.setSuffix(what.unit)
            spin.setSingleStep(10.0 if what.high >= 360 else 1.0 if what.high > 1 else 0.01)
            spin.blockSignals(False)
            spin.show_value(value)
        self.steps.show_value(axis.steps)

    def _connect(self) -> None:
        self.parameter.activated.connect(self._take_parameter)
        for field, spin in (("low", self.low), ("high", self.high)):
            spin.valueChanged.connect(lambda value, field=field: self._take_axis(**{field: value}))
        self.steps.valueChanged.connect(lambda value: self._take_axis(steps=value))
        self.words.editingFinished.connect(self._take_words)
        for spin in self.held.values():
            spin.valueChanged.connect(self._take_held)
        self.random.valueChanged.connect(
            lambda value: self.take("random places", repetitions=value)
        )

    def _take_parameter(self) -> None:
        if self._figure is not None:
            repetitions = self._setup.repetitions if self._setup else 0
            setup = first_setup(self.parameter.currentData())
            setup = msgspec.structs.replace(setup, repetitions=repetitions)
            self.edited.emit(setup, "scan another parameter")

    def _take_axis(self, **fields: Any) -> None:
        assert self._setup is not None
        try:
            axis = msgspec.structs.replace(self._setup.x, **fields)
        except InvalidInput as error:
            self.refused.emit(error)
            return
        self.take("range of the scan", x=axis)

    def _take_words(self) -> None:
        words = tuple(dict.fromkeys(w.strip() for w in self.words.text().split(",") if w.strip()))
        if self._setup is not None and words != self._setup.x.choices:
            self._take_axis(choices=words)

    def _take_held(self) -> None:
        assert self._setup is not None
        what: Parameter = self._setup.x.what
        fixed = tuple(
            Setting(f"{what.target}-{name}", spin.value())
            for name, spin in self.held.items()
            if name != what.coordinate and spin.value() > spin.minimum()
        )
        self.take("held color", fixed=fixed)


def _held_spin(name: str) -> DecimalSpin:
    """A field whose least value stands for the stimulus's own."""
    known = PARAMETERS[f"figure-{name}"]
    step = 0.01 if name == "chroma" else 1.0
    spin = DecimalSpin(f"At {name}", -step, known.high, step, known.unit, decimals=known.decimals)
    spin.set_special(_OWN)
    spin.setToolTip(
        f"Hold the {name} (OKLCH) at this value; “{_OWN}” leaves it as it is in the stimulus."
    )
    return spin
