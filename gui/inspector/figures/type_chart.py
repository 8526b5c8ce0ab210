"""Figure 5 on the screen: types of units as stacked bars, one for each layer or block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from core.units.category_styles import ORDER, STACK
from core.units.neuron_indices import NeuronIndices, Parts
from core.units.type_histogram import TypeHistogram
from core.units.unit_filter import UnitFilter
from gui.inspector.figures.category_paint import paint_category, paint_letter
from gui.inspector.figures.figure_chart import FigureChart, Part, box_path, draw_upright
from gui.look.theme import Theme, Tokens
from gui.widgets.words import count_text

_LEAST = QSize(240, 170)
_MOST_BAR = 64.0
_GAP_SHARE = 0.24
_LABEL_ROOM = 92.0
_TICKS = 5


class TypeChart(FigureChart):
    """Bars that reach 100 %, or the number of units."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Types of units for each layer", _LEAST, parent)
        self._histogram: TypeHistogram | None = None
        self._members: list[tuple[str, ...]] = []
        self._noun = "layer"
        self.as_counts = False
        self.show_message("There are no types yet.")

    @property
    def histogram(self) -> TypeHistogram | None:
        """What is shown."""
        return self._histogram

    def show_indices(self, indices: NeuronIndices, parts: Parts) -> None:
        """Show the types of the units, parted by layers or blocks."""
        grouping = indices.groupings[parts]
        names = [layer.name for layer in indices.census.layers]
        self._histogram = indices.type_counts[parts]
        self._members = [
            tuple(names[member] for member in grouping.members(group))
            for group in range(len(grouping.names))
        ]
        self._noun = parts[:-1]
        self.show_message("")

    def set_counts(self, as_counts: bool) -> None:
        """Show numbers of units in place of percent."""
        self.as_counts = as_counts
        self.refresh()

    def layout_parts(self) -> Sequence[Part]:
        histogram = self._histogram
        if histogram is None:
            return ()
        area = self._area()
        values, top = self._values(histogram)
        parts = []
        for bar in range(len(histogram.layers)):
            box = self._bar(bar, area)
            floor = 0.0
            for row, column in enumerate(ORDER):
                value = float(values[bar, column])
                if value > 0:
                    low = area.bottom() - area.height() * floor / top
                    high = area.bottom() - area.height() * (floor + value) / top
                    # Edges on whole pixels, shared by neighbors: no gap, no overlap.
                    low, high = round(low), round(high)
                    piece = QRectF(box.left(), high, box.width(), max(low - high, 1))
                    parts.append(self._part(histogram, bar, row, column, piece))
                floor += value
        return parts

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        histogram = self._histogram
        assert histogram is not None
        area = self._area()
        self._draw_axis(painter, tokens, area, histogram)
        font = self.small_font()
        for part in self.parts:
            box = part.shape.boundingRect()
            paint_category(painter, STACK[part.row], box, tokens)
            paint_letter(painter, STACK[part.row], box, font)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        painter.setPen(QColor(tokens.text))
        level = self._level_labels(metrics)
        last = -1e9
        for bar, name in enumerate(histogram.layers):
            box = self._bar(bar, area)
            middle = box.center().x()
            if level:
                room = QRectF(middle - 60, area.bottom() + 4, 120, metrics.height() + 2)
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, name)
            elif middle - last >= metrics.height() * 0.82:
                draw_upright(painter, metrics, name, middle, area.bottom() + 5, _LABEL_ROOM)
                last = middle

    # --- places ---

    def _area(self) -> QRectF:
        metrics = QFontMetricsF(self.small_font())
        left = metrics.horizontalAdvance("100,000" if self.as_counts else "100") + 24
        below = metrics.height() + 8
        if self._histogram is not None and not self._level_labels(metrics):
            longest = max(map(metrics.horizontalAdvance, self._histogram.layers), default=0.0)
            below = min(longest, _LABEL_ROOM) + 10
        top = metrics.height() / 2 + 4
        return QRectF(left, top, self.width() - left - 8, max(self.height() - top - below, 20))

    def _level_labels(self, metrics: QFontMetricsF) -> bool:
        """Whether the names fit side by side."""
        names = self._histogram.layers if self._histogram is not None else ()
        room = (self.width() - 60) / max(len(names), 1)
        return all(metrics.horizontalAdvance(name) + 8 <= room for name in names)

    def _bar(self, number: int, area: QRectF) -> QRectF:
        assert self._histogram is not None
        pitch = area.width() / max(len(self._histogram.layers), 1)
        width = min(pitch * (1 - _GAP_SHARE), _MOST_BAR)
        left = area.left() + number * pitch + (pitch - width) / 2
        return QRectF(round(left), area.top(), max(round(width), 2), area.height())

    def _values(self, histogram: TypeHistogram) -> tuple[np.ndarray, float]:
        if self.as_counts:
            return histogram.counts, float(max(histogram.units.max(initial=0), 1))
        return np.nan_to_num(histogram.percent), 100.0

    def _draw_axis(
        self, painter: QPainter, tokens: Tokens, area: QRectF, histogram: TypeHistogram
    ) -> None:
        _values, top = self._values(histogram)
        font = self.small_font()
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for tick in range(_TICKS + 1):
            y = round(area.bottom() - area.height() * tick / _TICKS)
            painter.setPen(QColor(tokens.border_strong if tick == 0 else tokens.grid))
            painter.drawLine(QPointF(area.left() - 3, y), QPointF(area.right(), y))
            painter.setPen(QColor(tokens.muted))
            text = f"{top * tick / _TICKS:,.0f}"
            room = QRectF(16, y - metrics.height() / 2, area.left() - 22, metrics.height())
            painter.drawText(
                room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text
            )
        painter.setPen(QPen(QColor(tokens.muted)))
        unit = "units" if self.as_counts else "% of units"
        draw_upright(
            painter, metrics, unit, 8, area.center().y() - metrics.horizontalAdvance(unit) / 2, 80
        )

    def _part(
        self, histogram: TypeHistogram, bar: int, row: int, column: int, piece: QRectF
    ) -> Part:
        style = STACK[row]
        count, units = int(histogram.counts[bar, column]), int(histogram.units[bar])
        words = (
            f"{histogram.layers[bar]}: {count:,} of {count_text(units, 'unit')} "
            f"({100 * count / units:.1f} %) – {style.title.lower()}.\n{style.tip}\n"
            "Click to list them."
        )
        chosen = UnitFilter(layers=self._members[bar], category=style.category)
        return Part(bar, row, box_path(piece), words, chosen)
