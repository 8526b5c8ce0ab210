"""Figure 5 on the screen: types of units as stacked bars, one for each layer or block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from core.base.tables import Table
from core.figures.census_figures import types_panel
from core.figures.census_tables import type_table
from core.figures.description import Bars, Panel
from core.units.category_styles import ORDER, STACK
from core.units.neuron_indices import NeuronIndices, Parts
from core.units.type_histogram import TypeHistogram
from core.units.unit_filter import UnitFilter
from gui.charts.drawing import CENTER, RIGHT, box_path, draw_upright, elided, nice_ticks
from gui.charts.parts import Part, PartsChart
from gui.charts.plot import Axis, Plot
from gui.inspector.figures.category_paint import paint_category, paint_letter
from gui.look.theme import Theme, Tokens
from gui.widgets.words import count_text

_MOST_BAR = 64
_LABEL_ROOM = 92
_TICK_ROOM, _MOST_TICKS = 18.0, 6


class TypeChart(PartsChart):
    """Bars that reach 100 %, or the number of units."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Types of neurons for each layer", parent)
        self.histogram: TypeHistogram | None = None
        self.bars: tuple[Bars, ...] = ()
        self.as_counts = False
        self._indices: NeuronIndices | None = None
        self._parts_by: Parts = "layers"
        self._names: tuple[str, ...] = ()
        self._members: list[tuple[str, ...]] = []
        self.plot = Plot(self, zoom_x=True)
        self._scale = Axis(self, "left", self.plot, _whole_numbers, grid=True, room=_TICK_ROOM)
        self.stepped.connect(lambda point: self.plot.reveal(self.parts[point].column))
        self.set_least(240, 170)
        self.show_message("There are no types yet.")

    def show_indices(self, indices: NeuronIndices, parts: Parts) -> None:
        """Show the types of the units, parted by layers or blocks."""
        self._indices, self._parts_by = indices, parts
        self.histogram = indices.type_counts[parts]
        self._members = indices.layer_names(parts)
        self._take_panel(types_panel(indices, parts, self.as_counts))
        self.show_message("")

    def set_counts(self, as_counts: bool) -> None:
        """Show numbers of units in place of percent."""
        self.as_counts = as_counts
        if self._indices is not None:
            self._take_panel(types_panel(self._indices, self._parts_by, as_counts))
        self.refresh()

    def _take_panel(self, panel: Panel) -> None:
        self.bars = tuple(mark for mark in panel.marks if isinstance(mark, Bars))
        self._names = tuple(name for _place, name in panel.x.ticks or ())
        self._scale.title = panel.y.label
        self.plot.set_whole((panel.x.low, panel.x.high), (panel.y.low, panel.y.high))

    # --- of the kit ---

    @property
    def blank(self) -> bool:
        return self.histogram is None

    def arrange(self) -> None:
        metrics = QFontMetricsF(self.small)
        left = metrics.horizontalAdvance("100,000" if self.as_counts else "100") + 24
        below = metrics.height() + 8
        if not self._level_names(metrics):
            longest = max(map(metrics.horizontalAdvance, self._names), default=0.0)
            below = min(longest, self.large(_LABEL_ROOM)) + 10
        top = metrics.height() / 2 + 4
        height = max(self.height() - top - below, 20)
        self.plot.place(QRectF(left, top, self.width() - left - 8, height))
        self._scale.place(QRectF(3, top, left - 3, height))
        super().arrange()

    def ranged(self) -> None:
        super().arrange()
        super().ranged()

    def table(self) -> Table | None:
        return None if self.histogram is None else type_table(self.histogram)

    def layout_parts(self) -> Sequence[Part[UnitFilter]]:
        area, parts = self.plot.box, []
        columns = [self._column(bar) for bar in range(len(self._names))]
        for row, bars in enumerate(self.bars):
            floors, values = np.asarray(bars.floors), np.asarray(bars.values)
            # Edges on whole pixels, shared by neighbors: no gap, no overlap.
            ends = (np.rint(self.plot.map_all(floors, y)[1]) for y in (floors, floors + values))
            for bar, (value, low, high) in enumerate(zip(values, *ends, strict=True)):
                if value > 0:
                    box = columns[bar]
                    piece = QRectF(box.left(), high, box.width(), max(low - high, 1))
                    parts.append(self._part(bar, row, piece.intersected(area)))
        return sorted(parts, key=lambda part: (part.column, part.row))

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        font = self.small
        for part in self.parts:
            box = part.shape.boundingRect()
            if not box.isEmpty():  # beside what is seen
                paint_category(painter, STACK[part.row], box, tokens)
                paint_letter(painter, STACK[part.row], box, font)
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        self._draw_names(painter, QFontMetricsF(font))

    # --- places ---

    def _level_names(self, metrics: QFontMetricsF) -> bool:
        """Whether the names fit side by side."""
        room = (self.width() - 60) / max(len(self._names), 1)
        return all(metrics.horizontalAdvance(name) + 8 <= room for name in self._names)

    def _column(self, bar: int) -> QRectF:
        """Where a whole bar lies."""
        half = self.bars[0].width / 2
        ends = [self.plot.map(bar + side, 0.0).x() for side in (-half, half)]
        width = max(round(min(ends[1] - ends[0], self.large(_MOST_BAR))), 2)
        left = round((ends[0] + ends[1] - width) / 2)
        return QRectF(left, self.plot.box.top(), width, self.plot.box.height())

    def _draw_names(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        area, level = self.plot.box, self._level_names(metrics)
        room = self.large(_LABEL_ROOM)
        last = -np.inf
        for bar, name in enumerate(self._names):
            middle = self._column(bar).center().x()
            if not area.left() <= middle <= area.right():
                continue
            if level:
                box = QRectF(middle - 60, area.bottom() + 4, 120, metrics.height() + 2)
                painter.drawText(box, CENTER, name)
            elif middle - last >= metrics.height() * 0.82:
                box = QRectF(middle - metrics.height() / 2, area.bottom() + 5, 0, room)
                box.setWidth(metrics.height())
                draw_upright(painter, elided(painter.font(), name, room), box, RIGHT)
                last = middle

    def _part(self, bar: int, row: int, piece: QRectF) -> Part[UnitFilter]:
        assert self.histogram is not None
        style = STACK[row]
        count = int(self.histogram.counts[bar, ORDER[row]])
        units = int(self.histogram.units[bar])
        words = (
            f"{self._names[bar]}: {count:,} of {count_text(units, 'neuron')} "
            f"({100 * count / units:.1f} %) – {style.title.lower()}.\n{style.tip}\n"
            "Click to list them."
        )
        chosen = UnitFilter(layers=self._members[bar], category=style.category)
        return Part(bar, row, box_path(piece), words, chosen)


def _whole_numbers(low: float, high: float, most: int) -> list[tuple[float, str]]:
    ticks = nice_ticks(low, high, min(most, _MOST_TICKS))
    return [(tick, f"{tick:,.0f}") for tick in ticks if tick == round(tick)]
