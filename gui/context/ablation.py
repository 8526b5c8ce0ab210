"""The ablation of the lab: which units are silenced, and what the model says without them.

The selections are part of the document, so that undo and files cover them. The inspector adds
selections here and the studies pane shows them; the panes never meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from core.ablation.ablation_file import AblationFile, ablation_file
from core.ablation.setup import AblationSetup
from core.base.errors import InvalidInput, LabError
from core.models.info import ModelInfo
from core.network.ablation import Ablation, Constant
from core.units.neuron_indices import NeuronIndices
from gui.jobs.ablation_live import LiveAblation, LiveRequest, WithAndWithout
from gui.jobs.latest_worker import Request

if TYPE_CHECKING:
    from core.ablation.unit_means import MeansMeasured, MeansProgress
    from core.census.data import CensusData
    from gui.context.lab_context import LabContext


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
    jobs : StudyJobs

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
        self._measuring = False
        self._wanted = False
        self.jobs = lab.work.studies
        self._worker = LiveAblation(lab.settings.threads, self)
        self._worker.reported.connect(self._on_live)
        self._worker.failed.connect(self._on_live_failed)
        lab.adopt(self._worker)
        self.jobs.measured.connect(self._on_means)
        self.jobs.unmeasured.connect(self._on_means_failed)
        lab.document.changed.connect(self._on_document)
        lab.document.prompts_changed.connect(self.refresh)
        lab.view.changed.connect(self.refresh)
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
        """Select more units, as one undo step.

        Parameters
        ----------
        title : str
            How they were chosen.
        units : mapping of str to tuple of int
            By layer.
        info : ModelInfo
            The model whose units they are.
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
    def measuring(self) -> bool:
        """True while means are measured."""
        return self._measuring

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
            or self._measuring
            or session is None
            or indices is None
            or all(layer.name in (self.means or {}) for layer in indices.census.layers)
            or "pictures" not in indices.census.sets
            or not _same(indices.census.record.model, session.info)
        ):
            return
        self._measuring = True
        self.measuring_changed.emit(0, len(indices.census.sets["pictures"].plan))
        self.jobs.measure_means(indices.census, session)

    def _on_means(self, census: CensusData, result: MeansProgress | MeansMeasured) -> None:
        from core.ablation.unit_means import MeansProgress

        if isinstance(result, MeansProgress):
            self.measuring_changed.emit(result.done, result.total)
            return
        self._measuring = False
        # Another census of the model may be about other layers; what is known stays known.
        key = _key(census.record.model)
        before = self._means[1] if self._means is not None and self._means[0] == key else {}
        self._means = key, {**before, **result.means}
        self.measuring_changed.emit(0, 0)
        self.means_changed.emit()
        self.refresh()

    def _on_means_failed(self, _census: CensusData, error: LabError) -> None:
        self._measuring = False
        self.measuring_changed.emit(0, 0)
        self._lab.report(error)

    # --- live ---

    def watch(self, wanted: bool) -> None:
        """Predict live while somebody looks."""
        if wanted != self._wanted:
            self._wanted = wanted
            self.refresh()

    def refresh(self) -> None:
        """Ask for predictions with and without the units, if anybody looks."""
        if not self._wanted and self.live is None and self.problem is None:
            return  # nobody looks: a drag on the canvas must cost nothing here
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

    def _on_document(self, new: object, old: object) -> None:
        before = getattr(old, "ablation", None)
        if getattr(new, "ablation", None) != before:
            self.changed.emit(self.setup)
            self._want_means()
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
