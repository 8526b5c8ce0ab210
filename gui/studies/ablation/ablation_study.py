"""An experiment with all units, without the silenced ones, and with random controls."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QWidget

from core.ablation.study_folder import StudyFolder, StudySummary, list_studies, studies_dir
from core.ablation.study_result import StudyResult
from core.base.errors import LabError, RunError
from core.experiments.presets import EXPERIMENTS, SAMPLE_CHOICES, experiment, stimuli_for
from core.predict.prompts import color_labels
from core.runs.folder import OtherVersions
from core.sweeps.library import begin_at
from core.sweeps.plan import make_plan
from gui.context.lab_context import LabContext
from gui.context.typed_fields import TypedFields
from gui.jobs.ablation_study import StudyTask
from gui.jobs.background import Background
from gui.jobs.job_queue import Job
from gui.studies.ablation.ablation_result import ResultView
from gui.widgets.build import STRETCH, button, column, label, row, tell
from gui.widgets.job_progress import ProgressStrip
from gui.widgets.notices import Banner
from gui.widgets.numbers import WholeSpin
from gui.widgets.wheel import Combo
from gui.widgets.words import count_text

_FIRST = "experiment-4"
_CONTROLS = 20


class StudyPanel(QWidget):
    """Set a study up, watch it, and read what came of it or of an earlier one."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self._background = Background(self)
        self._fields = TypedFields(self, say=lab.say)
        self._begun = False
        self._studies: tuple[StudySummary, ...] = ()
        self.shown: Path | None = None
        title = label(
            "Study: is it the neurons, or any damage?",
            "heading",
            self,
            tip="The same images with all neurons, without the silenced ones, and with random\n"
            "controls, which are as many neurons of the same layers.\n"
            "An effect that controls have too is damage.",
        )
        presets = [(preset.title, preset.id, preset.question) for preset in EXPERIMENTS]
        self.experiment = Combo(self, "Experiment", entries=presets, letters=14)
        self.experiment.choose(_FIRST)
        tip = "Images of each combination of colors and words"
        samples = [(f"{number} each", number) for number in SAMPLE_CHOICES]
        self.samples = Combo(self, "Images of each combination", tip, samples)
        self.samples.choose(20)
        self.controls = WholeSpin("Random controls", 0, 200, self, " controls")
        self.controls.setValue(_CONTROLS)
        self.controls.setToolTip(
            "Runs without as many neurons of the same layers, drawn at random: what damage alone "
            "does"
        )
        self.redraw = QCheckBox("Controls from all neurons", self)
        self.redraw.setToolTip(
            "Off: controls are drawn from the neurons that are left alone.\n"
            "On: from all neurons of each layer, for selections of more than half a layer."
        )
        self.size_label = label("", "muted", self)
        tip = "Run the experiment with all neurons, without these, and with controls"
        self.start = button("Start study", tip, self._start, self, role="primary")
        self.problem = label("", "problem", self, wraps=True, shown=False)
        self.banner = Banner(lab.theme, self)
        self.progress = ProgressStrip(lab.ablation.jobs, self)
        tip = "Show the result of an earlier study"
        self.earlier = Combo(self, "Studies on the disk", tip, letters=14)
        tip = "Compute what this study still lacks"
        self.resume = button("Resume", tip, self._resume, self)
        self.result = ResultView(lab, self)
        self.waiting = label("", "muted", self, wraps=True, shown=False)
        what = row((self.experiment, 1), self.samples, spacing=4)
        how = row(self.controls, self.redraw, STRETCH)
        go = row(self.start, (self.size_label, 1))
        old = row((self.earlier, 1), self.resume, spacing=4)
        work = (self.problem, self.banner, self.progress)
        column(title, what, how, go, *work, old, self.waiting, self.result, STRETCH, on=self)
        self._connect()
        self._refresh()

    def begin(self) -> None:
        """List the studies on the disk and show the newest; once the tab is seen."""
        if not self._begun:
            self._begun = True
            self._list()

    # --- inside ---

    def _connect(self) -> None:
        ablation, jobs = self._lab.ablation, self._lab.ablation.jobs
        self.experiment.activated.connect(lambda _row: self._refresh())
        self.samples.activated.connect(lambda _row: self._refresh())
        self.controls.valueChanged.connect(lambda _value: self._refresh())
        self.earlier.activated.connect(lambda _row: self._open(self.earlier.currentData()))
        ablation.changed.connect(lambda _setup: self._refresh())
        ablation.means_changed.connect(self._refresh)
        ablation.readings_changed.connect(self._refresh)
        jobs.changed.connect(self._on_job)
        jobs.reported.connect(self._on_result)
        jobs.ended.connect(self._on_ended)
        self._lab.closing.connect(self._background.stop)

    def _refresh(self) -> None:
        """What would be run, and whether it can be."""
        ablation = self._lab.ablation
        preset = experiment(self.experiment.currentData())
        stimuli = stimuli_for(preset, samples=self.samples.currentData())
        runs = 2 + self.controls.value()
        self.size_label.setText(f"{runs} runs · {count_text(runs * len(stimuli), 'image')}")
        known = ablation.setup.to == "zero" or ablation.means is not None
        self.start.setEnabled(
            ablation.jobs.current is None and ablation.fits and ablation.count > 0 and known
        )
        self.problem.hide()

    def _start(self) -> None:
        lab, session = self._lab, self._lab.inference.session
        if session is None or not self._fields.ready("The study is not started"):
            return
        try:
            chosen = lab.ablation.file()
        except LabError as error:
            tell(self.problem, str(error))
            return
        preset = experiment(self.experiment.currentData())
        samples, controls = self.samples.currentData(), self.controls.value()
        redraw, palette = self.redraw.isChecked(), lab.document.state.palette
        gray = lab.settings.gray_spelling
        title = f"{preset.title} without {chosen.ablation.title}"
        self.start.setEnabled(False)

        def work() -> StudyFolder:
            side = session.info.preprocessing.side
            stimuli = stimuli_for(preset, samples=samples, palette=palette, side=side, gray=gray)
            labels = color_labels(gray)
            plan = make_plan(preset.title, stimuli, preset.templates, labels, session.info)

            def create(path: Path) -> StudyFolder:
                return StudyFolder.create(
                    path, title, plan, session.info, chosen, controls=controls, redraw=redraw
                )

            return begin_at(None, title, create, studies_dir())

        def done(study: StudyFolder) -> None:
            if lab.ablation.jobs.current is None:
                self.result.clear()
                self.shown = study.path
                lab.ablation.jobs.begin(StudyTask(study.path, title, session))
            else:  # one that was gone on with meanwhile
                lab.say("Another study is running; the new one can be resumed when that is done")
            self._list()

        def failed(error: LabError) -> None:
            self._refresh()
            tell(self.problem, str(error))

        self._background.run(work, done, failed)

    def _resume(self) -> None:
        row = self.earlier.currentIndex()
        if 0 <= row < len(self._studies):
            self._continue(self._studies[row].path, self._studies[row].title)

    def _continue(self, path: Path, title: str, allow_versions: bool = False) -> None:
        session, jobs = self._lab.inference.session, self._lab.ablation.jobs
        if session is not None and jobs.current is None:
            self.shown = path
            self.banner.hide()
            jobs.begin(StudyTask(path, title, session, allow_versions))

    # --- the studies on the disk ---

    def _list(self) -> None:
        self._background.run(lambda: tuple(list_studies()), self._on_listed, self._lab.report)

    def _on_listed(self, studies: tuple[StudySummary, ...]) -> None:
        self._studies = studies
        self.earlier.offer(map(_entry, studies))
        self.earlier.setVisible(bool(studies))
        if self.shown is None and studies:
            self._open(studies[0].path)
        elif self.shown is not None:
            self.earlier.choose(self.shown)
        self._show_resume()

    def _show_resume(self) -> None:
        row = self.earlier.currentIndex()
        study = self._studies[row] if 0 <= row < len(self._studies) else None
        lacking = study is not None and not study.problem and study.done < study.total
        self.resume.setVisible(lacking)
        self.resume.setEnabled(self._lab.ablation.jobs.current is None)

    def _open(self, path: Path | None) -> None:
        if path is None:
            return
        self.shown = path
        tell(self.waiting, "")
        self._show_resume()

        def work() -> StudyResult | str:
            from core.ablation.study_result import study_result

            try:
                return study_result(StudyFolder.open(path))
            except RunError as error:
                return str(error)

        def done(found: StudyResult | str) -> None:
            if path != self.shown:
                return
            if isinstance(found, str):
                self.result.clear()
                tell(self.waiting, found)
            else:
                self.result.show_result(path, found)

        self._background.run(work, done, self._lab.report)

    # --- the study at work ---

    def _on_job(self) -> None:
        self._refresh()
        self._show_resume()

    def _on_result(self, job: Job[StudyTask], result: StudyResult) -> None:
        if job.path == self.shown:
            tell(self.waiting, "")
            self.result.show_result(job.path, result)

    def _on_ended(self, job: Job[StudyTask], _state: str, error: LabError | None) -> None:
        if isinstance(error, OtherVersions):
            self.banner.offer(
                error.message,
                "Resume anyway",
                lambda: self._continue(job.path, job.title, allow_versions=True),
            )
        else:
            self._lab.tell_end(job, lambda: self._continue(job.path, job.title))
        self._list()


def _entry(study: StudySummary) -> tuple[str, Path, str]:
    lacking = " (cancelled)" if study.cancelled else " (unfinished)"
    partial = "" if study.done == study.total else lacking
    tip = study.problem or f"{study.done:,} of {study.total:,} images"
    return f"{study.title}{partial}", study.path, tip
