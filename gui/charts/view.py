"""What all charts have in common: pointer, keys, words, theme, and one menu.

A chart is a `ChartView`. It places its parts in `arrange`, draws them in layers, and says for
each of its points where it lies, what it means and how the keys go on from there; in return it has
hover, a cursor for the keyboard, tooltips, a description for screen readers, the colors of the
theme while it changes, the size of the type of a presentation, *Copy data*, and, around a
`plot.Plot`, axes, zoom and pan. `parts.PartsChart` is a chart of shapes that are pointed at.

The modules that import pyqtgraph are imported late, so that the window opens without it; `drawing`
and `bar_painter` know only Qt, and draw into pictures as well::

    class Squares(ChartView):
        def __init__(self, theme: Theme) -> None:
            super().__init__(theme, "Squares of numbers")
            self.values: list[int] = []
            self.plot = Plot(self, zoom_x=True)
            self.axis = Axis(self, "bottom", self.plot, whole_numbers)
            self.layer = self.add_layer(self.paint)

        def show_values(self, values: list[int]) -> None:
            self.values = values
            self.plot.set_whole((-0.5, len(values) - 0.5), (0, max(values)))
            self.refresh()

        def arrange(self) -> None:
            box = QRectF(self.rect()).adjusted(8, 8, -8, -30)
            self.plot.place(box)
            self.axis.place(QRectF(box.left(), box.bottom(), box.width(), 30))

        def paint(self, painter: QPainter) -> None:
            for point, value in enumerate(self.values):
                center = self.plot.map(point, value)
                draw_mark(painter, center, (31, 95, 214))

        def point_at(self, place: QPointF) -> int:
            return self.plot.nearest_whole(place, len(self.values))

        def words_of(self, point: int) -> str:
            return f"{point}: {self.values[point]}"
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsView,
    QMenu,
    QSizePolicy,
    QStyleOptionGraphicsItem,
    QToolTip,
    QWidget,
)

from core.base.tables import Table, to_csv
from gui.charts.drawing import small_font
from gui.look.theme import Theme, Tokens, type_scale

if TYPE_CHECKING:  # pyqtgraph has no type hints
    from PySide6.QtWidgets import QGraphicsObject as GraphicsObject

    class GraphicsView(QGraphicsView):
        """What charts use of pyqtgraph's view beyond Qt's."""

        def resizeEvent(self, event: QResizeEvent | None) -> None: ...
        def setCentralItem(self, item: QGraphicsItem) -> None: ...
        def setBackground(self, background: QColor) -> None: ...

else:
    from pyqtgraph import GraphicsObject, GraphicsView

NONE = -1
"""No point."""

_CHOOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_ZOOMING = {Qt.Key.Key_Plus: 0.8, Qt.Key.Key_Equal: 0.8, Qt.Key.Key_Minus: 1.25}

pg.setConfigOptions(imageAxisOrder="row-major", antialias=True, useOpenGL=False)


class Layer(GraphicsObject):
    """A layer of a chart, drawn by a function in pixels of the view.

    Lines of a chart are drawn so, not by pyqtgraph's curves in the units of the data, because
    those have cosmetic pens, which stay one pixel wide however large a copied picture is.
    """

    def __init__(
        self, view: ChartView, draw: Callable[[QPainter], None], parent: QGraphicsItem
    ) -> None:
        super().__init__(parent)
        self._view, self._draw = view, draw
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        return QRectF(self._view.rect())

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        painter.setFont(self._view.font())
        self._draw(painter)


class ChartView(GraphicsView):
    """A chart of points that can be pointed at, by mouse and by keyboard, and chosen.

    The scene's units are pixels of the view. A subclass overrides `arrange`, `point_at`,
    `words_of` and `count` or `step`, and adds layers; it calls `refresh` when there is something
    else to show. The arrow keys move the cursor, Enter chooses, Escape takes the cursor away.

    The `cursor_point` is under the pointer or the cursor of the keyboard, `NONE` without one;
    `exposed` is what is painted anew at the moment; a `message` stands in place of the chart.
    """

    pointed = Signal(int)
    """The cursor is at another point; `NONE` when it left."""
    stepped = Signal(int)  # point
    """A key moved the cursor."""
    chosen = Signal(int)
    """A point was clicked, or chosen by a key."""
    drawn = Signal()
    """What was given last has been painted."""

    ALONG: ClassVar = (Qt.Key.Key_Left, Qt.Key.Key_Right)
    """Keys that move the cursor back and on."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.cursor_point = NONE
        self.message = ""
        self._least = QSize(120, 60)
        self._fresh = False
        self._bare = False
        self._pressed: QPointF | None = None
        self.exposed = QRectF()
        self._plots: list[pg.ViewBox] = []
        self._layers: list[Layer] = []
        self.root = pg.GraphicsWidget()
        self.setCentralItem(self.root)
        self.setAccessibleName(name)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # It fills its whole area, so that what is new repaints nothing around it.
        for part in (self, self.viewport()):
            part.setAutoFillBackground(False)
            part.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setBackground(QColor(theme.tokens.surface))
        theme.changed.connect(self.take_theme)

    # --- for subclasses ---

    @property
    def tokens(self) -> Tokens:
        """The colors of the theme."""
        return self.theme.tokens

    def add_layer(self, draw: Callable[[QPainter], None], z: float = 0.0) -> Layer:
        """Draw with a function, above all layers of a smaller `z`."""
        layer = Layer(self, draw, self.root)
        layer.setZValue(z)
        self._layers.append(layer)  # a parent item does not keep it alive
        return layer

    def add_plot(self, plot: pg.ViewBox) -> None:
        """Let a plot zoom and pan; called by `plot.Plot` itself."""
        self._plots.append(plot)

    def arrange(self) -> None:
        """Place everything at the present size; called whenever that, or what is shown, changed."""

    def point_at(self, place: QPointF) -> int:
        """The point at a place in pixels, `NONE` if there is none."""
        return NONE

    def place_to_tell(self, point: int) -> QPoint | None:
        """Where the tooltip of the keyboard's cursor stands; None for no tooltip."""
        return None

    def words_of(self, point: int) -> str:
        """What a point shows, in words: its tooltip and its description."""
        return ""

    @property
    def count(self) -> int:
        """Points that stand in one line, for `step`."""
        return 0

    def step(self, key: Qt.Key) -> int | None:
        """Where a key moves the cursor; None if it moves nothing.

        By default along the line: from nowhere to its beginning, or back to its end.
        """
        last, here = self.count - 1, self.cursor_point
        if last < 0:
            return None
        back, on = self.ALONG
        return {
            back: max(here - 1, 0) if here != NONE else last,
            on: min(here + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(key)

    @property
    def blank(self) -> bool:
        """True before there is anything to draw."""
        return False

    def ranged(self) -> None:
        """Another part of the whole is seen, after zooming or panning."""
        self.viewport().update()

    def table(self) -> Table | None:
        """The numbers that are shown, for *Copy data*; None if there are none."""
        return None

    # --- of the chart as a whole ---

    def set_least(self, width: int, height: int) -> None:
        """The least size, in pixels of usual type."""
        self._least = QSize(width, height)
        self.setMinimumSize(self._least)

    def show_message(self, text: str) -> None:
        """Show a sentence in place of the chart; an empty one for the chart."""
        self.message = text
        self.refresh()

    def refresh(self) -> None:
        """Place and paint anew, because there is something else to show."""
        self._fresh = True
        self.root.setVisible(not self.message and not self.blank)
        self.arrange()
        self.viewport().update()

    def take_theme(self) -> None:
        """Take the colors of the present theme."""
        self.setBackground(QColor(self.tokens.surface))
        self.refresh()

    def large(self, length: float) -> int:
        """A length that goes with the size of the type."""
        return round(length * type_scale(self.font()))

    @property
    def small(self) -> QFont:
        """The font of axes and notes."""
        return small_font(self.font())

    def point_to(self, point: int) -> None:
        """Move the cursor to a point, or away with `NONE`."""
        if point != self.cursor_point:
            self.cursor_point = point
            words = self.words_of(point) if point != NONE else ""
            if words or point == NONE:
                self.setAccessibleDescription(words or self.described())
                QAccessible.updateAccessibility(
                    QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
                )
            self.viewport().update()
            self.pointed.emit(point)

    def described(self) -> str:
        """The chart as a whole in words, as long as the cursor is nowhere."""
        return ""

    def copy_data(self) -> None:
        """Put the numbers that are shown on the clipboard, as exact CSV."""
        table = self.table()
        if table is not None:
            # As text: data of Python's own is still there when Qt ends, and crashes the program.
            QGuiApplication.clipboard().setText(to_csv(table).decode("utf-8"))

    @property
    def zoomed(self) -> bool:
        """True if a part of the whole is shown."""
        return any(plot.zoomed for plot in self._plots)

    def reset_view(self) -> None:
        """Show the whole."""
        for plot in self._plots:
            plot.reset()

    def set_bare(self, bare: bool) -> None:
        """Leave out cursor and focus, as pictures of a pane do."""
        self._bare = bare

    @property
    def shows_cursor(self) -> bool:
        """True if the cursor is at a point and shall be seen."""
        return self.cursor_point != NONE and not self._bare

    def menu(self) -> QMenu:
        """What the right mouse button offers; empty if there is nothing."""
        menu = QMenu(self)
        if not self.message and not self.blank:
            menu.addAction("Copy data", self.copy_data)
        if self.zoomed:
            menu.addAction("Show the whole", self.reset_view)
        menu.addActions(self.actions())
        return menu

    # --- events ---

    def close(self) -> bool:
        # As of every widget: pyqtgraph's own takes the view apart, which may be shown again.
        return bool(QGraphicsView.close(self))

    def sizeHint(self) -> QSize:
        # In height no more than the least: what is left over goes to the chart all the same, and a
        # pane that is low need not scroll for it.
        return QSize(max(360, self._least.width()), self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return self._least

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if event is not None:  # pyqtgraph calls this without one while it makes the view
            self.arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "root"):
            self.updateGeometry()
            self.refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.exposed = QRectF(event.rect())
        super().paintEvent(event)
        if self._fresh:
            self._fresh = False
            self.drawn.emit()

    def drawForeground(self, painter: QPainter, _rect: QRectF | QRect) -> None:
        """The message, and the frame of the focus."""
        box = QRectF(self.rect())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.message:
            painter.setFont(self.font())
            painter.setPen(QColor(self.tokens.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(box.adjusted(24, 8, -24, -8), int(flags), self.message)
        if self.hasFocus() and not self._bare:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self.tokens.accent), 1.5))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 5, 5)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            point = NONE if self.message else self.point_at(QPointF(event.pos()))
            words = self.words_of(point) if point != NONE else ""
            words = "\n\n".join(filter(None, (words, self.toolTip())))
            if words:
                QToolTip.showText(event.globalPos(), words, self)
            else:
                QToolTip.hideText()
            return True
        if event.type() == QEvent.Type.Leave:
            self.point_to(NONE)
        return bool(super().viewportEvent(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._plots:
            super().mouseMoveEvent(event)  # a drag pans
        if not event.buttons() and not self.message:
            self.point_to(self.point_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._plots:
            super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._plots:
            super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton or pressed is None or self.message:
            return
        moved = (event.position() - pressed).manhattanLength()
        if moved < QGuiApplication.styleHints().startDragDistance():
            self.click(event.position())

    def click(self, place: QPointF) -> None:
        """Choose the point at a place."""
        point = self.point_at(place)
        if point != NONE:
            self.chosen.emit(point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        point = None if self.message else self._step(event.key())
        if point is not None:
            self.point_to(point)
            self.stepped.emit(point)
            place = self.place_to_tell(point)
            if place is not None:
                QToolTip.showText(self.mapToGlobal(place), self.words_of(point), self)
        elif event.key() in _CHOOSING and self.cursor_point != NONE and not self.message:
            self.chosen.emit(self.cursor_point)
        elif event.key() == Qt.Key.Key_Escape and self.cursor_point != NONE:
            self.point_to(NONE)
        elif event.key() in _ZOOMING and self._plots:
            for plot in self._plots:
                plot.zoom(_ZOOMING[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_0 and self.zoomed:
            self.reset_view()
        else:
            event.ignore()

    def _step(self, key: int) -> int | None:
        try:
            return self.step(Qt.Key(key))
        except ValueError:  # a key that Qt has no name for
            return None

    def wheelEvent(self, event: QWheelEvent) -> None:
        # What is scrolled past stays as it is.
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._plots and not self.message and (control or self.hasFocus()):
            QGraphicsView.wheelEvent(self, event)
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu()
        if menu.isEmpty():
            menu.deleteLater()
            event.ignore()  # those around it may have one
            return
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.underMouse():
            self.point_to(NONE)
        QToolTip.hideText()
        self.viewport().update()
