"""Color-label selectivity of one unit: eleven colors in three slots, with chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.base.tables import Column, Table
from core.color.terms import COLOR_TERMS, Palette
from core.figures.description import Bars, Rule
from core.figures.unit_figure import slot_panels
from core.units.selectivity import CHANCE, SLOTS, SlotSelectivity
from gui.charts.drawing import LEFT, RIGHT, bold_font
from gui.charts.view import NONE, ChartView
from gui.look.theme import Theme

_PADDING = 3.0
_GAP = 10.0
_ROWS = len(COLOR_TERMS)
_AS = {"word": "the written word", "font": "the color of the font", "background": "the background"}
_COLUMNS = (Column("slot"), Column("color"), Column("f", "float"), Column("chance", "float"))


class SlotBars(ChartView):
    """A row for each color term, a column for each slot; the dashed line is chance.

    Its points go down the columns.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Color-label selectivity", parent)
        self.bars: tuple[Bars, ...] = ()
        self.chances: tuple[Rule, ...] = ()
        self.longest = 1.0
        """Value at the right end of each column."""
        self.add_layer(self._paint)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "f: share of the weight of the neuron's strongest Stroop images that have a color as "
            "their written word, as the color of the font, or as the background.\n"
            f"The dashed lines are chance, {CHANCE['word']:.3f}: what a neuron that does not care "
            "would have."
        )

    def show_unit(self, slots: SlotSelectivity | None, unit: int, palette: Palette) -> str:
        """Show the indices of a unit; gives the two largest sums with their chance, or why not."""
        self.bars = self.chances = ()
        text = "No color-label indices: the census has not seen the Stroop set."
        if slots is not None:
            values = np.stack([slots.index(slot)[unit] for slot in SLOTS])
            if np.isnan(values).any():
                text = "No color-label indices: no image of the Stroop set activates the neuron."
            else:
                panels = slot_panels(slots, unit, palette)
                marks = [mark for panel in panels for mark in panel.marks]
                self.bars = tuple(mark for mark in marks if isinstance(mark, Bars))
                self.chances = tuple(mark for mark in marks if isinstance(mark, Rule))
                self.longest = panels[0].y.high
                text = _sums(values)
        self.setAccessibleDescription(self.described() or text)
        self.setVisible(bool(self.bars))
        self.refresh()
        return text

    # --- of the kit ---

    @property
    def blank(self) -> bool:
        return not self.bars

    def sizeHint(self) -> QSize:
        return QSize(320, round((_ROWS + 1) * self._row))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.sizeHint().height())

    def point_at(self, place: QPointF) -> int:
        column = int((place.x() - self._names) // self._width)
        row = int(place.y() // self._row) - 1
        inside = 0 <= column < len(self.bars) and 0 <= row < _ROWS
        return column * _ROWS + row if inside else NONE

    def step(self, key: Qt.Key) -> int | None:
        here, last = self.cursor_point, _ROWS * len(self.bars) - 1
        ways = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Left: -_ROWS,
            Qt.Key.Key_Right: _ROWS,
        }
        if key not in ways or last < 0:
            return None
        if here == NONE:
            return 0
        goal = here + ways[key]
        return goal if 0 <= goal <= last else here

    def words_of(self, point: int) -> str:
        column, row = divmod(point, _ROWS)
        value, chance = self.bars[column].values[row], self.chances[column].value
        return f"{COLOR_TERMS[row]} as {_AS[SLOTS[column]]}: {value:.3f} (chance {chance:.3f})"

    def described(self) -> str:
        parts = []
        for slot, bars in zip(SLOTS, self.bars, strict=False):
            order = np.argsort(-np.asarray(bars.values), kind="stable")[:3]
            listed = ", ".join(f"{COLOR_TERMS[label]} {bars.values[label]:.2f}" for label in order)
            parts.append(f"{slot}: {listed}")
        return "; ".join(parts)

    def table(self) -> Table | None:
        rows = tuple(
            (slot, term, float(value), chance.value)
            for slot, bars, chance in zip(SLOTS, self.bars, self.chances, strict=False)
            for term, value in zip(COLOR_TERMS, bars.values, strict=True)
        )
        return Table(_COLUMNS, rows) if rows else None

    # --- inside ---

    @property
    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(bold_font(self.small))

    @property
    def _row(self) -> float:
        return self._metrics.height() + _PADDING

    @property
    def _names(self) -> float:
        """Width of the names of the colors."""
        return max(map(self._metrics.horizontalAdvance, COLOR_TERMS)) + 6

    @property
    def _width(self) -> float:
        """Width of a column."""
        return (self.width() - self._names) / len(SLOTS)

    def _paint(self, painter: QPainter) -> None:
        tokens, names, row_height = self.tokens, self._names, self._row
        number = self._metrics.horizontalAdvance("0.00") + 5
        length = self._width - number - _GAP
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for column, (slot, bars) in enumerate(zip(SLOTS, self.bars, strict=True)):
            left = names + column * self._width
            painter.setFont(bold_font(self.small))
            painter.setPen(QColor(tokens.text))
            painter.drawText(QRectF(left, 0, self._width - _GAP, row_height), LEFT, slot)
            chance = left + length * self.chances[column].value / self.longest
            for row, value in enumerate(bars.values):
                box = QRectF(left, (row + 1) * row_height + 2, 0, row_height - 4)
                box.setWidth(length * value / self.longest)
                here = self.shows_cursor and self.cursor_point == column * _ROWS + row
                painter.setPen(QPen(QColor(tokens.accent if here else tokens.border_strong), 1))
                painter.setBrush(QColor(bars.fills[row].color))
                painter.drawRect(box)
                place = QRectF(max(box.right(), chance) + 5, box.top(), number, box.height())
                strong = value >= 2 * CHANCE["word"] or here
                painter.setFont(bold_font(self.small) if strong else self.small)
                painter.setPen(QColor(tokens.text if strong else tokens.muted))
                painter.drawText(place, LEFT, f"{value:.2f}")
            painter.setPen(QPen(QColor(tokens.text), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(chance, row_height), QPointF(chance, self.height()))
        painter.setFont(self.small)
        painter.setPen(QColor(tokens.text))
        for row, term in enumerate(COLOR_TERMS):
            box = QRectF(0, (row + 1) * row_height, names - 6, row_height)
            painter.drawText(box, RIGHT, term)


def _sums(values: NDArray[np.float64]) -> str:
    word, font, background = values
    color, anything = font + background, word + font + background
    best, most = int(color.argmax()), int(anything.argmax())
    return (
        f"Font + background: {COLOR_TERMS[best]} {color[best]:.2f} (chance {CHANCE['color']:.2f}). "
        f"All three: {COLOR_TERMS[most]} {anything[most]:.2f} (chance {CHANCE['any']:.2f})."
    )
