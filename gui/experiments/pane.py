"""The experiments pane: what to run, what runs, what has run, and its numbers and pictures."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QSplitter, QStackedWidget, QWidget

from core.predict.prompts import prompt_set
from core.runs.folder import OtherVersions
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.experiments.plan.plan_editor import PlanEditor
from gui.experiments.plan.setup_bar import SetupBar
from gui.experiments.plan.stimulus_export import StimulusExport
from gui.experiments.results.picture_loader import Page, Thumbnail
from gui.experiments.results.pictures import PicturesPanel
from gui.experiments.results.results_panel import ResultsPanel
from gui.experiments.runs.commands import Commands
from gui.experiments.runs.run_controller import RunController
from gui.experiments.runs.run_rows import RunRow, run_rows
from gui.experiments.runs.runs_panel import RunsPanel
from gui.jobs.job_queue import Job
from gui.jobs.sweeps import SweepTask
from gui.widgets.build import column
from gui.widgets.job_progress import ProgressStrip
from gui.widgets.notices import Banner
from gui.widgets.words import count_text

_WIDE = 980
_RUNS_WIDTH, _PICTURES_WIDTH = 290, 420
_RUNS_HEIGHT = 112


class ExperimentsPane(QWidget):
    """Runs the experiments of the paper, and the user's own, on the model in use."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._begun = False
        self._told = False
        self._wide: bool | None = None
        self.setObjectName("experimentsPane")
        self.controller = RunController(lab, self)
        self.setup = SetupBar(self)
        self.banner = Banner(lab.theme, self)
        self.progress = ProgressStrip(lab.sweeps, self)
        self.runs = RunsPanel(lab.theme, self)
        self.results = ResultsPanel(lab, self)
        self.pictures = PicturesPanel(lab.theme, self)
        self.editor = PlanEditor(self)
        self.stimuli = StimulusExport(lab, self)
        self.commands = Commands(lab, self)
        self._fields = TypedFields(self.setup, self.editor, say=lab.say, reveal=self._reveal)
        self._arrange()
        self._connect()
        self._show_draft()
        self._show_runs()

    def _arrange(self) -> None:
        self.tables = self._split(self.results, self.pictures)
        self.tables.setStretchFactor(0, 1)
        self.body = self._split(self.runs, self.tables)
        self.body.setStretchFactor(1, 1)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.body)
        self.stack.addWidget(self.editor)
        lines = self.setup, self.banner, self.progress, (self.stack, 1)
        column(*lines, on=self, spacing=7, margins=(10, 8, 10, 8))

    def _split(self, *parts: QWidget) -> QSplitter:
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(9)
        for part in parts:
            split.addWidget(part)
        return split

    def _connect(self) -> None:
        lab, controller = self._lab, self.controller
        controller.draft_changed.connect(self._show_draft)
        controller.run_made.connect(self._on_run_made)
        controller.versions_differ.connect(self._offer_other_versions)
        controller.library.changed.connect(self._on_listed)
        lab.sweeps.changed.connect(self._show_runs)
        lab.sweeps.progressed.connect(self._on_progressed)
        lab.document.palette_changed.connect(self.editor.show_document_palette)
        lab.closing.connect(self.stop)
        self.setup.preset_chosen.connect(controller.use_preset)
        self.setup.samples_chosen.connect(controller.set_samples)
        self.setup.plan_toggled.connect(self.show_plan)
        self.setup.estimate_wanted.connect(self.measure)
        self.setup.run_wanted.connect(self.run)
        self.editor.edited.connect(controller.set_draft)
        self.editor.document_prompts_wanted.connect(controller.use_document_prompts)
        self.editor.show_document_palette(lab.document.state.palette)
        self.runs.chosen.connect(self._on_run_chosen)
        self.results.cell_chosen.connect(self.pictures.show_cell)
        self.pictures.open_wanted.connect(self._open_in_designer)
        self.pictures.opened.connect(self._make_room)
        self.pictures.closed.connect(self._make_room)
        self.pictures.closed.connect(self.results.view.setFocus)

    def begin(self) -> None:
        """List the runs on the disk; once the window is seen."""
        if not self._begun:
            self._begun = True
            self.controller.library.refresh()

    def run(self) -> None:
        """Run the draft, and show its tables."""
        if self._fields.ready("The experiment is not run"):
            self.controller.run()
            if self.controller.plan is not None:
                self.show_plan(False)

    def measure(self) -> None:
        """Time a few batches of the draft."""
        if self._fields.ready("The time is not estimated"):
            self.controller.measure()

    def show_plan(self, shown: bool) -> None:
        """Show the plan's details in place of the results, or the results again."""
        self.stack.setCurrentWidget(self.editor if shown else self.body)
        self.setup.plan_button.setChecked(shown)
        self._lab.actions["experiments.edit-plan"].setChecked(shown)

    def export_stimuli(self) -> None:
        """Write the images of the chosen experiment as PNG files."""
        ready = self._fields.ready("No images are written")
        plan = self.controller.plan
        if ready and plan is not None:
            self.stimuli.begin(plan.stimuli, plan.title)

    def picture_note(self) -> str:
        """What made the table that is shown, for a picture of the pane."""
        made = self.results.made
        if made is None:
            return ""
        from core.results.facts import RunFacts, settings_line

        plan, done = made.plan, made.images
        return settings_line(RunFacts(title="", state="", created="", plan=plan, done=done))

    def stop(self) -> None:
        """Wait for what is under way beside the GUI thread; the sweep itself is the lab's."""
        self.controller.stop()
        self.results.stop()
        self.pictures.loader.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= _WIDE
        if wide != self._wide:
            self._wide = wide
            direction = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
            self.body.setOrientation(direction)
            self.tables.setOrientation(direction)
            first = _RUNS_WIDTH if wide else _RUNS_HEIGHT
            whole = self.width() if wide else self.height()
            self.body.setSizes([first, max(first, whole - first)])
            self._share_room()
            self._make_room()

    def _share_room(self) -> None:
        if self._wide:
            whole = self.tables.width() or self.width()
            self.tables.setSizes([max(300, whole - _PICTURES_WIDTH), _PICTURES_WIDTH])
        else:
            self.tables.setSizes([1000, 1000])

    def _make_room(self) -> None:
        """Where it is narrow, the images take the place of the list of runs."""
        crowded = not self._wide and self.pictures.isVisibleTo(self)
        self.runs.setVisible(bool(self.runs.list.rows.rows) and not crowded)

    # --- the draft ---

    def _reveal(self, field: QWidget) -> None:
        if self.editor.isAncestorOf(field):
            self.show_plan(True)

    def _show_draft(self) -> None:
        controller, sweeps = self.controller, self._lab.sweeps
        self.setup.show_preset(controller.preset)
        self.setup.show_samples(controller.draft.samples)
        self.setup.show_estimate(
            controller.estimate_text(), controller.estimate_tip(), bool(controller.problem)
        )
        ready = controller.plan is not None
        idle = sweeps.measuring is None and not len(sweeps)
        self.setup.set_ready(ready, ready and idle and not controller.measured, bool(len(sweeps)))
        self.editor.show_draft(controller.draft, controller.repeated)
        self.commands.enable()

    # --- runs ---

    def _rows(self) -> list[RunRow]:
        return run_rows(self.controller.library.runs, self._lab.work.queue)

    def _show_runs(self) -> None:
        rows = self._rows()
        self.runs.show_rows(rows)
        self._make_room()
        shown = self.results.row
        for row in rows:
            if shown is not None and row.path == shown.path:
                self.results.update_row(row)
        self.commands.enable()

    def _on_listed(self) -> None:
        self._show_runs()
        rows = self._rows()
        if self.runs.current is None and rows:
            self.runs.select(rows[0].path)
        if not self._told:
            self._told = True
            self._offer_interrupted(rows)

    def _on_run_made(self, path: Path) -> None:
        self._show_runs()
        self.runs.select(path)

    def _on_run_chosen(self, row: RunRow | None) -> None:
        if self.pictures.isVisible():
            self.pictures.close_panel()
        self.results.show_run(row)
        job = self._lab.sweeps.job_of(row.path) if row is not None else None
        if job is not None and job.progress is not None:
            self.results.show_live(job.path, job.task.plan, job.progress.detail)
        self.commands.enable()

    def _on_progressed(self, job: Job[SweepTask]) -> None:
        self.runs.show_rows(self._rows())
        if job.progress is not None:
            self.results.show_live(job.path, job.task.plan, job.progress.detail)

    # --- what needs attention ---

    def _offer_interrupted(self, rows: list[RunRow]) -> None:
        broken = [row for row in rows if row.state == "interrupted"]
        if not broken:
            return
        row = broken[0]
        text = (
            f"“{row.title}” was interrupted at {row.done:,} of {count_text(row.total, 'image')}. "
            "What it had stored is kept."
        )
        if len(broken) > 1:
            text += f" {count_text(len(broken) - 1, 'more run')} in the list below."
        self.runs.select(row.path)
        self._come_forward()
        self.banner.offer(text, "Resume", lambda: self.controller.resume(row.path))
        self._lab.say(text)

    def _come_forward(self) -> None:
        """Be seen where the pane is one of several tabs, without taking the focus."""
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QDockWidget):
            parent = parent.parentWidget()
        if parent is not None:
            parent.raise_()

    def _offer_other_versions(self, error: OtherVersions) -> None:
        self.banner.offer(
            error.message,
            "Resume anyway",
            lambda: self.controller.resume(error.path, allow_versions=True),
        )

    # --- pictures ---

    def _open_in_designer(self, thumbnail: Thumbnail, page: Page) -> None:
        """Take an image and its prompt into the document, as one step."""
        plan, template = page.plan, page.request.selection.template
        self._lab.document.change(
            "open image of a run",
            stimulus=thumbnail.stimulus,
            prompts=prompt_set((plan.templates[template],), plan.labels),
            palette=plan.stimuli.palette,
        )
        self._lab.actions.trigger("view.show-designer")
        self.pictures.list.setFocus()
        self._lab.say(f"Image {thumbnail.answer.index:,} is in the Designer; Undo brings it back")
