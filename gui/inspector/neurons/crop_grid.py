"""The strongest images of a unit in one set: whole with the box it sees, or only what it sees."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.base.tables import Column, Table
from core.units.features.crops import OUTSIDE
from core.units.features.unit_pictures import TopImage
from core.units.unit_words import number_text
from gui.charts.drawing import CENTER, box_path
from gui.charts.parts import Part, PartsChart
from gui.charts.view import NONE
from gui.inspector.live.stimulus_overlay import draw_box
from gui.look.theme import Theme, Tokens
from gui.widgets.images import to_image

_FEW = 9
_FEW_COLUMNS = 3
_LEAST = 30
_GAP = 3
_MOST = 96
_COLUMNS = (
    Column("rank", "int"),
    Column("image", "int"),
    Column("value", "float"),
    Column("gray_value", "float"),
    Column("file"),
)


class CropGrid(PartsChart):
    """A small grid of pictures; one that is chosen shall be opened in the designer."""

    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Strongest images", parent)
        self.images: tuple[TopImage, ...] = ()
        self._pictures: list[QImage | None] = []
        self._expected = 0
        self._whole = True
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def expect(self, count: int) -> None:
        """Leave room for so many images; what is shown stays until they come."""
        self._expected = count
        self.updateGeometry()
        self.refresh()

    def show_images(self, images: Sequence[TopImage]) -> None:
        """Show images, strongest first."""
        self.images = tuple(images)
        self._pictures = [
            None if image.pixels is None else to_image(image.pixels) for image in images
        ]
        self.updateGeometry()
        self.refresh()
        self.setAccessibleDescription(self.described())

    def set_whole(self, whole: bool) -> None:
        """Show whole images with the box that the unit sees, or only what it sees."""
        self._whole = whole
        self.refresh()

    @property
    def few(self) -> bool:
        """True if three in a line are enough."""
        return self._count <= _FEW

    def columns(self, width: int) -> int:
        """Images side by side."""
        if self.few:
            return _FEW_COLUMNS
        return max(_FEW_COLUMNS, (width + _GAP) // (_LEAST + _GAP))

    def rect_of(self, place: int) -> QRect:
        """Where an image stands."""
        columns, side = self.columns(self.width()), self._side(self.width())
        row, column = divmod(place, columns)
        return QRect(column * (side + _GAP), row * (side + _GAP), side, side)

    # --- of the kit ---

    def sizeHint(self) -> QSize:
        width = _FEW_COLUMNS * 56
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 12)

    def heightForWidth(self, width: int) -> int:
        rows = -(-max(self._count, 1) // self.columns(width))
        return rows * (self._side(width) + _GAP) - _GAP

    def described(self) -> str:
        return self.words_of(0).replace("\n", ", ") if self.images else "No images"

    def table(self) -> Table | None:
        rows = tuple(
            (
                image.rank + 1,
                image.image,
                image.value,
                None if image.gray != image.gray else image.gray,
                image.name or None,
            )
            for image in self.images
        )
        return Table(_COLUMNS, rows) if rows else None

    def layout_parts(self) -> Sequence[Part[TopImage]]:
        columns = self.columns(self.width())
        parts = []
        for place, image in enumerate(self.images):
            row, column = divmod(place, columns)
            box = QRectF(self.rect_of(place)).adjusted(0, 0, -1, -1)
            parts.append(Part(column, -row, box_path(box), image_text(image), image))
        return parts

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        for place in range(self._count):
            area = QRectF(self.rect_of(place))
            if not area.intersects(self.exposed):
                continue
            if place >= len(self.images):
                if not self.images:
                    painter.fillRect(area, QColor(tokens.canvas))
                continue
            self._paint_image(painter, area, place)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(tokens.border_strong))
            painter.drawRect(area.adjusted(0, 0, -1, -1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._begin()
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    # --- inside ---

    def _begin(self) -> None:
        """Keys begin at the strongest image."""
        if self.cursor_point == NONE and self.images:
            self.point_to(0)

    @property
    def _count(self) -> int:
        return max(self._expected, len(self.images))

    def _side(self, width: int) -> int:
        columns = self.columns(width)
        return max(12, min(_MOST, (width - (columns - 1) * _GAP) // columns))

    def _paint_image(self, painter: QPainter, area: QRectF, place: int) -> None:
        image, picture = self.images[place], self._pictures[place]
        if picture is None:
            painter.fillRect(area, QColor(self.tokens.canvas))
            painter.setPen(QColor(self.tokens.muted))
            painter.drawText(area, CENTER, "?")
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
        lines.append("The neuron may see all of it")
    lines.append("Click to open it in the Designer")
    return "\n".join(lines)
