"""A chart whose parts can be pointed at, by mouse and by keyboard, and open their units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPainterStateGuard,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core.units.unit_filter import UnitFilter
from gui.look.theme import Theme, Tokens

NONE = -1
_FILL_ALPHA = 90


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a chart.

    Attributes
    ----------
    column, row : int
        Where the arrow keys find it.
    shape : QPainterPath
        Where the pointer finds it.
    words : str
        What it shows, as a sentence.
    filter : UnitFilter
        The units that it stands for.
    """

    column: int
    row: int
    shape: QPainterPath
    words: str
    filter: UnitFilter


class FigureChart(QWidget):
    """Base of the inspector's charts: hover, focus, choice; drawing is the subclass's.

    A subclass makes its parts in `layout_parts` and draws in `draw`.

    Signals
    -------
    chosen(filter)
        The user asks for the units of a part.
    drawn()
        What was given last has been painted.
    """

    chosen = Signal(object)
    drawn = Signal()

    def __init__(self, theme: Theme, name: str, least: QSize, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.parts: Sequence[Part] = ()
        self._message = ""
        self._hovered = NONE
        self._current = NONE
        self._least = least
        self._fresh = False
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(least)
        theme.changed.connect(self.update)

    # --- for subclasses ---

    def layout_parts(self) -> Sequence[Part]:
        """The parts at the present size, in reading order."""
        raise NotImplementedError

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        """Paint everything but the ground and the marks of pointer and focus."""
        raise NotImplementedError

    def show_message(self, text: str) -> None:
        """Show a sentence in place of the chart."""
        self._message = text
        self.refresh()

    def refresh(self) -> None:
        """Lay out and paint anew, because there is something else to show."""
        self._fresh = True
        self._lay_out()
        self.update()

    @property
    def message(self) -> str:
        """The sentence in place of the chart; empty if there is a chart."""
        return self._message

    # --- of the chart as a whole ---

    @property
    def current(self) -> Part | None:
        """The part that the keyboard is at."""
        return self.parts[self._current] if 0 <= self._current < len(self.parts) else None

    def part_at(self, position: QPointF) -> int:
        """Number of the part under a point, `NONE` if there is none."""
        for number, part in enumerate(self.parts):
            if part.shape.contains(position):
                return number
        return NONE

    def small_font(self) -> QFont:
        """The font of axes, with figures of equal width."""
        return small_font(self.font())

    def sizeHint(self) -> QSize:
        # In height no more than the least: what is left over goes to the chart all the same, and a
        # pane that is low need not scroll for it.
        return QSize(max(360, self._least.width()), self.minimumHeight())

    # --- events ---

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self.theme.tokens
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(tokens.surface))
            if self._message:
                painter.setPen(QColor(tokens.muted))
                box = QRectF(self.rect()).adjusted(16, 8, -16, -8)
                wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(box, int(wrap), self._message)
            else:
                self.draw(painter, tokens)
                self._mark(painter, self._hovered, QColor(tokens.text), 1.5)
                if self.hasFocus():
                    self._mark(painter, self._current, QColor(tokens.accent), 2.5)
            if self.hasFocus():
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(tokens.accent), 1.0))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        if self._fresh:
            self._fresh = False
            self.drawn.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.part_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(NONE)
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self.part_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and number != NONE:
            self._go_to(number)
            self.chosen.emit(self.parts[number].filter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        key = Qt.Key(event.key())
        if key in steps and self.parts:
            self._step(*steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.current:
            self.chosen.emit(self.current.filter)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.part_at(QPointF(event.pos()))
            if number == NONE:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self.parts[number].words, self)
            return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)

    # --- inside ---

    def _lay_out(self) -> None:
        kept = self.current
        self.parts = () if self._message else self.layout_parts()
        self._hovered = NONE
        self._current = NONE
        if kept is not None:
            places = [(part.column, part.row) for part in self.parts]
            if (kept.column, kept.row) in places:
                self._current = places.index((kept.column, kept.row))

    def _hover(self, number: int) -> None:
        if number != self._hovered:
            self._hovered = number
            hand = number != NONE
            self.setCursor(
                Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
            )
            self.update()

    def _step(self, across: int, up: int) -> None:
        here = self.current
        if here is None:
            self._go_to(0)
            return
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
        self._go_to(list(self.parts).index(goal))

    def _go_to(self, number: int) -> None:
        self._current = number
        self.setAccessibleDescription(self.parts[number].words)
        QAccessible.updateAccessibility(
            QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        )
        self.update()

    def _mark(self, painter: QPainter, number: int, color: QColor, width: float) -> None:
        if not 0 <= number < len(self.parts):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, width))
        painter.drawPath(self.parts[number].shape)


def small_font(font: QFont) -> QFont:
    """A font a little smaller, with figures of equal width."""
    smaller = QFont(font)
    smaller.setPointSizeF(max(6.5, font.pointSizeF() - 1.25))
    smaller.setFeature(QFont.Tag("tnum"), 1)
    return smaller


def fill_of(tokens: Tokens) -> QColor:
    """The inside of bars that stand for nothing in particular."""
    color = QColor(tokens.accent)
    color.setAlpha(_FILL_ALPHA)
    return color


def box_path(box: QRectF) -> QPainterPath:
    """A rectangle as a shape."""
    path = QPainterPath()
    path.addRect(box)
    return path


def draw_upright(
    painter: QPainter, metrics: QFontMetricsF, text: str, x: float, top: float, room: float
) -> None:
    """A text that reads from below to above and ends at `top`, centered on `x`."""
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
    with QPainterStateGuard(painter):
        painter.translate(x, top)
        painter.rotate(-90)
        box = QRectF(-room, -metrics.height() / 2, room, metrics.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
