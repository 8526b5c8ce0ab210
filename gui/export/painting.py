"""From a widget and the options to a picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter, QPainterStateGuard
from PySide6.QtWidgets import QAbstractScrollArea, QSplitter, QWidget

from core.base.errors import ExportError
from core.base.paths import APP_NAME
from core.base.version import VERSION
from gui.export.layers import Layer, Note, widget_layers
from gui.export.options import Extents, PictureOptions, extents_of, slide_units
from gui.export.vector import fragments, pdf_file, svg_file
from gui.look.theme import LIGHT, Theme


class Subject(NamedTuple):
    """What a picture can be made of."""

    title: str
    widget: QWidget


@dataclass(frozen=True)
class Drawn:
    """A picture that is drawn but not yet a file."""

    extents: Extents
    content: Callable[[], bytes]
    """Gives the file's bytes; may be called beside the GUI thread."""


def draw_file(theme: Theme, subject: Subject, options: PictureOptions, note: str) -> Drawn:
    """Draw a picture for a file of the form that is asked for.

    The note says what made the numbers; it is drawn if the options say so.
    """
    if options.form == "png":
        extents, image = draw_image(theme, subject, options, note)
        return Drawn(extents, lambda: png_bytes(image, subject.title, note))
    ground = _ground(theme, options)
    with _stage(theme, subject, options, note) as stage:
        parts = fragments(stage.layers())
    title = f"{subject.title}, {APP_NAME}"
    if options.form == "pdf":
        data = pdf_file(parts, stage.extents, ground, title)
        return Drawn(stage.extents, lambda: data)
    return Drawn(stage.extents, lambda: svg_file(parts, stage.extents, ground, title, note))


def draw_image(
    theme: Theme,
    subject: Subject,
    options: PictureOptions,
    note: str,
    most_pixels: int | None = None,
) -> tuple[Extents, QImage]:
    """Draw a picture into pixels; a stimulus has the same ones whatever the screen's scale (R51).

    For a preview it has `most_pixels`.
    """
    with _stage(theme, subject, options, note) as stage:
        extents = stage.extents
        width, height = extents.pixels
        if most_pixels is not None and width * height > most_pixels:
            less = math.sqrt(most_pixels / (width * height))
            width, height = max(1, round(width * less)), max(1, round(height * less))
        scale = width / extents.width
        image = QImage(width, height, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        image.fill(_ground(theme, options))
        with QPainter(image) as painter:
            for layer in stage.layers():
                with QPainterStateGuard(painter):
                    painter.setClipRect(layer.seen)
                    painter.translate(layer.place)
                    layer.draw(painter)
    image.setDevicePixelRatio(1.0)
    image.setDotsPerMeterX(round(extents.dots_per_meter))
    image.setDotsPerMeterY(round(extents.dots_per_meter))
    return extents, image


def png_bytes(image: QImage, title: str = "", note: str = "") -> bytes:
    """An image as a PNG file that knows its size on paper.

    Raises
    ------
    ExportError
        If there is no memory for it.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, b"png")
    for key, text in (
        ("Software", f"{APP_NAME} {VERSION}"),
        ("Title", title),
        ("Description", note),
    ):
        if text:
            writer.setText(key, text)
    if not writer.write(image):
        raise ExportError(
            f"The picture cannot be made: {writer.errorString()}.", "Choose a smaller size."
        )
    return bytes(buffer.data().data())


def opened_png(data: bytes) -> QImage:
    """A PNG as an image.

    Raises
    ------
    ExportError
        If there is no memory for it.
    """
    image = QImage.fromData(data)
    if image.isNull():
        raise ExportError("The picture cannot be shown.", "Choose a smaller size.")
    return image


BARE = "set_bare"
"""What a widget is called with that can leave out what only helps to work with it."""


@contextmanager
def staged(
    theme: Theme, pane: QWidget, *, light: bool, size: QSize | None = None
) -> Iterator[None]:
    """Let a pane look as its picture shall: light or as the window, in a size in units or as it is.

    Nothing is painted on the screen meanwhile, and afterwards everything is as it was: theme,
    size, what is scrolled to and how splitters stand.
    """
    window = pane.window()
    with ExitStack() as stack:
        if window.updatesEnabled():
            window.setUpdatesEnabled(False)
            stack.callback(window.setUpdatesEnabled, True)
        stack.enter_context(_bare(pane))
        if light and theme.dark:
            stack.enter_context(theme.lent(pane, dark=False))
        if size is not None and size != pane.size():
            stack.enter_context(_resized(pane, size))
        settle(pane)
        yield


def settle(pane: QWidget) -> None:
    """Let layouts of a pane take effect now; one that was never shown is laid out, too."""
    pane.ensurePolished()
    pane.grab(QRect(0, 0, 1, 1))


@contextmanager
def _bare(pane: QWidget) -> Iterator[None]:
    able = [part for part in pane.findChildren(QWidget) if hasattr(part, BARE)]
    if hasattr(pane, BARE):
        able.append(pane)
    for part in able:
        getattr(part, BARE)(True)
    try:
        yield
    finally:
        for part in able:
            getattr(part, BARE)(False)


@contextmanager
def _resized(pane: QWidget, size: QSize) -> Iterator[None]:
    before = pane.geometry()
    splitters = [(part, part.saveState()) for part in pane.findChildren(QSplitter)]
    scrolled = [
        (bar, bar.value())
        for area in pane.findChildren(QAbstractScrollArea)
        for bar in (area.horizontalScrollBar(), area.verticalScrollBar())
    ]
    pane.resize(size)
    try:
        yield
    finally:
        pane.setGeometry(before)
        settle(pane)
        for splitter, state in splitters:
            splitter.restoreState(state)
        for bar, value in scrolled:
            bar.setValue(value)


class _Stage(NamedTuple):
    """A subject laid out for its picture."""

    widget: QWidget
    note: Note
    """The line at the bottom; without height if there is none."""
    extents: Extents

    def layers(self) -> list[Layer]:
        """What there is to draw, from the back to the front."""
        found = list(widget_layers(self.widget))
        if self.note.height:
            found.append(self.note.layer(self.widget.height()))
        return found


@contextmanager
def _stage(theme: Theme, subject: Subject, options: PictureOptions, note: str) -> Iterator[_Stage]:
    """Lay a subject out, and put it back whatever happens meanwhile."""
    widget, text = subject.widget, note if options.note else ""
    tokens = LIGHT if options.light else theme.tokens
    size: QSize | None = None
    if options.extent == "slide":
        least = widget.minimumSizeHint().expandedTo(widget.minimumSize())
        width, height = slide_units(options, (least.width(), least.height()))
        line = Note(text, width, tokens)
        size = QSize(width, height - line.height)
    else:
        line = Note(text, widget.width(), tokens)
    with staged(theme, widget, light=options.light, size=size):
        yield _Stage(
            widget, line, extents_of(options, widget.width(), widget.height() + line.height)
        )


def _ground(theme: Theme, options: PictureOptions) -> QColor:
    return QColor((LIGHT if options.light else theme.tokens).surface)


def fitted(image: QImage, room: QSize) -> QImage:
    """An image made smaller to fit a room, in pixels."""
    if image.width() <= room.width() and image.height() <= room.height():
        return image
    return image.scaled(
        room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def frame_of(image: QImage) -> QRect:
    """The outline of an image, in its own pixels."""
    return QRect(0, 0, image.width() - 1, image.height() - 1)
