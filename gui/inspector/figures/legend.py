"""The categories of units with their color, pattern, letter, name and number."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.base.tables import Column, Table
from core.units.category_styles import ORDER, STACK
from core.units.type_histogram import TypeHistogram
from core.units.unit_filter import UnitFilter
from gui.charts.drawing import LEFT, box_path, elided
from gui.charts.parts import Part, PartsChart
from gui.inspector.figures.category_paint import paint_category, paint_letter
from gui.look.theme import Theme, Tokens

_SWATCH = 18
_PADDING = 6
_LEAST_WIDTH = 128
_ROW = 23


class Legend(PartsChart):
    """Entries in as many columns as there is room for; a click lists the units of a category."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Legend", parent)
        self._counts: list[int] | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_histogram(self, histogram: TypeHistogram | None) -> None:
        """Show the numbers of units; None for none."""
        self._counts = None
        if histogram is not None:
            totals = histogram.counts.sum(axis=0)
            self._counts = [int(totals[column]) for column in ORDER]
        self.setAccessibleDescription(self.described())
        self.updateGeometry()
        self.refresh()

    # --- of the kit ---

    def sizeHint(self) -> QSize:
        width = 3 * _LEAST_WIDTH
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_WIDTH, self._row)

    def heightForWidth(self, width: int) -> int:
        return -(-len(STACK) // self._columns(width)) * self._row

    def described(self) -> str:
        return "; ".join(map(self._text, range(len(STACK))))

    def table(self) -> Table | None:
        if self._counts is None:
            return None
        rows = tuple((style.title, n) for style, n in zip(STACK, self._counts, strict=True))
        return Table((Column("category"), Column("units", "int")), rows)

    def layout_parts(self) -> Sequence[Part[UnitFilter]]:
        widths = self._widths(self._columns(self.width()))
        spare = max(self.width() - sum(widths), 0) / len(widths)
        parts = []
        for number, style in enumerate(STACK):
            row, column = divmod(number, len(widths))
            left = sum(widths[:column]) + column * spare
            box = QRectF(left, row * self._row, widths[column] + spare, self._row)
            words = f"{self._text(number)}\n{style.tip}"
            chosen = UnitFilter(category=style.category)
            parts.append(Part(column, -row, box_path(box), words, chosen))
        return parts

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        font, side = self.font(), self.large(_SWATCH)
        for number, (style, part) in enumerate(zip(STACK, self.parts, strict=True)):
            place = part.shape.boundingRect()
            swatch = QRectF(place.left() + 1, place.top() + 4, side, side - 3)
            paint_category(painter, style, swatch, tokens)
            paint_letter(painter, style, swatch, self.small)
            painter.setFont(font)
            painter.setPen(QColor(tokens.text))
            room = place.adjusted(side + 1 + _PADDING, 0, -4, 0)
            painter.drawText(room, LEFT, elided(font, self._text(number), room.width()))

    # --- inside ---

    @property
    def _row(self) -> int:
        return self.large(_ROW)

    def _text(self, number: int) -> str:
        title = STACK[number].title
        return title if self._counts is None else f"{title}  {self._counts[number]:,}"

    def _columns(self, width: int) -> int:
        """Entries side by side: as many as have room, columns being as wide as their entries."""
        fitting = (n for n in range(len(STACK), 0, -1) if sum(self._widths(n)) <= width)
        rows = -(-len(STACK) // next(fitting, 1))
        return -(-len(STACK) // rows)  # rows as equal as can be

    def _widths(self, columns: int) -> list[int]:
        advance, around = self.fontMetrics().horizontalAdvance, self.large(_SWATCH) + 2 * _PADDING
        texts = [advance(self._text(number)) + around for number in range(len(STACK))]
        return [max(texts[column::columns]) for column in range(columns)]
