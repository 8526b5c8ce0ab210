"""A row of named choices, of which one or none is taken: swatches of color terms, shapes.

Each choice shows a face and its name. The one taken has a ring and a check mark, so that it is
seen without telling colors apart. The row is one stop for Tab; arrows move within it.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from gui.look.theme import type_scale

_LARGEST_NAME, _SMALLEST_NAME = 11.5, 9.5  # pixels
_NAME_HEIGHT = 15.0
_RING = 3.0
_WIDEST = 64


class Choice(QAbstractButton):
    """One choice, its key also the name shown; subclasses draw its face."""

    menu_wanted = Signal(object)

    def __init__(self, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.key = key
        self.name_pixels = _LARGEST_NAME
        self.setText(key)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def draw_face(self, painter: QPainter, box: QRectF) -> None:
        """Draw what is chosen into a box."""
        raise NotImplementedError

    def check_color(self) -> QColor:
        """Color of the check mark on the face."""
        raise NotImplementedError

    def check_place(self, box: QRectF) -> QPointF:
        """Where the check mark goes."""
        return box.center()

    def nextCheckState(self) -> None:
        """Which choice is taken is the row's affair: a click alone changes nothing."""

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            palette = self.palette()
            accent = palette.color(QPalette.ColorRole.Highlight)
            outer = QRectF(0, 0, self.width(), self.height() - name_height(self.font())).adjusted(
                1, 1, -1, -1
            )
            face = outer.adjusted(_RING, _RING, -_RING, -_RING)
            painter.setOpacity(1.0 if self.isEnabled() else 0.45)
            self.draw_face(painter, face)
            if self.isChecked():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(accent, 2.0))
                painter.drawRoundedRect(outer, 5, 5)
                _draw_check(painter, self.check_place(face), self.check_color())
            elif self.underMouse() and self.isEnabled():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(palette.color(QPalette.ColorRole.Dark), 1.0))
                painter.drawRoundedRect(outer, 5, 5)
            if self.hasFocus():
                dotted = QPen(
                    palette.color(QPalette.ColorRole.WindowText), 1.0, Qt.PenStyle.DotLine
                )
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(dotted)
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
            role = (
                QPalette.ColorRole.WindowText
                if self.isChecked()
                else QPalette.ColorRole.PlaceholderText
            )
            painter.setPen(palette.color(role))
            font = name_font(self.font(), self.name_pixels)
            painter.setFont(font)
            height = name_height(self.font())
            below = QRectF(0, self.height() - height, self.width(), height)
            name = QFontMetricsF(font).elidedText(
                self.text(), Qt.TextElideMode.ElideRight, below.width()
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, name)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event.globalPos())


class ChoiceRow(QWidget):
    """Choices side by side, of equal width.

    Attributes
    ----------
    taken : str or None
        Key of the choice that is taken.

    Signals
    -------
    chosen(key)
        The user took a choice.
    menu_wanted(key, position)
        The user asked for a choice's context menu.
    """

    chosen = Signal(str)
    menu_wanted = Signal(str, object)

    def __init__(self, face_height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._face_height = face_height
        self._choices: list[Choice] = []
        self.taken: str | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Give the row its choices, once."""
        self._choices = list(choices)
        for choice in self._choices:
            choice.clicked.connect(lambda _=False, key=choice.key: self.chosen.emit(key))
            choice.menu_wanted.connect(
                lambda position, key=choice.key: self.menu_wanted.emit(key, position)
            )
            choice.installEventFilter(self)
        self._lay_out()
        self._rove()

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(self._choices)

    def choice(self, key: str) -> Choice:
        return next(choice for choice in self._choices if choice.key == key)

    def take(self, key: str | None) -> None:
        """Mark a choice as taken; None marks none."""
        self.taken = key
        for choice in self._choices:
            choice.setChecked(choice.key == key)
        self._rove()

    def sizeHint(self) -> QSize:
        return QSize(36 * max(1, len(self._choices)), self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(26 * max(1, len(self._choices)), self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
            self._lay_out()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            target = self._target(watched, event.key())
            if target is not None:
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if isinstance(watched, Choice):
                    watched.click()
                return True
        return super().eventFilter(watched, event)

    def _target(self, watched: QObject, key: int) -> Choice | None:
        if watched not in self._choices:
            return None
        here, last = self._choices.index(watched), len(self._choices) - 1
        places = {
            Qt.Key.Key_Left: max(0, here - 1),
            Qt.Key.Key_Right: min(last, here + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        place = places.get(Qt.Key(key))
        return None if place is None else self._choices[place]

    def _rove(self) -> None:
        """Let Tab reach the taken choice, or the first."""
        keys = [choice.key for choice in self._choices]
        stop = keys.index(self.taken) if self.taken in keys else 0
        for place, choice in enumerate(self._choices):
            policy = Qt.FocusPolicy.StrongFocus if place == stop else Qt.FocusPolicy.ClickFocus
            choice.setFocusPolicy(policy)

    def _height(self) -> int:
        return self._face_height + round(2 * (_RING + 1) + name_height(self.font()))

    def _lay_out(self) -> None:
        if not self._choices:
            return
        count = len(self._choices)
        cell = min(self.width() / count, _WIDEST)
        pixels = self._name_pixels(cell)
        for place, choice in enumerate(self._choices):
            left, right = round(place * cell), round((place + 1) * cell)
            choice.setGeometry(left, 0, right - left, self._height())
            choice.name_pixels = pixels

    def _name_pixels(self, cell: float) -> float:
        """The largest size at which every name fits its cell."""
        pixels = _LARGEST_NAME * type_scale(self.font())
        while pixels > _SMALLEST_NAME:
            metrics = QFontMetricsF(name_font(self.font(), pixels))
            if all(
                metrics.horizontalAdvance(choice.text()) <= cell - 1 for choice in self._choices
            ):
                break
            pixels -= 0.5
        return pixels


def name_height(font: QFont) -> float:
    """Height of the line of names in pixels."""
    return _NAME_HEIGHT * type_scale(font)


def name_font(base: QFont, pixels: float) -> QFont:
    """The font of names under faces."""
    font = QFont(base)
    # Points keep half pixels, which pixel sizes, whole numbers, cannot.
    font.setPointSizeF(pixels * 0.75)
    return font


def _draw_check(painter: QPainter, center: QPointF, color: QColor) -> None:
    pen = QPen(color, 2.0)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    points = [QPointF(-4, 0.5), QPointF(-1, 3.5), QPointF(4.5, -3)]
    painter.drawPolyline(QPolygonF([center + point for point in points]))
