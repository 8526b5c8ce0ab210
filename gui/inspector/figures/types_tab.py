"""The tab of figure 5: how many units of each layer are of which type."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from core.figures.census_notes import undefined_text
from core.units.neuron_indices import NeuronIndices
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.figures.figure_export import Shown
from gui.inspector.figures.figure_tab import FigureTab
from gui.inspector.figures.legend import Legend
from gui.inspector.figures.threshold_sliders import (
    ACTIVATED,
    ANY_WORD,
    COLOR,
    MULTIMODAL,
    POPULATION,
    SLOT,
    TOP,
    WORD,
)
from gui.inspector.figures.type_chart import TypeChart
from gui.widgets.wheel import Combo


class TypesTab(FigureTab):
    """Stacked bars with their legend, in percent or numbers of units."""

    figure = "types"
    title = "Types of neurons"
    tip = (
        "What neurons answer to: every one has exactly one of these types, so that bars reach "
        "100 %.\nClick a part of a bar to list its neurons."
    )

    def __init__(
        self, lab: LabContext, shown_census: ShownCensus, parent: QWidget | None = None
    ) -> None:
        super().__init__(lab, shown_census, parent)
        self.setObjectName("typesTab")
        tip = "Show shares of each layer in percent, or numbers of neurons"
        heights = (("Percent", False), ("Neurons", True))
        self.scale = Combo(self, "Height of the bars", tip, heights)
        self.bars = TypeChart(lab.theme, self)
        self.legend = Legend(lab.theme, self)
        self.legend.part_chosen.connect(shown_census.show_units)
        self.scale.currentIndexChanged.connect(
            lambda _row: self.bars.set_counts(bool(self.scale.currentData()))
        )
        self.arrange(
            self.bars,
            (COLOR, WORD, MULTIMODAL, ACTIVATED),
            more=(SLOT, ANY_WORD, TOP, POPULATION),
            head=(self.parts_box, self.scale),
            below=(self.legend,),
            covering=True,
        )

    def shown(self) -> Shown | None:
        shown = super().shown()
        if shown is None:
            return None
        return Shown(shown.figure, shown.indices, shown.parts, self.bars.as_counts)

    def show_indices(self, indices: NeuronIndices) -> None:
        if indices.types is None:
            self.bars.show_message(undefined_text(indices, "types"))
            self.legend.show_histogram(None)
        else:
            self.bars.show_indices(indices, self.parts)
            self.legend.show_histogram(indices.type_counts[self.parts])
