"""What is known about the model in use (R02, R04, R07)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.models.info import ModelInfo

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
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        title = QLabel(info.name)
        title.setProperty("role", "title")
        title.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(title)
        if info.notice:
            notice = QLabel(info.notice)
            notice.setProperty("role", "warning")
            notice.setWordWrap(True)
            column.addWidget(notice)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self._table())
        area.setAccessibleName("Details of the model")
        column.addWidget(area, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton("Copy")
        copy.setToolTip("Copy the table as text.")
        copy.setAutoDefault(False)
        copy.clicked.connect(self._copy)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
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
            label = QLabel(name)
            label.setProperty("role", "muted")
            content = QLabel(value)
            content.setTextFormat(Qt.TextFormat.PlainText)
            content.setWordWrap(True)
            content.setAccessibleName(f"{name}: {value}")
            content.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(content, row, 1)
        grid.setRowStretch(len(self._rows), 1)
        return table

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())


def model_rows(info: ModelInfo) -> list[tuple[str, str]]:
    """Name and value of every line of the panel."""
    preprocessing = info.preprocessing
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
        ("Activation", _with_reason(info.activation, info.activation_reason)),
        ("Input size", f"{preprocessing.side} × {preprocessing.side} pixels, sRGB"),
        ("Interpolation", _INTERPOLATIONS.get(preprocessing.interpolation, "unknown")),
        ("Crop", _CROPS.get(preprocessing.resize_mode, "unknown")),
        ("Mean (R, G, B)", _numbers(preprocessing.mean)),
        ("Std (R, G, B)", _numbers(preprocessing.std)),
        ("Embedding", f"{info.embed_dim} dimensions"),
        ("Token limit", _token_limit(info)),
        ("Logit scale", f"{info.logit_scale:.4g}"),
        ("Device", info.device),
        ("Precision", info.precision),
        ("Versions", ", ".join(f"{name} {value}" for name, value in info.versions.items())),
    ]
    if info.logit_bias is not None:
        position = next(i for i, row in enumerate(rows) if row[0] == "Device")
        rows.insert(position, ("Logit bias", f"{info.logit_bias:.4g}"))
    return rows


def _token_limit(info: ModelInfo) -> str:
    marks = "its end" if info.vocabulary_sha256 else "start and end"
    return f"{info.context_length}, {marks} included"


def _with_reason(value: str, reason: str) -> str:
    return f"{value} ({reason})" if reason else value


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def _broken(sha256: str) -> str:
    """Groups of eight, so that the hash can be read and wraps."""
    return " ".join(sha256[start : start + 8] for start in range(0, len(sha256), 8))
