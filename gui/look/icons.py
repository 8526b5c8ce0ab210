"""Icons drawn from SVG files in the theme's colors."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from core.base.paths import resources_dir

_SIZES = (16, 20, 32, 40)


@lru_cache(maxsize=512)
def themed_icon(name: str, normal: str, disabled: str, selected: str) -> QIcon:
    """The icon ``name.svg`` of ``resources/icons`` in ``#rrggbb`` for each mode of a `QIcon`."""
    icon = QIcon()
    # Under the pointer Qt takes the normal one.
    modes = {
        QIcon.Mode.Normal: normal,
        QIcon.Mode.Disabled: disabled,
        QIcon.Mode.Selected: selected,
    }
    for mode, color in modes.items():
        renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode()))
        if not renderer.isValid():
            raise ValueError(f"icon {name!r} is no valid SVG")
        for size in _SIZES:
            icon.addPixmap(_pixmap(renderer, size), mode)
    return icon


def _pixmap(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter, QRectF(0, 0, size, size))
    return pixmap


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
