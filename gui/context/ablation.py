"""The ablation of the lab: which units are silenced, and what the model says without them.

The selections are part of the document, so that undo and files cover them. The inspector adds
selections here and the studies pane shows them; the panes never meet.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from core.ablation.ablation_file import AblationFile, ablation_file
from core.ablation.setup import AblationSetup
from core.base.errors import InvalidInput, LabError
from core.document.document import LabDocument
from core.models.info import ModelInfo, TokenCount
from core.network.ablation import Ablation, Constant
from core.predict.prediction import Outcome, Predictor
from core.predict.prompts import PromptSet
from core.units.neuron_indices import NeuronIndices
from gui.context.document import asks_anew
from gui.jobs.latest_worker import Channel, LatestWorker, Request, once

if TYPE_CHECKING:  # they import torch
    from core.ablation.unit_means import MeansMeasured, MeansProgress
    from core.census.data import CensusData
    from core.models.session import ModelSession
    from core.network.ablated_tower import AblatedTower
    from gui.context.lab_context import LabContext


NICENESS = 12
"""Behind the window and the predictions themselves (Linux)."""

_JUDGE, _FORGET = "judge", "forget"
_WHAT = "the predictions without neurons"


@dataclass(frozen=True, eq=False)
class LiveRequest:
    """A picture to be judged with and without units."""

    session: ModelSession
    pixels: NDArray[np.uint8]
    prompts: PromptSet
    ablation: Ablation


@dataclass(frozen=True, eq=False)
class WithAndWithout:
    """What the model says with all units, and without some.

    Attributes
    ----------
    intact, ablated : tuple of Outcome
        One for each enabled template, in the same order.
    """

    request: LiveRequest
    intact: tuple[Outcome, ...]
    ablated: tuple[Outcome, ...]


class _AblatedSession:
    """A session whose pictures go through a tower of one's own."""

    def __init__(self, session: ModelSession, tower: AblatedTower) -> None:
        self._session = session
        self._tower = tower

    @property
    def info(self) -> ModelInfo:
        return self._session.info

    def encode_images(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self._tower.encode_images(images)

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._session.encode_texts(texts)

    def tokenize_info(self, text: str) -> TokenCount:
        return self._session.tokenize_info(text)


class LiveAblation(LatestWorker):
    """Judges in a thread of its own; its reports are `WithAndWithout`, about `LiveRequest`.

    The thread holds a copy of the image tower, so that nothing it does reaches the model that other
    panes use.
    """

    def __init__(self, threads: int = 0, parent: QObject | None = None) -> None:
        super().__init__(
            "ablation",
            NICENESS,
            {_FORGET: Channel(rank=0)},
            threads=threads,
            at_end=self._forget,
            closing="the predictions without neurons end",
            parent=parent,
        )
        self._session: ModelSession | None = None
        self._tower: AblatedTower | None = None
        self._predictor: Predictor | None = None

    def judge(self, request: LiveRequest) -> None:
        """Judge a picture; takes the place of what was asked before."""
        self.ask(_JUDGE, lambda _request: self._judge(request), _WHAT, request)

    def judge_nothing(self) -> None:
        """An answer on its way is dropped."""
        self.withdraw(_JUDGE)

    def keep_only(self, session: ModelSession | None) -> None:
        """Keep no other model than this one in memory for the next request."""
        if self.isRunning():
            self.ask(_FORGET, lambda _request: once(lambda: self._keep(session)), _WHAT)

    # --- runs in the thread ---

    def _judge(self, request: LiveRequest) -> Generator[WithAndWithout | None, None, None]:
        predictor, tower = self._ready(request.session)
        tower.set_ablation(None)
        (intact,) = predictor.predict(request.pixels[None], request.prompts)
        yield None
        try:
            tower.set_ablation(request.ablation)
            (ablated,) = predictor.predict(request.pixels[None], request.prompts)
        finally:
            tower.close()
        yield WithAndWithout(request, tuple(intact), tuple(ablated))

    def _ready(self, session: ModelSession) -> tuple[Predictor, AblatedTower]:
        from core.network.ablated_tower import AblatedTower

        self._keep(session)
        if self._tower is None or self._predictor is None:
            self._tower = AblatedTower(session)
            self._predictor = Predictor(_AblatedSession(session, self._tower))
            self._session = session
        return self._predictor, self._tower

    def _keep(self, session: ModelSession | None) -> None:
        if self._session is not session:
            self._forget()

    def _forget(self) -> None:
        if self._tower is not None:
            self._tower.close()
        self._session = self._tower = self._predictor = None


class LabAblation(QObject):
    """Selections, their constants, live predictions and the study at work.

    Attributes
    ----------
    indices : NeuronIndices or None
        Those of the census that the inspector shows: what units can be chosen by.
    live : WithAndWithout or None
        The latest answer, for the stimulus on the canvas.
    problem : LabError or None
        Why there is none.
    measuring : bool
        True while means are measured.

    Signals
    -------
    changed(setup)
        Selections, constant or switch are others, by whatever way.
    readings_changed()
    means_changed()
        The means of units are known, or no longer.
    measuring_changed(done, total)
        Pictures seen for the means; (0, 0) when that has ended.
    live_changed()
        `live` or `problem` is new.
    selected(title)
        Units were added to the selections.
    """

    changed = Signal(object)
    readings_changed = Signal()
    means_changed = Signal()
    measuring_changed = Signal(int, int)
    live_changed = Signal()
    selected = Signal(str)

    def __init__(self, lab: LabContext) -> None:
        super().__init__(lab)
        self._lab = lab
        self.indices: NeuronIndices | None = None
        self.live: WithAndWithout | None = None
        self.problem: LabError | None = None
        self._means: tuple[str, dict[str, NDArray[np.float64]]] | None = None
        self.measuring = False
        self._wanted = False
        self.jobs = lab.work.studies
        self._worker = LiveAblation(lab.settings.threads, self)
        self._worker.reported.connect(self._on_live)
        self._worker.failed.connect(self._on_live_failed)
        lab.adopt(self._worker)
        self.jobs.measured.connect(self._on_means)
        self.jobs.unmeasured.connect(self._on_means_failed)
        lab.inference.model_ready.connect(self._on_model)

    # --- the selections ---

    @property
    def setup(self) -> AblationSetup:
        """What the document says."""
        return self._lab.document.state.ablation

    @property
    def info(self) -> ModelInfo | None:
        """The model in use."""
        return self._lab.inference.info

    @property
    def fits(self) -> bool:
        """True if the selected units are those of the model in use."""
        return self.setup.fits(self.info)

    @property
    def count(self) -> int:
        """Number of units that are silenced when the ablation is on."""
        return sum(len(units) for units in self.setup.units().values())

    @property
    def active(self) -> bool:
        """True if units of the model in use are silenced."""
        return self.setup.on and self.fits and self.count > 0

    def add(self, title: str, units: Mapping[str, tuple[int, ...]], info: ModelInfo) -> None:
        """Select more units of a model, by layer, as one undo step.

        The title says how they were chosen.
        """
        setup = self.setup.with_selection(title, units, info)
        self._change("silence neurons", msgspec.structs.replace(setup, on=True))
        self.selected.emit(title)

    def remove(self, place: int) -> None:
        """Give up a selection."""
        self._change("remove selection", self.setup.without(place))

    def clear(self) -> None:
        """Give up all selections."""
        self._change("remove all selections", msgspec.structs.replace(self.setup, selections=()))

    def switch_selection(self, place: int, on: bool) -> None:
        """Leave a selection out for now, or take it up again."""
        self._change("switch selection", self.setup.switched(place, on))

    def switch(self, on: bool) -> None:
        """Silence the selected units, or let the model be intact."""
        self._change("switch ablation", msgspec.structs.replace(self.setup, on=on))

    def set_constant(self, to: Constant) -> None:
        """Silence to zero or to the mean."""
        self._change("ablation constant", msgspec.structs.replace(self.setup, to=to))

    def _change(self, name: str, setup: AblationSetup) -> None:
        self._lab.document.end_merge()
        self._lab.document.change(name, ablation=setup)

    # --- the constants ---

    def offer(self, indices: NeuronIndices | None) -> None:
        """Take the indices of the census that the inspector shows."""
        self.indices = indices
        self.readings_changed.emit()
        self._want_means()

    @property
    def means(self) -> Mapping[str, NDArray[np.float64]] | None:
        """Means of the units of the model in use, if they were measured."""
        info = self.info
        if self._means is None or info is None or self._means[0] != _key(info):
            return None
        return self._means[1]

    @property
    def sizes(self) -> dict[str, int]:
        """Number of units of each layer of the census; empty without one."""
        if self.indices is None:
            return {}
        return {layer.name: layer.units for layer in self.indices.census.layers}

    def ablation(self) -> Ablation:
        """The ablation that the selections make, whether it is on or off.

        Raises
        ------
        InvalidInput
            If no unit is selected, the units are those of another model, or means are not known.
        """
        setup, info = self.setup, self.info
        if not self.count:
            raise InvalidInput(
                "No neuron is selected.", "Choose neurons above, or in the inspector."
            )
        if not self.fits:
            name = "no model" if info is None else info.name
            raise InvalidInput(
                f"The selected neurons are those of {setup.model}; {name} is in use.",
                f"Use {setup.model}, or select neurons of this model.",
            )
        return setup.ablation(self.means)

    def file(self) -> AblationFile:
        """The ablation with all it takes to repeat it; errors as for `ablation`."""
        ablation, info = self.ablation(), self.info
        assert info is not None
        sizes = self.sizes
        missing = [layer for layer in ablation.layers if layer not in sizes]
        if missing:
            raise InvalidInput(
                f"The census that is shown has no layer {missing[0]}.",
                "Show the census from which the neurons were chosen.",
            )
        return ablation_file(ablation, sizes, info, self.means)

    def _want_means(self) -> None:
        """Measure the means if they are needed and can be had."""
        session, indices = self._lab.inference.session, self.indices
        if (
            self.setup.to != "mean"
            or self.measuring
            or session is None
            or indices is None
            or all(layer.name in (self.means or {}) for layer in indices.census.layers)
            or "pictures" not in indices.census.sets
            or not _same(indices.census.record.model, session.info)
        ):
            return
        self.measuring = True
        self.measuring_changed.emit(0, len(indices.census.sets["pictures"].plan))
        self.jobs.measure_means(indices.census, session)

    def _on_means(self, census: CensusData, result: MeansProgress | MeansMeasured) -> None:
        from core.ablation.unit_means import MeansProgress

        if isinstance(result, MeansProgress):
            self.measuring_changed.emit(result.done, result.total)
            return
        self.measuring = False
        # Another census of the model may be about other layers; what is known stays known.
        key = _key(census.record.model)
        before = self._means[1] if self._means is not None and self._means[0] == key else {}
        self._means = key, {**before, **result.means}
        self.measuring_changed.emit(0, 0)
        self.means_changed.emit()
        self.refresh()

    def _on_means_failed(self, _census: CensusData, error: LabError) -> None:
        self.measuring = False
        self.measuring_changed.emit(0, 0)
        self._lab.report(error)

    # --- live ---

    def watch(self, wanted: bool) -> None:
        """Predict live while somebody looks."""
        if wanted != self._wanted:
            self._wanted = wanted
            edited = self._lab.edited
            (edited.connect if wanted else edited.disconnect)(self._on_edited)
            self.refresh()

    def refresh(self) -> None:
        """Ask for predictions with and without the units, if anybody looks."""
        if not self._wanted and self.live is None and self.problem is None:
            return
        pixels, session = self._lab.pixels, self._lab.inference.session
        self.problem = None
        side = None if session is None else session.info.preprocessing.side
        # While another model is taken up, the canvas still has the side of the one before.
        ready = pixels is not None and len(pixels) == side
        if not self._wanted or not self.active or not ready:
            self._worker.judge_nothing()
            self._show(None)
            return
        try:
            ablation = self.ablation()
        except LabError as error:
            self._worker.judge_nothing()
            self.problem = error
            self._show(None)
            return
        assert session is not None and pixels is not None
        prompts = self._lab.document.prompts
        self._worker.judge(LiveRequest(session, pixels, prompts, ablation))

    def request_stop(self) -> None:
        """Ask the live predictions to end, without waiting."""
        self._worker.request_stop()

    def stop(self) -> None:
        """End the live predictions and wait for that."""
        self._worker.stop()

    def _show(self, live: WithAndWithout | None) -> None:
        self.live = live
        self.live_changed.emit()

    def _on_live(self, _request: Request, result: WithAndWithout) -> None:
        self._show(result)

    def _on_live_failed(self, _request: Request, error: LabError) -> None:
        self.problem = error
        self._show(None)

    def take_document(self) -> None:
        """The document says something else."""
        self.changed.emit(self.setup)
        self._want_means()
        self.refresh()

    def _on_edited(self, new: LabDocument, old: LabDocument) -> None:
        if asks_anew(new, old):
            self.refresh()

    def _on_model(self, _info: object) -> None:
        self.changed.emit(self.setup)
        self.means_changed.emit()
        self._want_means()
        self._worker.keep_only(self._lab.inference.session)
        self.refresh()


def _key(info: ModelInfo) -> str:
    return info.sha256 or info.name


def _same(census: ModelInfo, info: ModelInfo) -> bool:
    return _key(census) == _key(info)
