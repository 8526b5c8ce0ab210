"""One color of the stimulus: its swatches, its exact value, its picker."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QToolButton, QWidget

from core.color.terms import Palette, Rgb
from gui.designer.colors.color_fields import ColorFields
from gui.designer.colors.color_picker import ColorPicker
from gui.designer.colors.swatches import SwatchRow, describe_color
from gui.designer.fields.field_note import FieldNote
from gui.widgets.build import column, label, row

_PATCH = QSize(27, 19)


class ColorSection(QWidget):
    """Title, exact value and picker in one line, the swatches below.

    Signals
    -------
    edited(rgb, merge)
        The user gave another color; changes with the same non-empty `merge` belong together.
    finished
        Such a run of changes has ended.
    """

    edited = Signal(object, str)
    finished = Signal()
    term_menu_wanted = Signal(str, object)

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self._palette: Palette | None = None
        self.title = label(role, "heading", self)
        self.note = FieldNote(self)
        self.fields = ColorFields(role, self.note, self)
        self.picker_button = PatchButton(self)
        self.picker_button.setAccessibleName(f"Pick any {role.lower()} color")
        self.picker_button.clicked.connect(self._open_picker)
        self.swatches = SwatchRow(role, self)
        self.picker: ColorPicker | None = None
        line = row((self.title, 1), self.fields, self.picker_button, spacing=4)
        column(line, self.note, self.swatches, spacing=4, on=self)
        self.swatches.chosen.connect(self._take_term)
        self.swatches.menu_wanted.connect(self.term_menu_wanted)
        self.fields.edited.connect(lambda rgb: self.edited.emit(rgb, f"{role} fields"))
        self.fields.finished.connect(self.finished)

    def show_color(self, rgb: Rgb, palette: Palette) -> None:
        """Show the color in use, and what the terms mean."""
        if palette is not self._palette:
            self._palette = palette
            self.swatches.set_palette(palette)
        self.swatches.take(palette.term_of(rgb))
        self.fields.show_color(rgb)
        self.picker_button.show_color(rgb)
        if self.picker is not None:
            self.picker.editor.show_color(rgb)

    def _take_term(self, term: str) -> None:
        if self._palette is not None:
            self.edited.emit(self._palette[term], "")

    def _open_picker(self) -> None:
        if self.picker is None:
            self.picker = ColorPicker(self._role, self)
            merge = f"{self._role} picker"
            self.picker.editor.edited.connect(lambda rgb: self.edited.emit(rgb, merge))
            self.picker.editor.finished.connect(self.finished)
            self.picker.closed.connect(self.finished)
        self.picker.editor.show_color(self.fields.rgb)
        self.picker.open_at(self.picker_button)
        self.picker.editor.plane.setFocus()


class PatchButton(QToolButton):
    """A button that shows the color in use and opens the picker."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rgb: Rgb = (0, 0, 0)
        self.setFixedSize(36, 28)
        self.setIconSize(_PATCH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.show_color(self._rgb)

    def show_color(self, rgb: Rgb) -> None:
        self._rgb = rgb
        self.setToolTip(f"Pick any color\n{describe_color(rgb)}")
        scale = self.devicePixelRatioF()
        patch = QPixmap(_PATCH * scale)
        patch.setDevicePixelRatio(scale)
        patch.fill(Qt.GlobalColor.transparent)
        with QPainter(patch) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Dark), 1.0))
            painter.setBrush(QColor(*rgb))
            box = QRectF(0, 0, _PATCH.width(), _PATCH.height())
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        self.setIcon(QIcon(patch))
