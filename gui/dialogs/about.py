"""About the program: version, license, libraries, where the user's files lie."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from core.base.paths import APP_NAME, config_dir, data_dir, log_dir
from core.base.version import VERSION
from gui.context.lab_context import LabContext
from gui.widgets.build import STRETCH, close_box, column, label, row

_LIBRARIES = ("torch", "open_clip_torch", "numpy", "pillow", "uharfbuzz", "pyqtgraph")


class AboutDialog(QDialog):
    """Says what runs here, and under which license."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"About {APP_NAME}")
        picture = QLabel()
        picture.setPixmap(lab.theme.icon("app").pixmap(72, 72))
        picture.setAccessibleName(f"Icon of {APP_NAME}")
        picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        info = lab.inference.info
        model = f"Model in use: {info.name}. {info.notice}".strip() if info else "No model loaded."
        texts = (
            ("A desktop laboratory for color in CLIP models.", ""),
            (model, ""),
            ("MIT license. Bundled fonts keep their own free licenses.", "muted"),
            (f"Qt {qVersion()} · {_versions()}", "muted"),
            (f"Preferences: {config_dir()}\nPictures: {data_dir()}\nLogs: {log_dir()}", "muted"),
        )
        lines = column(
            label(f"{APP_NAME} {VERSION}", "title"),
            *(label(text, role, wraps=True, copied=True) for text, role in texts),
            STRETCH,
            close_box(self),
            spacing=9,
        )
        row(picture, (lines, 1), on=self, spacing=20, margins=(24, 22, 24, 18))
        self.setMinimumWidth(520)


def _versions() -> str:
    found = []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # a frozen build may leave the metadata out
            continue
    return " · ".join(found)
