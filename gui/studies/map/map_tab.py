"""The map tab: the winning label over two parameters."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QPushButton, QWidget

from core.base.errors import InvalidInput, LabError
from core.scans.maps import MapPreset, map_setup, preset_of, shares, stimulus_for
from core.scans.plan import ScanPlan, ScanSetup
from core.scans.result import NO_WINNER
from core.scans.state import ScanState
from core.scans.tables import scan_line
from core.stimuli.stimulus import WordStimulus
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.studies.controls import QuietCombo, fill_templates
from gui.studies.export_menu import Shown, scan_export
from gui.studies.jobs import figure_on_canvas, make_plan
from gui.studies.map.map_chart import MapChart
from gui.studies.map.map_controls import MERGING, MapControls
from gui.studies.page import StudyPage
from gui.studies.scan_runner import ScanRunner
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.sight import Seen, in_sight
from gui.widgets.words import count_text

_BEST = 3
_MARKS = "Round marks are the palette's eleven colors, each with a chroma or lightness of its own. "


class MapTab(Seen, StudyPage):
    """Controls, the chart, and one line about what is under the cursor."""

    NAME = "map"
    TITLE = "Map"
    TIP = "The winning label over two parameters: maps of color names, the Stroop matrix"

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mapTab")
        self._lab = lab
        self.runner = ScanRunner(lab, "map", self._plan, self)
        self.controls = MapControls(self)
        self._fields = TypedFields(self.controls, say=lab.say)
        self.template = QuietCombo("Template", "The template whose map is shown.", 256, self)
        self.run_button = QPushButton("Run", self)
        self.run_button.setProperty("role", "primary")
        self.run_button.setToolTip("Run the map, or stop it.")
        self.export_menu = scan_export(lab, self.shown, "Map", self)
        self.export = QPushButton("Export", self)
        self.export.setProperty("role", "menu")
        self.export.setToolTip("Save the map as PNG, SVG or PDF, or its numbers as CSV")
        self.export.setMenu(self.export_menu)
        self.chart = MapChart(lab.theme, self)
        self.line = ElidedLabel("muted", self)
        self.note = ElidedLabel("muted", self)
        self._problem: LabError | None = None
        self.lay_out(
            self.controls,
            self.template,
            self.line,
            (self.run_button, self.export),
            self.chart,
            self.note,
        )
        self._connect()

    @property
    def setup(self) -> ScanSetup:
        """What is mapped; the document's, or what is offered first."""
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

    def shown(self) -> Shown | None:
        """What an export is about."""
        result = self.runner.result
        return None if result is None else (result, self.chart.template)

    def picture_note(self) -> str:
        """What made the answers that are shown; empty before there are any."""
        result = self.runner.result
        return "" if result is None else scan_line(result)

    # --- inside ---

    @property
    def _state(self) -> ScanState:
        return self._lab.document.state.scans

    def _plan(self) -> ScanPlan:
        setup = self.setup
        figure = figure_on_canvas(self._lab)
        preset = preset_of(setup)
        if preset is not None:
            figure = stimulus_for(preset, figure)
        return make_plan(self._lab, setup, figure)

    def _connect(self) -> None:
        lab = self._lab
        self.controls.edited.connect(self._take)
        self.controls.preset_wanted.connect(self.use_preset)
        self.controls.refused.connect(self._refuse)
        self.template.activated.connect(lambda _row: self._show_result())
        self.chart.pointed.connect(self._preview)
        self.chart.chosen.connect(self._use)
        self.run_button.clicked.connect(self._run_or_stop)
        self.runner.changed.connect(self._show_result)
        lab.document.changed.connect(lambda _new, _old: self._show_document())
        lab.inference.model_ready.connect(lambda _info: self._show_document())

    def on_seen(self) -> None:
        self._show_document()

    def on_unseen(self) -> None:
        self.runner.rest()
        self._lab.view.preview(None)

    def _take(self, setup: ScanSetup, step: str) -> None:
        self._problem = None
        state = msgspec.structs.replace(self._state, map=setup)
        merge = f"map {step}" if step in MERGING else None
        self._lab.document.change(step, merge, scans=state)
        self._show_document()

    def _refuse(self, error: LabError) -> None:
        self._problem = error
        self._show_result()

    def _show_document(self) -> None:
        if not in_sight(self):
            return
        try:
            self.controls.show_setup(self.setup, figure_on_canvas(self._lab))
            self.controls.setEnabled(True)
        except InvalidInput:
            self.controls.setEnabled(False)
        row = max(0, self.template.currentIndex())
        fill_templates(self.template, self._lab.document.prompts, row)
        self.runner.follow()
        self._show_result()

    def _run_or_stop(self) -> None:
        if self.runner.running:
            self.runner.cancel()
        elif self._fields.ready("The map is not run"):
            self._problem = None
            self.runner.run()

    def _show_result(self) -> None:
        runner = self.runner
        self.run_button.setText("Stop" if runner.running else "Run")
        error = self._problem or runner.error
        message = ""
        if runner.result is None:
            message = str(error) if error else "Working…" if runner.running else "Run the map."
            if self._lab.inference.session is None:
                message = "The model is being loaded."
        self.chart.show_result(runner.result, max(0, self.template.currentIndex()), message)
        if self.chart.cursor_point < 0:
            self._show_line()
        self._show_note()

    def _show_line(self) -> None:
        runner = self.runner
        error = self._problem or runner.error
        text = ""
        if error is not None:
            text = str(error)
        elif runner.running:
            text = f"{runner.done:,} of {runner.images:,} images"
        elif runner.result is not None:
            if runner.stale:
                text = "The question has changed since: run again."
            elif runner.result.complete:
                text = f"{count_text(runner.computed, 'image')} in {runner.seconds:.1f} s"
        self.line.setProperty("role", "problem" if error else "muted")
        self.line.style().polish(self.line)
        self.line.show_text(text)

    def _show_note(self) -> None:
        result = self.runner.result
        if result is None:
            self.note.show_text("")
            return
        found = shares(result, self.chart.template)
        order = sorted((label for label in found if found[label]), key=lambda one: -found[one])
        named = ", ".join(f"{label} {100 * found[label]:.0f} %" for label in order)
        is_color = preset_of(result.plan.setup) in ("hue-lightness", "hue-chroma")
        left_out = result.left_out_sentence()
        text = f"{left_out} Won: {named}." if left_out else f"Won: {named}."
        marks = _MARKS if is_color else ""
        self.note.show_text(text, f"{marks}{text}" if marks else text)

    def _preview(self, point: int) -> None:
        """Show the stimulus of a cell on the canvas, and say what it is called."""
        result = self.runner.result
        if result is None or point < 0:
            self._lab.view.preview(None)
            self._show_line()
            return
        plan = result.plan
        settings = plan.settings(point)
        where = ", ".join(
            f"{axis.what.name.lower()} {axis.what.text(settings[axis.parameter])}"
            for axis in plan.setup.axes
        )
        figure = plan.figure(settings)
        self._lab.view.preview(None if isinstance(figure, str) else figure)
        row = self.chart.template
        blank = result.tally.blanks[point]
        if blank is not None:
            self.line.show_text(f"{blank}, left blank: {where}")
        elif result.tally.winners[point, row] == NO_WINNER:
            self.line.show_text(where)
        else:
            chances = result.tally.probabilities[point, row]
            best = sorted(range(len(chances)), key=lambda n: -chances[n])[:_BEST]
            named = ", ".join(f"{plan.labels[n]} {100 * chances[n]:.1f} %" for n in best)
            self.line.show_text(f"{named} — {where}")

    def _use(self, point: int) -> None:
        """Open the stimulus of a cell in the designer, as one undo step."""
        result = self.runner.result
        if result is None:
            return
        figure = result.plan.figure(result.plan.settings(point))
        if isinstance(figure, str):
            self._lab.say(f"There is no such stimulus: {figure}")
            return
        document = self._lab.document
        document.end_merge()
        document.change("take from the map", stimulus=figure)
        document.end_merge()
