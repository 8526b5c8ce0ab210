"""The map tab: the winning label over two parameters."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.scans.maps import MapPreset, map_setup, preset_of, shares, stimulus_for
from core.scans.plan import ScanPlan, ScanSetup
from core.scans.result import ScanResult
from core.stimuli.stimulus import WordStimulus
from gui.context.lab_context import LabContext
from gui.studies.jobs import figure_on_canvas, make_plan
from gui.studies.map.map_chart import MapChart
from gui.studies.map.map_controls import MERGING, MapControls
from gui.studies.page import ScanPage
from gui.studies.scan_chart import point_words

_MARKS = "Round marks are the palette's eleven colors, each with a chroma or lightness of its own. "


class MapTab(ScanPage):
    """A map of winners, and the share of each label in it."""

    NAME = "map"
    TITLE = "Map"
    TIP = "The winning label over two parameters: maps of color names, the Stroop matrix"
    KIND = "map"
    MERGING = MERGING
    DRAWN = "map is"

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        self.controls = MapControls()
        super().__init__(lab, self.controls, MapChart(lab.theme), parent)
        self.controls.preset_wanted.connect(self.use_preset)

    @property
    def setup(self) -> ScanSetup:
        own = self._state.map
        if own is None:
            return map_setup("hue-lightness")
        needs_word = any(axis.what.needs_word for axis in own.axes)
        is_word = isinstance(self._lab.document.stimulus, WordStimulus)
        if needs_word and not is_word and preset_of(own) is None:
            return map_setup("hue-lightness")
        return own

    def use_preset(self, preset: MapPreset) -> None:
        """Set up a ready map, as one undo step, and run it."""
        setup = map_setup(preset, gray=self._lab.settings.gray_spelling)
        self._take(setup, f"map {preset.replace('-', ' × ')}")
        self.runner.run()

    def _plan(self) -> ScanPlan:
        setup = self.setup
        figure = figure_on_canvas(self._lab)
        preset = preset_of(setup)
        if preset is not None:
            figure = stimulus_for(preset, figure)
        return make_plan(self._lab, setup, figure)

    def _words_at(self, point: int) -> str:
        assert self.runner.result is not None
        where, answer = point_words(self.runner.result, point, self.chart.template)
        where = where[:1].lower() + where[1:]
        return f"{answer} — {where}" if answer else where

    def _last_words(self, result: ScanResult) -> tuple[str, str]:
        found = shares(result, self.chart.template)
        order = sorted((label for label in found if found[label]), key=lambda one: -found[one])
        named = ", ".join(f"{label} {100 * found[label]:.0f} %" for label in order)
        is_color = preset_of(result.plan.setup) in ("hue-lightness", "hue-chroma")
        text = f"{result.left_out_sentence()} Won: {named}.".lstrip()
        return text, f"{_MARKS if is_color else ''}{text}"
