"""A color picked by eye: saturation and value in a plane, hue in a strip (HSV of sRGB)."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.color.terms import Rgb

_STEP = 1.0 / 100.0


class _Picked(QWidget):
    """An area in which the pointer picks; a subclass says what, and which keys do.

    Signals
    -------
    finished
        The button or the key was released.
    """

    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def pick(self, position: QPointF) -> None:
        """Take what lies at a position."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pick(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.pick(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.finished.emit()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self.finished.emit()
        super().keyReleaseEvent(event)


class ColorPlane(_Picked):
    """Saturation to the right, value upwards, at one hue.

    Signals
    -------
    picked(saturation, value)
        Each 0..1, while the pointer or an arrow key moves.
    """

    picked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Saturation and value")
        self.setAccessibleDescription("Arrow keys change saturation (across) and value (up, down).")
        self.hue, self.saturation, self.value = 0.0, 0.0, 0.0

    def sizeHint(self) -> QSize:
        return QSize(240, 150)

    def show_color(self, hue: float, saturation: float, value: float) -> None:
        self.hue, self.saturation, self.value = hue, saturation, value
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = self._box()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, _plane(self.hue))
            _outline(painter, box, self)
            spot = QPointF(
                box.left() + self.saturation * box.width(), box.bottom() - self.value * box.height()
            )
            painter.setBrush(QColor.fromHsvF(self.hue, self.saturation, self.value))
            for radius, color in ((7.0, QColor(0, 0, 0)), (6.0, QColor(255, 255, 255))):
                painter.setPen(QPen(color, 1.5))
                painter.drawEllipse(spot, radius, radius)
                painter.setBrush(Qt.BrushStyle.NoBrush)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-_STEP, 0.0),
            Qt.Key.Key_Right: (_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, _STEP),
            Qt.Key.Key_Down: (0.0, -_STEP),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self._set(self.saturation + step[0], self.value + step[1])

    def pick(self, position: QPointF) -> None:
        box = self._box()
        self._set(
            (position.x() - box.left()) / max(1.0, box.width()),
            (box.bottom() - position.y()) / max(1.0, box.height()),
        )

    def _box(self) -> QRectF:
        """The plane, with room around it for the spot."""
        return QRectF(self.rect()).adjusted(8, 8, -8, -8)

    def _set(self, saturation: float, value: float) -> None:
        self.saturation = min(max(saturation, 0.0), 1.0)
        self.value = min(max(value, 0.0), 1.0)
        self.update()
        self.picked.emit(self.saturation, self.value)


class HueStrip(_Picked):
    """The circle of hues, unrolled.

    Signals
    -------
    picked(hue)
        0..1, while the pointer or an arrow key moves.
    """

    picked = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(20)
        self.setAccessibleName("Hue")
        self.setAccessibleDescription("Left and right arrow keys change the hue by one degree.")
        self.hue = 0.0

    def show_hue(self, hue: float) -> None:
        self.hue = hue
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = self._box()
            gradient = QLinearGradient(box.topLeft(), box.topRight())
            for sixth in range(7):
                gradient.setColorAt(sixth / 6, QColor.fromHsvF((sixth % 6) / 6, 1.0, 1.0))
            painter.fillRect(box, gradient)
            _outline(painter, box, self)
            x = box.left() + self.hue * box.width()
            mark = QRectF(x - 3, 0.75, 6, self.height() - 1.5)
            painter.setBrush(QColor.fromHsvF(self.hue, 1.0, 1.0))
            painter.setPen(QPen(QColor(0, 0, 0), 1.5))
            painter.drawRoundedRect(mark, 2, 2)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(255, 255, 255), 1.0))
            painter.drawRoundedRect(mark.adjusted(1, 1, -1, -1), 1.5, 1.5)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 / 360 if event.key() == Qt.Key.Key_Right else -1 / 360
            self._set(self.hue + step)
        else:
            super().keyPressEvent(event)

    def pick(self, position: QPointF) -> None:
        box = self._box()
        self._set((position.x() - box.left()) / max(1.0, box.width()))

    def _box(self) -> QRectF:
        return QRectF(self.rect()).adjusted(8, 3, -8, -3)

    def _set(self, hue: float) -> None:
        self.hue = min(max(hue, 0.0), 1.0)
        self.update()
        self.picked.emit(self.hue)


def to_rgb(hue: float, saturation: float, value: float) -> Rgb:
    """HSV, each 0..1, as 8-bit sRGB."""
    color = QColor.fromHsvF(min(hue, 1.0), saturation, value)
    return color.red(), color.green(), color.blue()


def to_hsv(rgb: Rgb, old_hue: float = 0.0) -> tuple[float, float, float]:
    """8-bit sRGB as HSV, each 0..1; grays, which have no hue, keep `old_hue`."""
    color = QColor(*rgb)
    hue = color.hsvHueF()
    return (old_hue if hue < 0 else hue), color.hsvSaturationF(), color.valueF()


def _plane(hue: float, side: int = 64) -> QImage:
    pure = np.array(to_rgb(hue, 1.0, 1.0), dtype=np.float64)
    saturation = np.linspace(0.0, 1.0, side)[None, :, None]
    value = np.linspace(1.0, 0.0, side)[:, None, None]
    colors = value * (255.0 + (pure - 255.0) * saturation)
    data = np.ascontiguousarray(np.rint(colors).astype(np.uint8))
    return QImage(data.data, side, side, 3 * side, QImage.Format.Format_RGB888).copy()


def _outline(painter: QPainter, box: QRectF, widget: QWidget) -> None:
    role = QPalette.ColorRole.Highlight if widget.hasFocus() else QPalette.ColorRole.Dark
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(widget.palette().color(role), 2.0 if widget.hasFocus() else 1.0))
    painter.drawRect(box)
