"""What the tabs of figures have in common: a head, the chart, thresholds, and the fine print."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from core.census.data import CensusData
from core.figures.census_notes import FigureName, figure_lines
from core.units.neuron_indices import NeuronIndices, Parts, most_images
from gui.charts.drawing import small_font
from gui.charts.parts import PartsChart
from gui.context.lab_context import LabContext
from gui.inspector.census.shown_census import ShownCensus
from gui.inspector.figures.figure_export import FigureExport, Shown
from gui.inspector.figures.threshold_sliders import ThresholdSetting
from gui.inspector.figures.thresholds_panel import ThresholdsPanel
from gui.widgets.build import button, column, label, once, row, scrolling
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.sight import Seen, in_sight
from gui.widgets.wheel import Combo

PATIENCE = 300
"""Milliseconds after which it is said that indices are being worked out."""

_PARTS: tuple[tuple[str, Parts, str], ...] = (
    ("By layer", "layers", "One bar for each layer that was recorded."),
    ("By block", "blocks", "The layers of each block of the network together."),
)


class FigureTab(Seen, QWidget):
    """A figure of the census that is shown; it is drawn anew only while it is seen.

    A subclass sets its chart with `arrange` and draws in `show_indices`.
    """

    figure: FigureName
    title: str
    tip: str

    def __init__(
        self, lab: LabContext, shown_census: ShownCensus, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.lab = lab
        self.shown_census = shown_census
        self._stale = True
        self.heading = ElidedLabel("heading", self)
        self.heading.show_text(self.title, self.tip)
        self.working = label("working…", "muted", self, shown=False)
        self._patience = once(PATIENCE, self.working.show, self)
        shown_census.pending_changed.connect(self._on_pending)
        self.parts_box = Combo(self, "Part the neurons", entries=_PARTS)
        self.parts_box.currentIndexChanged.connect(lambda _row: self.draw_anew())
        self.export_menu = FigureExport(lab, self.shown, self)
        tip = "Save the figure as PNG, SVG or PDF, or its numbers as CSV"
        self.export = button("Export", tip, parent=self, menu=self.export_menu)
        self.notes = label("", "muted", self, wraps=True, copied=True)
        self.notes.setFont(small_font(self.notes.font()))
        self.notes.setAccessibleName("How this figure was made")
        self.chart: PartsChart
        self.thresholds: ThresholdsPanel
        shown_census.changed.connect(lambda _indices: self.draw_anew())
        shown_census.loaded.connect(self._on_loaded)

    @property
    def parts(self) -> Parts:
        """How the units are parted."""
        chosen: Parts = self.parts_box.currentData()
        return chosen

    def shown(self) -> Shown | None:
        """The figure as it is shown, for an export."""
        indices = self.shown_census.indices
        if indices is None or self.chart.message:
            return None
        return Shown(self.figure, indices, self.parts)

    def draw_anew(self) -> None:
        """Draw the present indices, or say why there are none."""
        if not in_sight(self):
            self._stale = True
            return
        self._stale = False
        indices = self.shown_census.indices
        if indices is None:
            self.chart.show_message("Reading the census…" if self.shown_census.data else "")
            self.notes.setText("")
        else:
            self.notes.setText("\n".join(figure_lines(indices, self.figure)))
            self.show_indices(indices)

    def show_indices(self, indices: NeuronIndices) -> None:
        """Draw."""
        raise NotImplementedError

    def arrange(
        self,
        chart: PartsChart,
        threshold_sliders: Sequence[ThresholdSetting],
        more: Sequence[ThresholdSetting] = (),
        head: Sequence[QWidget] = (),
        below: Sequence[QWidget] = (),
        covering: bool = False,
    ) -> None:
        """Put the tab together; for the thresholds see `ThresholdsPanel`.

        Parameters
        ----------
        head : sequence of QWidget
            Besides heading and export, in the first line.
        below : sequence of QWidget
            Between chart and thresholds.
        """
        self.chart = chart
        self.thresholds = ThresholdsPanel(
            self.shown_census, threshold_sliders, more, covering, self
        )
        chart.part_chosen.connect(self.shown_census.show_units)
        line = row((self.heading, 1), self.working, *head, self.export)
        inside = QWidget(self)
        last = (*below, self.thresholds, self.notes)
        column((chart, 1), *last, spacing=7, margins=(0, 0, 6, 0), on=inside)
        column(line, (_Scroll(inside, self), 1), on=self)

    def on_seen(self) -> None:
        if self._stale:
            self.draw_anew()

    def _on_pending(self, pending: bool) -> None:
        if not pending:
            self._patience.stop()
            self.working.hide()
        elif not self._patience.isActive() and self.working.isHidden():
            self._patience.start()

    def _on_loaded(self, data: CensusData | None) -> None:
        if data is not None:
            slider = self.thresholds.threshold_sliders.get("top")
            if slider is not None:
                slider.set_highest(most_images(data))
        self.draw_anew()


class _Scroll(QScrollArea):
    """Scrolls up and down only, where there is not enough room; as wide as what is inside."""

    def __init__(self, inside: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._inside = inside
        scrolling(inside, area=self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._inside.minimumSizeHint().width(), 120)
