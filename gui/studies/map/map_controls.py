"""The fields of the map tab: a ready map, or two parameters of one's own."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from core.base.errors import InvalidInput
from core.scans.maps import MAP_TITLES, MapPreset, map_setup, preset_of, with_held
from core.scans.parameters import PARAMETERS, TARGET_NAMES, Target
from core.scans.plan import Axis, ScanSetup, full_axis
from core.stimuli.stimulus import ObjectStimulus
from gui.studies.controls import QuietCombo, SetupControls, fill_parameters
from gui.widgets.numbers import DecimalSpin, WholeSpin

OWN = "own"
MERGING = ("held color", "parameters of the map")
"""Steps of number fields; a run of them is one undo step."""
_OWN_STEPS = 24
_TIPS: dict[str, str] = {
    "hue-lightness": "All hues at all lightnesses, as in color-naming research.",
    "hue-chroma": "All hues from gray to the most vivid.",
    "figure-background": "The eleven object colors on the eleven backgrounds.",
    "stroop": "The Stroop matrix: eleven color words in eleven font colors.",
    OWN: "Any two parameters of the stimulus.",
}


class MapControls(SetupControls):
    """Shows the setup of a map and reports edits of it."""

    preset_wanted = Signal(str)  # preset
    """A ready map was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preset = QuietCombo("Map", "What the map is about.", 236, self)
        self.preset.add((title, preset) for preset, title in MAP_TITLES.items())
        self.preset.add([("Two parameters", OWN)])
        self.target = QuietCombo("Color of", "Whose color changes.", 120, self)
        self.target.add((name, target) for target, name in TARGET_NAMES.items())
        self.held = DecimalSpin("Held", 0.0, 100.0, 1.0)
        self.across = QuietCombo("Across", "The parameter across the map.", 190, self)
        self.up = QuietCombo("Up", "The parameter up the map.", 190, self)
        self.columns = WholeSpin("Columns", 2, 200)
        self.rows = WholeSpin("Rows", 2, 200)
        self.arrange(
            ("preset", "Map", self.preset),
            ("target", "of the", self.target),
            ("held", "held at", self.held),
            ("x", "across", self.across),
            ("columns", "in", self.columns),
            ("y", "up", self.up),
            ("rows", "in", self.rows),
        )
        self.preset.activated.connect(self._take_preset)
        self.target.activated.connect(self._take_target)
        self.held.valueChanged.connect(self._take_held)
        for choice in (self.across, self.up):
            choice.activated.connect(self._take_axes)
        for count in (self.columns, self.rows):
            count.valueChanged.connect(self._take_axes)

    def show_setup(self, setup: ScanSetup, figure: ObjectStimulus) -> None:
        super().show_setup(setup, figure)
        preset = preset_of(setup)
        is_color = preset in ("hue-lightness", "hue-chroma")
        self.preset.choose(preset or OWN)
        self.preset.setToolTip(_TIPS[preset or OWN])
        for name in ("target", "held"):
            self._groups[name].setVisible(is_color)
        for name in ("x", "y"):
            self._groups[name].setVisible(preset is None)
        if is_color:
            self._show_held(setup)
        fill_parameters(self.across, figure)
        fill_parameters(self.up, figure)
        assert setup.y is not None
        self.across.choose(setup.x.parameter)
        self.up.choose(setup.y.parameter)
        for name, spin, axis in (
            ("columns", self.columns, setup.x),
            ("rows", self.rows, setup.y),
        ):
            self._groups[name].setVisible(preset is None and not axis.choices)
            if not axis.choices:
                spin.show_value(axis.steps)

    def _show_held(self, setup: ScanSetup) -> None:
        (held,) = setup.fixed
        what = PARAMETERS[held.parameter]
        assert what.target is not None
        self.target.choose(what.target)
        with QSignalBlocker(self.held):
            self.held.setDecimals(what.decimals)
            self.held.setRange(0.0, what.high)
            self.held.setSingleStep(0.01 if what.high < 1 else 1.0)
            self.held.setSuffix(what.unit)
            self.held.setPrefix(f"{what.coordinate} ")
        self.held.setMinimumWidth(140)
        self.held.setToolTip(f"OKLCH {what.coordinate} of all colors of the map.")
        self.held.setAccessibleName(f"Held {what.coordinate}")
        self.held.show_value(float(held.value))

    def _take_preset(self) -> None:
        name = self.preset.currentData()
        if name != OWN:
            self.preset_wanted.emit(name)
            return
        x, y = (full_axis(name, _OWN_STEPS) for name in ("size", "blur"))
        self.edited.emit(ScanSetup(x=x, y=y), "map of two parameters")

    def _take_target(self) -> None:
        assert self._setup is not None
        preset: MapPreset | None = preset_of(self._setup)
        target: Target = self.target.currentData()
        assert preset is not None
        held = self._setup.fixed[0].value
        self.edited.emit(map_setup(preset, target, float(held)), "color of the map")

    def _take_held(self, value: float) -> None:
        assert self._setup is not None
        self.edited.emit(with_held(self._setup, value), "held color")

    def _take_axes(self) -> None:
        assert self._setup is not None and self._setup.y is not None
        try:
            setup = ScanSetup(
                x=self._axis(self.across.currentData(), self._setup.x, self.columns.value()),
                y=self._axis(self.up.currentData(), self._setup.y, self.rows.value()),
            )
        except InvalidInput as error:
            self.refused.emit(error)
            return
        self.edited.emit(setup, "parameters of the map")

    def _axis(self, parameter: str, present: Axis, steps: int) -> Axis:
        axis = present if parameter == present.parameter else full_axis(parameter, _OWN_STEPS)
        return axis if axis.choices else msgspec.structs.replace(axis, steps=steps)
