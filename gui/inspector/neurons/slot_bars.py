"""Color-label selectivity of one unit: eleven colors in three slots, with chance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.color.terms import COLOR_TERMS, Palette
from core.units.selectivity import CHANCE, SLOTS, SlotSelectivity
from gui.look.theme import Theme, number_font

_LEAST_SCALE = 0.25
_POINTS = 8.5
_PADDING = 3.0
_GAP = 10.0


class SlotBars(QWidget):
    """A row for each color term, a column for each slot; the dashed line is chance."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.values: NDArray[np.float64] | None = None
        self._palette: Palette | None = None
        self._small = number_font(_POINTS)
        self._strong = number_font(_POINTS)
        self._strong.setWeight(QFont.Weight.DemiBold)
        self._metrics = QFontMetricsF(self._strong)
        self._row = self._metrics.height() + _PADDING
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            "f: share of the weight of the unit's strongest Stroop images that have a color as "
            "their written word, as the color of the font, or as the background.\n"
            f"The dashed lines are chance, {CHANCE['word']:.3f}: what a unit that does not care "
            "would have."
        )
        theme.changed.connect(self.update)

    def show_unit(self, slots: SlotSelectivity | None, unit: int, palette: Palette) -> str:
        """Show the indices of a unit.

        Returns
        -------
        str
            The two largest sums beside their chance, or why there are no indices.
        """
        self._palette = palette
        self.values = None
        text = "No color-label indices: the census has not seen the Stroop set."
        if slots is not None:
            values = np.stack([slots.index(slot)[unit] for slot in SLOTS])
            if np.isnan(values).any():
                text = "No color-label indices: no image of the Stroop set activates the unit."
            else:
                self.values = values
                text = _sums(values)
        self.setAccessibleName("Color-label selectivity")
        self.setAccessibleDescription(self._described() or text)
        self.updateGeometry()
        self.setVisible(self.values is not None)
        self.update()
        return text

    @property
    def scale(self) -> float:
        """Value at the right end of each column."""
        most = 0.0 if self.values is None else float(self.values.max())
        return max(_LEAST_SCALE, math.ceil(10 * most - 1e-9) / 10)

    def sizeHint(self) -> QSize:
        return QSize(320, round((len(COLOR_TERMS) + 1) * self._row))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.values is None or self._palette is None:
            return
        with QPainter(self) as painter:
            tokens = self._theme.tokens
            names = max(self._metrics.horizontalAdvance(term) for term in COLOR_TERMS) + 6
            number = self._metrics.horizontalAdvance("0.00") + 5
            width = (self.width() - names) / len(SLOTS)
            for column, slot in enumerate(SLOTS):
                left = names + column * width
                length = width - number - _GAP
                painter.setFont(self._strong)
                painter.setPen(QColor(tokens.text))
                head = QRectF(left, 0, width - _GAP, self._row)
                painter.drawText(
                    head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, slot
                )
                chance = left + length * CHANCE[slot] / self.scale
                for row, value in enumerate(self.values[column]):
                    box = QRectF(left, (row + 1) * self._row, length, self._row)
                    end = self._bar(painter, box, COLOR_TERMS[row], float(value))
                    place = QRectF(max(end, chance) + 5, box.top(), number, box.height())
                    self._number(painter, place, float(value))
                painter.setPen(QPen(QColor(tokens.text), 1, Qt.PenStyle.DashLine))
                painter.drawLine(QPointF(chance, self._row), QPointF(chance, self.height()))
            painter.setFont(self._small)
            painter.setPen(QColor(tokens.text))
            for row, term in enumerate(COLOR_TERMS):
                box = QRectF(0, (row + 1) * self._row, names - 6, self._row)
                painter.drawText(
                    box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, term
                )

    def _bar(self, painter: QPainter, box: QRectF, term: str, value: float) -> float:
        """Draw a bar; the result is where it ends."""
        assert self._palette is not None
        length = box.width() * value / self.scale
        bar = QRectF(box.left(), box.top() + 2, length, box.height() - 4)
        painter.fillRect(bar, QColor(*self._palette[term]))
        painter.setPen(QPen(QColor(self._theme.tokens.border_strong), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)
        return bar.right()

    def _number(self, painter: QPainter, place: QRectF, value: float) -> None:
        tokens = self._theme.tokens
        strong = value >= 2 * CHANCE["word"]
        painter.setFont(self._strong if strong else self._small)
        painter.setPen(QColor(tokens.text if strong else tokens.muted))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, flags, f"{value:.2f}")

    def _described(self) -> str:
        if self.values is None:
            return ""
        parts = []
        for slot, index in zip(SLOTS, self.values, strict=True):
            order = np.argsort(-index, kind="stable")[:3]
            listed = ", ".join(f"{COLOR_TERMS[label]} {index[label]:.2f}" for label in order)
            parts.append(f"{slot}: {listed}")
        return "; ".join(parts)


def _sums(values: NDArray[np.float64]) -> str:
    word, font, background = values
    color, anything = font + background, word + font + background
    best, most = int(color.argmax()), int(anything.argmax())
    return (
        f"Font + background: {COLOR_TERMS[best]} {color[best]:.2f} (chance {CHANCE['color']:.2f}). "
        f"All three: {COLOR_TERMS[most]} {anything[most]:.2f} (chance {CHANCE['any']:.2f})."
    )
