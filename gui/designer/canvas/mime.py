"""Pictures that arrive by drop or paste."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from core.document.document import SUFFIX
from gui.designer.canvas.imaging import to_png

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
