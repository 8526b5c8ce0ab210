"""What the tabs of scans and maps have in common: controls, a run, a chart and words about it.

The controls stand above the chart, or beside it where the pane is wide and low.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, Literal

import msgspec
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from core.base.errors import InvalidInput, LabError
from core.base.tables import Region
from core.document.document import LabDocument
from core.figures.description import Figure
from core.scans.plan import ScanPlan, ScanSetup
from core.scans.result import ScanResult
from core.scans.state import ScanState
from core.scans.tables import scan_line
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.dialogs.save_file import csv_beside
from gui.export.menu import Exported, ExportMenu, Target
from gui.look.theme import type_scale
from gui.studies.controls import QuietCombo, SetupControls, fill_templates
from gui.studies.jobs import figure_on_canvas, take_stimulus
from gui.studies.scan_chart import ScanChart
from gui.studies.scan_runner import ScanRunner
from gui.widgets.build import STRETCH, button, column, row, set_role
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.sight import Seen, in_sight
from gui.widgets.words import count_text

_WIDE = 1000
_SIDE = 420
_TEMPLATE = 290
_LEAST_HEIGHT = 250

Shown = tuple[ScanResult, int]
"""A result and the template that is shown."""


class ScanPage(Seen, QWidget):
    """A kind of scan: a subclass says what is asked, and what the last line tells.

    `line` is about what is under the cursor, or the run, `last` about the whole result.
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
        controls: SetupControls,
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
        tip = f"Run the {self.NAME}, or stop it."
        self.run_button = button("Run", tip, self._run_or_stop, self, role="primary")
        self.export_menu = scan_export(lab, self.shown, self.NAME.capitalize(), self)
        tip = "Save it as PNG, SVG or PDF, or its numbers as CSV"
        self.export = button("Export", tip, parent=self, menu=self.export_menu)
        self.line = ElidedLabel("muted", self)
        self.last = ElidedLabel("muted", self)
        self._problem: LabError | None = None
        self._lay_out()
        controls.edited.connect(self._take)
        controls.refused.connect(self._refuse)
        self.template.activated.connect(lambda _row: self._show_result())
        chart.pointed.connect(self._preview)
        chart.chosen.connect(self._use)
        self.runner.changed.connect(self._show_result)
        self.hear(lab.edited, self._on_edited)
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

    def _on_edited(self, new: LabDocument, old: LabDocument) -> None:
        if new is not old:
            self._show_document()

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
        fill_templates(self.template, self._lab.document.prompts)
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
        set_role(self.line, "problem" if error else "muted")
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
        take_stimulus(self._lab, figure, f"take from the {self.NAME}")

    def _lay_out(self) -> None:
        self._side = QWidget(self)
        pressed = row(STRETCH, self.run_button, self.export)
        self._row = row(self.template, (self.line, 1), pressed)
        column(self._controls, self._row, STRETCH, on=self._side)
        main = QWidget(self)
        column((self.chart, 1), self.last, spacing=4, on=main)
        self._whole = column(self._side, (main, 1), on=self)
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


def scan_export(
    lab: LabContext, shown: Callable[[], Shown | None], name: str, parent: QWidget | None = None
) -> ExportMenu:
    """The menu for the result that is `shown`; `name` begins the suggested name of its files."""

    def exported() -> Exported | None:
        found = shown()
        return None if found is None else _exported(*found, name)

    def beside(path: Path) -> Sequence[Path]:
        from core.scans.tables import thresholds_path

        found = shown()
        thresholds = found is not None and found[0].thresholds
        return (*((thresholds_path(path),) if thresholds else ()), *csv_beside(path))

    return ExportMenu(
        lab,
        exported,
        beside=beside,
        title=f"Export {name.lower()}",
        nothing="There is nothing to export yet",
        parent=parent,
    )


def _exported(result: ScanResult, template: int, name: str) -> Exported:
    def describe() -> Figure:
        from core.figures.scan_figures import scan_figure

        return scan_figure(result, template)

    def write(path: Path, target: Target, region: Region) -> tuple[Path, ...]:
        from core.scans.tables import write_scan_csv

        return write_scan_csv(path, result, region if target.form == "spreadsheet" else None)

    axes = " by ".join(axis.what.name for axis in result.plan.setup.axes)
    return Exported(f"{name} {axes}", describe, write)
