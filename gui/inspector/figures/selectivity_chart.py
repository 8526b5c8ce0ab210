"""Figure 2 on the screen: a histogram of color selectivities for each block or layer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from core.base.tables import Table
from core.figures.census_figures import selectivity_panel
from core.figures.census_tables import selectivity_table
from core.figures.description import Histograms, Panel, Rule
from core.units.neuron_indices import NeuronIndices, Parts
from core.units.selectivity_histogram import BINS
from core.units.unit_filter import NEGATIVE, UNDEFINED, UnitFilter, bin_words
from gui.charts.drawing import CENTER, RIGHT, box_path, elided, fill_of
from gui.charts.parts import Part, PartsChart
from gui.charts.plot import Axis, Plot
from gui.look.theme import Theme, Tokens
from gui.widgets.words import count_text

_LEAST = (280, 190)
_LEAST_ROW = 21.0
_MOST_ROW = 74.0
_LINE = 18.0
_SELECTIVE, _UNDEFINED = BINS + 1, BINS + 2
"""Places of the two columns of numbers, behind the bins, for the arrow keys."""


class SelectivityChart(PartsChart):
    """Rows of bars over one scale: negative values, ten bins from 0 to 1, both cut-offs as lines.

    Beside each row stand the share that reaches the first cut-off and the number of units without
    a selectivity.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Color selectivity for each block", parent)
        self.panel: Panel | None = None
        self._indices: NeuronIndices | None = None
        self._parts_by: Parts = "blocks"
        self._members: list[tuple[str, ...]] = []
        self.plot = Plot(self)
        self._scale = Axis(self, "bottom", self.plot, self._marks, grid=True)
        self.set_least(*_LEAST)
        self.show_message("There are no color selectivities yet.")

    def show_indices(self, indices: NeuronIndices, parts: Parts) -> None:
        """Show the selectivities of the units, parted by layers or blocks."""
        self._indices, self._parts_by = indices, parts
        self._members = indices.layer_names(parts)
        self.panel = selectivity_panel(indices, parts)
        rows = len(self._members)
        # From below upward, as heights are; the description goes downward.
        self.plot.set_whole((self.panel.x.low, self.panel.x.high), (0.0, float(rows)))
        self.setMinimumHeight(max(_LEAST[1], round(rows * self.large(_LEAST_ROW) + 58)))
        self.show_message("")

    # --- of the kit ---

    @property
    def blank(self) -> bool:
        return self.panel is None

    def arrange(self) -> None:
        panel, metrics = self.panel, QFontMetricsF(self.small)
        if panel is not None:
            names = [name for _place, name in panel.y.ticks or ()]
            left = min(max(map(metrics.horizontalAdvance, names)) + 14, self.width() * 0.3)
            right = sum(map(self._width_beside, (0, 1))) + 10
            line = metrics.height()
            whole = max(self.height() - 4 * line - 16, 20.0)
            height = min(whole, len(names) * self.large(_MOST_ROW))
            width = max(self.width() - left - right, 40)
            area = QRectF(left, 2 * line + 8, width, height)
            self.plot.place(area)
            self._scale.place(QRectF(left, area.bottom(), width, 2 * line + 8))
            self._scale.title = panel.x.label
            if metrics.horizontalAdvance(panel.x.label) > width:
                self._scale.title = f"α; highest bar {self._bins.highest:.1f} %"
        super().arrange()

    def table(self) -> Table | None:
        if self._indices is None:
            return None
        return selectivity_table(self._indices.selectivity_counts[self._parts_by])

    def layout_parts(self) -> Sequence[Part[UnitFilter]]:
        indices, parts = self._indices, []
        if indices is None:
            return ()
        histogram, bins = indices.selectivity_counts[self._parts_by], self._bins
        edges = [round(self.plot.map(edge, 0.0).x()) for edge in bins.edges]
        for row, values in enumerate(bins.values):
            bottom = self._bottom(row)
            for place, value in enumerate(values):
                if value > 0:
                    height = (bottom - self._bottom(row - 1)) * bins.HEIGHT * value / bins.highest
                    height = max(round(height), 2)  # the least bar is still seen
                    left, right = edges[place : place + 2]
                    box = QRectF(left, bottom - height, right - left, height)
                    number = place - 1 if place else NEGATIVE
                    count = histogram.counts[row, number] if place else histogram.negative[row]
                    parts.append(self._part(row, place, number, int(count), box))
            reached = int(indices.selective_counts[self._parts_by][0][row])
            undefined = int(histogram.undefined[row])
            if reached:
                parts.append(self._part(row, _SELECTIVE, None, reached, self._beside(row, 0)))
            if undefined:
                box = self._beside(row, 1)
                parts.append(self._part(row, _UNDEFINED, UNDEFINED, undefined, box))
        return parts

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        panel = self.panel
        assert panel is not None
        area, font = self.plot.box, self.small
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for part in self.parts:
            if part.column <= BINS:
                _draw_bar(painter, tokens, part)
        for row, (_place, name) in enumerate(panel.y.ticks or ()):
            bottom = self._bottom(row)
            painter.setPen(QColor(tokens.border_strong))
            painter.drawLine(QPointF(area.left(), bottom), QPointF(area.right(), bottom))
            painter.setPen(QColor(tokens.text))
            room = QRectF(2, bottom - self.large(_LINE), area.left() - 8, self.large(_LINE))
            painter.drawText(room, RIGHT, elided(font, name, room.width()))
            for number, column in enumerate(panel.beside):
                painter.setPen(QColor(tokens.muted if column.quiet else tokens.text))
                painter.drawText(self._beside(row, number), RIGHT, column.texts[row])
        head = self._beside(0, 0)
        head.setTop(0.0)
        head.setBottom(area.top() - 2)
        painter.setPen(QColor(tokens.text))
        bottom_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        painter.drawText(head, bottom_right, panel.beside[0].head)
        self._draw_cut_offs(painter, tokens, area)

    # --- inside ---

    @property
    def _bins(self) -> Histograms:
        assert self.panel is not None
        (bins,) = (mark for mark in self.panel.marks if isinstance(mark, Histograms))
        return bins

    def _marks(self, _low: float, _high: float, _most: int) -> list[tuple[float, str]]:
        return [] if self.panel is None else list(self.panel.x.ticks or ())

    def _bottom(self, row: int) -> float:
        return round(self.plot.map(0.0, len(self._bins.values) - 1 - row).y())

    def _width_beside(self, number: int) -> float:
        assert self.panel is not None
        metrics, column = QFontMetricsF(self.small), self.panel.beside[number]
        return max(map(metrics.horizontalAdvance, (*column.texts, column.head))) + 8

    def _beside(self, row: int, number: int) -> QRectF:
        """Where a row's text of a column lies."""
        left = self.plot.box.right() + 4 + sum(map(self._width_beside, range(number)))
        line = self.large(_LINE)
        return QRectF(left, self._bottom(row) - line, self._width_beside(number), line)

    def _draw_cut_offs(self, painter: QPainter, tokens: Tokens, area: QRectF) -> None:
        assert self.panel is not None
        high = QFontMetricsF(painter.font()).height()
        rules = [mark for mark in self.panel.marks if isinstance(mark, Rule)]
        for line, rule in enumerate(rules):
            x = round(self.plot.map(rule.value, 0.0).x()) + 0.5
            pen = QPen(QColor(tokens.text), 1.4)
            pen.setDashPattern(list(rule.dash))
            painter.setPen(pen)
            top = area.top() - (1 - line) * high - 2
            painter.drawLine(QPointF(x, top), QPointF(x, area.bottom()))
            painter.drawText(QRectF(x - 30, line * high, 60, high), CENTER, rule.text)

    def _part(
        self, row: int, place: int, number: int | None, count: int, box: QRectF
    ) -> Part[UnitFilter]:
        assert self._indices is not None
        histogram = self._indices.selectivity_counts[self._parts_by]
        name, defined = histogram.groups[row], int(histogram.defined[row])
        cut_off = self._indices.thresholds.color_selective
        if number == UNDEFINED:
            words = (
                f"{name}: {count:,} of {count_text(int(histogram.units[row]), 'neuron')} without a "
                f"color selectivity.\n{self._indices.selectivity_problem}"
            )
        else:
            what = (
                f"color selectivity at least {cut_off:g}" if number is None else bin_words(number)
            )
            words = (
                f"{name}: {count:,} of {count_text(defined, 'neuron')} "
                f"({100 * count / defined:.1f} %) – {what}."
            )
            if number == NEGATIVE:
                words += "\nThey answer more strongly to the gray versions of their pictures."
        chosen = UnitFilter(
            layers=self._members[row], selectivity_bin=number, selective=number is None
        )
        up = len(histogram.groups) - 1 - row
        return Part(place, up, box_path(box), f"{words}\nClick to list them.", chosen)


def _draw_bar(painter: QPainter, tokens: Tokens, part: Part[UnitFilter]) -> None:
    box = part.shape.boundingRect()
    painter.fillRect(box, fill_of(tokens))
    if part.column == 0:
        painter.fillRect(box, QBrush(QColor(tokens.accent), Qt.BrushStyle.BDiagPattern))
    painter.setPen(QPen(QColor(tokens.accent), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)
