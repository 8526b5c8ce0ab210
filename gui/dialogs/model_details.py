"""What is known about the model in use (R02, R04, R07)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QGridLayout, QPushButton, QScrollArea, QWidget

from core.models.info import ModelInfo
from gui.widgets.build import close_box, column, label

_INTERPOLATIONS = {"bicubic": "bicubic, antialiased", "bilinear": "bilinear, antialiased"}
_CROPS = {
    "shortest": "shorter side resized to the input, then center crop",
    "longest": "longer side resized to the input, shorter side padded",
    "squash": "both sides resized to the input, nothing cropped",
}


class ModelDetailsDialog(QDialog):
    """A two-column table of `ModelInfo`, with Copy."""

    def __init__(self, info: ModelInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Model details")
        self.setMinimumSize(560, 420)
        self._rows = model_rows(info)
        notice = label(info.notice, "warning", self, wraps=True)
        notice.setVisible(bool(info.notice))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self._table())
        area.setAccessibleName("Details of the model")
        copy = QPushButton("Copy")
        copy.setToolTip("Copy the table as text.")
        copy.setAutoDefault(False)
        copy.clicked.connect(self._copy)
        lines = label(info.name, "title"), notice, (area, 1), close_box(self, copy)
        column(*lines, on=self, spacing=10, margins=(20, 18, 20, 16))
        self.resize(620, 600)

    def text(self) -> str:
        """The table as text, one row a line."""
        return "\n".join(f"{name}: {value}" for name, value in self._rows)

    def _table(self) -> QWidget:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 4, 8, 4)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(7)
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(self._rows):
            content = label(value, wraps=True)
            content.setAccessibleName(f"{name}: {value}")
            content.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            grid.addWidget(label(name, "muted"), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(content, row, 1)
        grid.setRowStretch(len(self._rows), 1)
        return table

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())


def model_rows(info: ModelInfo) -> list[tuple[str, str]]:
    """Name and value of every line of the panel."""
    preprocessing = info.preprocessing
    reason = f" ({info.activation_reason})" if info.activation_reason else ""
    marks = "its end" if info.vocabulary_sha256 else "start and end"
    rows = [
        ("Architecture", info.architecture),
        ("Image tower", {"resnet": "ResNet", "vit": "Vision transformer"}.get(info.tower, "Other")),
        ("Parameters", f"{info.parameters:,}"),
        ("Source", info.source),
        ("Form of the file", info.form or "—"),
        ("SHA-256", _broken(info.sha256) if info.sha256 else "—"),
        (
            "Vocabulary",
            f"its own, SHA-256 {_broken(info.vocabulary_sha256)}"
            if info.vocabulary_sha256
            else "CLIP's, part of open_clip",
        ),
        ("Tensors matched", f"{info.tensors_matched:,} of {info.tensors_total:,}"),
        ("Activation", f"{info.activation}{reason}"),
        ("Input size", f"{preprocessing.side} × {preprocessing.side} pixels, sRGB"),
        ("Interpolation", _INTERPOLATIONS.get(preprocessing.interpolation, "unknown")),
        ("Crop", _CROPS.get(preprocessing.resize_mode, "unknown")),
        ("Mean (R, G, B)", _numbers(preprocessing.mean)),
        ("Std (R, G, B)", _numbers(preprocessing.std)),
        ("Embedding", f"{info.embed_dim} dimensions"),
        ("Token limit", f"{info.context_length}, {marks} included"),
        ("Logit scale", f"{info.logit_scale:.4g}"),
        ("Logit bias", f"{info.logit_bias or 0:.4g}"),
        ("Device", info.device),
        ("Precision", info.precision),
        ("Versions", ", ".join(f"{name} {value}" for name, value in info.versions.items())),
    ]
    bias = info.logit_bias
    return [row for row in rows if row[0] != "Logit bias" or bias is not None]


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def _broken(sha256: str) -> str:
    """Groups of eight, so that the hash can be read and wraps."""
    return " ".join(sha256[start : start + 8] for start in range(0, len(sha256), 8))
