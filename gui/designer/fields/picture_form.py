"""The imported picture as it came, with what the model does not see of it dimmed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.base.errors import LabError
from core.stimuli.stimulus import PictureStimulus
from gui.context.stimulus_view import PictureView
from gui.designer.fields.field_note import FieldNote
from gui.widgets.build import STRETCH, button, column, label, row
from gui.widgets.images import to_image

_HEIGHT = 132
_DIM = QColor(0, 0, 0, 150)


class PictureForm(QWidget):
    """Source, crop and decoding notes of a picture, and how to get one.

    Signals
    -------
    open_wanted, paste_wanted
    """

    open_wanted = Signal()
    paste_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = SourceView(self)
        self.name = label("", "heading", self, wraps=True)
        self.facts = label("", "muted", self, wraps=True)
        self.note = FieldNote(self)
        buttons = row(
            button("Open picture…", "", self.open_wanted, self),
            button("Paste", "Use the picture on the clipboard", self.paste_wanted, self),
            STRETCH,
        )
        words = column(self.name, self.facts, self.note, STRETCH, buttons, spacing=4)
        row(self.source, (words, 1), spacing=10, on=self)

    def show_picture(
        self, stimulus: PictureStimulus | None, view: PictureView | None, error: LabError | None
    ) -> None:
        """Show what is known of a picture; all None where there is none yet."""
        self.source.show_source(view)
        self.note.clear_error()
        if stimulus is None:
            self.name.setText("No picture yet")
            self.facts.setText("Drop a picture anywhere here, paste one, or open a file.")
            return
        self.name.setText(stimulus.name)
        if error is not None:
            self.facts.clear()
            self.note.show_error(error)
        elif view is None:
            self.facts.setText("Reading…")
        else:
            self.facts.setText("\n".join(_facts(stimulus, view)))


class SourceView(QWidget):
    """The whole picture, small, with the crop marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: PictureView | None = None
        self._image: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Source picture with the part that the model sees")

    def sizeHint(self) -> QSize:
        return QSize(176, _HEIGHT)

    def show_source(self, view: PictureView | None) -> None:
        if view is not self._view:
            self._view = view
            self._image = None if view is None else to_image(view.thumbnail)
            self.setToolTip("" if view is None else _crop_sentence(view))
            self.update()

    def image_box(self) -> QRectF:
        """Where the picture lies in the widget."""
        if self._view is None:
            return QRectF()
        width, height = self._view.size
        zoom = min((self.width() - 2) / width, (self.height() - 2) / height)
        box = QRectF(0, 0, width * zoom, height * zoom)
        box.moveCenter(QRectF(self.rect()).center())
        return box

    def crop_box(self) -> QRectF:
        """Where the seen part lies in the widget."""
        if self._view is None:
            return QRectF()
        box = self.image_box()
        zoom = box.width() / self._view.size[0]
        left, top, right, bottom = self._view.crop_box
        crop = QRectF(left * zoom, top * zoom, (right - left) * zoom, (bottom - top) * zoom)
        return crop.translated(box.topLeft()).intersected(box)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            dark = self.palette().color(QPalette.ColorRole.Dark)
            if self._image is None:
                pen = QPen(dark, 1.2, Qt.PenStyle.DashLine)
                painter.setPen(pen)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
                painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Drop a picture")
                return
            box, crop = self.image_box(), self.crop_box()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, self._image)
            outside = QPainterPath()
            outside.addRect(box)
            inside = QPainterPath()
            inside.addRect(crop)
            painter.fillPath(outside.subtracted(inside), _DIM)
            painter.setPen(QPen(QColor(255, 255, 255), 3.0))
            painter.drawRect(crop.adjusted(1, 1, -1, -1))
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 1.5))
            painter.drawRect(crop.adjusted(1, 1, -1, -1))
            painter.setPen(QPen(dark, 1.0))
            painter.drawRect(box)


def _facts(stimulus: PictureStimulus, view: PictureView) -> list[str]:
    lines = [f"{view.size[0]} × {view.size[1]} px → {stimulus.side} × {stimulus.side} px"]
    lines.append(_crop_sentence(view))
    lines += [note[:1].upper() + note[1:] for note in view.notes]
    return lines


def _crop_sentence(view: PictureView) -> str:
    left, top, right, bottom = view.crop_box
    width, height = view.size
    seen = max(0.0, min(right, width) - max(left, 0.0)) * max(
        0.0, min(bottom, height) - max(top, 0.0)
    )
    share = 100.0 * (1.0 - seen / (width * height))
    if share < 0.05:
        return "The model sees all of it"
    return f"{share:.1f} % is cropped away"
