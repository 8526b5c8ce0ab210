"""The dialog of an unexpected exception: what happened, Copy report, Save work."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QWidget

from gui.widgets.build import close_box, column, label


class CrashReportDialog(QDialog):
    """Shows a report that the user may pass on.

    Parameters
    ----------
    headline, advice : str
        What happened, in one sentence, and what to do now.
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
        self._more = QPlainTextEdit(report)
        self._more.setReadOnly(True)
        self._more.setAccessibleName("Report")
        self._more.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._more.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._more.setTabChangesFocus(True)
        self.copy_button = QPushButton("Copy report")
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._copy)
        buttons = close_box(self, self.copy_button)
        self.save_button: QPushButton | None = None
        if save is not None:
            self.save_button = QPushButton("Save work…")
            self.save_button.clicked.connect(lambda: save())
            buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
            self.save_button.setDefault(True)
        column(
            label(headline, "heading", wraps=True),
            label(advice, wraps=True),
            (self._more, 1),
            buttons,
            on=self,
            spacing=10,
            margins=(20, 18, 20, 16),
        )
        self.resize(680, 440)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)
        self.copy_button.setText("Report copied")
