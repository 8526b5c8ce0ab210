"""The commands of the menu “Experiments”, and the questions they ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.experiments.presets import EXPERIMENTS
from gui.context.action_specs import ActionSpec
from gui.context.lab_context import LabContext
from gui.dialogs.questions import ask_title, confirm_delete
from gui.experiments.results.export_menu import REPORT
from gui.experiments.runs.run_rows import RUN_COMMANDS, RunRow
from gui.jobs.job_queue import Job
from gui.jobs.sweeps import SweepTask
from gui.widgets.words import count_text

if TYPE_CHECKING:
    from gui.experiments.pane import ExperimentsPane

_GROUP_OF_PRESETS = 2
_OF_SELECTED = ("resume", "use-plan", "rename-run", "delete-run")
"""Those of `RUN_COMMANDS` that the menu has for the selected run."""
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

    def leave(self, row: RunRow) -> None:
        """Take a run that waits out of the queue; one that holds nothing goes altogether."""
        job = self._lab.sweeps.job_of(row.path)
        if job is not None and row.state == "queued":
            self._lab.sweeps.pause(job)
            if not row.done:
                self._pane.controller.library.trash(row.path)

    def rename(self, row: RunRow) -> None:
        """Ask for another title."""
        if not row.readable or row.place is not None:
            return
        title = self.ask_name(row.title)
        if title and title != row.title:
            self._pane.controller.library.rename(row.path, title)

    def delete(self, row: RunRow) -> None:
        """Move a run to the trash, after asking; never one in the queue."""
        if row.place is None and self._lab.sweeps.job_of(row.path) is None and self.ask_delete(row):
            self._pane.controller.library.trash(row.path)

    def fill_compare_menu(self) -> None:
        """Offer every other run that can be read."""
        menu = self._pane.results.compare_menu
        menu.clear()
        shown = self._pane.results.row
        others = [
            row
            for row in self._pane.runs.list.rows.rows
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
        pane, sweeps = self._pane, self._lab.sweeps
        row = pane.runs.current
        planned = pane.controller.plan is not None
        readable = row is not None and row.readable
        states = {
            **dict.fromkeys(("run", "export-stimuli"), planned),
            "estimate": planned and not len(sweeps),
            **dict.fromkeys(("pause", "cancel"), sweeps.current is not None),
            **dict.fromkeys(("show-images", "compare", "export", "report"), readable),
            **{
                command.name: row is not None and command.suits(row)
                for command in chain(*RUN_COMMANDS)
                if command.name in _OF_SELECTED
            },
        }
        for name, possible in states.items():
            self._lab.actions.set_enabled(f"experiments.{name}", possible)

    # --- inside ---

    def _bind(self) -> None:
        pane, actions = self._pane, self._lab.actions
        for spec in _FILES:
            actions.declare(spec)
        handlers: dict[str, Callable[..., object]] = {
            "run": pane.run,
            "pause": self._lab.sweeps.pause,
            "cancel": self._lab.sweeps.cancel,
            "edit-plan": pane.show_plan,
            "use-prompts": pane.controller.use_document_prompts,
            "estimate": pane.measure,
            "show-images": pane.results.view.choose_current,
            "compare": pane.results.compare.showMenu,
            "export": pane.results.export.showMenu,
            "report": lambda: pane.results.export_menu.save(REPORT),
            "export-stimuli": pane.export_stimuli,
            "open-folder": self._open_folder,
            **{name: partial(self._do_with_current, name) for name in _OF_SELECTED},
        }
        for preset in EXPERIMENTS:
            name = f"choose-{preset.id}"
            actions.declare(
                ActionSpec(
                    f"experiments.{name}",
                    preset.title,
                    "",
                    preset.question,
                    "Experiments",
                    _GROUP_OF_PRESETS,
                )
            )
            handlers[name] = partial(pane.controller.use_preset, preset.id)
        for name, handler in handlers.items():
            actions.bind(f"experiments.{name}", handler)

    def _connect(self) -> None:
        runs, pane = self._pane.runs, self._pane
        runs.wanted.connect(self._do)
        runs.refresh_wanted.connect(pane.controller.library.refresh)
        runs.folder_wanted.connect(self._open_folder)
        pane.results.compare_menu.aboutToShow.connect(self.fill_compare_menu)

    def _do(self, name: str, row: RunRow) -> None:
        """One of `RUN_COMMANDS`."""
        sweeps, queue, controller = self._lab.sweeps, self._lab.work.queue, self._pane.controller
        of_jobs: dict[str, Callable[[Job[SweepTask]], object]] = {
            "pause": sweeps.pause,
            "cancel": sweeps.cancel,
            "earlier": lambda job: queue.move(job, -1),
            "later": lambda job: queue.move(job, 1),
        }
        of_runs: dict[str, Callable[[RunRow], object]] = {
            "leave": self.leave,
            "resume": lambda row: controller.resume(row.path),
            "use-plan": lambda row: controller.use_plan_of(row.path),
            "rename-run": self.rename,
            "delete-run": self.delete,
        }
        job = sweeps.job_of(row.path)
        if name in of_runs:
            of_runs[name](row)
        elif job is not None:
            of_jobs[name](job)

    def _do_with_current(self, name: str) -> None:
        row = self._pane.runs.current
        if row is not None:
            self._do(name, row)

    def _delete_dialog(self, row: RunRow) -> bool:
        detail = f"It holds the answers to {count_text(row.done, 'image')}."
        return confirm_delete(self._lab, self._pane.window(), "run", row.title, detail)

    def _name_dialog(self, title: str) -> str | None:
        return ask_title(self._pane.window(), "run", title)

    def _open_folder(self) -> None:
        self._lab.open_folder_of_all("runs")
