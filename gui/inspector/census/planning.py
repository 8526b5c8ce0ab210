"""The draft of a census: its layers, sets and pictures, and how long it would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from core.base.errors import LabError
from core.census.draft import CensusDraft, LayerChoice, layer_choices, warnings
from core.census.sets import Stage
from core.network.layer import Summary
from core.stimuli.factorial import ShapeSet, StroopSet
from gui.context.lab_context import LabContext
from gui.inspector.census.picture_choice import PictureChoice
from gui.jobs.background import Background
from gui.jobs.census import CensusJobs, CensusTiming
from gui.widgets.words import count_text, duration_text

if TYPE_CHECKING:  # they import torch
    from core.models.info import ModelInfo
    from core.models.session import ModelSession
    from core.network.layer import Layer
    from core.runs.work import Calibration

_SIDE = 224
"""Before the model is known."""
_STAGES: dict[Stage, str] = {
    "stroop": "Stroop words",
    "shapes": "shapes",
    "pictures": "natural pictures",
    "gray": "of them in gray, at most",
}
_Key = tuple[str, str, str]


class CensusPlanning(QObject):
    """What the form of a new census shows and changes.

    `choices` are the layers that the model offers; empty while it is being looked at.
    """

    changed = Signal()
    """The draft, or what can be said about it, differs from before."""

    def __init__(self, lab: LabContext, jobs: CensusJobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lab, self._jobs = lab, jobs
        self.choices: tuple[LayerChoice, ...] = ()
        self.pictures = PictureChoice(self.side, self)
        self.draft = CensusDraft(
            gray=lab.settings.gray_spelling, palette=lab.document.state.palette
        )
        self._refusal = ""
        self._open = False
        self._of: ModelSession | None = None
        self._rates: dict[_Key, Calibration] = {}
        self._asked: _Key | None = None
        self._background = Background(self)
        self.pictures.changed.connect(self.changed)
        lab.inference.model_ready.connect(self._on_model)
        lab.document.palette_changed.connect(lambda palette: self.edit(palette=palette))
        jobs.measured.connect(self._on_timed)
        jobs.unmeasured.connect(self._on_untimed)
        jobs.changed.connect(self._on_jobs)

    # --- the draft ---

    def open(self) -> None:
        """Look at the model's layers, and from now on keep the estimate up to date."""
        self._open = True
        self._look_at_model()

    def put_aside(self) -> None:
        """Nobody looks at the draft any more."""
        self._open = False

    def edit(self, **fields: object) -> None:
        """Change some fields of the draft; see `CensusDraft`."""
        draft = msgspec.structs.replace(self.draft, **fields)
        if draft != self.draft:
            self.draft = draft
            self._measure()
            self.changed.emit()

    @property
    def side(self) -> int:
        """Of the model's pictures."""
        info = self._lab.inference.info
        return info.preprocessing.side if info is not None else _SIDE

    @property
    def choice(self) -> LayerChoice | None:
        """The layers that are chosen; None before the model is known."""
        found = [choice for choice in self.choices if choice.id == self.draft.layers]
        return next(iter(found or self.choices), None)

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """The ways in which all chosen layers can become one value."""
        choice = self.choice
        if choice is None:
            return ("max",)
        first, *others = (layer.summaries for layer in choice.layers)
        return tuple(name for name in first if all(name in other for other in others))

    @property
    def summary(self) -> Summary:
        """The way in which they do."""
        return self.draft.summary if self.draft.summary in self.summaries else "max"

    def sets(self) -> tuple[StroopSet | None, ShapeSet | None]:
        """Words and shapes.

        Raises
        ------
        LabError
            If they cannot be made, e.g. because two terms of the palette have one color.
        """
        return self.draft.stroop_set(self.side), self.draft.shape_set(self.side)

    def title(self) -> str:
        """What the census will be called."""
        info = self._lab.inference.info
        return self.draft.title or f"Census of {info.name if info is not None else 'the model'}"

    # --- what can be said about it ---

    @property
    def problem(self) -> str:
        """Why such a census cannot be taken, in a sentence; empty if it can."""
        try:
            self.sets()
        except LabError as error:
            return str(error)
        return self._refusal

    @property
    def sizes(self) -> dict[Stage, int]:
        """Images of each stage; empty if there is a problem."""
        if self.problem:
            return {}
        sizes: dict[Stage, int] = {}
        words, shapes = self.sets()
        if words is not None:
            sizes["stroop"] = len(words)
        if shapes is not None:
            sizes["shapes"] = len(shapes)
        if self.pictures.pictures is not None:
            sizes["pictures"] = sizes["gray"] = len(self.pictures.pictures)
        return sizes

    @property
    def ready(self) -> bool:
        """True if the census can begin."""
        return (
            self.choice is not None
            and not self.pictures.listing
            and self._jobs.current is None
            and any(self.sizes.values())
        )

    @property
    def batch_size(self) -> int:
        """The one that was found best, if the speed is known."""
        rate = self._rates.get(self._key())
        return rate.batch_size if rate is not None else 16

    def warnings(self) -> tuple[str, ...]:
        """What will stay undefined, as sentences."""
        return warnings(self.draft, self.pictures.pictures)

    def estimate_text(self) -> str:
        """How many images, and how long they will take on this computer."""
        if self.problem:
            return self.problem
        if self.choice is None:
            return "Looking at the layers of the model…"
        if self._jobs.current is not None:
            return "A census is running or waits; this one can start when it has ended."
        images = sum(self.sizes.values())
        if not images:
            return "There is no image yet: choose at least one set."
        text = count_text(images, "image")
        rate = self._rates.get(self._key())
        if rate is not None:
            return f"{text} · about {duration_text(rate.seconds(images))} on this computer"
        return f"{text} · measuring the speed…" if self._asked else text

    def estimate_tip(self) -> str:
        """What the number consists of."""
        lines = [f"{count:,} {_STAGES[stage]}" for stage, count in self.sizes.items()]
        rate = self._rates.get(self._key())
        if rate is not None:
            speed = f"{rate.images_per_second:,.0f} images/s in batches of {rate.batch_size}"
            lines.append(f"measured: {speed}")
        return "\n".join(lines)

    def stop(self) -> None:
        """Wait for what is under way beside the GUI thread."""
        self.pictures.stop()
        self._background.stop()

    # --- inside ---

    def _key(self) -> _Key:
        """What the speed depends on."""
        info = self._lab.inference.info
        model = f"{info.sha256} {info.source} {info.device} {info.precision}" if info else ""
        return f"{model} {self._lab.settings.threads}", self.draft.layers, self.summary

    def _on_model(self, info: ModelInfo) -> None:
        self.choices, self._refusal, self._of = (), "", None
        self.pictures.set_side(info.preprocessing.side)
        self.changed.emit()
        if self._open:
            self._look_at_model()

    def _look_at_model(self) -> None:
        session = self._lab.inference.session
        if session is None or session is self._of:
            self._measure()
            return
        self._of = session

        def work() -> tuple[Layer, ...]:
            from core.network.layers import discover

            return discover(session)

        def done(layers: tuple[Layer, ...]) -> None:
            if session is self._of:
                self.choices = layer_choices(layers)
                self._refusal = "" if self.choices else "No layer of this model can be observed."
                self._measure()
                self.changed.emit()

        def failed(error: LabError) -> None:
            if session is self._of:
                self._refusal = str(error)
                self.changed.emit()

        self._background.run(work, done, failed)

    def _measure(self) -> None:
        """Ask for the speed of such a census, unless it is known or something is at work."""
        session, choice, key = self._lab.inference.session, self.choice, self._key()
        if not self._open or session is None or session is not self._of or choice is None:
            return
        busy = self._lab.work.queue.current is not None
        if busy or self.problem or key in self._rates or self._asked is not None:
            return
        words, shapes = self.sets()
        stimuli = words or shapes or CensusDraft().stroop_set(self.side)
        assert stimuli is not None
        self._asked = key
        self._jobs.time(CensusTiming(session, choice.layers, stimuli, self.summary))

    def _on_timed(self, _timing: CensusTiming, calibration: Calibration) -> None:
        if self._asked is not None:
            self._rates[self._asked] = calibration
            self._asked = None
        self._measure()
        self.changed.emit()

    def _on_untimed(self, _timing: CensusTiming, error: LabError) -> None:
        self._asked = None
        self._lab.report(error)
        self.changed.emit()

    def _on_jobs(self) -> None:
        self._measure()
        self.changed.emit()
