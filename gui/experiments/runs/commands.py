"""The commands of the menu “Experiments”, and the questions they ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from core.experiments.presets import EXPERIMENTS
from gui.context.action_specs import ActionSpec
from gui.context.lab_context import LabContext
from gui.dialogs.questions import ask
from gui.experiments.results.export_menu import REPORT
from gui.experiments.runs.run_rows import RunRow
from gui.jobs.job_queue import Job
from gui.jobs.sweeps import SweepTask
from gui.widgets.words import count_text

if TYPE_CHECKING:
    from gui.experiments.pane import ExperimentsPane

_GROUP_OF_PRESETS = 2
_FILES = (
    ActionSpec(
        "experiments.report",
        "Report of the run…",
        "",
        "Tables, figures, settings and how to do it again, on one page.",
        "Experiments",
        3,
        "export",
    ),
    ActionSpec(
        "experiments.export-stimuli",
        "Stimuli as PNG files…",
        "",
        "Write the images of the chosen experiment with a table of what each shows.",
        "Experiments",
        3,
        "picture",
    ),
)


class Commands(QObject):
    """Binds the commands of one pane.

    Attributes
    ----------
    ask_delete : callable
        Takes a `RunRow`; True to delete it.
    ask_name : callable
        Takes the present title; gives another, or None.
    """

    def __init__(self, lab: LabContext, pane: ExperimentsPane) -> None:
        super().__init__(pane)
        self._lab = lab
        self._pane = pane
        self.ask_delete: Callable[[RunRow], bool] = self._delete_dialog
        self.ask_name: Callable[[str], str | None] = self._name_dialog
        self._bind()
        self._connect()

    # --- the run at work ---

    def pause(self, row: RunRow | None = None) -> None:
        """Stop a run after its batch; the one at work by default."""
        job = self._job(row)
        if job is not None:
            self._lab.sweeps.pause(job)

    def cancel(self, row: RunRow | None = None) -> None:
        """Stop a run after its batch, for good; the one at work by default."""
        job = self._job(row)
        if job is not None:
            self._lab.sweeps.cancel(job)

    # --- the selected run ---

    def resume(self, row: RunRow) -> None:
        """Go on with a run."""
        self._pane.controller.resume(row.path)

    def leave(self, row: RunRow) -> None:
        """Take a run that waits out of the queue; one that holds nothing goes altogether."""
        job = self._lab.sweeps.job_of(row.path)
        if job is not None and row.state == "queued":
            self._lab.sweeps.pause(job)
            if not row.done:
                self._pane.controller.library.trash(row.path)

    def move(self, row: RunRow, step: int) -> None:
        """Move a run in the queue."""
        job = self._lab.sweeps.job_of(row.path)
        if job is not None:
            self._lab.work.queue.move(job, step)

    def rename(self, row: RunRow) -> None:
        """Ask for another title."""
        if not row.readable or row.place is not None:
            return
        title = self.ask_name(row.title)
        if title and title != row.title:
            self._pane.controller.library.rename(row.path, title)

    def delete(self, row: RunRow) -> None:
        """Move a run to the wastebasket, after asking; never one in the queue."""
        if row.place is None and self._lab.sweeps.job_of(row.path) is None and self.ask_delete(row):
            self._pane.controller.library.trash(row.path)

    def fill_compare_menu(self) -> None:
        """Offer every other run that can be read."""
        menu = self._pane.results.compare_menu
        menu.clear()
        shown = self._pane.results.row
        others = [
            row
            for row in self._pane.runs.list.runs.rows
            if row.readable and shown is not None and row.path != shown.path
        ]
        for row in others:
            text = " · ".join(filter(None, (row.title, row.detail_text()))).replace("&", "&&")
            action = menu.addAction(text)
            action.triggered.connect(
                lambda _checked=False, row=row: self._pane.results.compare_with(row)
            )
        if not others:
            menu.addAction("There is no other run yet").setEnabled(False)

    def enable(self) -> None:
        """Enable what makes sense at present."""
        pane, lab = self._pane, self._lab
        row = pane.runs.current
        free = row is not None and row.place is None
        states = {
            "run": pane.controller.plan is not None,
            "pause": lab.sweeps.current is not None,
            "cancel": lab.sweeps.current is not None,
            "resume": row is not None and free and row.resumable,
            "estimate": pane.controller.plan is not None and not len(lab.sweeps),
            "show-images": row is not None and row.readable,
            "compare": row is not None and row.readable,
            "export": row is not None and row.readable,
            "report": row is not None and row.readable,
            "export-stimuli": pane.controller.plan is not None,
            "use-plan": row is not None and row.readable,
            "rename-run": row is not None and free and row.readable,
            "delete-run": free,
        }
        for name, possible in states.items():
            lab.actions.set_enabled(f"experiments.{name}", possible)

    # --- inside ---

    def _bind(self) -> None:
        pane, bind = self._pane, self._lab.actions.bind
        for spec in _FILES:
            self._lab.actions.declare(spec)
        bind("experiments.run", pane.run)
        bind("experiments.pause", self.pause)
        bind("experiments.cancel", self.cancel)
        bind("experiments.resume", lambda: self._with_current(self.resume))
        bind("experiments.edit-plan", pane.show_plan)
        bind("experiments.use-prompts", pane.controller.use_document_prompts)
        bind("experiments.estimate", pane.measure)
        bind("experiments.show-images", pane.results.view.choose_current)
        bind("experiments.compare", pane.results.compare.showMenu)
        bind("experiments.export", pane.results.export.showMenu)
        bind("experiments.report", lambda: pane.results.export_menu.save(REPORT))
        bind("experiments.export-stimuli", pane.export_stimuli)
        bind("experiments.use-plan", lambda: self._with_current(self._use_plan))
        bind("experiments.rename-run", lambda: self._with_current(self.rename))
        bind("experiments.delete-run", lambda: self._with_current(self.delete))
        bind("experiments.open-folder", self._open_folder)
        for preset in EXPERIMENTS:
            spec = ActionSpec(
                f"experiments.choose-{preset.id}",
                preset.title,
                "",
                preset.question,
                "Experiments",
                _GROUP_OF_PRESETS,
            )
            self._lab.actions.declare(spec)
            bind(spec.id, lambda preset=preset: pane.controller.use_preset(preset.id))

    def _connect(self) -> None:
        runs, pane = self._pane.runs, self._pane
        runs.resume_wanted.connect(self.resume)
        runs.pause_wanted.connect(self.pause)
        runs.cancel_wanted.connect(self.cancel)
        runs.rename_wanted.connect(self.rename)
        runs.delete_wanted.connect(self.delete)
        runs.leave_wanted.connect(self.leave)
        runs.move_wanted.connect(self.move)
        runs.plan_wanted.connect(self._use_plan)
        runs.refresh_wanted.connect(pane.controller.library.refresh)
        runs.folder_wanted.connect(self._open_folder)
        pane.results.compare_menu.aboutToShow.connect(self.fill_compare_menu)

    def _use_plan(self, row: RunRow) -> None:
        self._pane.controller.use_plan_of(row.path)

    def _with_current(self, call: Callable[[RunRow], None]) -> None:
        row = self._pane.runs.current
        if row is not None:
            call(row)

    def _job(self, row: RunRow | None) -> Job[SweepTask] | None:
        sweeps = self._lab.sweeps
        return sweeps.current if row is None else sweeps.job_of(row.path)

    def _delete_dialog(self, row: RunRow) -> bool:
        box = QMessageBox(self._window())
        box.setWindowTitle("Delete run")
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(f"Move “{row.title}” to the wastebasket?")
        box.setInformativeText(f"It holds the answers to {count_text(row.done, 'image')}.")
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        return ask(box, delete, self._lab, "confirm_delete")

    def _name_dialog(self, title: str) -> str | None:
        text, accepted = QInputDialog.getText(
            self._window(), "Rename run", "Name of the run", text=title
        )
        return text.strip() if accepted and text.strip() else None

    def _window(self) -> QWidget:
        return self._pane.window()

    def _open_folder(self) -> None:
        self._lab.open_folder_of_all("runs")
