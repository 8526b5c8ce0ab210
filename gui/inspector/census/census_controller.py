"""Censuses at work and on the disk: begin, go on, rename, delete, and what to do at the end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from core.census.sets import CensusOfSets, Stage, censuses_dir
from core.runs.folder import OtherVersions
from gui.context.lab_context import LabContext
from gui.inspector.census.planning import CensusPlanning
from gui.inspector.census.shown_census import ShownCensus
from gui.jobs.background import Background, move_to_trash
from gui.jobs.census import CensusJobs, CensusTask, Stored
from gui.jobs.job_queue import Job

RELOAD_SECONDS = 5.0
"""Least time between two looks at what a census at work has found."""


class CensusController(QObject):
    """Starts what the user asks for, and shows what comes of it in the inspector."""

    begun = Signal(object)  # path
    """A census is at work."""
    versions_differ = Signal(object)  # error
    """An `OtherVersions`: the census can go on only if the user allows that."""

    def __init__(
        self,
        lab: LabContext,
        shown_census: ShownCensus,
        jobs: CensusJobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._lab, self._shown_census, self._jobs = lab, shown_census, jobs
        self.planning = CensusPlanning(lab, jobs, self)
        self._looked = 0.0
        self._files = Background(self)
        jobs.reported.connect(self._on_stored)
        jobs.ended.connect(self._on_ended)

    def begin(self) -> None:
        """Take the census of the draft."""
        planning, session = self.planning, self._lab.inference.session
        choice = planning.choice
        if session is None or choice is None or not planning.ready:
            return
        words, shapes = planning.sets()
        title, pictures, sizes = planning.title(), planning.pictures.chosen, planning.sizes
        summary, seed, batch_size = planning.summary, planning.draft.seed, planning.batch_size

        def work() -> Path:
            from core.sweeps.library import begin_at

            def create(path: Path) -> CensusOfSets:
                return CensusOfSets.create(
                    path,
                    title,
                    session.info,
                    choice.layers,
                    stroop=words,
                    shapes=shapes,
                    pictures=pictures,
                    summary=summary,
                    seed=seed,
                )

            return begin_at(None, title, create, censuses_dir()).path

        def done(path: Path) -> None:
            if self._jobs.current is None:
                self._looked = time.monotonic()
                self._jobs.begin(CensusTask(path, title, session, sizes, batch_size))
                self._shown_census.close()
                self.begun.emit(path)
            self._shown_census.refresh()

        self._files.run(work, done, lambda error: self._lab.report(error, self.begin))

    def resume(self, path: Path, allow_versions: bool = False) -> None:
        """Go on with a census that was paused, interrupted or cancelled, with the model in use."""
        session = self._lab.inference.session
        if session is None:
            self._lab.say("The model is not ready yet; try again in a moment")
            return

        def work() -> tuple[str, dict[Stage, int]]:
            whole = CensusOfSets.open(path)
            return whole.record.title, whole.stage_sizes()

        def done(found: tuple[str, dict[Stage, int]]) -> None:
            title, sizes = found
            if self._jobs.current is not None:
                self._lab.say("Another census is running")
                return
            self._looked = time.monotonic()
            size = self.planning.batch_size
            self._jobs.begin(CensusTask(path, title, session, sizes, size, allow_versions))
            self.begun.emit(path)

        self._files.run(work, done, self._lab.report)

    def resume_shown(self) -> None:
        """Go on with the census that is shown, if it lacks anything."""
        data = self._shown_census.data
        if data is not None and self._shown_census.unfinished:
            self.resume(data.path)

    def rename(self, path: Path, title: str) -> None:
        """Call a census something else."""

        def work() -> None:
            CensusOfSets.open(path).rename(title)

        self._change(work, lambda: self.rename(path, title), path)

    def trash(self, path: Path) -> None:
        """Move a census to the trash."""

        def work() -> None:
            from core.runs.folder import moving

            with moving(path, "census"):
                move_to_trash(path)

        if self._shown_census.path == path:
            self._shown_census.close()
        self._change(work, lambda: self.trash(path), None)

    def stop(self) -> None:
        """Wait for what is under way beside the GUI thread; the census itself is the lab's."""
        self.planning.stop()
        self._files.stop()

    def _change(
        self, work: Callable[[], None], retry: Callable[[], object], again: Path | None
    ) -> None:
        def done(_none: object) -> None:
            self._shown_census.refresh()
            if again is not None and self._shown_census.path == again:
                self._shown_census.open(again)

        def failed(error: LabError) -> None:
            self._shown_census.refresh()
            self._lab.report(error, retry)

        self._files.run(work, done, failed)

    def _on_stored(self, job: Job[CensusTask], _stored: Stored) -> None:
        """Show what a census at work has found so far, unless another one is looked at."""
        now = time.monotonic()
        if self._shown_census.path in (None, job.path) and now >= self._looked + RELOAD_SECONDS:
            self._looked = now
            self._shown_census.open(job.path)

    def _on_ended(self, job: Job[CensusTask], state: str, error: LabError | None) -> None:
        self._shown_census.refresh()
        if self._shown_census.path in (None, job.path):
            self._shown_census.open(job.path)
        if isinstance(error, OtherVersions):
            self.versions_differ.emit(error)
        else:
            self._lab.tell_end(job, lambda: self.resume(job.path))
