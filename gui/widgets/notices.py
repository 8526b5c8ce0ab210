"""What needs attention, in plain sentences with their remedy: over the panes, above a part of one,
or in place of what cannot be shown.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QLabel, QWidget

from core.base.errors import LabError
from gui.look.theme import Theme
from gui.widgets.build import STRETCH, button, column, label, row

_MARGIN = 12
_USUAL_WIDTH = 640
_BANNER_ICON = QSize(16, 16)


class Notice(QFrame):
    """Stays until it is dismissed or another takes its place; never takes the focus by itself."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._over = theme, parent
        self._below: list[QWidget] = [parent]
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
        self._below.append(part)

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        super().showEvent(event)
        for part in self._below:
            part.installEventFilter(self)

    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        super().hideEvent(event)
        for part in self._below:
            part.removeEventFilter(self)

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


class Banner(QFrame):
    """Stays until one of its buttons is pressed; never takes the focus by itself."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._call: Callable[[], object] | None = None
        self.setProperty("role", "card")
        self.setObjectName("banner")
        self._icon = QLabel(self)
        self.text = label(parent=self, wraps=True)
        self.accept = button("", "", self._on_accept, self)
        self.dismiss = button("Not now", "", self.hide, self)
        parts = (self._icon, (self.text, 1), self.accept, self.dismiss)
        row(*parts, spacing=8, margins=(10, 5, 8, 5), on=self)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def offer(self, text: str, action: str, call: Callable[[], object]) -> None:
        """Say something and offer to do something about it."""
        self.text.setText(text)
        self.accept.setText(action)
        self._call = call
        self.setAccessibleName(text)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _on_accept(self) -> None:
        self.hide()
        if self._call is not None:
            self._call()

    def _restyle(self) -> None:
        self._icon.setPixmap(
            self._theme.icon("warning").pixmap(_BANNER_ICON, self.devicePixelRatioF())
        )


class Explanation(QFrame):
    """A sentence, its remedy, and a button if there is something to press."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.failed = False
        self._call: Callable[[], object] | None = None
        self._heading = label("", "heading", self, wraps=True, copied=True)
        self._body = label("", "muted", self, wraps=True, copied=True)
        self.button = button("", "", self._on_clicked, self)
        self.arrange()

    def arrange(self) -> None:
        """Lay the parts out; a subclass may do it in another way."""
        line = row(self.button, STRETCH)
        parts = (self._heading, self._body, line, STRETCH)
        column(*parts, margins=(4, 8, 4, 8), on=self)

    @property
    def text(self) -> str:
        """What it says; empty if it is not shown."""
        if self.isHidden():
            return ""
        return f"{self._heading.text()} {self._body.text()}".strip()

    def explain(
        self,
        heading: str,
        body: str = "",
        button: str = "",
        call: Callable[[], object] | None = None,
    ) -> None:
        """Say why there is nothing to see, and offer a remedy if `button` has a text."""
        self.failed = False
        self._call = call
        self._heading.setText(heading)
        self._body.setText(body)
        self._body.setVisible(bool(body))
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.setAccessibleName(heading)
        self.setAccessibleDescription(body)
        self.apply_theme()
        self.show()

    def show_error(self, error: LabError, retry: Callable[[], object] | None = None) -> None:
        """Show a failure with its remedy."""
        self.explain(error.message, error.hint, "Retry" if retry is not None else "", retry)
        self.failed = True
        self.apply_theme()

    def apply_theme(self) -> None:
        """Draw what depends on the theme, or tells a failure: an icon, if a subclass has one."""

    def _on_clicked(self) -> None:
        if self._call is not None:
            self._call()
