"""The fields of a picture's options: form, size, resolution, and what is drawn along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QWidget,
)

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
from gui.widgets.numbers import DecimalSpin, WholeSpin
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

    Parameters
    ----------
    options : PictureOptions
        What was chosen last.
    of_figures : bool
        True for figures, which keep their layout and are always light; a height can be chosen.

    Signals
    -------
    changed()
    """

    changed = Signal()

    def __init__(
        self, options: PictureOptions, of_figures: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._options, self._of_figures = options, of_figures
        self._extents = _FIGURE_EXTENTS if of_figures else _EXTENTS
        self.form = choice("Form", [form.upper() for form in FORMS], FORMS.index(options.form))
        self.form.setToolTip(
            "PNG: pixels, for anything.\nSVG: lines and text that a drawing program can change.\n"
            "PDF: lines and text for print; its fonts are inside."
        )
        kinds = [kind for _text, kind in self._extents]
        self.extent = choice(
            "Size", [text for text, _kind in self._extents], kinds.index(options.extent)
        )
        self.scale = choice("Resolution", [f"{n} ×" for n in SCALES], SCALES.index(options.scale))
        self.scale.setToolTip(
            "1 ×: 96 pixels per inch, as screens have them"
            if of_figures
            else "Pixels for each one of the window"
        )
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
        self.slide = choice(
            "Pixels of the slide",
            [f"{w} × {h} pixels" for w, h in SLIDES],
            SLIDES.index(options.slide),
        )
        sizes = list(SLIDE_UNITS)
        self.type_size = choice("Type on the slide", sizes, sizes.index(options.type_size))
        self.type_size.setToolTip("The larger the type, the less fits onto the slide")
        self.light = QCheckBox("Light, whatever the window shows", self)
        self.light.setChecked(options.light)
        self.note = QCheckBox("Line with the settings", self)
        self.note.setToolTip("Model, weights, prompts, palette: what made the numbers")
        self.note.setChecked(options.note)
        self.rows = QFormLayout(self)
        self._arrange()
        self._connect()
        self._adapt()

    @property
    def options(self) -> PictureOptions:
        """What is chosen now."""
        return replace(
            self._options,
            form=FORMS[self.form.currentIndex()],
            extent=self._extents[self.extent.currentIndex()][1],
            scale=SCALES[self.scale.currentIndex()],
            width_mm=self.width_mm.value(),
            height_mm=self._height(),
            dpi=self.dpi.value(),
            slide=SLIDES[self.slide.currentIndex()],
            type_size=self.type_size.currentText(),
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

    def _arrange(self) -> None:
        rows = self.rows
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(14)
        rows.setVerticalSpacing(8)
        for text, field in (
            ("&Form", self.form),
            ("&Size", self.extent),
            ("&Resolution", self.scale),
            ("&Width", self.width_mm),
            ("&Height", self.height_mm),
            ("&Pixels per inch", self.dpi),
            ("Sli&de", self.slide),
            ("&Type", self.type_size),
        ):
            rows.addRow(text, field)
        rows.addRow("", self.light)
        rows.addRow("", self.note)

    def _connect(self) -> None:
        for box in (self.form, self.extent, self.scale, self.slide, self.type_size):
            box.currentIndexChanged.connect(self._on_changed)
        for number in (self.width_mm, self.height_mm, self.dpi):
            number.valueChanged.connect(self._on_changed)
        self.light.toggled.connect(self._on_changed)
        self.note.toggled.connect(self._on_changed)

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


def choice(name: str, texts: Sequence[str], chosen: int) -> QComboBox:
    """A box with a name for readers of the screen."""
    box = Combo()
    box.addItems(list(texts))
    box.setCurrentIndex(chosen)
    box.setAccessibleName(name)
    return box
