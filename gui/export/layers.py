"""A pane as a pile of layers, one a widget, each cut to what is seen of it.

Qt's SVG generator knows nothing of how widgets are cut by those around them. So every widget is
drawn by itself, and its cut is kept beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QRegion
from PySide6.QtWidgets import QWidget

from gui.look.theme import UI_FONT_FAMILY, Tokens

NOTE_PIXELS = 11
_NOTE_MARGIN = 10


class Layer(NamedTuple):
    """Something to draw."""

    place: QPoint
    """Of its corner in the picture."""
    size: QSize
    seen: QRect
    """What is seen of it, in the picture."""
    draw: Callable[[QPainter], None]
    """Draws it with a painter whose origin is its corner."""


class Note:
    """The line at the bottom of a picture of so many units; an empty text for none."""

    def __init__(self, text: str, width: int, tokens: Tokens) -> None:
        self._text, self._width, self._color = text, width, QColor(tokens.muted)
        self._font = QFont(UI_FONT_FAMILY)
        self._font.setPixelSize(NOTE_PIXELS)
        self.height = 0
        if text:
            room = QRect(0, 0, width - 2 * _NOTE_MARGIN, 10_000)
            box = QFontMetrics(self._font).boundingRect(room, _FLAGS, text)
            self.height = box.height() + _NOTE_MARGIN

    def layer(self, top: int) -> Layer:
        """The line with its upper edge at a place."""
        size = QSize(self._width, self.height)
        place = QPoint(0, top)
        return Layer(place, size, QRect(place, size), self.draw)

    def draw(self, painter: QPainter) -> None:
        """Draw it with its corner at the painter's origin."""
        painter.setFont(self._font)
        painter.setPen(self._color)
        box = QRect(_NOTE_MARGIN, 2, self._width - 2 * _NOTE_MARGIN, self.height)
        painter.drawText(box, _FLAGS, self._text)


_FLAGS = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


def widget_layers(pane: QWidget) -> Iterator[Layer]:
    """The widgets of a pane that are seen, from the back to the front."""
    yield from _layers(pane, QPoint(0, 0), QRect(QPoint(0, 0), pane.size()))


def _layers(widget: QWidget, place: QPoint, room: QRect) -> Iterator[Layer]:
    seen = room.intersected(QRect(place, widget.size()))
    if seen.isEmpty():
        return
    yield Layer(place, widget.size(), seen, lambda painter: _draw_alone(widget, painter))
    for child in widget.children():
        if isinstance(child, QWidget) and not child.isWindow() and not child.isHidden():
            yield from _layers(child, place + child.pos(), seen)


def _draw_alone(widget: QWidget, painter: QPainter) -> None:
    # Of the widget, whatever its class means by it: charts have a `render` of their scene.
    QWidget.render(widget, painter, QPoint(), QRegion(), QWidget.RenderFlag(0))
