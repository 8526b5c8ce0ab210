"""Ablation studies as jobs, and the means of units."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gui.jobs.job_queue import JobsOfKind
from gui.jobs.job_worker import Progress, Task
from gui.jobs.latest_worker import Request

if TYPE_CHECKING:  # they import torch or pyarrow
    from core.ablation.unit_means import MeansMeasured, MeansProgress
    from core.census.data import CensusData
    from core.models.session import ModelSession


@dataclass(frozen=True, eq=False)
class StudyTask(Task):
    """A study to go on with; `path` is its folder.

    Attributes
    ----------
    session : ModelSession
        The model that it began with.
    allow_versions : bool
        Go on although libraries have other versions than when the study began; otherwise it ends
        with `OtherVersions`.
    """

    session: ModelSession
    allow_versions: bool = False

    noun = "study"
    action = "view.show-studies"
    closing = "the study stores what it has computed"

    def events(self, go_on: Callable[[], None]) -> Generator[Any, None, None]:
        """Go on with the study to its end.

        The details of its progress are `StudyProgress`. When a run after the first has ended, a
        `StudyResult` comes.
        """
        from core.ablation.study_folder import StudyFolder
        from core.ablation.study_result import study_result
        from core.ablation.study_run import run_study

        study = StudyFolder.open(self.path)
        finished_run = 0
        # Closing stores what was computed since the last file, and leaves the run paused.
        with contextlib.closing(
            run_study(study, self.session, allow_versions=self.allow_versions, go_on=go_on)
        ) as events:
            for event in events:
                if event.event is None and event.number >= 2 and event.number > finished_run:
                    finished_run = event.number
                    yield study_result(study)
                rate, left = event.images_per_second, event.seconds_left
                yield Progress(event.done, event.total, rate, left, event)

    def keep_cancelled(self) -> None:
        """Say so in the study's own folder."""
        from core.ablation.study_folder import StudyFolder

        study = StudyFolder.open(self.path)
        with study.hold():
            study.set_cancelled(True)


class StudyJobs(JobsOfKind):
    """The study in the queue, at most one; what is measured are the means of a `CensusData`.

    `MeansProgress` comes before `MeansMeasured`. Reports of a job are `StudyResult`: its runs with
    and without the units are finished; anew after each control.
    """

    KIND = StudyTask

    def measure_means(self, census: CensusData, session: ModelSession) -> None:
        """Measure the means of a census's units over its pictures, beside the window."""

        def work(_request: Request) -> Generator[MeansProgress | MeansMeasured, None, None]:
            from core.ablation.unit_means import measure_means

            yield from measure_means(census, session)

        self.measure_of(census, "measuring the means", work)
