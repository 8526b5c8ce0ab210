"""Any sRGB color as a hexadecimal field and three numbers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLineEdit, QWidget

from core.base.errors import InvalidInput
from core.color.spaces import from_hex, to_hex
from core.color.terms import Rgb
from gui.designer.fields.field_note import FieldNote
from gui.widgets.build import row
from gui.widgets.numbers import WholeSpin, mark_problem

# Three numbers and the hexadecimal field must fit a narrow pane; up and down keys do the steps.
_NO_BUTTONS = (
    "QAbstractSpinBox { padding: 4px 2px; }"
    "QAbstractSpinBox::up-button, QAbstractSpinBox::down-button"
    " { width: 0; margin: 0; border: none; }"
    "QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow"
    " { image: none; width: 0; height: 0; }"
)


class ColorFields(QWidget):
    """``#RRGGBB`` and R, G, B in one line.

    A refused text is marked and explained in `note`, and the color stays as it was.

    Attributes
    ----------
    rgb : Rgb
        The color shown.

    Signals
    -------
    edited(rgb)
        The user gave another color.
    finished
        A field was left: what follows is another step.
    """

    edited = Signal(object)
    finished = Signal()

    def __init__(self, role: str, note: FieldNote, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rgb: Rgb = (0, 0, 0)
        self._note = note
        self.hex = QLineEdit(self)
        self.hex.setMaxLength(16)
        self.hex.setAccessibleName(f"{role} color, hexadecimal")
        self.hex.setToolTip("sRGB as #RRGGBB")
        self.hex.setFixedWidth(_width(self.hex, "#DDDDDD") + 20)
        self.hex.editingFinished.connect(self._take_hex)
        self.hex.textEdited.connect(lambda _text: self._mark(False))
        line = row(self.hex, spacing=3, on=self)
        self.channels = []
        for letter, name in zip("RGB", ("red", "green", "blue"), strict=True):
            spin = WholeSpin(f"{role} color, {name}", 0, 255, self)
            spin.setPrefix(f"{letter} ")
            spin.setToolTip(f"sRGB {name}, 0 to 255")
            spin.setStyleSheet(_NO_BUTTONS)
            spin.setMinimumWidth(_width(spin, f"{letter} 255") + 16)
            spin.valueChanged.connect(self._take_channels)
            spin.editingFinished.connect(self.finished)
            line.addWidget(spin, 1)
            self.channels.append(spin)

    def show_color(self, rgb: Rgb) -> None:
        """Show a color that was set elsewhere; a refused text gives way to it."""
        if rgb == self.rgb and self.hex.text():
            return
        self.rgb = rgb
        self.hex.setText(to_hex(rgb))
        self._mark(False)
        for spin, value in zip(self.channels, rgb, strict=True):
            spin.show_value(value)

    def _take_hex(self) -> None:
        try:
            rgb = from_hex(self.hex.text())
        except InvalidInput as error:
            self._note.show_error(error)
            self._mark(True)
            return
        self._mark(False)
        changed = rgb != self.rgb
        self.show_color(rgb)
        self.hex.setText(to_hex(rgb))
        if changed:
            self.edited.emit(rgb)
            self.finished.emit()

    def _take_channels(self) -> None:
        red, green, blue = (spin.value() for spin in self.channels)
        self.rgb = (red, green, blue)
        self.hex.setText(to_hex(self.rgb))
        self._mark(False)
        self.edited.emit(self.rgb)

    def _mark(self, problem: bool) -> None:
        if not problem:
            self._note.clear_error()
        mark_problem(self.hex, problem)


def _width(widget: QWidget, text: str) -> int:
    return QFontMetrics(widget.font()).horizontalAdvance(text)
