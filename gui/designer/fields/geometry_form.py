"""Place, size and angle of the figure as numbers, and how much of the picture it covers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core.stimuli.stimulus import MAX_BLUR, ObjectStimulus, WordStimulus
from gui.context.actions import Actions
from gui.designer.colors.tools import action_button
from gui.designer.edits import (
    HIGHEST_CENTER,
    LARGEST_SIZE,
    LOWEST_CENTER,
    SMALLEST_SIZE,
    upright,
)
from gui.widgets.elided_label import ReadOut
from gui.widgets.flow import FlowLayout
from gui.widgets.numbers import DecimalSpin

STEP_NAMES = {
    "center_x": "move object",
    "center_y": "move object",
    "size": "scale object",
    "rotation": "rotate object",
    "blur": "blur object",
}


STUDIES = {
    "studies.scan": "Scan",
    "studies.stroop": "Stroop matrix",
    "studies.figure-background": "Object × ground",
}
"""Commands that study the present figure, and what their buttons say."""


class GeometryForm(QWidget):
    """Fields with units.

    Signals
    -------
    edited(field, value)
        `field` names one of `ObjectStimulus`'s fields; lengths are fractions of the side.
    finished
        A field was left.
    """

    edited = Signal(str, float)
    finished = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        low, high = 100 * LOWEST_CENTER, 100 * HIGHEST_CENTER
        self.spins = {
            "size": DecimalSpin("Size", 100 * SMALLEST_SIZE, 100 * LARGEST_SIZE, 1.0, " %"),
            "rotation": DecimalSpin("Angle", -360.0, 360.0, 1.0, "°"),
            "center_x": DecimalSpin("Center x", low, high, 1.0, " %"),
            "center_y": DecimalSpin("Center y", low, high, 1.0, " %"),
            "blur": DecimalSpin("Blur", 0.0, 100 * MAX_BLUR, 0.5, " %", decimals=2),
        }
        tips = {
            "rotation": "Rotation about the center, counter-clockwise",
            "center_x": "Center of the object from the left, in percent of the picture's side",
            "center_y": "Center of the object from the top, in percent of the picture's side",
            "blur": "Standard deviation of a Gaussian blur of the object, in percent of the "
            "picture's side",
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self._size_label = QLabel("&Size", self)
        labels = {
            "size": self._size_label,
            "rotation": QLabel("&Angle", self),
            "center_x": QLabel("Center &x", self),
            "center_y": QLabel("Center &y", self),
            "blur": QLabel("&Blur", self),
        }
        for place, (field, spin) in enumerate(self.spins.items()):
            labels[field].setBuddy(spin)
            if field in tips:
                spin.setToolTip(tips[field])
            spin.valueChanged.connect(lambda value, field=field: self._take(field, value))
            spin.editingFinished.connect(self.finished)
            row, column = divmod(place, 2)
            grid.addWidget(labels[field], row, 2 * column)
            grid.addWidget(spin, row, 2 * column + 1)
        area_label = QLabel("Area", self)
        self.area = ReadOut("number", widest=_area_text(1.0), parent=self)
        self.area.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        tip = (
            "Share of the picture that the object covers, edge pixels counted by their coverage.\n"
            "It follows from shape, size and place and cannot be set."
        )
        for label in (area_label, self.area.label):
            label.setToolTip(tip)
        grid.addWidget(area_label, 2, 2)
        grid.addWidget(self.area, 2, 3)
        last = FlowLayout(gap=4)
        for name, text in STUDIES.items():
            last.addWidget(action_button(actions, name, text, self))
        last.addWidget(action_button(actions, "stimulus.center", "Center", self))
        last.addWidget(action_button(actions, "stimulus.reset-geometry", "Reset", self))
        grid.addLayout(last, 3, 0, 1, 4)

    def show_figure(self, figure: ObjectStimulus, area: float) -> None:
        """Show a figure that was set elsewhere, and the share of the picture it covers."""
        is_word = isinstance(figure, WordStimulus)
        self._size_label.setText("&Width" if is_word else "&Size")
        self.spins["size"].setAccessibleName("Width" if is_word else "Size")
        self.spins["size"].setToolTip(
            "Width of the word's ink, in percent of the picture's side"
            if is_word
            else "Longer side of the object before rotation, in percent of the picture's side"
        )
        self.spins["size"].show_value(100 * figure.size)
        self.spins["rotation"].show_value(upright(figure.rotation))
        self.spins["center_x"].show_value(100 * figure.center_x)
        self.spins["center_y"].show_value(100 * figure.center_y)
        self.spins["blur"].show_value(100 * figure.blur)
        self.area.show_text(_area_text(area))
        self.area.label.setAccessibleName(f"Area: {100 * area:.2f} percent of the picture")

    def _take(self, field: str, value: float) -> None:
        self.edited.emit(field, value if field == "rotation" else value / 100.0)


def _area_text(area: float) -> str:
    return f"{100 * area:.2f} % of the picture"
