"""Horizontal bars on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFont, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.base.tables import Cell, Column, Table
from gui.charts.bar_painter import BarLayout, BarPainter, Columns, Row
from gui.charts.view import NONE, ChartView
from gui.look.theme import Theme


class BarChart(ChartView):
    """Rows of bars, as high as they are; all of them are one layer.

    A chart either shows rows or is pending. `set_pending` takes effect on whatever is painted
    next but asks for no painting itself, so that an answer that comes soon replaces the former
    picture without a flicker, and nothing out of date is ever painted.
    """

    ALONG = (Qt.Key.Key_Up, Qt.Key.Key_Down)

    def __init__(
        self,
        theme: Theme,
        name: str,
        layout: BarLayout,
        least_width: int,
        parent: QWidget | None = None,
        *,
        in_small: bool = False,
    ) -> None:
        super().__init__(theme, name, parent)
        self.bars: tuple[Row, ...] = ()
        self.pending = False
        self._layout, self._least_width, self._in_small = layout, least_width, in_small
        self._columns: Columns | None = None
        self.painter = BarPainter(self.bar_font, theme.tokens, layout)
        self.add_layer(self._paint)
        self.setMinimumWidth(least_width)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def bar_font(self) -> QFont:
        """The font of names and numbers."""
        return self.small if self._in_small else self.font()

    def show_bars(self, bars: Sequence[Row]) -> None:
        """Show rows."""
        grown = len(bars) != len(self.bars)
        self.bars = tuple(bars)
        self.pending = False
        if grown:
            self.cursor_point = NONE
            self.updateGeometry()
        self.setAccessibleDescription(self.described())
        self.refresh()

    def set_pending(self) -> None:
        """Say that the rows are out of date; see the class for when this is seen."""
        self.pending = True
        self.setAccessibleDescription("Computing")

    def set_layout(self, layout: BarLayout) -> None:
        """Take other columns."""
        self._layout = layout
        self.restyle()

    def restyle(self) -> None:
        """Take font and colors as they are now."""
        self.painter = BarPainter(self.bar_font, self.tokens, self._layout)
        self.updateGeometry()
        self.refresh()

    @property
    def columns(self) -> Columns:
        """The places of the columns at the present width."""
        if self._columns is None:
            self._columns = self.painter.columns(self.bars, self.width())
        return self._columns

    # --- of the kit ---

    def arrange(self) -> None:
        self._columns = None

    def take_theme(self) -> None:
        self.restyle()
        super().take_theme()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange and hasattr(self, "painter"):
            self.painter = BarPainter(self.bar_font, self.tokens, self._layout)
        super().changeEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(max(480, self._least_width), self.painter.height(len(self.bars)))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._least_width, self.painter.height(len(self.bars)))

    def point_at(self, place: QPointF) -> int:
        row = int(place.y() // self.painter.row_height)
        return row if 0 <= row < len(self.bars) and not self.pending else NONE

    def place_to_tell(self, point: int) -> QPoint:
        return QPoint(self.width() // 3, round((point + 1) * self.painter.row_height))

    @property
    def count(self) -> int:
        return 0 if self.pending else len(self.bars)

    def words_of(self, point: int) -> str:
        return _words(self.bars[point])

    def described(self) -> str:
        return "; ".join(map(_words, self.bars))

    def table(self) -> Table | None:
        """Each bar with its exact share, and the heading above it if there are headings."""
        columns = [Column("group"), Column("name")]
        columns += [Column(name, "float") for name in self._layout.bars]
        group = ""
        rows: list[tuple[Cell, ...]] = []
        for row in self.bars:
            if row.bars:
                rows.append((group, row.name, *(bar.share for bar in row.bars)))
            else:
                group = row.name
        if not rows or self.pending:
            return None
        first = 0 if group else 1
        return Table(tuple(columns[first:]), tuple(row[first:] for row in rows))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.cursor_point == NONE and self.bars:
            self.point_to(0)

    def _paint(self, painter: QPainter) -> None:
        self.painter.paint(
            painter,
            self.bars,
            self.columns,
            clip=(self.exposed.top(), self.exposed.bottom()),
            pending=self.pending,
            marked=self.cursor_point if self.shows_cursor else NONE,
        )


def _words(row: Row) -> str:
    """A row as it is read out."""
    told = ", ".join(filter(None, (row.value, row.note) if row.value else row.cells))
    return f"{row.name} {told}".rstrip() if row.bars else row.name
