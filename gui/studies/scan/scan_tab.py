"""The scan tab: label probabilities against one parameter of the stimulus."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.scans.plan import ScanPlan, ScanSetup
from core.scans.result import ScanResult
from gui.context.lab_context import LabContext
from gui.studies.jobs import figure_on_canvas, make_plan
from gui.studies.page import ScanPage
from gui.studies.scan.curve_chart import CurveChart
from gui.studies.scan.scan_controls import MERGING, ScanControls, first_setup
from gui.widgets.words import count_text

_FIRST = "figure-hue"
_TIP = "A threshold is where the winner changes, found by bisecting between two steps."


class ScanTab(ScanPage):
    """Curves along one parameter, and the thresholds between winners."""

    NAME = "scan"
    TITLE = "Scan"
    TIP = "Change one parameter of the stimulus step by step and see what the model calls it"
    KIND = "curve"
    MERGING = MERGING
    DRAWN = "curves are"

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        self.controls = ScanControls()
        chart = CurveChart(lab.theme)
        super().__init__(lab, self.controls, chart, parent)
        self.last.setProperty("role", "")
        self.controls.live.toggled.connect(lambda _on: self._follow())
        chart.template_chosen.connect(self._take_template)

    @property
    def setup(self) -> ScanSetup:
        own = self._state.curve
        figure = figure_on_canvas(self._lab)
        if own is None or (own.x.what.needs_word and not hasattr(figure, "word")):
            return first_setup(_FIRST)
        return own

    def scan_parameter(self, parameter: str) -> None:
        """Scan a parameter over its usual range, as one undo step."""
        figure_on_canvas(self._lab)  # refuses a picture
        self._take(first_setup(parameter), "scan another parameter")

    def _plan(self) -> ScanPlan:
        return make_plan(self._lab, self.setup)

    def _take_template(self, row: int) -> None:
        self.template.setCurrentIndex(row)
        self._show_result()

    def _follow(self) -> None:
        if self.controls.live.isChecked():
            super()._follow()

    def _note(self, result: ScanResult) -> str:
        return result.left_out_sentence()

    def _last_words(self, result: ScanResult) -> tuple[str, str]:
        axis, labels = result.plan.setup.x, result.plan.labels
        texts = [
            f"{axis.what.text(found.value % 360.0 if axis.around else found.value)} "
            f"{labels[found.before]} → {labels[found.after]}"
            for found in result.thresholds
            if found.template == self.chart.template
        ]
        text = ""
        if texts:
            text = f"{count_text(len(texts), 'threshold')}:  " + ",  ".join(texts)
        elif result.complete and axis.what.kind == "number":
            text = "No threshold: the winner never changes."
        return text, "\n".join([*texts, _TIP])
