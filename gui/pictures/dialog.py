"""The dialog “Save picture”: what, which form, how large, and how it will look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gui.pictures.options import (
    DPI_RANGE,
    FORMS,
    MM_RANGE,
    SCALES,
    SLIDE_UNITS,
    SLIDES,
    PictureOptions,
    size_text,
)
from gui.pictures.painting import Subject, draw_image, fitted, frame_of
from gui.theme import Theme

_ROOM = QSize(560, 400)
_EXTENTS = (("As shown", "shown"), ("Width in mm", "millimeters"), ("Slide, 16 : 9", "slide"))
_WAIT = 120  # milliseconds from a change to its preview


class SavePictureDialog(QDialog):
    """Lets choose, and shows what comes of it.

    Parameters
    ----------
    theme : Theme
    subjects : sequence of Subject
        What can be chosen; not empty.
    note_of : callable
        Gives the line at the bottom for a subject.
    options : PictureOptions
        What was chosen last.

    Signals
    -------
    save_wanted(subject, options), copy_wanted(subject, options)
    """

    save_wanted = Signal(object, object)
    copy_wanted = Signal(object, object)

    def __init__(
        self,
        theme: Theme,
        subjects: Sequence[Subject],
        note_of: Callable[[Subject], str],
        options: PictureOptions,
        chosen: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._subjects = list(subjects)
        self._note_of = note_of
        self._options = options
        self.setWindowTitle("Save picture")
        self.preview = QLabel(self)
        self.preview.setObjectName("picturePreview")
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setMinimumSize(_ROOM + QSize(24, 24))
        self.size_label = QLabel(self)
        self.size_label.setProperty("role", "muted")
        self.size_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.subject = _choice("Picture of", [s.title for s in self._subjects], chosen)
        self.form = _choice("Form", [form.upper() for form in FORMS], FORMS.index(options.form))
        self.form.setToolTip(
            "PNG: pixels, for anything.\nSVG: lines and text that a drawing program can change.\n"
            "PDF: lines and text for print; its fonts are inside."
        )
        kinds = [kind for _text, kind in _EXTENTS]
        self.extent = _choice(
            "Size", [text for text, _kind in _EXTENTS], kinds.index(options.extent)
        )
        self.scale = _choice("Resolution", [f"{n} ×" for n in SCALES], SCALES.index(options.scale))
        self.scale.setToolTip("Pixels for each one of the window")
        self.width_mm = QDoubleSpinBox(self)
        self.width_mm.setRange(*MM_RANGE)
        self.width_mm.setDecimals(1)
        self.width_mm.setSuffix(" mm")
        self.width_mm.setValue(options.width_mm)
        self.width_mm.setAccessibleName("Width")
        self.width_mm.setToolTip("Type and lines are scaled along; a column of a journal has 85 mm")
        self.dpi = QSpinBox(self)
        self.dpi.setRange(*DPI_RANGE)
        self.dpi.setSuffix(" dpi")
        self.dpi.setSingleStep(50)
        self.dpi.setValue(options.dpi)
        self.dpi.setAccessibleName("Pixels per inch")
        self.dpi.setToolTip("Pixels per inch; journals ask for 300 to 600")
        self.slide = _choice(
            "Pixels of the slide",
            [f"{w} × {h} pixels" for w, h in SLIDES],
            SLIDES.index(options.slide),
        )
        sizes = list(SLIDE_UNITS)
        self.type_size = _choice("Type on the slide", sizes, sizes.index(options.type_size))
        self.type_size.setToolTip("The larger the type, the less fits onto the slide")
        self.light = QCheckBox("Light, whatever the window shows", self)
        self.light.setChecked(options.light)
        self.note = QCheckBox("Line with the settings", self)
        self.note.setToolTip("Model, weights, prompts, palette: what made the numbers")
        self.note.setChecked(options.note)
        self._form = QFormLayout()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT)
        self._timer.timeout.connect(self.show_preview)
        self._arrange()
        self._connect()
        self._adapt()
        self.show_preview()

    @property
    def options(self) -> PictureOptions:
        """What is chosen now."""
        return replace(
            self._options,
            form=FORMS[self.form.currentIndex()],
            extent=_EXTENTS[self.extent.currentIndex()][1],
            scale=SCALES[self.scale.currentIndex()],
            width_mm=self.width_mm.value(),
            dpi=self.dpi.value(),
            slide=SLIDES[self.slide.currentIndex()],
            type_size=self.type_size.currentText(),
            light=self.light.isChecked(),
            note=self.note.isChecked(),
        )

    @property
    def chosen(self) -> Subject:
        """What the picture is of."""
        return self._subjects[self.subject.currentIndex()]

    def show_preview(self) -> None:
        """Draw the picture as it will be, smaller."""
        self._timer.stop()
        options, subject = self.options, self.chosen
        ratio = self.devicePixelRatioF()
        room = _ROOM * ratio
        extents, image = draw_image(
            self._theme,
            subject,
            options,
            self._note_of(subject),
            most_pixels=4 * room.width() * room.height(),
        )
        small = fitted(image, room)
        painter = QPainter(small)
        painter.setPen(QColor(self._theme.tokens.border_strong))
        painter.drawRect(frame_of(small))
        painter.end()
        pixmap = QPixmap.fromImage(small)
        pixmap.setDevicePixelRatio(ratio)
        self.preview.setPixmap(pixmap)
        text = size_text(options, extents)
        self.size_label.setText(text)
        self.preview.setAccessibleName(f"Preview: {subject.title}, {text}")

    def done(self, result: int) -> None:
        self._timer.stop()
        super().done(result)

    def _arrange(self) -> None:
        form = self._form
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(8)
        self._rows = {
            name: self._add(text, field)
            for name, text, field in (
                ("subject", "Picture &of", self.subject),
                ("form", "&Form", self.form),
                ("extent", "&Size", self.extent),
                ("scale", "&Resolution", self.scale),
                ("width", "&Width", self.width_mm),
                ("dpi", "&Pixels per inch", self.dpi),
                ("slide", "Sli&de", self.slide),
                ("type", "&Type", self.type_size),
            )
        }
        form.addRow("", self.light)
        form.addRow("", self.note)
        side = QWidget(self)
        side.setFixedWidth(330)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addStretch(1)
        left = QVBoxLayout()
        left.addWidget(self.preview, 1)
        left.addWidget(self.size_label)
        row = QHBoxLayout()
        row.setSpacing(18)
        row.addLayout(left, 1)
        row.addWidget(side)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.save_button = QPushButton("Save…")
        self.save_button.setDefault(True)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Put it on the clipboard, as pixels")
        self.buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 14, 16, 12)
        whole.setSpacing(12)
        whole.addLayout(row, 1)
        whole.addWidget(self.buttons)

    def _add(self, text: str, field: QWidget) -> QWidget:
        self._form.addRow(text, field)
        return field

    def _connect(self) -> None:
        for box in (self.subject, self.form, self.extent, self.scale, self.slide, self.type_size):
            box.currentIndexChanged.connect(self._on_changed)
        self.width_mm.valueChanged.connect(self._on_changed)
        self.dpi.valueChanged.connect(self._on_changed)
        self.light.toggled.connect(self._on_changed)
        self.note.toggled.connect(self._on_changed)
        self.buttons.rejected.connect(self.reject)
        self.save_button.clicked.connect(lambda: self.save_wanted.emit(self.chosen, self.options))
        self.copy_button.clicked.connect(lambda: self.copy_wanted.emit(self.chosen, self.options))

    def _on_changed(self) -> None:
        self._adapt()
        self._timer.start()

    def _adapt(self) -> None:
        """Show the fields that matter for the kind of size and form that is chosen."""
        options = self.options
        pixels = options.form == "png"
        shown = {
            "scale": options.extent == "shown" and pixels,
            "width": options.extent == "millimeters",
            "dpi": options.extent == "millimeters" and pixels,
            "slide": options.extent == "slide" and pixels,
            "type": options.extent == "slide",
        }
        for name, visible in shown.items():
            self._form.setRowVisible(self._rows[name], visible)


def _choice(name: str, texts: Sequence[str], chosen: int) -> QComboBox:
    box = QComboBox()
    box.addItems(list(texts))
    box.setCurrentIndex(chosen)
    box.setAccessibleName(name)
    return box
