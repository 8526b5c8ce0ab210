"""Draws the program's icon in the sizes and forms that the systems want. Needs Qt and Pillow."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image

from installer.places import EXTRAS, ROOT

SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
SOURCE = ROOT / "resources" / "icons" / "app.svg"
FOLDER = EXTRAS / "icons"


def draw_icons(folder: Path = FOLDER) -> None:
    """Write ``app-SIZE.png`` in all sizes, ``app.ico`` for Windows, ``app.icns`` for macOS."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    app = QGuiApplication.instance() or QGuiApplication([])
    renderer = QSvgRenderer(str(SOURCE))
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")
        (folder / f"app-{size}.png").write_bytes(data.data())
        drawn[size] = Image.open(io.BytesIO(data.data()))
    largest = drawn[SIZES[-1]]
    largest.save(folder / "app.ico", sizes=[(size, size) for size in SIZES if size <= 256])
    largest.save(folder / "app.icns")
    del app


if __name__ == "__main__":
    draw_icons()
