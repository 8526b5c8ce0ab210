"""Pictures in and pixels out: drop, paste, open, copy, save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from core.base.errors import PictureError
from core.document.document import SUFFIX
from core.stimuli.png import PngNotes, read_png_notes, save_png
from core.stimuli.stimulus import PictureStimulus, ShapeStimulus
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import ask_file
from gui.jobs.background import Background
from gui.widgets.images import to_image

_PICTURES = (
    "Pictures (*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff *.ppm *.pgm);;All files (*)"
)
_ENCODED = ("image/png", "image/tiff", "image/webp", "image/jpeg", "image/bmp")


@dataclass(frozen=True)
class Arrival:
    """A picture on its way in: a file, or an encoded file's bytes, or an image in memory."""

    name: str
    path: Path | None = None
    data: bytes | None = None
    image: QImage | None = None

    def source(self) -> Path | bytes:
        """What to decode; encodes an image in memory, so call it beside the GUI thread.

        Raises
        ------
        PictureError
            If the image cannot be encoded.
        """
        if self.path is not None:
            return self.path
        if self.data is not None:
            return self.data
        assert self.image is not None
        return to_png(self.image)


def holds_picture(mime: QMimeData) -> bool:
    """True if `arrival` will find something; decodes nothing."""
    return _file(mime) is not None or mime.hasImage() or any(map(mime.hasFormat, _ENCODED))


def arrival(mime: QMimeData) -> Arrival | None:
    """The picture in dropped or pasted data; files before encoded data before bare images."""
    path = _file(mime)
    if path is not None:
        return Arrival(path.name, path=path)
    for kind in _ENCODED:
        data = bytes(mime.data(kind).data())
        if data:
            return Arrival("Pasted picture", data=data)
    image = mime.imageData()
    if isinstance(image, QImage) and not image.isNull():
        return Arrival("Pasted picture", image=image)
    return None


def _file(mime: QMimeData) -> Path | None:
    """The first local file that is no document of the lab."""
    for url in mime.urls():
        if url.isLocalFile():
            path = Path(url.toLocalFile())
            if path.suffix.lower() != SUFFIX:
                return path
    return None


def to_png(image: QImage) -> bytes:
    """An image as PNG, alpha included; may be called beside the GUI thread.

    Raises
    ------
    PictureError
        If the image is empty or there is no memory for it.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, QByteArray(b"png")).write(image):
        raise PictureError("The clipboard's picture cannot be read.", "Copy it again.")
    data: QByteArray = buffer.data()
    return bytes(data.data())


class Transfer(QObject):
    """What crosses the designer's border.

    Attributes
    ----------
    ask_open, ask_save : callable
        Give a file chosen by the user, or None; tests answer in their place.
    """

    def __init__(self, lab: LabContext, pane: QWidget) -> None:
        super().__init__(pane)
        self._lab = lab
        self._pane = pane
        self._background = Background(self)
        self.ask_open: Callable[[], Path | None] = self._open_dialog
        self.ask_save: Callable[[Path], Path | None] = self._save_dialog
        application = QApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.stop)

    def stop(self) -> None:
        """Wait for what is under way; nothing is called back afterwards."""
        self._background.stop()

    def open_picture(self) -> None:
        """Ask for a picture file and use it."""
        path = self.ask_open()
        if path is not None:
            self.take(Arrival(path.name, path=path))

    def paste(self) -> None:
        """Use the picture on the clipboard."""
        found = arrival(QGuiApplication.clipboard().mimeData())
        if found is None:
            self._lab.report(
                PictureError(
                    "There is no picture on the clipboard.", "Copy a picture or its file first."
                )
            )
        else:
            self.take(found)

    def drop(self, mime: QMimeData) -> None:
        """Use the picture that was dropped."""
        found = arrival(mime)
        if found is None:
            self._lab.report(
                PictureError("What was dropped holds no picture.", "Drop a picture or its file.")
            )
        else:
            self.take(found)

    def take(self, found: Arrival) -> None:
        """Make an arrival the stimulus, as one undo step.

        A PNG that the lab itself saved brings its shape or word back; any other picture is used
        as a picture.
        """

        def work() -> tuple[Path | bytes, PngNotes | None]:
            source = found.source()
            return source, read_png_notes(source)

        def done(result: tuple[Path | bytes, PngNotes | None]) -> None:
            source, notes = result
            if notes is None or isinstance(notes.stimulus, PictureStimulus):
                self._lab.import_picture(source, found.name)
                return
            self._lab.document.change(
                "bring stimulus back",
                stimulus=notes.stimulus,
                palette=notes.palette,
                seed=notes.seed,
            )
            self._lab.say(f"{found.name} was saved by the lab: its stimulus is back")

        self._background.run(work, done, self._lab.report)

    def copy(self) -> None:
        """Put the exact pixels on the clipboard."""
        ready = self._lab.document_ready("No pixels are copied")
        pixels = self._lab.pixels
        if ready and pixels is not None:
            # Not by a QMimeData of ours: the clipboard would free it after Python has ended.
            QGuiApplication.clipboard().setImage(to_image(pixels))
            side = pixels.shape[0]
            self._lab.say(f"Copied {side} × {side} pixels")

    def save(self) -> None:
        """Ask for a file and save the exact pixels as PNG."""
        if not self._lab.document_ready("No pixels are saved") or self._lab.pixels is None:
            return
        path = self.ask_save(Path(f"{_file_name(self._lab)}.png"))
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Save the exact pixels as PNG, with what they show."""
        pixels = self._lab.pixels
        if pixels is None:
            return
        state = self._lab.document.state
        notes = PngNotes(self._lab.view.stimulus, state.palette, state.seed)
        self._background.write(
            lambda: save_png(path, pixels, notes),
            lambda _none: self._lab.say(f"Saved {path.name}"),
            lambda error: self._lab.report(error, lambda: self.save_to(path)),
        )

    def _open_dialog(self) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(self._pane, "Open picture", "", _PICTURES)
        return Path(name) if name else None

    def _save_dialog(self, suggested: Path) -> Path | None:
        return ask_file(self._pane, suggested, "PNG picture (*.png)", "Save pixels as PNG")


def _file_name(lab: LabContext) -> str:
    """A name that says what the picture shows."""
    stimulus = lab.view.stimulus
    palette = lab.document.state.palette
    if isinstance(stimulus, PictureStimulus):
        return f"{Path(stimulus.name).stem or 'picture'}-{stimulus.side}px"
    subject = stimulus.shape if isinstance(stimulus, ShapeStimulus) else stimulus.word
    plain = "".join(letter if letter.isalnum() else "-" for letter in subject)
    colors = (stimulus.figure_color, stimulus.background_color)
    front, back = (palette.term_of(rgb) or "{:02x}{:02x}{:02x}".format(*rgb) for rgb in colors)
    return f"{plain}-{front}-on-{back}"
