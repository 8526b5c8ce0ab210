"""The runs on the disk, listed and changed beside the GUI thread (R45)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from core.base.paths import data_dir
from core.predict.prediction import check_prompts
from gui.jobs.background import Background, move_to_trash

if TYPE_CHECKING:  # they import pyarrow
    from collections.abc import Callable

    from core.models.session import ModelSession
    from core.sweeps.library import RunSummary
    from core.sweeps.plan import SweepPlan


class RunLibrary(QObject):
    """Lists, makes, renames and deletes run folders, in order, on a thread of its own.

    Attributes
    ----------
    runs : tuple of RunSummary
        As listed last.
    listed : bool
        True once they have been listed.

    Signals
    -------
    changed(runs)
        A tuple of `RunSummary`, newest first.
    failed(error, retry)
        A `LabError` of something the user asked for, and what to call to try again.
    """

    changed = Signal(object)
    failed = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self.runs: tuple[RunSummary, ...] = ()
        self.listed = False
        self._listings = 0

    def refresh(self) -> None:
        """List the runs anew; of several requests that wait only the last one's list counts."""
        self._listings += 1
        number = self._listings

        def work() -> tuple[RunSummary, ...] | None:
            if number != self._listings:
                return None
            try:
                folder = data_dir() / "runs"
                if not folder.is_dir() or not any(folder.iterdir()):
                    return ()  # spares the start of the program the libraries that read runs
            except OSError:  # as for `list_runs`
                return ()
            from core.sweeps.library import list_runs

            return tuple(list_runs())

        def done(runs: tuple[RunSummary, ...] | None) -> None:
            if runs is not None and number == self._listings:
                self.runs, self.listed = runs, True
                self.changed.emit(runs)

        self._background.run(work, done, lambda error: self.failed.emit(error, self.refresh))

    def create(self, plan: SweepPlan, session: ModelSession, made: Callable[[Path], None]) -> None:
        """Check a plan's prompts, make a folder for it, then call `made` with its path."""

        def work() -> Path:
            check_prompts(plan.templates, plan.labels, session)
            from core.sweeps.library import begin_at
            from core.sweeps.run_folder import RunFolder

            return begin_at(
                None, plan.title, lambda path: RunFolder.create(path, plan, session.info)
            ).path

        self._run(work, made, lambda: self.create(plan, session, made))

    def open_plan(self, path: Path, opened: Callable[[SweepPlan], None]) -> None:
        """Read a run's plan."""

        def work() -> SweepPlan:
            from core.sweeps.run_folder import RunFolder

            return RunFolder.open(path).plan

        self._run(work, opened, lambda: self.open_plan(path, opened))

    def open_to_resume(
        self,
        path: Path,
        session: ModelSession,
        allow_versions: bool,
        opened: Callable[[SweepPlan, int], None],
    ) -> None:
        """Read a run's plan and how far it is, once it is sure that it can be resumed here."""

        def work() -> tuple[SweepPlan, int]:
            from core.sweeps.run_folder import RunFolder

            folder = RunFolder.open(path)
            folder.check_resumable(session.info, allow_versions)
            return folder.plan, folder.done()

        def again() -> None:
            self.open_to_resume(path, session, allow_versions, opened)

        self._run(work, lambda found: opened(*found), again)

    def rename(self, path: Path, title: str) -> None:
        """Call a run something else."""

        def work() -> None:
            from core.sweeps.run_folder import RunFolder

            RunFolder.open(path).rename(title)

        self._run(work, lambda _none: self.refresh(), lambda: self.rename(path, title))

    def trash(self, path: Path) -> None:
        """Move a run's folder to the trash."""

        def work() -> None:
            from core.runs.folder import moving

            with moving(path, "run"):
                move_to_trash(path)

        self._run(work, lambda _none: self.refresh(), lambda: self.trash(path))

    def stop(self) -> None:
        """Wait for what is being done; nothing is called back afterwards."""
        self._background.stop()

    def _run(
        self,
        work: Callable[[], object],
        done: Callable[[Any], None],
        retry: Callable[[], object],
    ) -> None:
        def failed(error: LabError) -> None:
            self.failed.emit(error, retry)
            self.refresh()

        self._background.run(work, done, failed)
