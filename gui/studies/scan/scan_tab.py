"""The scan tab: label probabilities against one parameter of the stimulus."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QPushButton, QWidget

from core.base.errors import InvalidInput, LabError
from core.scans.plan import ScanPlan, ScanSetup
from core.scans.result import NO_WINNER
from core.scans.state import ScanState
from core.scans.tables import scan_line
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.studies.controls import QuietCombo, fill_templates
from gui.studies.export_menu import Shown, scan_export
from gui.studies.jobs import figure_on_canvas, make_plan
from gui.studies.page import StudyPage
from gui.studies.scan.curve_chart import CurveChart
from gui.studies.scan.scan_controls import MERGING, ScanControls, first_setup
from gui.studies.scan_runner import ScanRunner
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.sight import Seen, in_sight
from gui.widgets.words import count_text

_FIRST = "figure-hue"
_BEST = 3


class ScanTab(Seen, StudyPage):
    """Controls, the chart, and one line about what is under the cursor."""

    NAME = "scan"
    TITLE = "Scan"
    TIP = "Change one parameter of the stimulus step by step and see what the model calls it"

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scanTab")
        self._lab = lab
        self.runner = ScanRunner(lab, "curve", self._plan, self)
        self.controls = ScanControls(self)
        self._fields = TypedFields(self.controls, say=lab.say)
        self.template = QuietCombo("Template", "The template whose curves are shown.", 256, self)
        self.run_button = QPushButton("Run", self)
        self.run_button.setProperty("role", "primary")
        self.run_button.setToolTip("Run the scan, or stop it.")
        self.export_menu = scan_export(lab, self.shown, "Scan", self)
        self.export = QPushButton("Export", self)
        self.export.setProperty("role", "menu")
        self.export.setToolTip("Save the curves as PNG, SVG or PDF, or their numbers as CSV")
        self.export.setMenu(self.export_menu)
        self.chart = CurveChart(lab.theme, self)
        self.line = ElidedLabel("muted", self)
        self.thresholds = ElidedLabel("", self)
        self._problem: LabError | None = None
        self.lay_out(
            self.controls,
            self.template,
            self.line,
            (self.run_button, self.export),
            self.chart,
            self.thresholds,
        )
        self._connect()
        self._show_document()

    @property
    def setup(self) -> ScanSetup:
        """What is scanned; the document's, or what is offered first."""
        own = self._state.curve
        figure = figure_on_canvas(self._lab)
        if own is None:
            return first_setup(_FIRST, figure)
        if own.x.what.needs_word and not hasattr(figure, "word"):
            return first_setup(_FIRST, figure)
        return own

    def scan_parameter(self, parameter: str) -> None:
        """Scan a parameter over its usual range, as one undo step."""
        self._take(first_setup(parameter, figure_on_canvas(self._lab)), "scan another parameter")

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
        return make_plan(self._lab, self.setup)

    def _connect(self) -> None:
        lab = self._lab
        self.controls.edited.connect(self._take)
        self.controls.refused.connect(self._refuse)
        self.controls.live.toggled.connect(lambda _on: self._follow())
        self.template.activated.connect(self._take_template)
        self.chart.template_chosen.connect(self._take_template)
        self.chart.pointed.connect(self._preview)
        self.chart.chosen.connect(self._use)
        self.run_button.clicked.connect(self._run_or_stop)
        self.runner.changed.connect(self._show_result)
        lab.document.changed.connect(lambda _new, _old: self._show_document())
        lab.inference.model_ready.connect(lambda _info: self._follow())
        lab.settings_changed.connect(lambda _settings: self._show_result())

    def on_seen(self) -> None:
        self._show_document()

    def on_unseen(self) -> None:
        self.runner.rest()
        self._lab.view.preview(None)

    def _take(self, setup: ScanSetup, step: str) -> None:
        self._problem = None
        state = msgspec.structs.replace(self._state, curve=setup)
        merge = f"scan {step}" if step in MERGING else None
        self._lab.document.change(step, merge, scans=state)
        self._show_document()

    def _take_template(self, row: int) -> None:
        self.chart.show_result(self.runner.result, row, self.chart.message)
        self.template.setCurrentIndex(row)
        self._show_result()

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
        fill_templates(self.template, self._lab.document.prompts, self.chart.template)
        self._follow()
        self._show_result()

    def _follow(self) -> None:
        if in_sight(self) and self.controls.live.isChecked():
            self.runner.follow()

    def _run_or_stop(self) -> None:
        if self.runner.running:
            self.runner.cancel()
        elif self._fields.ready("The scan is not run"):
            self._problem = None
            self.runner.run()

    def _show_result(self) -> None:
        runner = self.runner
        self.run_button.setText("Stop" if runner.running else "Run")
        error = self._problem or runner.error
        message = ""
        if runner.result is None:
            message = str(error) if error else "Working…" if runner.running else "Run the scan."
            if self._lab.inference.session is None:
                message = "The model is being loaded."
        self.chart.show_result(runner.result, max(0, self.template.currentIndex()), message)
        if self.chart.cursor_point < 0:
            self._show_line()
        self._show_thresholds()

    def _show_line(self) -> None:
        runner = self.runner
        error = self._problem or runner.error
        if error is not None:
            text = str(error)
        elif runner.running:
            text = f"{runner.done:,} of {runner.images:,} images"
            if runner.refining:
                text = "Refining the thresholds…"
        elif runner.result is not None:
            text = runner.result.left_out_sentence()
            if runner.stale:
                text = "The question has changed since: run again. " + text
            elif runner.result.complete and not text:
                text = f"{count_text(runner.computed, 'image')} in {runner.seconds:.1f} s"
        else:
            text = ""
        self.line.setProperty("role", "problem" if error else "muted")
        self.line.style().polish(self.line)
        self.line.show_text(text)

    def _show_thresholds(self) -> None:
        result = self.runner.result
        if result is None:
            self.thresholds.show_text("")
            return
        axis, labels = result.plan.setup.x, result.plan.labels
        own = [t for t in result.thresholds if t.template == self.chart.template]
        texts = [
            f"{axis.what.text(t.value % 360.0 if axis.around else t.value)} "
            f"{labels[t.before]} → {labels[t.after]}"
            for t in own
        ]
        text = ""
        if texts:
            text = f"{count_text(len(texts), 'threshold')}:  " + ",  ".join(texts)
        elif result.complete and axis.what.kind == "number":
            text = "No threshold: the winner never changes."
        tip = "A threshold is where the winner changes, found by bisecting between two steps."
        self.thresholds.show_text(text, "\n".join([*texts, tip]) if texts else tip)

    def _preview(self, point: int) -> None:
        """Show the stimulus of a point on the canvas, and say what it is called."""
        result = self.runner.result
        if result is None or point < 0:
            self._lab.view.preview(None)
            self._show_line()
            return
        plan = result.plan
        axis = plan.setup.x
        value = axis.what.text(axis.values()[point])
        blank = result.tally.blanks[point]
        figure = plan.figure(plan.settings(point))
        self._lab.view.preview(None if isinstance(figure, str) else figure)
        row = self.chart.template
        if blank is not None:
            self.line.show_text(f"{axis.what.name} {value}: {blank}, left blank")
        elif result.tally.winners[point, row] == NO_WINNER:
            self.line.show_text(f"{axis.what.name} {value}")
        else:
            chances = result.tally.probabilities[point, row]
            best = sorted(range(len(chances)), key=lambda n: -chances[n])[:_BEST]
            named = ", ".join(f"{plan.labels[n]} {100 * chances[n]:.1f} %" for n in best)
            self.line.show_text(f"{axis.what.name} {value}: {named}")

    def _use(self, point: int) -> None:
        """Put the stimulus of a point on the canvas for good, as one undo step."""
        result = self.runner.result
        if result is None:
            return
        figure = result.plan.figure(result.plan.settings(point))
        if isinstance(figure, str):
            self._lab.say(f"There is no such stimulus: {figure}")
            return
        document = self._lab.document
        document.end_merge()
        document.change("take from the scan", stimulus=figure)
        document.end_merge()
