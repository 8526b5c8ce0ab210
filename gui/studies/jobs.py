"""What the tabs of scans ask for, and of which model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.base.errors import InvalidInput, PromptError
from core.scans.plan import ScanPlan, ScanSetup
from core.stimuli.stimulus import ObjectStimulus, PictureStimulus, Stimulus
from gui.context.lab_context import LabContext
from gui.jobs.scans import ScanJobs, Tools, Work

if TYPE_CHECKING:
    from collections.abc import Generator

    from core.predict.prediction import Session
    from core.scans.events import ScanEvent

LIVE_IMAGES = 400
"""A scan of at most so many images follows every change by itself."""


def scan_jobs(lab: LabContext) -> ScanJobs:
    """The lab's thread for scans; it ends with the lab."""
    jobs = lab.findChild(ScanJobs)
    if jobs is None:
        jobs = ScanJobs(lab.inference.loader, parent=lab)
        lab.adopt(jobs)
        lab.inference.model_ready.connect(lambda _info: jobs.keep_only(lab.inference.session))
        lab.closing.connect(jobs.stop)
    return jobs


def figure_on_canvas(lab: LabContext) -> ObjectStimulus:
    """The document's stimulus at the model's side; a picture is `InvalidInput`."""
    stimulus: Stimulus = lab.document.stimulus
    if isinstance(stimulus, PictureStimulus):
        raise InvalidInput(
            "A picture has no parameters to scan.", "Make the stimulus a shape or a word."
        )
    return msgspec.structs.replace(stimulus, side=lab.view.preprocessing.side)


def take_stimulus(lab: LabContext, figure: ObjectStimulus, step: str) -> None:
    """Put a stimulus on the canvas for good, as one undo step."""
    lab.document.end_merge()
    lab.document.change(step, stimulus=figure)
    lab.document.end_merge()


def make_plan(lab: LabContext, setup: ScanSetup, figure: ObjectStimulus | None = None) -> ScanPlan:
    """A plan about the stimulus and the prompts of the document.

    Raises
    ------
    LabError
        If the stimulus or the prompts cannot be used for it.
    """
    prompts = lab.document.prompts
    blocking = prompts.blocking_reason()
    if blocking:
        raise PromptError(blocking)
    return ScanPlan(
        setup=setup,
        stimulus=figure_on_canvas(lab) if figure is None else figure,
        templates=prompts.active_templates(),
        labels=prompts.active_labels(),
        palette=lab.document.state.palette,
    )


def scan_work(plan: ScanPlan, session: Session) -> Work:
    """The scan as work for the thread."""

    def work(tools: Tools) -> Generator[ScanEvent, None, None]:
        from core.scans.run import run_scan

        return run_scan(plan, session, embedder=tools.embedder(session))

    return work
