"""Swatches of the eleven color terms, each with its name."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QWidget

from core.color.spaces import contrast_color, to_hex
from core.color.terms import COLOR_TERMS, CSS, Palette, Rgb
from gui.designer.fields.choices import Choice, ChoiceRow


class Swatch(Choice):
    """One term in its color; the color never follows the theme, its border does."""

    def __init__(self, term: str, parent: QWidget) -> None:
        super().__init__(term, parent)
        self.rgb: Rgb = CSS[term]

    def draw_face(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Dark), 1.0))
        painter.setBrush(QColor(*self.rgb))
        painter.drawRoundedRect(box, 3, 3)

    def check_color(self) -> QColor:
        return QColor(*contrast_color(self.rgb))


class SwatchRow(ChoiceRow):
    """The eleven terms; the role says what the color is for, e.g. ``"Figure"``."""

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        super().__init__(face_height=22, parent=parent)
        self._role = role
        self.setAccessibleName(f"{role} color terms")
        self.set_choices([Swatch(term, self) for term in COLOR_TERMS])
        self.set_palette(CSS)

    def set_palette(self, palette: Palette) -> None:
        """Show the colors of a palette."""
        for swatch in self.choices:
            assert isinstance(swatch, Swatch)
            swatch.rgb = palette[swatch.key]
            swatch.setToolTip(f"{swatch.key}\n{describe_color(swatch.rgb)}")
            swatch.setAccessibleName(f"{self._role}: {swatch.key}")
            swatch.setAccessibleDescription(describe_color(swatch.rgb))
            swatch.update()


def describe_color(rgb: Rgb) -> str:
    """A color in words: ``"sRGB 255, 165, 0 · #FFA500"``."""
    return f"sRGB {rgb[0]}, {rgb[1]}, {rgb[2]} · {to_hex(rgb)}"
