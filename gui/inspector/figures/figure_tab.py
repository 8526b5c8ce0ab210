"""What the tabs of figures have in common: a head, the chart, thresholds, and the fine print."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

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
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.sight import Seen, in_sight
from gui.widgets.wheel import Combo

PATIENCE = 300
"""Milliseconds after which it is said that indices are being worked out."""

_PARTS: tuple[tuple[Parts, str, str], ...] = (
    ("layers", "By layer", "One bar for each layer that was recorded."),
    ("blocks", "By block", "The layers of each block of the network together."),
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
        self.working = QLabel("working…", self)
        self.working.setProperty("role", "muted")
        self.working.hide()
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self.working.show)
        shown_census.pending_changed.connect(self._on_pending)
        self.parts_box = Combo(self)
        self.parts_box.setAccessibleName("Part the units")
        for parts, text, tip in _PARTS:
            self.parts_box.addItem(text, parts)
            self.parts_box.setItemData(self.parts_box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.parts_box.currentIndexChanged.connect(lambda _row: self.draw_anew())
        self.export_menu = FigureExport(lab, self.shown, self)
        self.export = QPushButton("Export", self)
        self.export.setProperty("role", "menu")
        self.export.setToolTip("Save the figure as PNG, SVG or PDF, or its numbers as CSV")
        self.export.setMenu(self.export_menu)
        self.notes = QLabel(self)
        self.notes.setProperty("role", "muted")
        self.notes.setFont(small_font(self.notes.font()))
        self.notes.setWordWrap(True)
        self.notes.setTextFormat(Qt.TextFormat.PlainText)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
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
            self.notes.setText("\n".join(self.lines(indices)))
            self.show_indices(indices)

    def lines(self, indices: NeuronIndices) -> Sequence[str]:
        """The fine print."""
        return figure_lines(indices, self.figure)

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
        """Put the tab together.

        Parameters
        ----------
        chart : PartsChart
        threshold_sliders : sequence of ThresholdSetting
            Thresholds to offer.
        head : sequence of QWidget
            Besides heading and export, in the first line.
        below : sequence of QWidget
            Between chart and thresholds.
        more, covering
            As for `ThresholdsPanel`.
        """
        self.chart = chart
        self.thresholds = ThresholdsPanel(
            self.shown_census, threshold_sliders, more, covering, self
        )
        chart.part_chosen.connect(self.shown_census.show_units)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.heading, 1)
        line.addWidget(self.working)
        for widget in head:
            line.addWidget(widget)
        line.addWidget(self.export)
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(7)
        column.addWidget(chart, 1)
        for widget in below:
            column.addWidget(widget)
        column.addWidget(self.thresholds)
        column.addWidget(self.notes)
        scroll = _Scroll(inside, self)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addLayout(line)
        whole.addWidget(scroll, 1)

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
    """Scrolls up and down only, where there is not enough room."""

    def __init__(self, inside: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._inside = inside
        self.setWidget(inside)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._inside.minimumSizeHint().width(), 120)
