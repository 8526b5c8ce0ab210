"""The panel in which any color is picked: plane, hue strip, and the exact numbers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.color.terms import Rgb
from gui.designer.colors.color_fields import ColorFields
from gui.designer.colors.color_plane import ColorPlane, HueStrip, to_hsv, to_rgb
from gui.designer.colors.popover import Popover
from gui.designer.fields.field_note import FieldNote
from gui.widgets.build import column, label


class ColorEditor(QWidget):
    """Plane, strip and fields that show one color.

    Signals
    -------
    edited(rgb)
        While the user changes it.
    finished
        One change is complete.
    """

    edited = Signal(object)
    finished = Signal()

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rgb: Rgb = (0, 0, 0)
        self._hue = 0.0
        self.plane = ColorPlane(self)
        self.strip = HueStrip(self)
        self.note = FieldNote(self)
        self.fields = ColorFields(role, self.note, self)
        column(self.plane, self.strip, self.fields, self.note, on=self)
        self.plane.picked.connect(lambda s, v: self._edit(to_rgb(self._hue, s, v)))
        self.strip.picked.connect(self._take_hue)
        self.fields.edited.connect(self._take_fields)
        for part in (self.plane, self.strip, self.fields):
            part.finished.connect(self.finished)

    def show_color(self, rgb: Rgb) -> None:
        """Show a color that was set elsewhere."""
        self.fields.show_color(rgb)
        if rgb == self._rgb:  # its place in the plane is kept: rounding must not move the spot
            return
        self._rgb = rgb
        self._hue, saturation, value = to_hsv(rgb, self._hue)
        self.plane.show_color(self._hue, saturation, value)
        self.strip.show_hue(self._hue)

    def _take_hue(self, hue: float) -> None:
        self._hue = hue
        self.plane.show_color(hue, self.plane.saturation, self.plane.value)
        self._edit(to_rgb(hue, self.plane.saturation, self.plane.value))

    def _take_fields(self, rgb: Rgb) -> None:
        self.show_color(rgb)
        self.edited.emit(rgb)

    def _edit(self, rgb: Rgb) -> None:
        self._rgb = rgb
        self.fields.show_color(rgb)
        self.edited.emit(rgb)


class ColorPicker(Popover):
    """The editor as a panel."""

    def __init__(self, role: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.editor = ColorEditor(role, self)
        self.body.addWidget(label(f"{role}: any sRGB color", "heading", self))
        self.body.addWidget(self.editor)
        self.setAccessibleName(f"{role} color picker")
