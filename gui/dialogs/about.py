"""About the program: version, license, libraries, where the user's files lie."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.base.paths import APP_NAME, config_dir, data_dir, log_dir
from core.base.version import VERSION
from gui.context.lab_context import LabContext

_LIBRARIES = ("torch", "open_clip_torch", "numpy", "pillow", "uharfbuzz", "pyqtgraph")


class AboutDialog(QDialog):
    """Says what runs here, and under which license."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"About {APP_NAME}")
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 22, 24, 18)
        row.setSpacing(20)
        picture = QLabel()
        picture.setPixmap(lab.theme.icon("app").pixmap(72, 72))
        picture.setAccessibleName(f"Icon of {APP_NAME}")
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(9)
        row.addLayout(column, 1)
        title = QLabel(f"{APP_NAME} {VERSION}")
        title.setProperty("role", "title")
        column.addWidget(title)
        info = lab.inference.info
        model = f"Model in use: {info.name}. {info.notice}".strip() if info else "No model loaded."
        for text, role in (
            ("A desktop laboratory for color in CLIP models.", ""),
            (model, ""),
            ("MIT license. Bundled fonts keep their own free licenses.", "muted"),
            (f"Qt {qVersion()} · {_versions()}", "muted"),
            (
                f"Preferences: {config_dir()}\nPictures: {data_dir()}\nLogs: {log_dir()}",
                "muted",
            ),
        ):
            label = QLabel(text)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setProperty("role", role)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        column.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.setMinimumWidth(520)


def _versions() -> str:
    found = []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # a frozen build may leave the metadata out
            continue
    return " · ".join(found)
