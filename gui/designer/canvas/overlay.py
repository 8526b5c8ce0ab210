"""What is drawn over the picture, in widget coordinates: frame, handles, guides, grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPainterStateGuard,
    QPalette,
    QPen,
    QPolygonF,
    QTransform,
)

from gui.designer.canvas.frame import SCALE_HANDLES, Frame, Handle, screen_angle
from gui.designer.canvas.viewport import Viewport

HANDLE_SIZE = 9.0
ROTATE_DISTANCE = 26.0
_GRAB_RADIUS = 9.0
_LEAST_BODY = 22.0  # a smaller figure keeps this much room to be taken by its body
_LIGHT = QColor(255, 255, 255)
_DARK = QColor(0, 0, 0, 150)
_GRID = QColor(128, 128, 128, 110)


@dataclass(frozen=True)
class FrameOnScreen:
    """A frame laid into a widget.

    Attributes
    ----------
    height : float
        Of the widget, to keep the rotation handle on it.
    """

    frame: Frame
    view: Viewport
    height: float

    def handle(self, handle: Handle) -> QPointF:
        """Where a handle sits on the screen."""
        if handle is Handle.ROTATE:
            return self.stem().p2()
        x, y = self.view.to_widget(self.frame.point(handle))
        margin = self._margin()
        if margin == 0.0 or not handle.scales:
            return QPointF(x, y)
        across, down = handle.value
        unit_x, unit_y = self._axes()
        way = (unit_x * across + unit_y * down) * margin
        return QPointF(x + way.x(), y + way.y())

    def stem(self) -> QLineF:
        """The line from the box's top edge to the rotation handle; below where above is no room."""
        unit_y = self._axes()[1]
        for side, edge in ((-1.0, Handle.TOP), (1.0, Handle.BOTTOM)):
            foot = self.handle(edge)
            tip = foot + unit_y * side * ROTATE_DISTANCE
            if HANDLE_SIZE <= tip.y() <= self.height - HANDLE_SIZE:
                return QLineF(foot, tip)
        foot = self.handle(Handle.TOP)
        return QLineF(foot, foot - unit_y * ROTATE_DISTANCE)

    def hit(self, position: QPointF) -> Handle | None:
        """What lies under a position; handles before the body."""
        nearest, distance = None, _GRAB_RADIUS
        for handle in (Handle.ROTATE, *SCALE_HANDLES):
            away = QLineF(self.handle(handle), position).length()
            if away < distance:
                nearest, distance = handle, away
        if nearest is not None:
            return nearest
        point = self.view.to_picture(position.x(), position.y())
        slack = self.view.length(max(2.0, self._margin()))
        return Handle.BODY if self.frame.contains(point, slack) else None

    def corners(self) -> QPolygonF:
        order = (Handle.TOP_LEFT, Handle.TOP_RIGHT, Handle.BOTTOM_RIGHT, Handle.BOTTOM_LEFT)
        return QPolygonF([self.handle(handle) for handle in order])

    def _axes(self) -> tuple[QPointF, QPointF]:
        """Screen directions of the box's right and down."""
        up_x, up_y = self.frame.up()
        return QPointF(-up_y, up_x), QPointF(-up_x, -up_y)

    def _margin(self) -> float:
        """How far the handles stand off a figure too small to hold them."""
        shorter = 2 * min(self.frame.half_width, self.frame.half_height)
        on_screen = shorter / self.view.length(1.0)
        return max(0.0, (_LEAST_BODY - on_screen) / 2)


def cursor_for(handle: Handle | None, rotation: float) -> Qt.CursorShape:
    """The pointer's shape over a handle of a frame rotated so far."""
    if handle is None:
        return Qt.CursorShape.ArrowCursor
    if handle is Handle.BODY:
        return Qt.CursorShape.SizeAllCursor
    if handle is Handle.ROTATE:
        return Qt.CursorShape.PointingHandCursor
    shapes = (
        Qt.CursorShape.SizeHorCursor,
        Qt.CursorShape.SizeBDiagCursor,
        Qt.CursorShape.SizeVerCursor,
        Qt.CursorShape.SizeFDiagCursor,
    )
    return shapes[round(screen_angle(handle, rotation) / 45.0) % 4]


