"""What the tabs of scans and maps have in common: controls, a run, a chart and words about it.

The controls stand above the chart, or beside it where the pane is wide and low.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.base.errors import InvalidInput, LabError
from core.scans.plan import ScanPlan, ScanSetup
from core.scans.result import ScanResult
from core.scans.state import ScanState
from core.scans.tables import scan_line
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.look.theme import type_scale
from gui.studies.controls import QuietCombo, fill_templates
from gui.studies.export_menu import Shown, scan_export
from gui.studies.jobs import figure_on_canvas
from gui.studies.map.map_controls import MapControls
from gui.studies.scan.scan_controls import ScanControls
from gui.studies.scan_chart import ScanChart
from gui.studies.scan_runner import ScanRunner
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.sight import Seen, in_sight
from gui.widgets.words import count_text

_WIDE = 1000
_SIDE = 420
_TEMPLATE = 290
_LEAST_HEIGHT = 250


class ScanPage(Seen, QWidget):
    """A kind of scan: a subclass says what is asked, and what the last line tells.

    Attributes
    ----------
    line : ElidedLabel
        About what is under the cursor, or the run.
    last : ElidedLabel
        About the whole result.
    """

    NAME: ClassVar[str]
    KIND: ClassVar[Literal["curve", "map"]]
    """Of `core.scans.state.ScanState`, and of the plan."""
    MERGING: ClassVar[tuple[str, ...]]
    """Steps of number fields; a run of them is one undo step."""
    DRAWN: ClassVar[str]
    """What the chart shows, for tips."""

    def __init__(
        self,
        lab: LabContext,
        controls: ScanControls | MapControls,
        chart: ScanChart,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lab = lab
        self.setObjectName(f"{self.NAME}Tab")
        self.runner = ScanRunner(lab, self.KIND, self._plan, self)
        self.chart = chart
        self._fields = TypedFields(controls, say=lab.say)
        self._controls = controls
        self.template = QuietCombo("Template", f"The template whose {self.DRAWN} shown.", 256, self)
        self.run_button = QPushButton("Run", self)
        self.run_button.setProperty("role", "primary")
        self.run_button.setToolTip(f"Run the {self.NAME}, or stop it.")
        self.export_menu = scan_export(lab, self.shown, self.NAME.capitalize(), self)
        self.export = QPushButton("Export", self)
        self.export.setProperty("role", "menu")
        self.export.setToolTip("Save it as PNG, SVG or PDF, or its numbers as CSV")
        self.export.setMenu(self.export_menu)
        self.line = ElidedLabel("muted", self)
        self.last = ElidedLabel("muted", self)
        self._problem: LabError | None = None
        self._lay_out()
        controls.edited.connect(self._take)
        controls.refused.connect(self._refuse)
        self.template.activated.connect(lambda _row: self._show_result())
        chart.pointed.connect(self._preview)
        chart.chosen.connect(self._use)
        self.run_button.clicked.connect(self._run_or_stop)
        self.runner.changed.connect(self._show_result)
        lab.document.changed.connect(lambda _new, _old: self._show_document())
        lab.inference.model_ready.connect(lambda _info: self._show_document())
        lab.settings_changed.connect(lambda _settings: self._show_result())

    @property
    def setup(self) -> ScanSetup:
        """What is asked; the document's, or what is offered first."""
        raise NotImplementedError

    def shown(self) -> Shown | None:
        """What an export is about."""
        result = self.runner.result
        return None if result is None else (result, self.chart.template)

    def picture_note(self) -> str:
        """What made the answers that are shown; empty before there are any."""
        result = self.runner.result
        return "" if result is None else scan_line(result)

    def on_seen(self) -> None:
        self._show_document()

    def on_unseen(self) -> None:
        self.runner.rest()
        self._lab.view.preview(None)

    # --- for subclasses ---

    def _plan(self) -> ScanPlan:
        raise NotImplementedError

    def _follow(self) -> None:
        """Run by itself where that is quick enough."""
        self.runner.follow()

    def _note(self, _result: ScanResult) -> str:
        """What the line tells of a result besides the time it took."""
        return ""

    def _words_at(self, point: int) -> str:
        return self.chart.words_of(point)

    def _last_words(self, result: ScanResult) -> tuple[str, str]:
        """The last line and its tooltip."""
        raise NotImplementedError

    # --- inside ---

    @property
    def _state(self) -> ScanState:
        return self._lab.document.state.scans

    def _take(self, setup: ScanSetup, step: str) -> None:
        self._problem = None
        state = msgspec.structs.replace(self._state, **{self.KIND: setup})
        merge = f"{self.NAME} {step}" if step in self.MERGING else None
        self._lab.document.change(step, merge, scans=state)
        self._show_document()

    def _refuse(self, error: LabError) -> None:
        self._problem = error
        self._show_result()

    def _show_document(self) -> None:
        if not in_sight(self):
            return
        try:
            self._controls.show_setup(self.setup, figure_on_canvas(self._lab))
            possible = True
        except InvalidInput:  # of an imported picture; the chart says so
            possible = False
        self._controls.setVisible(possible)
        self.run_button.setEnabled(possible)
        row = max(0, self.template.currentIndex())
        fill_templates(self.template, self._lab.document.prompts, row)
        self._follow()
        self._show_result()

    def _run_or_stop(self) -> None:
        if self.runner.running:
            self.runner.cancel()
        elif self._fields.ready(f"The {self.NAME} is not run"):
            self._problem = None
            self.runner.run()

    def _show_result(self) -> None:
        runner = self.runner
        self.run_button.setText("Stop" if runner.running else "Run")
        error = self._problem or runner.error
        message = ""
        if runner.result is None:
            message = f"Run the {self.NAME}."
            if error or runner.running:
                message = str(error) if error else "Working…"
            if self._lab.inference.session is None:
                message = "The model is being loaded."
        self.chart.show_result(runner.result, max(0, self.template.currentIndex()), message)
        if self.chart.cursor_point < 0:
            self._show_line()
        text, tip = ("", "") if runner.result is None else self._last_words(runner.result)
        self.last.show_text(text, tip)

    def _show_line(self) -> None:
        runner = self.runner
        error = self._problem or runner.error
        text = ""
        if error is not None:
            text = str(error) if self.run_button.isEnabled() else ""  # the chart says it
        elif runner.running:
            text = f"{runner.done:,} of {runner.images:,} images"
            if runner.refining:
                text = "Refining the thresholds…"
        elif runner.result is not None:
            text = self._note(runner.result)
            if runner.stale:
                text = f"The question has changed since: run again. {text}".rstrip()
            elif runner.result.complete and not text:
                text = f"{count_text(runner.computed, 'image')} in {runner.seconds:.1f} s"
        self.line.setProperty("role", "problem" if error else "muted")
        self.line.style().polish(self.line)
        self.line.show_text(text)

    def _preview(self, point: int) -> None:
        """Show the stimulus of a point on the canvas, and say what it is called."""
        result = self.runner.result
        if result is None or point < 0:
            self._lab.view.preview(None)
            self._show_line()
            return
        figure = result.plan.figure(result.plan.settings(point))
        self._lab.view.preview(None if isinstance(figure, str) else figure)
        self.line.show_text(self._words_at(point))

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
        document.change(f"take from the {self.NAME}", stimulus=figure)
        document.end_merge()

    def _lay_out(self) -> None:
        self._side = QWidget(self)
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._controls)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(6)
        self._row.addWidget(self.template)
        pressed = QHBoxLayout()
        pressed.setSpacing(6)
        pressed.addStretch(1)
        pressed.addWidget(self.run_button)
        pressed.addWidget(self.export)
        self._row.addWidget(self.line, 1)
        self._row.addLayout(pressed)
        column.addLayout(self._row)
        column.addStretch(1)
        main = QWidget(self)
        beside = QVBoxLayout(main)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(4)
        beside.addWidget(self.chart, 1)
        beside.addWidget(self.last)
        self._whole = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(6)
        self._whole.addWidget(self._side)
        self._whole.addWidget(main, 1)
        self._narrow = self.template.minimumWidth()
        self.setMinimumHeight(_LEAST_HEIGHT)
        self._arrange_for(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_for(event.size().width())

    def _arrange_for(self, width: int) -> None:
        wide = width >= _WIDE
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._whole.setDirection(across if wide else down)
        self._row.setDirection(down if wide else across)
        # Alone in its row, the template has room for more of its text.
        template = round(_TEMPLATE * type_scale(self.template.font())) if wide else self._narrow
        self.template.setFixedWidth(template)
        self._side.setMinimumWidth(_SIDE if wide else 0)
        self._side.setMaximumWidth(_SIDE if wide else 16777215)
