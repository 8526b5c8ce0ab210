"""The notice: an expected failure in one plain sentence, with its remedy, over the panes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QLabel, QWidget

from core.base.errors import LabError
from gui.look.theme import Theme
from gui.widgets.build import button, column, label, row

_MARGIN = 12
_USUAL_WIDTH = 640


class Notice(QFrame):
    """Stays until it is dismissed or another takes its place; never takes the focus by itself."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._over = theme, parent
        self._retry_call: Callable[[], object] | None = None
        self._top = 0
        self.setObjectName("notice")
        self.setAccessibleName("Error")
        self.setAutoFillBackground(True)
        self._icon = QLabel()
        self._message = label(role="heading", wraps=True, copied=True)
        self._hint = label(role="muted", wraps=True, copied=True)
        self._retry = button("Retry", "", self._on_retry)
        self._dismiss = button("Dismiss", "", self.hide)
        top, middle = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignVCenter
        self._row = row(
            (self._icon, 0, top),
            (column(self._message, self._hint, spacing=4), 1),
            (self._retry, 0, middle),
            (self._dismiss, 0, middle),
            spacing=12,
            margins=(14, 10, 12, 10),
            on=self,
        )
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(24)
        shadow.setOffset(0, 4)
        self.setGraphicsEffect(shadow)
        theme.changed.connect(self._restyle)
        self._restyle()
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What it says at present, message and hint."""
        return f"{self._message.text()} {self._hint.text()}".strip()

    def show_error(
        self, error: LabError, retry: Callable[[], object] | None = None, top: int = 0
    ) -> None:
        """Show a failure, `top` pixels below the parent's upper edge."""
        self._message.setText(error.message)
        self._hint.setText(error.hint)
        self._hint.setVisible(bool(error.hint))
        self._retry_call = retry
        self._retry.setVisible(retry is not None)
        self.setAccessibleDescription(self.text)
        self._top = top
        self._place()
        self.show()
        self._place()  # only now the fonts of the first showing are known
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def stay_above(self, part: QWidget) -> None:
        """Be seen over a part of the window that can be raised."""
        part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self._place()
        elif event.type() in (QEvent.Type.ZOrderChange, QEvent.Type.Show):
            # Once the pane has come forward: its own handling of the event raises it again.
            QTimer.singleShot(0, self, self.raise_)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _on_retry(self) -> None:
        self.hide()
        if self._retry_call is not None:
            self._retry_call()

    def _place(self) -> None:
        for part in (self._message, self._hint):  # a hash is one long word
            part.ensurePolished()
            longest = max(part.text().split(), key=len, default="")
            part.setMinimumWidth(part.fontMetrics().horizontalAdvance(longest))
        wanted = max(_USUAL_WIDTH, self._row.totalMinimumSize().width())
        width = min(wanted, self._over.width() - 2 * _MARGIN)
        height = self._row.totalHeightForWidth(width)
        self.setGeometry(
            (self._over.width() - width) // 2,
            self._top + _MARGIN,
            width,
            max(height, self.minimumSizeHint().height()),
        )

    def _restyle(self) -> None:
        tokens = self._theme.tokens
        self.setStyleSheet(
            f"QFrame#notice {{ background: {tokens.surface}; border: 1px solid {tokens.border};"
            f" border-left: 4px solid {tokens.danger}; border-radius: 8px; }}"
        )
        self._icon.setPixmap(self._theme.icon("warning").pixmap(20, 20))
