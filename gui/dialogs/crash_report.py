"""The dialog of an unexpected exception: what happened, Copy report, Save work."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)


class CrashReportDialog(QDialog):
    """Shows a report that the user may pass on.

    Parameters
    ----------
    headline : str
        One sentence: what happened.
    advice : str
        What to do now.
    report : str
        The report's text.
    save : callable, optional
        Saves the user's work; no button without it.
    """

    def __init__(
        self,
        headline: str,
        advice: str,
        report: str,
        save: Callable[[], object] | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Unexpected fault")
        self.report = report
        title = QLabel(headline)
        title.setProperty("role", "heading")
        title.setWordWrap(True)
        text = QLabel(advice)
        text.setWordWrap(True)
        self._more = QPlainTextEdit(report)
        self._more.setReadOnly(True)
        self._more.setAccessibleName("Report")
        self._more.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._more.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._more.setTabChangesFocus(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.copy_button = QPushButton("Copy report")
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._copy)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.save_button: QPushButton | None = None
        if save is not None:
            self.save_button = QPushButton("Save work…")
            self.save_button.clicked.connect(lambda: save())
            buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
            self.save_button.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        for widget in (title, text):
            widget.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(widget)
        column.addWidget(self._more, 1)
        column.addWidget(buttons)
        self.resize(680, 440)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)
        self.copy_button.setText("Report copied")
