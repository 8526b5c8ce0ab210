"""The bar chart of one template on the screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.look.theme import Tokens
from gui.prediction.cards.chart_painter import ChartPainter, Columns
from gui.prediction.cards.rows import BarRow, cosine_text, exact_text, spoken

_MIN_WIDTH = 260


class BarChart(QWidget):
    """Probabilities of the labels as horizontal bars.

    A chart either shows an answer or is pending. `set_pending` takes effect on whatever is painted
    next but asks for no painting itself, so that an answer that comes soon replaces the former
    picture without a flicker, and nothing out of date is ever painted.

    Signals
    -------
    drawn(int)
        The answer of this generation has been painted.
    """

    drawn = Signal(int)

    def __init__(self, tokens: Tokens, decimals: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[BarRow, ...] = ()
        self._generation = -1
        self._pending = True
        self._cosines = True
        self._hovered = -1
        self._painter = ChartPainter(self.font(), tokens, decimals)
        self._columns: Columns | None = None
        self._ground = QColor(tokens.surface)
        # It fills its whole area, so that a new answer repaints nothing around it.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMinimumWidth(_MIN_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def rows(self) -> tuple[BarRow, ...]:
        """The rows of the answer last given, also while pending."""
        return self._rows

    @property
    def pending(self) -> bool:
        """True while the rows are not those of the present state."""
        return self._pending

    @property
    def generation(self) -> int:
        """The generation of the answer last given."""
        return self._generation

    def set_rows(self, rows: tuple[BarRow, ...], generation: int) -> None:
        """Show an answer."""
        grown = len(rows) != len(self._rows)
        self._rows = rows
        self._generation = generation
        self._pending = False
        self._columns = None
        if grown:
            self._hovered = -1
            self.updateGeometry()
        self.setAccessibleDescription(spoken(rows, self._painter.decimals))
        self.update()

    def set_pending(self) -> None:
        """Say that the rows are out of date; see the class for when this is seen."""
        self._pending = True
        self.setAccessibleDescription("Computing")

    def set_cosines(self, shown: bool) -> None:
        """Show or hide the column of cosines."""
        self._cosines = shown
        self._columns = None
        self.update()

    def set_style(self, tokens: Tokens, decimals: int) -> None:
        """Take the colors of another theme and the digits of the percentages."""
        self._painter = ChartPainter(self.font(), tokens, decimals)
        self._ground = QColor(tokens.surface)
        self._columns = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, self._painter.height(len(self._rows)))

    def minimumSizeHint(self) -> QSize:
        return QSize(_MIN_WIDTH, self._painter.height(len(self._rows)))

    def row_at(self, position: QPoint) -> int:
        """Index of the row under a position of the widget, −1 if there is none."""
        row = position.y() // int(self._painter.row_height)
        return row if 0 <= row < len(self._rows) else -1

    def columns(self) -> Columns:
        """The places of the columns at the present width."""
        if self._columns is None:
            self._columns = self._painter.columns(self._rows, self.width(), self._cosines)
        return self._columns

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            exposed = event.rect()
            painter.fillRect(exposed, self._ground)
            self._painter.paint(
                painter,
                self._rows,
                self.columns(),
                clip=(exposed.top(), exposed.bottom()),
                pending=self._pending,
                hovered=self._hovered,
            )
        if not self._pending:
            self.drawn.emit(self._generation)

    def resizeEvent(self, event: QEvent) -> None:
        self._columns = None

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._painter = ChartPainter(self.font(), self._painter.tokens, self._painter.decimals)
            self._columns = None
            self.updateGeometry()
        super().changeEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.row_at(event.position().toPoint()))
        super().mouseMoveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._hovered < 0:
            self._hover(0 if self._rows else -1)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._hover(-1)
        QToolTip.hideText()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._rows) - 1
        here = {
            Qt.Key.Key_Up: max(0, self._hovered - 1),
            Qt.Key.Key_Down: min(last, self._hovered + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(Qt.Key(event.key()))
        if here is None or last < 0 or self._pending:
            super().keyPressEvent(event)
            return
        self._hover(here)
        below = round((here + 1) * self._painter.row_height)
        place = self.mapToGlobal(QPoint(self.width() // 3, below))
        QToolTip.showText(place, self.tooltip(here), self)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = self.row_at(event.pos())
            if row < 0 or self._pending:
                QToolTip.hideText()
                event.ignore()
            else:
                QToolTip.showText(event.globalPos(), self.tooltip(row), self)
            return True
        return super().event(event)

    def tooltip(self, index: int) -> str:
        """Everything about one row, with labels and prompts at full length."""
        row = self._rows[index]
        lines = [row.label + (f" \u2013 {row.roles}" if row.roles else "")]
        lines.append(f"Probability {exact_text(row.probability)}")
        lines.append(f"Cosine {cosine_text(row.cosine)}")
        lines.append(f"Prompt: {row.prompt}")
        return "\n".join(_shortened(line) for line in lines)


def _shortened(line: str, limit: int = 400) -> str:
    return line if len(line) <= limit else line[: limit - 1] + "\u2026"
