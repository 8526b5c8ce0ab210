"""The strongest images of a unit in one set: whole with the box it sees, or only what it sees."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core.units.features.crops import OUTSIDE
from core.units.features.unit_pictures import TopImage
from core.units.unit_words import number_text
from gui.inspector.live.stimulus_overlay import draw_box
from gui.inspector.pixels import picture_image
from gui.look.theme import Theme

_FEW = 9
_FEW_COLUMNS = 3
_LEAST = 30
_GAP = 3
_MOST = 96


class CropGrid(QWidget):
    """A small grid of pictures with the keyboard: arrows move, Enter opens.

    Signals
    -------
    opened(image)
        A `TopImage` shall be opened in the designer.
    left()
        Escape.
    """

    opened = Signal(object)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.images: tuple[TopImage, ...] = ()
        self._pictures: list[QImage | None] = []
        self._expected = 0
        self._whole = True
        self._current = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        theme.changed.connect(self.update)

    @property
    def current(self) -> int:
        """Rank of the image that the keyboard is at."""
        return self._current

    def expect(self, count: int) -> None:
        """Leave room for so many images; what is shown stays until they come."""
        self._expected = count
        self._fit()

    def clear(self) -> None:
        """Show no images."""
        self.show_images(())

    def show_images(self, images: Sequence[TopImage]) -> None:
        """Show images, strongest first."""
        self.images = tuple(images)
        self._pictures = [
            None if image.pixels is None else picture_image(image.pixels) for image in images
        ]
        self._current = min(self._current, max(0, len(self.images) - 1))
        self._describe()
        self._fit()
        self.update()

    def set_whole(self, whole: bool) -> None:
        """Show whole images with the box that the unit sees, or only what it sees."""
        self._whole = whole
        self.update()

    @property
    def few(self) -> bool:
        """True if three in a line are enough."""
        return max(self._expected, len(self.images)) <= _FEW

    def columns(self) -> int:
        """Images side by side."""
        if self.few:
            return _FEW_COLUMNS
        return max(_FEW_COLUMNS, (self.width() + _GAP) // (_LEAST + _GAP))

    def rect_of(self, place: int) -> QRect:
        """Where an image stands."""
        columns, side = self.columns(), self._side()
        row, column = divmod(place, columns)
        return QRect(column * (side + _GAP), row * (side + _GAP), side, side)

    def place_at(self, point: QPoint) -> int:
        """Which image is at a point; −1 for none."""
        for place in range(len(self.images)):
            if self.rect_of(place).contains(point):
                return place
        return -1

    # --- events ---

    def sizeHint(self) -> QSize:
        return QSize(_FEW_COLUMNS * 56, self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            tokens = self._theme.tokens
            for place in range(max(self._expected, len(self.images))):
                box = self.rect_of(place)
                if not box.intersects(event.rect()):
                    continue
                area = QRectF(box)
                if place >= len(self.images):
                    if not self.images:
                        painter.fillRect(area, QColor(tokens.canvas))
                    continue
                self._paint_image(painter, area, place)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                if place == self._current and self.hasFocus():
                    painter.setPen(QPen(QColor(tokens.accent), 2))
                    painter.drawRect(area.adjusted(0, 0, -1, -1))
                else:
                    painter.setPen(QPen(QColor(tokens.border_strong), 1))
                    painter.drawRect(area.adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._go(place)
        else:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        if place >= 0 and place == self._current and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self.images[place])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self.place_at(event.position().toPoint()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns(),
            Qt.Key.Key_Down: self.columns(),
        }
        key = Qt.Key(event.key())
        if key in steps:
            place = self._current + steps[key]
            if 0 <= place < len(self.images):
                self._go(place)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.images:
                self.opened.emit(self.images[self._current])
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.place_at(event.pos())
            text = "" if place < 0 else image_text(self.images[place])
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    # --- painting ---

    def _paint_image(self, painter: QPainter, area: QRectF, place: int) -> None:
        image, picture = self.images[place], self._pictures[place]
        if picture is None:
            painter.fillRect(area, QColor(self._theme.tokens.canvas))
            painter.setPen(QColor(self._theme.tokens.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "?")
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        side = picture.width()
        if self._whole:
            painter.drawImage(area, picture)
            if not image.box.is_whole:
                draw_box(painter, image.box, area, side, thin=True)
            return
        left, top, right, _bottom = image.field
        scale = area.width() / (right - left)
        seen = image.box
        painter.fillRect(area, QColor(OUTSIDE, OUTSIDE, OUTSIDE))
        target = QRectF(
            area.left() + (seen.left - left) * scale,
            area.top() + (seen.top - top) * scale,
            (seen.right - seen.left) * scale,
            (seen.bottom - seen.top) * scale,
        )
        source = QRectF(seen.left, seen.top, seen.right - seen.left, seen.bottom - seen.top)
        # Few pixels are shown as such: a blend would show colors that are not there.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, right - left >= _LEAST)
        painter.drawImage(target, picture, source)

    def _side(self) -> int:
        columns = self.columns()
        return max(12, min(_MOST, (self.width() - (columns - 1) * _GAP) // columns))

    def _height(self) -> int:
        count = max(self._expected, len(self.images), 1)
        rows = -(-count // self.columns())
        return rows * (self._side() + _GAP) - _GAP

    def _fit(self) -> None:
        if self.height() != self._height():
            self.setFixedHeight(self._height())
        self.update()

    def _go(self, place: int) -> None:
        self._current = place
        self._describe()
        self.update()

    def _describe(self) -> None:
        text = image_text(self.images[self._current]) if self.images else "No images"
        self.setAccessibleName(text.replace("\n", ", "))


def image_text(image: TopImage) -> str:
    """All about an image, line by line."""
    lines = [f"{image.rank + 1}. value {number_text(image.value)}"]
    condition = image.condition
    if condition is not None:
        lines.append(f"{condition.figure} “{condition.subject}” on {condition.background}")
    if image.name:
        lines.append(image.name)
    gray = "not measured" if image.gray != image.gray else number_text(image.gray)
    lines.append(f"Gray version at the same position: {gray}")
    if image.pixels is None:
        lines.append(
            "The picture has changed since the census has seen it"
            if image.changed
            else "The picture cannot be read"
        )
        return "\n".join(lines)
    if image.box.is_whole:
        lines.append("The unit may see all of it")
    lines.append("Click to open it in the Designer")
    return "\n".join(lines)
