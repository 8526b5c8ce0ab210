"""A chart of shapes that are pointed at, by mouse and by keyboard, and stand for something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from gui.charts.view import NONE, ChartView
from gui.look.theme import Theme, Tokens

T = TypeVar("T")
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


@dataclass(frozen=True, eq=False)
class Part(Generic[T]):
    """A part of a chart."""

    column: int
    row: int
    """Where the arrow keys find it."""
    shape: QPainterPath
    """Where the pointer finds it."""
    words: str
    """What it shows, as a sentence."""
    stands_for: T
    """What is told when it is chosen."""


class PartsChart(ChartView):
    """Base of charts of shapes: a subclass makes its parts in `layout_parts`, draws in `draw`."""

    part_chosen = Signal(object)  # stands_for

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent)
        self.parts: Sequence[Part[Any]] = ()
        self.add_layer(self._paint)
        self.chosen.connect(lambda point: self.part_chosen.emit(self.parts[point].stands_for))

    # --- for subclasses ---

    def layout_parts(self) -> Sequence[Part[Any]]:
        """The parts at the present size, in reading order."""
        raise NotImplementedError

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        """Paint everything but the ground and the mark of the cursor."""
        raise NotImplementedError

    # --- of the chart ---

    @property
    def current(self) -> Part[Any] | None:
        """The part that the cursor is at."""
        return self.parts[self.cursor_point] if self.cursor_point != NONE else None

    def arrange(self) -> None:
        kept = self.current
        self.parts = () if self.message else self.layout_parts()
        self.cursor_point = NONE
        if kept is not None:
            places = [(part.column, part.row) for part in self.parts]
            if (kept.column, kept.row) in places:
                self.cursor_point = places.index((kept.column, kept.row))

    def point_at(self, place: QPointF) -> int:
        for number, part in enumerate(self.parts):
            if part.shape.contains(place):
                return number
        return NONE

    def words_of(self, point: int) -> str:
        return self.parts[point].words

    def point_to(self, point: int) -> None:
        shape = Qt.CursorShape.ArrowCursor if point == NONE else Qt.CursorShape.PointingHandCursor
        self.viewport().setCursor(shape)
        super().point_to(point)

    def step(self, key: Qt.Key) -> int | None:
        if key not in _STEPS or not self.parts:
            return None
        here, (across, up) = self.current, _STEPS[key]
        if here is None:
            return 0
        if across:
            columns = sorted({part.column for part in self.parts})
            place = columns.index(here.column) + across
            wanted = columns[max(0, min(place, len(columns) - 1))]
            among = [part for part in self.parts if part.column == wanted]
            goal = min(among, key=lambda part: abs(part.row - here.row))
        else:
            among = sorted(
                (part for part in self.parts if part.column == here.column),
                key=lambda part: part.row,
            )
            place = [part.row for part in among].index(here.row) + up
            goal = among[max(0, min(place, len(among) - 1))]
        return list(self.parts).index(goal)

    def _paint(self, painter: QPainter) -> None:
        self.draw(painter, self.tokens)
        if self.shows_cursor:
            strong = self.hasFocus()
            color = self.tokens.accent if strong else self.tokens.text
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(color), 2.5 if strong else 1.5))
            painter.drawPath(self.parts[self.cursor_point].shape)
