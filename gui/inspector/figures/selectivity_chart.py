"""Figure 2 on the screen: a histogram of color selectivities for each block or layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from core.units.neuron_indices import NeuronIndices, Parts
from core.units.selectivity_histogram import BINS
from core.units.unit_filter import NEGATIVE, UNDEFINED, UnitFilter, bin_words
from gui.inspector.figures.figure_chart import FigureChart, Part, box_path, fill_of
from gui.look.theme import Theme, Tokens
from gui.widgets.words import count_text

_LEAST = QSize(280, 190)
_LEAST_ROW = 21.0
_MOST_ROW = 74.0
_SELECTIVE, _UNDEFINED = BINS + 1, BINS + 2
"""Places of the two columns of numbers, behind the bins, for the arrow keys."""


class SelectivityChart(FigureChart):
    """Rows of bars over one scale: negative values, ten bins from 0 to 1, both cut-offs as lines.

    Beside each row stand the share that reaches the first cut-off and the number of units without
    a selectivity.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Color selectivity for each block", _LEAST, parent)
        self._indices: NeuronIndices | None = None
        self._parts_by: Parts = "blocks"
        self._percent = np.zeros((0, BINS + 1))
        self._members: list[tuple[str, ...]] = []
        self.show_message("There are no color selectivities yet.")

    def show_indices(self, indices: NeuronIndices, parts: Parts) -> None:
        """Show the selectivities of the units, parted by layers or blocks."""
        grouping = indices.groupings[parts]
        names = [layer.name for layer in indices.census.layers]
        self._indices, self._parts_by = indices, parts
        self._percent = np.nan_to_num(indices.selectivity_counts[parts].percent)
        self._members = [
            tuple(names[member] for member in grouping.members(group))
            for group in range(len(grouping.names))
        ]
        self.setMinimumHeight(max(_LEAST.height(), round(len(grouping.names) * _LEAST_ROW + 58)))
        self.show_message("")

    def layout_parts(self) -> Sequence[Part]:
        indices = self._indices
        if indices is None:
            return ()
        histogram = indices.selectivity_counts[self._parts_by]
        area, parts = self._area(), []
        highest = self._percent.max(initial=0.0) or 1.0
        last = len(histogram.groups) - 1
        for row in range(len(histogram.groups)):
            band = self._band(row, area)
            for place in range(BINS + 1):
                count = int(
                    histogram.negative[row] if place == 0 else histogram.counts[row, place - 1]
                )
                if not count:
                    continue
                left, right = self._edges(place, area)
                # The least bar is still seen.
                height = max(round((band.height() - 4) * self._percent[row, place] / highest), 2)
                box = QRectF(left, band.bottom() - height, right - left, height)
                number = NEGATIVE if place == 0 else place - 1
                parts.append(self._part(row, last - row, place, number, count, box))
            for place, number, box in (
                (_SELECTIVE, None, self._share_box(band, area)),
                (_UNDEFINED, UNDEFINED, self._undefined_box(band, area)),
            ):
                count = int(
                    histogram.undefined[row]
                    if number is not None
                    else indices.selective_counts[self._parts_by][0][row]
                )
                if count:
                    parts.append(self._part(row, last - row, place, number, count, box))
        return parts

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        indices = self._indices
        assert indices is not None
        histogram = indices.selectivity_counts[self._parts_by]
        area = self._area()
        font = self.small_font()
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._draw_scale(painter, tokens, area, metrics)
        for part in self.parts:
            if part.column <= BINS:
                self._draw_bar(painter, tokens, part)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        reached = indices.selective_counts[self._parts_by][0]
        for row, name in enumerate(histogram.groups):
            band = self._band(row, area)
            painter.setPen(QColor(tokens.border_strong))
            painter.drawLine(
                QPointF(area.left(), band.bottom()), QPointF(area.right(), band.bottom())
            )
            painter.setPen(QColor(tokens.text))
            room = QRectF(2, band.bottom() - 18, area.left() - 8, 18)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, right, shown)
            defined = int(histogram.defined[row])
            share = f"{100 * int(reached[row]) / defined:.1f} %" if defined else "–"
            painter.drawText(self._share_box(band, area), right, share)
            painter.setPen(QColor(tokens.muted))
            painter.drawText(
                self._undefined_box(band, area), right, f"{int(histogram.undefined[row]):,}"
            )
        self._draw_cut_offs(painter, tokens, area, metrics)

    # --- places ---

    def _area(self) -> QRectF:
        metrics = QFontMetricsF(self.small_font())
        names: Sequence[str] = ()
        if self._indices is not None:
            names = self._indices.groupings[self._parts_by].names
        label = max((metrics.horizontalAdvance(name) for name in names), default=40.0)
        left = min(label + 14, self.width() * 0.3)
        right = self._share_width() + self._undefined_width() + 10
        top = 2 * metrics.height() + 8
        below = 2 * metrics.height() + 8
        whole = self.height() - top - below
        rows = max(len(names), 1)
        height = min(max(whole, 20.0), rows * _MOST_ROW)
        return QRectF(left, top, max(self.width() - left - right, 40), height)

    def _band(self, row: int, area: QRectF) -> QRectF:
        pitch = area.height() / max(len(self._percent), 1)
        top, bottom = round(area.top() + row * pitch), round(area.top() + (row + 1) * pitch)
        return QRectF(area.left(), top, area.width(), bottom - top)

    def _x(self, value: float, area: QRectF) -> float:
        """Where a selectivity lies; negative ones have one bin's room below 0."""
        return area.left() + area.width() * (value + 1 / BINS) / (1 + 1 / BINS)

    def _edges(self, place: int, area: QRectF) -> tuple[float, float]:
        return (
            round(self._x((place - 1) / BINS, area)),
            round(self._x(place / BINS, area)),
        )

    def _share_width(self) -> float:
        return QFontMetricsF(self.small_font()).horizontalAdvance("100.0 %") + 8

    def _undefined_width(self) -> float:
        return QFontMetricsF(self.small_font()).horizontalAdvance("undefined") + 8

    def _share_box(self, band: QRectF, area: QRectF) -> QRectF:
        return QRectF(area.right() + 4, band.bottom() - 18, self._share_width(), 18)

    def _undefined_box(self, band: QRectF, area: QRectF) -> QRectF:
        left = area.right() + 4 + self._share_width()
        return QRectF(left, band.bottom() - 18, self._undefined_width(), 18)

    # --- drawing ---

    def _draw_scale(
        self, painter: QPainter, tokens: Tokens, area: QRectF, metrics: QFontMetricsF
    ) -> None:
        for tick in range(0, BINS + 1, 2):
            x = round(self._x(tick / BINS, area))
            painter.setPen(QColor(tokens.border_strong if tick == 0 else tokens.grid))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom() + 4))
            painter.setPen(QColor(tokens.muted))
            box = QRectF(x - 24, area.bottom() + 4, 48, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{tick / BINS:g}")
        painter.setPen(QColor(tokens.muted))
        box = QRectF(self._x(-0.05, area) - 24, area.bottom() + 4, 48, metrics.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "< 0")
        box = QRectF(area.left(), box.bottom() + 1, area.width(), metrics.height())
        highest = f"{self._percent.max(initial=0.0):.1f} %"
        texts = (
            f"color selectivity α; the highest bar is {highest} of a {self._parts_by[:-1]}",
            f"α; highest bar {highest}",
        )
        fitting = [text for text in texts if metrics.horizontalAdvance(text) <= area.width()]
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, fitting[0] if fitting else texts[1])
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        head = QRectF(0, 0, 0, 0)
        head.setRect(area.right() + 4, 0, self._share_width(), area.top() - 2)
        assert self._indices is not None
        cut_off = self._indices.thresholds.color_selective
        painter.drawText(head, right, f"≥ {cut_off:g}")
        head.moveLeft(head.right())
        head.setWidth(self._undefined_width())
        painter.drawText(head, right, "undefined")

    def _draw_bar(self, painter: QPainter, tokens: Tokens, part: Part) -> None:
        box = part.shape.boundingRect()
        painter.fillRect(box, fill_of(tokens))
        if part.column == 0:
            ink = QColor(tokens.accent)
            painter.fillRect(box, QBrush(ink, Qt.BrushStyle.BDiagPattern))
        painter.setPen(QPen(QColor(tokens.accent), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

    def _draw_cut_offs(
        self, painter: QPainter, tokens: Tokens, area: QRectF, metrics: QFontMetricsF
    ) -> None:
        assert self._indices is not None
        limits = self._indices.thresholds
        marks = (
            (limits.color_selective, Qt.PenStyle.DashLine, 0),
            (limits.strongly_selective, Qt.PenStyle.DotLine, 1),
        )
        for cut_off, dashes, line in marks:
            x = round(self._x(cut_off, area)) + 0.5
            painter.setPen(QPen(QColor(tokens.text), 1.4, dashes))
            top = area.top() - (1 - line) * metrics.height() - 2
            painter.drawLine(QPointF(x, top), QPointF(x, area.bottom()))
            painter.setPen(QColor(tokens.text))
            text = f"{cut_off:.2f}"
            box = QRectF(x - 20, line * metrics.height(), 40, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _part(
        self, row: int, up: int, place: int, number: int | None, count: int, box: QRectF
    ) -> Part:
        assert self._indices is not None
        histogram = self._indices.selectivity_counts[self._parts_by]
        name, defined = histogram.groups[row], int(histogram.defined[row])
        cut_off = self._indices.thresholds.color_selective
        if number == UNDEFINED:
            words = (
                f"{name}: {count:,} of {count_text(int(histogram.units[row]), 'unit')} without a "
                f"color selectivity.\n{self._indices.selectivity_problem}"
            )
        else:
            what = (
                f"color selectivity at least {cut_off:g}" if number is None else bin_words(number)
            )
            words = (
                f"{name}: {count:,} of {count_text(defined, 'unit')} "
                f"({100 * count / defined:.1f} %) – {what}."
            )
            if number == NEGATIVE:
                words += "\nThey answer more strongly to the gray versions of their pictures."
        chosen = UnitFilter(
            layers=self._members[row], selectivity_bin=number, selective=number is None
        )
        return Part(place, up, box_path(box), f"{words}\nClick to list them.", chosen)
