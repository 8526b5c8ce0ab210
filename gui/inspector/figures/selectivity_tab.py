"""The tab of figure 2: how much of the units' answer is color, block by block."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.units.neuron_indices import NeuronIndices
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.figures.figure_tab import FigureTab
from gui.inspector.figures.selectivity_chart import SelectivityChart
from gui.inspector.figures.threshold_sliders import SELECTIVE, STRONGLY, TOP
from gui.widgets.wheel import Combo


class SelectivityTab(FigureTab):
    """Histograms of the color selectivity α, with both cut-offs as lines."""

    figure = "selectivity"
    title = "Color selectivity"
    tip = (
        "Color selectivity α: the share of its answer to its strongest natural pictures that a "
        "neuron loses when they are gray.\nClick a bar to list its neurons."
    )

    def __init__(
        self, lab: LabContext, shown_census: ShownCensus, parent: QWidget | None = None
    ) -> None:
        super().__init__(lab, shown_census, parent)
        self.setObjectName("selectivityTab")
        self.parts_box.choose("blocks")
        self.method = gray_method_box(self, shown_census)
        self.rows = SelectivityChart(lab.theme, self)
        self.arrange(self.rows, (TOP, SELECTIVE, STRONGLY), head=(self.parts_box, self.method))

    def show_indices(self, indices: NeuronIndices) -> None:
        if "pictures" not in indices.selectivities:
            self.rows.show_message(indices.selectivity_problem)
        else:
            self.rows.show_indices(indices, self.parts)


def gray_method_box(parent: QWidget, shown_census: ShownCensus) -> Combo:
    """The choice of how the color selectivity is worked out."""
    box = Combo(
        parent,
        "How color selectivity is worked out",
        "Ratio: 1 − (sum of the answers in gray) ÷ (sum of the answers in color).\n"
        "Clip: the mean over the pictures of 1 − gray ÷ color, each kept between 0 and 1.",
        (("Ratio", "ratio"), ("Clip", "clip")),
    )
    box.activated.connect(lambda _row: shown_census.set_thresholds(gray_method=box.currentData()))
    shown_census.thresholds_changed.connect(lambda now: box.choose(now.gray_method))
    box.choose(shown_census.thresholds.gray_method)
    return box
