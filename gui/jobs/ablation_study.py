"""Ablation studies beside the window: one at work, and the means of units between them."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from gui.jobs.job_thread import PROGRESS_SECONDS, Interrupted, JobThread, Stop
from gui.jobs.sweep_thread import check_resumable_here

if TYPE_CHECKING:  # they import torch or pyarrow
    from core.ablation.study_folder import StudyFolder
    from core.ablation.study_result import StudyResult
    from core.ablation.study_run import StudyProgress
    from core.ablation.unit_means import MeansMeasured
    from core.census.data import CensusData
    from core.models.session import ModelSession

StudyState = Literal["starting", "running", "pausing", "cancelling"]


@dataclass(frozen=True, eq=False)
class StudyWork:
    """A study to go on with."""

    job: int
    path: Path
    session: ModelSession
    allow_versions: bool = False


@dataclass(frozen=True, eq=False)
class MeansWanted:
    """The means of a census's units are asked for."""

    census: CensusData
    session: ModelSession


@dataclass(eq=False)
class StudyJob:
    """The study at work.

    Attributes
    ----------
    path : Path
        Its folder.
    title : str
    session : ModelSession
        The model it began with.
    state : StudyState
    progress : StudyProgress or None
        The latest report.
    """

    id: int
    path: Path
    title: str
    session: ModelSession
    state: StudyState = "starting"
    progress: StudyProgress | None = None

    @property
    def done(self) -> int:
        """Images of all its runs that are finished."""
        return 0 if self.progress is None else self.progress.done

    @property
    def total(self) -> int:
        """Images of all its runs; 0 while not known."""
        return 0 if self.progress is None else self.progress.total


class StudyThread(JobThread):
    """A `JobThread` for studies; its questions are means of units.

    Signals
    -------
    resulted(job, result)
        The runs with and without the units are finished: a `StudyResult`, anew after each control.
    means_progressed(done, total), means_measured(wanted, result), means_failed(wanted, error)
    """

    resulted = Signal(int, object)
    means_progressed = Signal(int, int)
    means_measured = Signal(object, object)
    means_failed = Signal(object, object)

    noun = "study"

    def work_on(self, work: StudyWork) -> str:
        """Go on with a study to its end or until told to stop; the state it is left in."""
        from core.ablation.study_folder import StudyFolder

        study = StudyFolder.open(work.path)
        state = self._run_study(work, study)
        if state == "cancelled":
            with study.hold():
                study.set_cancelled(True)
        return state

    def _run_study(self, work: StudyWork, study: StudyFolder) -> str:
        from core.ablation.study_result import study_result
        from core.ablation.study_run import run_study

        wish = self.wish()
        if wish is not None:
            return wish
        with study.hold():
            for member in study.members:
                run = study.begun_run(member)
                if run.missing():  # what is true of one run is true of those after it
                    check_resumable_here(run.path, work.session, work.allow_versions)
                    break
        self.apply_threads()
        due = 0.0
        finished_run = 0
        # Closing stores what was computed since the last file, and leaves the run paused.
        events = run_study(
            study, work.session, allow_versions=work.allow_versions, go_on=self.go_on
        )
        with contextlib.closing(events), contextlib.suppress(Interrupted):
            for event in events:
                now = time.monotonic()
                ended = event.event is None
                if now >= due or ended:
                    due = now + PROGRESS_SECONDS
                    self.progressed.emit(work.job, event)
                if ended and event.number >= 2 and event.number > finished_run:
                    finished_run = event.number
                    self.resulted.emit(work.job, study_result(study))
                wish = self.wish()
                if wish is not None and not (ended and event.number == event.members):
                    return wish
            return "finished"
        return self.wish() or "paused"

    def answer(self, question: MeansWanted) -> None:
        """Measure the means of units."""
        from core.ablation.unit_means import MeansProgress, measure_means

        try:
            self.apply_threads()
            with contextlib.closing(measure_means(question.census, question.session)) as events:
                for event in events:
                    if isinstance(event, MeansProgress):
                        self.means_progressed.emit(event.done, event.total)
                    else:
                        self.means_measured.emit(question, event)
                    if self.wish() is not None:  # the window closes
                        return
        except Exception as exception:
            self.means_failed.emit(question, self.told(exception, "measuring the means"))


