"""The tab of figure 3: the hues of color-selective units against those of the pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QProgressBar, QWidget

from core.base.errors import LabError
from core.census.data import CensusData
from core.units.features.hue_work import HueMeasurement
from core.units.features.unit_hues import HueFigure
from core.units.neuron_indices import NeuronIndices
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.figures.figure_export import Shown
from gui.inspector.figures.figure_tab import FigureTab
from gui.inspector.figures.hue_rose import HueRose
from gui.inspector.figures.selectivity_tab import gray_method_box
from gui.inspector.figures.threshold_sliders import SELECTIVE, TOP
from gui.jobs.latest_worker import LatestWorker, Request
from gui.widgets.build import label, tell

NICENESS = 12
_HUES = "hues"


class HueTab(FigureTab):
    """The rose of hues; neuron features are worked out only while it is seen."""

    figure = "hue"
    title = "Hues"
    tip = (
        "Hues of the neuron features of the color-selective neurons, and of the pictures "
        "themselves.\nA hue is an angle in an opponent space: red against green, yellow against "
        "blue.\nClick a sector to list its neurons."
    )

    def __init__(
        self, lab: LabContext, shown_census: ShownCensus, parent: QWidget | None = None
    ) -> None:
        super().__init__(lab, shown_census, parent)
        self.setObjectName("hueTab")
        self.work = LatestWorker("hues", NICENESS, closing="the hues are put away", parent=self)
        self._measurement = HueMeasurement()
        self.method = gray_method_box(self, shown_census)
        self.rose = HueRose(lab.theme, self)
        self.state = label("", "", self, wraps=True)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Hues that are worked out")
        self.progress.hide()
        below = (self.progress, self.state)
        self.arrange(self.rose, (TOP, SELECTIVE), head=(self.method,), below=below)
        self.parts_box.hide()
        self.work.reported.connect(self._on_reported)
        self.work.failed.connect(self._on_failed)
        self.work.crashed.connect(lab.crashed)
        shown_census.loaded.connect(self._on_other)
        lab.closing.connect(self.work.stop)

    def shown(self) -> Shown | None:
        shown = super().shown()
        if shown is None or self.rose.figure is None:
            return None
        return Shown("hue", shown.indices, hues=self.rose.figure)

    def show_indices(self, indices: NeuronIndices) -> None:
        if "pictures" not in indices.selectivities:
            self.work.withdraw(_HUES)
            self._show_state("", None)
            self.rose.show_message(indices.selectivity_problem)
        else:
            self._measure(indices)

    def _measure(self, indices: NeuronIndices) -> None:
        """Work the hues out beside the window; closing the generator keeps what is known."""
        census, chosen, top = indices.census, indices.selective, indices.thresholds.top
        figures = self._measurement.figures
        self.work.ask(_HUES, lambda _request: figures(census, chosen, top), "the hues")

    def on_unseen(self) -> None:
        # What is worked out so far is kept; it goes on when the tab is seen again.
        self.work.withdraw(_HUES)
        self._stale = True

    def _on_reported(self, _request: Request, found: tuple[HueFigure, NDArray[np.float64]]) -> None:
        figure, hues = found
        self.rose.show_figure(figure)
        self._show_state(" ".join(figure.notes()), figure)
        if figure.complete:
            self.shown_census.set_hues(hues)

    def _on_failed(self, _request: Request, error: LabError) -> None:
        self._show_state("", None)
        self.rose.show_message(str(error))

    def _on_other(self, _data: CensusData | None) -> None:
        self.work.withdraw(_HUES)
        self._show_state("", None)

    def _show_state(self, text: str, figure: HueFigure | None) -> None:
        tell(self.state, text)
        if figure is None or figure.complete:
            self.progress.hide()
            return
        seen = figure.pictures.sources + figure.pictures.without_hue + figure.unreadable
        total = figure.selective + figure.pictures_waiting + seen
        left = figure.waiting + figure.pictures_waiting
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(total - left)
        self.progress.show()
