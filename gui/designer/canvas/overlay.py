"""Where the picture and the frame around its object lie on the canvas, and how they are drawn.

Picture and frame know fractions of the picture's side, x right, y down; a `Viewport` turns them
into widget coordinates. The enlargement is done here by picking source pixels, never by the drawing
system, so that no smoothing can slip in whatever the screen's scale is (R18, R51).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
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

from core.stimuli.coverage import bounds
from core.stimuli.render import unit_outline
from core.stimuli.stimulus import ObjectStimulus

Point = tuple[float, float]

ZOOM_STEPS = (0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_WORTH_WHOLE = 0.8  # a whole-number zoom is taken when it fills this much of the space

HANDLE_SIZE = 9.0
ROTATE_DISTANCE = 26.0
_GRAB_RADIUS = 9.0
_LEAST_BODY = 22.0  # a smaller figure keeps this much room to be taken by its body
_LIGHT = QColor(255, 255, 255)
_DARK = QColor(0, 0, 0, 150)
_GRID = QColor(128, 128, 128, 110)


@dataclass(frozen=True)
class Viewport:
    """A square picture laid into a widget.

    Attributes
    ----------
    side : int
        Side of the picture in its own pixels.
    zoom : float
        Device pixels a picture pixel.
    left, top : int
        The picture's corner in device pixels from the widget's corner.
    scale : float
        Device pixels a widget unit (the screen's scale factor).
    """

    side: int
    zoom: float
    left: int
    top: int
    scale: float = 1.0

    @classmethod
    def fitted(cls, side: int, width: float, height: float, scale: float = 1.0) -> Viewport:
        """The largest picture that fits a space given in widget units, centered in it."""
        return cls.zoomed(side, fit_zoom(side, min(width, height) * scale), width, height, scale)

    @classmethod
    def zoomed(
        cls,
        side: int,
        zoom: float,
        width: float,
        height: float,
        scale: float = 1.0,
        center: Point = (0.5, 0.5),
    ) -> Viewport:
        """The picture at a given zoom, with the point `center` of it amid the widget."""
        extent = side * zoom
        left = round(width * scale / 2 - center[0] * extent)
        top = round(height * scale / 2 - center[1] * extent)
        return cls(side, zoom, left, top, scale)

    @property
    def extent(self) -> int:
        """Side of the enlarged picture in device pixels."""
        return max(1, round(self.side * self.zoom))

    def to_widget(self, point: Point) -> Point:
        """A fraction of the picture's side → widget units."""
        return (
            (self.left + point[0] * self.extent) / self.scale,
            (self.top + point[1] * self.extent) / self.scale,
        )

    def to_picture(self, x: float, y: float) -> Point:
        """Widget units → fraction of the picture's side."""
        return (
            (x * self.scale - self.left) / self.extent,
            (y * self.scale - self.top) / self.extent,
        )

    def pixel_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Column and row of the picture pixel under a widget position; None outside."""
        across, down = self.to_picture(x, y)
        column, row = math.floor(across * self.side), math.floor(down * self.side)
        if 0 <= column < self.side and 0 <= row < self.side:
            return column, row
        return None

    def length(self, widget_units: float) -> float:
        """A length on the screen as a fraction of the picture's side."""
        return widget_units * self.scale / self.extent


def fit_zoom(side: int, space: float) -> float:
    """Zoom for a space in device pixels: a whole number where that fills most of it."""
    exact = max(space, 1.0) / side
    whole = math.floor(exact)
    return float(whole) if whole >= 1 and whole / exact >= _WORTH_WHOLE else exact


def next_zoom(zoom: float, direction: int) -> float:
    """The next step up (+1) or down (-1) from any zoom."""
    if direction > 0:
        return next((step for step in ZOOM_STEPS if step > zoom * 1.001), ZOOM_STEPS[-1])
    return next((step for step in reversed(ZOOM_STEPS) if step < zoom * 0.999), ZOOM_STEPS[0])


def enlarged(
    pixels: NDArray[np.uint8], extent: int, rows: slice, columns: slice
) -> NDArray[np.uint8]:
    """A part of the picture, uint8, sRGB, at another size, by nearest neighbor.

    The part is meant in the enlarged picture, whose whole side is `extent` device pixels; its
    slices have start and stop. Each value is that of the source pixel under the device pixel's
    middle.
    """
    side = pixels.shape[0]
    return np.ascontiguousarray(
        pixels[_sources(rows, extent, side)][:, _sources(columns, extent, side)]
    )


def _sources(part: slice, extent: int, side: int) -> NDArray[np.int64]:
    places = np.arange(part.start, part.stop, dtype=np.float64) + 0.5
    return np.minimum((places * side / extent).astype(np.int64), side - 1)


class Handle(Enum):
    """Where a figure can be taken hold of; the value is the place on the box, in half sides."""

    TOP_LEFT = (-1, -1)
    TOP = (0, -1)
    TOP_RIGHT = (1, -1)
    RIGHT = (1, 0)
    BOTTOM_RIGHT = (1, 1)
    BOTTOM = (0, 1)
    BOTTOM_LEFT = (-1, 1)
    LEFT = (-1, 0)
    ROTATE = (0, -2)
    BODY = (0, 0)

    @property
    def scales(self) -> bool:
        return self not in (Handle.ROTATE, Handle.BODY)


SCALE_HANDLES = tuple(handle for handle in Handle if handle.scales)


@dataclass(frozen=True)
class Frame:
    """A rotated box.

    Attributes
    ----------
    half_width, half_height : float
        Of the box before rotation.
    rotation : float
        Degrees, counter-clockwise.
    """

    center: Point
    half_width: float
    half_height: float
    rotation: float

    @classmethod
    def of(cls, figure: ObjectStimulus) -> Frame:
        """The frame of a figure.

        Raises
        ------
        FontError
            If a word cannot be drawn in its font.
        """
        left, top, right, bottom = bounds(unit_outline(figure))
        return cls(
            (figure.center_x, figure.center_y),
            (right - left) / 2 * figure.size,
            (bottom - top) / 2 * figure.size,
            figure.rotation,
        )

    def at(self, across: float, down: float) -> Point:
        """The point that lies so many half widths right and half heights below the center."""
        dx, dy = turn(across * self.half_width, down * self.half_height, self.rotation)
        return self.center[0] + dx, self.center[1] + dy

    def point(self, handle: Handle) -> Point:
        """Where a scale handle sits."""
        return self.at(*handle.value)

    def corners(self) -> tuple[Point, Point, Point, Point]:
        """The four corners, clockwise from the top left one."""
        return self.at(-1, -1), self.at(1, -1), self.at(1, 1), self.at(-1, 1)

    def up(self) -> Point:
        """Unit vector from the center towards the top edge."""
        return turn(0.0, -1.0, self.rotation)

    def contains(self, point: Point, slack: float = 0.0) -> bool:
        """True if the point lies in the box, or within `slack` of it."""
        dx, dy = point[0] - self.center[0], point[1] - self.center[1]
        across, down = turn(dx, dy, -self.rotation)
        return abs(across) <= self.half_width + slack and abs(down) <= self.half_height + slack


def turn(x: float, y: float, degrees: float) -> Point:
    """A vector rotated counter-clockwise as seen on the screen (y down)."""
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    return x * cosine + y * sine, y * cosine - x * sine


def screen_angle(handle: Handle, rotation: float) -> float:
    """Direction in which a scale handle pulls, degrees counter-clockwise within 0..180."""
    across, down = handle.value
    return (math.degrees(math.atan2(-down, across)) + rotation) % 180.0


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
