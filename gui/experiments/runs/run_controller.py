"""From a draft to a run: plans, estimates, the queue, and what to do when something fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from core.experiments.presets import EXPERIMENTS, ExperimentPreset, experiment
from core.predict.prediction import check_prompts
from core.predict.prompts import Problem, color_labels, one_prompt_problems, prompt_set
from core.runs.folder import OtherVersions
from core.sweeps.plan import SweepPlan, make_plan
from gui.context.lab_context import LabContext
from gui.experiments.plan.draft import PlanDraft, draft_of_plan
from gui.experiments.plan.estimates import Estimates, Rate
from gui.experiments.plan.setup_bar import OWN
from gui.experiments.runs.library import RunLibrary
from gui.jobs.job_queue import Job
from gui.jobs.sweeps import SweepTask
from gui.widgets.words import count_text

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession
    from core.runs.work import Calibration

FIRST_PRESET = "experiment-4"


class RunController(QObject):
    """Holds the draft, and starts what the user asks for.

    Attributes
    ----------
    draft : PlanDraft
    plan : SweepPlan or None
        The draft as a plan for the model in use; None if there is none, or it cannot be.
    problem : str
        Why the draft cannot run, in a sentence; empty if it can.
    repeated : tuple of Problem
        Prompts of the draft that the model reads as an earlier one.

    Signals
    -------
    draft_changed()
        `draft`, `preset` or what can be said about it differ from before.
    run_made(path)
        A run was put into the queue.
    versions_differ(error)
        An `OtherVersions`: the run can be resumed only if the user allows that.
    """

    draft_changed = Signal()
    run_made = Signal(object)
    versions_differ = Signal(object)

    def __init__(self, lab: LabContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.library = RunLibrary(self)
        self.estimates = Estimates()
        gray = lab.settings.gray_spelling
        self.draft = PlanDraft(gray=gray, labels=color_labels(gray))
        self._chosen = experiment(FIRST_PRESET)
        self.plan: SweepPlan | None = None
        self.problem = ""
        self.repeated: tuple[Problem, ...] = ()
        self._begun: dict[Path, int] = {}
        self.use_preset(FIRST_PRESET)
        lab.inference.model_ready.connect(lambda _info: self._plan_anew())
        lab.sweeps.measured.connect(self._on_measured)
        lab.sweeps.unmeasured.connect(self._on_unmeasured)
        lab.sweeps.progressed.connect(self._on_progressed)
        lab.sweeps.ended.connect(self._on_ended)
        lab.sweeps.noted.connect(lambda job, note: lab.say(f"{job.title}: {note}", 0))
        lab.inference.model_failed.connect(self.draft_changed)
        lab.sweeps.changed.connect(self.draft_changed)
        self.library.failed.connect(self._report)

    # --- the draft ---

    @property
    def preset(self) -> str:
        """Id of the experiment that the draft is, whatever its size; `OWN` if it is none."""
        found = self._preset()
        return found.id if found is not None else OWN

    def use_preset(self, id: str) -> None:
        """Take an experiment's stimuli and prompts; everything else stays as it was chosen."""
        chosen = self._chosen = experiment(id)
        self.set_draft(
            msgspec.structs.replace(
                self.draft, title="", kind=chosen.set, templates=chosen.templates
            )
        )

    def set_draft(self, draft: PlanDraft) -> None:
        """Take another draft."""
        self.draft = draft
        self._plan_anew()

    def set_samples(self, samples: int) -> None:
        """Take another number of samples per combination."""
        if samples != self.draft.samples:
            self.set_draft(msgspec.structs.replace(self.draft, samples=samples))

    def use_document_prompts(self) -> None:
        """Take the templates and labels in use in the document."""
        prompts = self._lab.document.prompts
        self.set_draft(self.draft.with_prompts(prompts.active_templates(), prompts.active_labels()))

    def use_plan_of(self, path: Path) -> None:
        """Take the plan of a run as the draft."""

        def opened(plan: SweepPlan) -> None:
            self.set_draft(draft_of_plan(plan))
            self._lab.say(f"Took the plan of “{plan.title}”")

        self.library.open_plan(path, opened)

    # --- what can be said about it ---

    @property
    def measured(self) -> bool:
        """True if the speed of such a plan is known."""
        return self.plan is not None and self._rate() is not None

    def estimate_text(self) -> str:
        """The exact number of images, and how long they will take."""
        if self.problem:
            return self.problem
        if self.plan is None:
            failed = self._lab.inference.failed_request is not None
            return "No model: load one to run this" if failed else "Waiting for the model…"
        images = count_text(len(self.plan), "image")
        ablation = self.plan.ablation
        if ablation is not None:
            images += f" without {count_text(len(ablation), 'neuron')}"
        if self._lab.sweeps.measuring is not None:
            return f"{images} · measuring the speed…"
        rate = self._rate()
        return f"{images} · {rate.sentence(len(self.plan)) if rate else 'time not measured yet'}"

    def estimate_tip(self) -> str:
        """What the number of images consists of."""
        plan = self.plan
        if plan is None:
            return ""
        combinations = count_text(len(plan.stimuli.combinations), "combination")
        ablation = plan.ablation
        return (
            f"{combinations} × {count_text(plan.stimuli.samples, 'sample')}\n"
            f"{count_text(len(plan.templates), 'prompt')} about each image: "
            f"{count_text(plan.rows, 'answer')}"
            + ("" if ablation is None else f"\nSilenced: {ablation.in_words()}")
        )

    # --- commands ---

    def measure(self) -> None:
        """Time the plan in the background."""
        session = self._lab.inference.session
        if self.plan is not None and session is not None:
            self._lab.sweeps.measure(self.plan, session)

    def run(self) -> None:
        """Put the draft into the queue as a new run."""
        session = self._session()
        if session is None:
            return
        self._plan_anew()
        plan = self.plan
        if plan is None:
            if self.problem:
                self._lab.say(self.problem)
            return
        measure = self._rate() is None

        def made(path: Path) -> None:
            self._lab.sweeps.add(path, plan, session, measure=measure)
            self.run_made.emit(path)
            self.library.refresh()

        self.library.create(plan, session, made)

    def resume(self, path: Path, allow_versions: bool = False) -> None:
        """Put a run of the disk into the queue, with the model in use."""
        session = self._session()
        if session is None or self._lab.sweeps.job_of(path) is not None:
            return

        def opened(plan: SweepPlan, done: int) -> None:
            if self._lab.sweeps.job_of(path) is None:
                self._lab.sweeps.add(path, plan, session, done=done, allow_versions=allow_versions)
                self.run_made.emit(path)

        self.library.open_to_resume(path, session, allow_versions, opened)

    def stop(self) -> None:
        """Wait for what is being done with the runs on the disk."""
        self.library.stop()

    # --- inside ---

    def _preset(self) -> ExperimentPreset | None:
        draft = self.draft
        # Two experiments may ask the same of the same images: the one that was chosen comes first.
        return next(
            (
                preset
                for preset in (self._chosen, *EXPERIMENTS)
                if (preset.set, preset.templates) == (draft.kind, draft.templates)
            ),
            None,
        )

    def _title(self) -> str:
        if self.draft.title:
            return self.draft.title
        found = self._preset()
        title = found.title if found is not None else "Own plan"
        ablation = self.draft.ablation
        return title if ablation is None else f"{title}, without {ablation.title}"

    def _plan_anew(self) -> None:
        session = self._lab.inference.session
        self.plan, self.problem, self.repeated = None, "", ()
        if session is not None:
            draft, info = self.draft, session.info
            try:
                stimuli = draft.stimuli(info.preprocessing.side)
                plan = make_plan(
                    self._title(), stimuli, draft.templates, draft.labels, info, draft.ablation
                )
            except LabError as error:
                self.problem = str(error)
            else:
                self.problem = self._prompt_problem(session) or draft.ablation_problem(info)
                self.plan = None if self.problem else plan
        self.draft_changed.emit()

    def _prompt_problem(self, session: ModelSession) -> str:
        """What is wrong with the prompts for a model, in a sentence; empty if nothing is."""
        templates, labels = self.draft.templates, self.draft.labels
        self.repeated = one_prompt_problems(
            prompt_set(templates, labels), lambda prompt: session.tokenize_info(prompt).ids
        )
        try:
            check_prompts(templates, labels, session)
        except LabError as error:
            return str(error)
        return ""

    def _session(self) -> ModelSession | None:
        session = self._lab.inference.session
        if session is None:
            self._lab.say("The model is not ready yet; try again in a moment")
        return session

    def _machine(self) -> str:
        info = self._lab.inference.info
        return f"{info.device if info else ''}, {self._lab.settings.threads}"

    def _rate(self) -> Rate | None:
        plan = self.plan
        return self.estimates.rate(plan, self._machine()) if plan is not None else None

    def _on_measured(self, plan: SweepPlan, calibration: Calibration) -> None:
        self.estimates.add_calibration(plan, self._machine(), calibration)
        self.draft_changed.emit()

    def _on_unmeasured(self, _plan: SweepPlan, error: LabError) -> None:
        self._lab.report(error, self.measure)

    def _on_progressed(self, job: Job[SweepTask]) -> None:
        assert job.progress is not None
        progress = job.progress.detail
        begun = self._begun.setdefault(job.path, progress.done)
        machine = f"{job.task.session.info.device}, {self._lab.settings.threads}"
        self.estimates.add_progress(job.task.plan, machine, progress, progress.done - begun)

    def _on_ended(self, job: Job[SweepTask], _state: str, error: LabError | None) -> None:
        self._begun.pop(job.path, None)
        self.library.refresh()
        if isinstance(error, OtherVersions):
            self.versions_differ.emit(error)
        else:
            self._lab.tell_end(job, lambda: self.resume(job.path))

    def _report(self, error: LabError, retry: Callable[[], object]) -> None:
        if isinstance(error, OtherVersions):
            self.versions_differ.emit(error)
        else:
            self._lab.report(error, retry)
