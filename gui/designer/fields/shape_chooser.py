"""The eight shapes, drawn by the renderer itself."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QWidget

from core.stimuli.coverage import bounds, coverage_mask, placed, shape_outline
from core.stimuli.stimulus import SHAPES, ShapeName
from gui.designer.fields.choices import Choice, ChoiceRow


class ShapeChoice(Choice):
    """One shape in the text color."""

    def __init__(self, shape: ShapeName, parent: QWidget) -> None:
        super().__init__(shape, parent)
        self._shape = shape
        self.setToolTip(f"Make the object a {shape}")
        self.setAccessibleName(f"Shape: {shape}")

    def draw_face(self, painter: QPainter, box: QRectF) -> None:
        role = QPalette.ColorRole.Highlight if self.isChecked() else QPalette.ColorRole.WindowText
        scale = self.devicePixelRatioF()
        side = round(box.height() * scale)
        icon = _tinted(_mask(self._shape, side), self.palette().color(role), scale)
        left = round((box.center().x() - side / scale / 2) * scale) / scale
        painter.drawPixmap(QPointF(left, box.top()), icon)

    def check_color(self) -> QColor:
        return self.palette().color(QPalette.ColorRole.Highlight)

    def check_place(self, box: QRectF) -> QPointF:
        return QPointF(box.right() - 3.0, box.top() + 4.0)


class ShapeChooser(ChoiceRow):
    """A row of all shapes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(face_height=22, parent=parent)
        self.setAccessibleName("Shapes")
        self.set_choices([ShapeChoice(shape, self) for shape in SHAPES])


@lru_cache(maxsize=64)
def _mask(shape: ShapeName, side: int) -> NDArray[np.uint8]:
    outline = shape_outline(shape)
    left, top, right, bottom = bounds(outline)
    size = side / max(right - left, bottom - top)
    return coverage_mask(placed(outline, (side / 2, side / 2), size, 0.0), side)


def _tinted(coverage: NDArray[np.uint8], color: QColor, scale: float) -> QPixmap:
    """A coverage mask, uint8, shape (side, side), as a pixmap of one color.

    The scale is that of the screen: device pixels a widget unit.
    """
    side = coverage.shape[0]
    data = np.empty((side, side, 4), dtype=np.uint8)
    data[..., 0], data[..., 1], data[..., 2] = color.red(), color.green(), color.blue()
    data[..., 3] = coverage
    image = QImage(data.data, side, side, 4 * side, QImage.Format.Format_RGBA8888).copy()
    image.setDevicePixelRatio(scale)
    return QPixmap.fromImage(image)