class StudyJobs(QObject):
    """At most one study at work; it lives on the GUI thread.

    Signals
    -------
    changed()
        A study began, ended, or took another state.
    progressed(job)
        At most ten times a second.
    resulted(job, result)
        What has come out so far.
    ended(job, state, error)
        ``finished``, ``paused``, ``cancelled`` or ``failed``, the last with its `LabError`.
    means_progressed(done, total)
    means_measured(census, result)
    means_failed(census, error)
    crashed(exception)
    """

    changed = Signal()
    progressed = Signal(object)
    resulted = Signal(object, object)
    ended = Signal(object, str, object)
    means_progressed = Signal(int, int)
    means_measured = Signal(object, object)
    means_failed = Signal(object, object)
    crashed = Signal(object)

    def __init__(self, threads: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: StudyJob | None = None
        self._number = 0
        self._stopped = False
        self._thread = StudyThread(threads)
        self._thread.setParent(self)
        self._thread.setObjectName("studies")
        self._thread.progressed.connect(self._on_progressed)
        self._thread.resulted.connect(self._on_resulted)
        self._thread.ended.connect(self._on_ended)
        self._thread.means_progressed.connect(self.means_progressed)
        self._thread.means_measured.connect(self._on_means)
        self._thread.means_failed.connect(self._on_means_failed)
        self._thread.crashed.connect(self.crashed)

    @property
    def current(self) -> StudyJob | None:
        """The study at work."""
        return self._job

    def begin(
        self, path: Path, title: str, session: ModelSession, *, allow_versions: bool = False
    ) -> StudyJob:
        """Go on with a study.

        Parameters
        ----------
        path : Path
        title : str
        session : ModelSession
        allow_versions : bool
            Go on although libraries have other versions than when the study began; otherwise it
            ends with `OtherVersions`.

        Raises
        ------
        ValueError
            If another one is at work.
        """
        if self._job is not None:
            raise ValueError(f"{self._job.path.name} is at work")
        self._number += 1
        job = self._job = StudyJob(self._number, path, title, session)
        self._start()
        self._thread.begin(StudyWork(job.id, path, session, allow_versions))
        self.changed.emit()
        return job

    def measure_means(self, census: CensusData, session: ModelSession) -> None:
        """Measure the means of a census's units over its pictures, when no study is at work."""
        if not self._stopped:
            self._start()
            self._thread.ask(MeansWanted(census, session))

    def pause(self) -> None:
        """Stop after the present batch; the study can go on at any time."""
        self._stop("paused")

    def cancel(self) -> None:
        """Stop after the present batch for good; what is done is kept."""
        self._stop("cancelled")

    def set_threads(self, threads: int) -> None:
        """Change how many threads torch may use, from the next study on."""
        self._thread.set_threads(threads)

    def request_stop(self) -> None:
        """Ask the thread to end after its batch, without waiting."""
        self._stopped = True
        self._thread.request_stop()

    def stop(self) -> None:
        """End the thread after its batch, and wait for it. Safe in any state."""
        self.request_stop()
        self._thread.wait()

    def _start(self) -> None:
        if not self._thread.isRunning():
            self._thread.start()

    def _stop(self, stop: Stop) -> None:
        job = self._job
        if job is not None and job.state != "cancelling":
            job.state = "pausing" if stop == "paused" else "cancelling"
            self._thread.stop_job(job.id, stop)
            self.changed.emit()

    def _on_progressed(self, number: int, progress: StudyProgress) -> None:
        job = self._job
        if job is not None and job.id == number:
            if job.state == "starting":
                job.state = "running"
            job.progress = progress
            self.progressed.emit(job)

    def _on_resulted(self, number: int, result: StudyResult) -> None:
        if self._job is not None and self._job.id == number:
            self.resulted.emit(self._job, result)

    def _on_ended(self, number: int, state: str, error: LabError | None) -> None:
        job = self._job
        if job is None or job.id != number or self._stopped:
            return
        self._job = None
        self.ended.emit(job, state, error)
        self.changed.emit()

    def _on_means(self, wanted: MeansWanted, result: MeansMeasured) -> None:
        self.means_measured.emit(wanted.census, result)

    def _on_means_failed(self, wanted: MeansWanted, error: LabError) -> None:
        self.means_failed.emit(wanted.census, error)
