"""The dialogs “Save picture” and “Save figure”: which form, how large, and how it will look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QWidget

from core.base.errors import LabError
from core.figures.file import MM_PER_INCH
from gui.context.typed_fields import TypedFields
from gui.export.choices import PictureChoices
from gui.export.options import DPI_RANGE, UNITS_PER_INCH, PictureOptions, extents_of, size_text
from gui.export.painting import Subject, draw_image, fitted, frame_of, opened_png
from gui.jobs.background import Background
from gui.look.theme import Theme
from gui.widgets.build import STRETCH, button, column, label, once, row
from gui.widgets.wheel import Combo

ROOM = QSize(560, 400)
"""Of the preview."""
_WAIT = 120  # milliseconds from a change to its preview


class PictureDialog(QDialog):
    """A preview beside the options; what it shows is up to a subclass, in `show_preview`."""

    save_wanted = Signal(object)  # options
    copy_wanted = Signal(object)  # options

    def __init__(
        self,
        theme: Theme,
        options: PictureOptions,
        of_figures: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.choices = PictureChoices(options, of_figures, self)
        self.fields = TypedFields(self.choices)
        self.preview = QLabel(self)
        self.preview.setObjectName("picturePreview")
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setWordWrap(True)
        self.preview.setMinimumSize(ROOM + QSize(24, 24))
        self.size_label = label(role="muted", parent=self)
        self.size_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.save_button = button("Save…", "", lambda: self._want(self.save_wanted))
        self.save_button.setDefault(True)
        self.copy_button = button(
            "Copy", "Put it on the clipboard, as pixels", lambda: self._want(self.copy_wanted)
        )
        self.buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        self._timer = once(_WAIT, self.show_preview, self)
        self.choices.changed.connect(self._timer.start)
        self.buttons.rejected.connect(self.reject)
        self._put_together()

    @property
    def options(self) -> PictureOptions:
        """What is chosen now."""
        return self.choices.options

    def show_preview(self) -> None:
        """Draw the picture as it will be, smaller."""
        raise NotImplementedError

    def show_image(self, image: QImage, title: str, text: str) -> None:
        """Put a picture into the preview, in a frame, with its size in words."""
        ratio = self.devicePixelRatioF()
        small = fitted(image, ROOM * ratio)
        with QPainter(small) as painter:
            painter.setPen(QColor(self.theme.tokens.border_strong))
            painter.drawRect(frame_of(small))
        pixmap = QPixmap.fromImage(small)
        pixmap.setDevicePixelRatio(ratio)
        self.preview.setPixmap(pixmap)
        self.size_label.setText(text)
        self.preview.setAccessibleName(f"Preview: {title}, {text}")

    def _want(self, wanted: SignalInstance) -> None:
        if self.fields.ready():
            wanted.emit(self.options)

    def done(self, result: int) -> None:
        self._timer.stop()
        super().done(result)

    def _put_together(self) -> None:
        side = QWidget(self)
        side.setFixedWidth(330)
        column(self.choices, STRETCH, on=side)
        left = column((self.preview, 1), self.size_label)
        whole = row((left, 1), side, spacing=18)
        column((whole, 1), self.buttons, spacing=12, margins=(16, 14, 16, 12), on=self)


class SavePictureDialog(PictureDialog):
    """Lets choose a pane or a part of one, and shows what comes of it.

    Parameters
    ----------
    note_of : callable
        Gives the line at the bottom for a subject.
    """

    def __init__(
        self,
        theme: Theme,
        subjects: Sequence[Subject],
        note_of: Callable[[Subject], str],
        options: PictureOptions,
        chosen: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, options, parent=parent)
        self._subjects = list(subjects)
        self._note_of = note_of
        self.setWindowTitle("Save picture")
        titles = [(subject.title, number) for number, subject in enumerate(self._subjects)]
        self.subject = Combo(self.choices, "Picture of", "", titles)
        self.subject.choose(chosen)
        self.choices.add_first("Picture &of", self.subject)
        self.subject.currentIndexChanged.connect(self._timer.start)
        self.show_preview()

    @property
    def chosen(self) -> Subject:
        """What the picture is of."""
        return self._subjects[self.subject.currentIndex()]

    def show_preview(self) -> None:
        """Draw the picture as it will be, smaller."""
        self._timer.stop()
        options, subject = self.options, self.chosen
        room = ROOM * self.devicePixelRatioF()
        extents, image = draw_image(
            self.theme,
            subject,
            options,
            self._note_of(subject),
            most_pixels=4 * room.width() * room.height(),
        )
        self.show_image(image, subject.title, size_text(options, extents))


class SaveFigureDialog(PictureDialog):
    """Lets choose the size of a figure, and shows what comes of it.

    Parameters
    ----------
    content : callable
        Takes `PictureOptions`, returns the file's bytes; called in `background`.
    """

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

    def _takes_drawn(self) -> bool:
        """False if nobody sees the preview any more, or another one is wanted by now."""
        self._drawing = False
        if self._again and not self._closed:
            self.show_preview()
        return not (self._closed or self._drawing)

    def _on_drawn(self, image: QImage, options: PictureOptions) -> None:
        if not self._takes_drawn():
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
        if not self._takes_drawn():
            return
        self.preview.setText(f"{error.message} {error.hint}".strip())
        self.size_label.clear()
        self._let(False)

    def _let(self, possible: bool) -> None:
        self.save_button.setEnabled(possible)
        self.copy_button.setEnabled(possible)