def draw_frame(painter: QPainter, frame: FrameOnScreen, accent: QColor) -> None:
    """The box and its handles, legible on every color: accent lines on white ones."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    dashed = QPen(accent, 1.4)
    dashed.setDashPattern([4.0, 3.0])
    for pen in (QPen(_LIGHT, 3.0), dashed):
        painter.setPen(pen)
        painter.drawPolygon(frame.corners())
    for pen in (QPen(_LIGHT, 3.0), QPen(accent, 1.4)):
        painter.setPen(pen)
        painter.drawLine(frame.stem())
    painter.setPen(QPen(accent, 1.6))
    painter.setBrush(_LIGHT)
    half = HANDLE_SIZE / 2
    for handle in SCALE_HANDLES:
        place = frame.handle(handle)
        with QPainterStateGuard(painter):
            painter.setTransform(
                QTransform().translate(place.x(), place.y()).rotate(-frame.frame.rotation), True
            )
            painter.drawRoundedRect(QRectF(-half, -half, HANDLE_SIZE, HANDLE_SIZE), 1.5, 1.5)
    painter.drawEllipse(frame.handle(Handle.ROTATE), half + 0.5, half + 0.5)


def draw_guides(
    painter: QPainter, view: Viewport, guide_x: bool, guide_y: bool, accent: QColor
) -> None:
    """The center lines the figure has snapped to."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    lines = []
    if guide_x:
        lines.append(QLineF(_on(view, 0.5, 0.0), _on(view, 0.5, 1.0)))
    if guide_y:
        lines.append(QLineF(_on(view, 0.0, 0.5), _on(view, 1.0, 0.5)))
    for pen in (QPen(_LIGHT, 3.0), QPen(accent, 1.2)):
        painter.setPen(pen)
        painter.drawLines(lines)


def draw_grid(painter: QPainter, view: Viewport, visible: QRectF) -> None:
    """The borders between the picture's pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(_GRID, 0))
    left, top = view.to_picture(visible.left(), visible.top())
    right, bottom = view.to_picture(visible.right(), visible.bottom())
    first, last = _range(left, right, view.side)
    above, below = _range(top, bottom, view.side)
    lines = [
        QLineF(
            _on(view, i / view.side, above / view.side), _on(view, i / view.side, below / view.side)
        )
        for i in range(first, last + 1)
    ]
    lines += [
        QLineF(
            _on(view, first / view.side, i / view.side), _on(view, last / view.side, i / view.side)
        )
        for i in range(above, below + 1)
    ]
    painter.drawLines(lines)


def draw_border(painter: QPainter, view: Viewport) -> None:
    """A dark and a light hairline around the picture: every picture shows where it ends."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    pixel = 1.0 / view.scale
    box = QRectF(_on(view, 0.0, 0.0), _on(view, 1.0, 1.0))
    for width, color in ((0.5, _DARK), (1.5, _LIGHT)):
        painter.setPen(QPen(color, pixel))
        away = width * pixel
        painter.drawRect(box.adjusted(-away, -away, away, away))


def draw_pill(painter: QPainter, top: QPointF, text: str, palette: QPalette) -> None:
    """A short remark in a box, centered below a point."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(text) + 20.0, metrics.height() + 3.0
    box = QRectF(top.x() - width / 2, top.y(), width, height)
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Dark), 1.0))
    painter.setBrush(palette.color(QPalette.ColorRole.Base))
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def draw_text(painter: QPainter, box: QRectF, text: str, palette: QPalette) -> None:
    """A sentence in the picture's place."""
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(box, int(flags), text)


def _on(view: Viewport, x: float, y: float) -> QPointF:
    return QPointF(*view.to_widget((x, y)))


def _range(low: float, high: float, side: int) -> tuple[int, int]:
    return max(0, math.floor(low * side)), min(side, math.ceil(high * side))
