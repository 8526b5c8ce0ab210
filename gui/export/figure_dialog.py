"""The dialog “Save figure”: the options of a picture beside the figure as it will be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from core.base.errors import LabError
from core.figures.file import MM_PER_INCH
from gui.export.dialog import ROOM, PictureDialog
from gui.export.options import (
    DPI_RANGE,
    UNITS_PER_INCH,
    PictureOptions,
    extents_of,
    size_text,
)
from gui.export.painting import opened_png
from gui.jobs.background import Background
from gui.look.theme import Theme


class SaveFigureDialog(PictureDialog):
    """Lets choose the size of a figure, and shows what comes of it.

    Parameters
    ----------
    title : str
        Of the figure.
    content : callable
        Takes `PictureOptions`, returns the file's bytes; called in `background`.
    options : PictureOptions
        What was chosen last.
    background : Background
        Draws the preview.

    Signals
    -------
    save_wanted(options), copy_wanted(options)
    """

    save_wanted = Signal(object)
    copy_wanted = Signal(object)

    def __init__(
        self,
        theme: Theme,
        title: str,
        content: Callable[[PictureOptions], bytes],
        options: PictureOptions,
        background: Background,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, options, of_figures=True, parent=parent)
        self._title, self._content, self._background = title, content, background
        self._drawing = self._again = self._closed = False
        self.setWindowTitle("Save figure")
        self.preview.setText("Drawing…")
        for button, wanted in (
            (self.save_button, self.save_wanted),
            (self.copy_button, self.copy_wanted),
        ):
            button.clicked.connect(
                lambda _checked=False, wanted=wanted: (
                    self.fields.ready() and wanted.emit(self.options)
                )
            )
        self.show_preview()

    def show_preview(self) -> None:
        """Have the figure drawn as it will be, smaller; the newest choice once one is done."""
        self._timer.stop()
        if self._drawing:
            self._again = True
            return
        self._drawing, self._again = True, False
        options = self.options
        shown = self._small(options)
        self._background.run(
            lambda: opened_png(self._content(shown)),
            lambda image: self._on_drawn(image, options),
            self._on_failed,
        )

    def done(self, result: int) -> None:
        self._closed = True
        super().done(result)

    def _small(self, options: PictureOptions) -> PictureOptions:
        """The same with few pixels, which is quick."""
        ratio = self.devicePixelRatioF()
        wide = round(ROOM.width() * ratio)
        dpi = round(wide / options.width_mm * MM_PER_INCH)
        return replace(
            options,
            form="png",
            scale=1 if ratio <= 1 else 2,
            dpi=min(max(dpi, DPI_RANGE[0] // 4), DPI_RANGE[1]),
            slide=(wide, round(wide * 9 / 16)),
        )

    def _on_drawn(self, image: QImage, options: PictureOptions) -> None:
        self._drawing = False
        if self._closed:
            return
        if self._again:
            self.show_preview()
            return
        # Only the shape matters where the size was chosen, and the resolution is known otherwise.
        per_inch = image.dotsPerMeterX() * MM_PER_INCH / 1000
        units = [
            round(side / per_inch * UNITS_PER_INCH) for side in (image.width(), image.height())
        ]
        extents = extents_of(options, units[0], units[1])
        self.show_image(image, self._title, size_text(options, extents))
        self._let(True)

    def _on_failed(self, error: LabError) -> None:
        self._drawing = False
        if self._closed:
            return
        if self._again:
            self.show_preview()
            return
        self.preview.setText(f"{error.message} {error.hint}".strip())
        self.size_label.clear()
        self._let(False)

    def _let(self, possible: bool) -> None:
        self.save_button.setEnabled(possible)
        self.copy_button.setEnabled(possible)
