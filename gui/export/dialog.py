"""The dialog “Save picture”: what, which form, how large, and how it will look."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.context.typed_fields import TypedFields
from gui.export.choices import PictureChoices, choice
from gui.export.options import PictureOptions, size_text
from gui.export.painting import Subject, draw_image, fitted, frame_of
from gui.look.theme import Theme

ROOM = QSize(560, 400)
"""Of the preview."""
_WAIT = 120  # milliseconds from a change to its preview


class PictureDialog(QDialog):
    """A preview beside the options; what it shows is up to a subclass, in `show_preview`.

    Parameters
    ----------
    options : PictureOptions
        What was chosen last.
    of_figures : bool
        As for `PictureChoices`.
    """

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
        self.size_label = QLabel(self)
        self.size_label.setProperty("role", "muted")
        self.size_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.save_button = QPushButton("Save…")
        self.save_button.setDefault(True)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Put it on the clipboard, as pixels")
        self.buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT)
        self._timer.timeout.connect(self.show_preview)
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

    def done(self, result: int) -> None:
        self._timer.stop()
        super().done(result)

    def _put_together(self) -> None:
        side = QWidget(self)
        side.setFixedWidth(330)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.choices)
        column.addStretch(1)
        left = QVBoxLayout()
        left.addWidget(self.preview, 1)
        left.addWidget(self.size_label)
        row = QHBoxLayout()
        row.setSpacing(18)
        row.addLayout(left, 1)
        row.addWidget(side)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 14, 16, 12)
        whole.setSpacing(12)
        whole.addLayout(row, 1)
        whole.addWidget(self.buttons)


class SavePictureDialog(PictureDialog):
    """Lets choose a pane or a part of one, and shows what comes of it.

    Parameters
    ----------
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
        super().__init__(theme, options, parent=parent)
        self._subjects = list(subjects)
        self._note_of = note_of
        self.setWindowTitle("Save picture")
        self.subject = choice("Picture of", [s.title for s in self._subjects], chosen)
        self.choices.add_first("Picture &of", self.subject)
        self.subject.currentIndexChanged.connect(self._timer.start)
        self.save_button.clicked.connect(lambda: self._want(self.save_wanted))
        self.copy_button.clicked.connect(lambda: self._want(self.copy_wanted))
        self.show_preview()

    @property
    def chosen(self) -> Subject:
        """What the picture is of."""
        return self._subjects[self.subject.currentIndex()]

    def _want(self, wanted: SignalInstance) -> None:
        if self.fields.ready():
            wanted.emit(self.chosen, self.options)

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
