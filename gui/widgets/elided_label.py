"""Lines of text that are cut where they do not fit and whole in their tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class ElidedLabel(QLabel):
    """A label that never asks for more room than there is."""

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self._tip = ""
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def whole(self) -> str:
        """The text before it is cut."""
        return self._whole

    def show_text(self, text: str, tip: str = "") -> None:
        """Show a text; `tip` adds to the tooltip, which has the text whole."""
        if (text, tip) == (self._whole, self._tip):
            return
        self._whole, self._tip = text, tip
        self.setAccessibleName(text)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(40, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._whole) + 2
        return QSize(width, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(
            self._whole, Qt.TextElideMode.ElideRight, self.width()
        )
        self.setText(shown)
        cut = self._whole if shown != self._whole else ""
        self.setToolTip("\n".join(filter(None, (cut, self._tip))))


class ReadOut(QWidget):
    """A line of text for what changes with every edit: a new text moves nothing around it.

    A label tells the whole window to lay itself out anew for every text. This one takes the room
    that it is given, and asks for none, or for that of the `widest` text. Without a `name` its text
    is what it is called.
    """

    def __init__(
        self,
        role: str,
        name: str = "",
        widest: str = "",
        *,
        elided: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.whole = ""
        self._name, self._widest, self._elided = name, widest, elided
        self.label = QLabel(self)
        self.label.setProperty("role", role)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        across = QSizePolicy.Policy.Preferred if widest else QSizePolicy.Policy.Ignored
        self.setSizePolicy(across, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str, tip: str = "") -> None:
        """Show a text; `tip` is for the tooltip, which has what may be cut whole."""
        self.whole = text
        self.label.setAccessibleName(self._name or text)
        self.setToolTip(f"{text}\n{tip}".strip() if self._elided else tip)
        self._fit()

    def text(self) -> str:
        """What is seen of it."""
        return self.label.text()

    def sizeHint(self) -> QSize:
        self.label.ensurePolished()
        metrics = self.label.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._widest), metrics.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.label.resize(event.size())
        self._fit()

    def _fit(self) -> None:
        metrics, end = self.label.fontMetrics(), Qt.TextElideMode.ElideRight
        cut = metrics.elidedText(self.whole, end, self.width()) if self._elided else self.whole
        self.label.setText(cut)
