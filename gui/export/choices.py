"""The fields of a picture's options: form, size, resolution, and what is drawn along."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QCheckBox, QFormLayout, QWidget

from core.figures.file import MM_RANGE
from gui.export.options import (
    DPI_RANGE,
    FORMS,
    SCALES,
    SLIDE_UNITS,
    SLIDES,
    Extent,
    PictureOptions,
)
from gui.widgets.numbers import DecimalSpin, NumberField, WholeSpin
from gui.widgets.wheel import Combo

_EXTENTS: tuple[tuple[str, Extent], ...] = (
    ("As shown", "shown"),
    ("Width in mm", "millimeters"),
    ("Slide, 16 : 9", "slide"),
)
_FIGURE_EXTENTS: tuple[tuple[str, Extent], ...] = (
    ("Its own", "shown"),
    ("In millimeters", "millimeters"),
    ("Slide, 16 : 9", "slide"),
)
_FREE = "as it comes"


class PictureChoices(QWidget):
    """Fields for `PictureOptions`; only those that matter are shown.

    Those `of_figures`, which keep their layout and are always light, let choose a height.
    """

    changed = Signal()

    def __init__(
        self, options: PictureOptions, of_figures: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._options, self._of_figures = options, of_figures
        self.form = Combo(
            self,
            "Form",
            "PNG: pixels, for anything.\nSVG: lines and text that a drawing program can change.\n"
            "PDF: lines and text for print; its fonts are inside.",
            [(form.upper(), form) for form in FORMS],
        )
        self.form.choose(options.form)
        self.extent = Combo(self, "Size", "", _FIGURE_EXTENTS if of_figures else _EXTENTS)
        self.extent.choose(options.extent)
        tip = "Pixels for each one of the window"
        if of_figures:
            tip = "1 ×: 96 pixels per inch, as screens have them"
        self.scale = Combo(self, "Resolution", tip, [(f"{n} ×", n) for n in SCALES])
        self.scale.choose(options.scale)
        self.width_mm = _millimeters("Width", MM_RANGE[0], options.width_mm)
        self.width_mm.setToolTip("Type and lines are scaled along; a column of a journal has 85 mm")
        self.height_mm = _millimeters("Height", 0, options.height_mm)
        self.height_mm.set_special(_FREE)
        self.height_mm.setSingleStep(5)
        self.height_mm.setToolTip(
            f"At 0, “{_FREE}” from the width; otherwise the figure is fitted into both, without "
            "being stretched"
        )
        self.dpi = WholeSpin("Pixels per inch", *DPI_RANGE, self, " dpi")
        self.dpi.setSingleStep(50)
        self.dpi.setValue(options.dpi)
        self.dpi.setToolTip("Pixels per inch; journals ask for 300 to 600")
        slides = [(f"{w} × {h} pixels", w) for w, h in SLIDES]
        self.slide = Combo(self, "Pixels of the slide", "", slides)
        self.slide.choose(options.slide[0])
        tip = "The larger the type, the less fits onto the slide"
        sizes = [(size, size) for size in SLIDE_UNITS]
        self.type_size = Combo(self, "Type on the slide", tip, sizes)
        self.type_size.choose(options.type_size)
        self.light = QCheckBox("Light, whatever the window shows", self)
        self.light.setChecked(options.light)
        self.note = QCheckBox("Line with the settings", self)
        self.note.setToolTip("Model, weights, prompts, palette: what made the numbers")
        self.note.setChecked(options.note)
        self.rows = QFormLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.rows.setHorizontalSpacing(14)
        self.rows.setVerticalSpacing(8)
        for text, field in (
            ("&Form", self.form),
            ("&Size", self.extent),
            ("&Resolution", self.scale),
            ("&Width", self.width_mm),
            ("&Height", self.height_mm),
            ("&Pixels per inch", self.dpi),
            ("Sli&de", self.slide),
            ("&Type", self.type_size),
            ("", self.light),
            ("", self.note),
        ):
            self.rows.addRow(text, field)
            _changes(field).connect(self._on_changed)
        self._adapt()

    @property
    def options(self) -> PictureOptions:
        """What is chosen now."""
        return replace(
            self._options,
            form=self.form.currentData(),
            extent=self.extent.currentData(),
            scale=self.scale.currentData(),
            width_mm=self.width_mm.value(),
            height_mm=self._height(),
            dpi=self.dpi.value(),
            slide=SLIDES[self.slide.currentIndex()],
            type_size=self.type_size.currentData(),
            light=self.light.isChecked(),
            note=self.note.isChecked(),
        )

    def shows(self, field: QWidget) -> bool:
        """True if a field matters for what is chosen."""
        return self.rows.isRowVisible(field)

    def add_first(self, text: str, field: QWidget) -> None:
        """Put a field above the others."""
        self.rows.insertRow(0, text, field)

    def _height(self) -> float:
        height = self.height_mm.value()
        return max(height, MM_RANGE[0]) if height else 0.0

    def _on_changed(self) -> None:
        self._adapt()
        self.changed.emit()

    def _adapt(self) -> None:
        """Show the fields that matter for the kind of size and form that is chosen."""
        options = self.options
        pixels, figures = options.form == "png", self._of_figures
        shown = {
            self.scale: options.extent == "shown" and pixels,
            self.width_mm: options.extent == "millimeters",
            self.height_mm: options.extent == "millimeters" and figures,
            self.dpi: options.extent == "millimeters" and pixels,
            self.slide: options.extent == "slide" and pixels,
            self.type_size: options.extent == "slide" and not figures,
            self.light: not figures,
        }
        for field, visible in shown.items():
            self.rows.setRowVisible(field, visible)


def _millimeters(name: str, low: float, value: float) -> DecimalSpin:
    field = DecimalSpin(name, low, MM_RANGE[1], 1.0, " mm")
    field.setValue(value)
    return field


def _changes(field: QWidget) -> SignalInstance:
    """What tells that a field was changed."""
    if isinstance(field, NumberField):
        return field.valueChanged
    return field.toggled if isinstance(field, QCheckBox) else cast(Combo, field).currentIndexChanged
