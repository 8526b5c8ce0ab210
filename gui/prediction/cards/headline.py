"""The sentence above a chart: who won, by how much, over whom."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QSize
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.theme import Tokens

COMPUTING = "Computing…"


class Headline(QWidget):
    """A wrapped sentence with parts set in bold.

    Like the chart below it, it never paints a sentence that is out of date, and becoming out of
    date asks for no painting by itself.
    """

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._text = ""
        self._bold: tuple[tuple[int, int], ...] = ()
        self._pending = True
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Answer")

    @property
    def text(self) -> str:
        """What a reader sees at present."""
        return COMPUTING if self._pending else self._text

    def set_sentence(self, text: str, bold: Sequence[tuple[int, int]] = ()) -> None:
        """Show a sentence; `bold` lists (start, length) of its strong parts."""
        self._pending = False
        if text != self._text or tuple(bold) != self._bold:
            before = self.heightForWidth(self.width())
            self._text, self._bold = text, tuple(bold)
            # Only another height concerns the layout: most edits change a number.
            if self.heightForWidth(self.width()) != before:
                self.updateGeometry()
        self.setAccessibleDescription(text)
        self.update()

    def set_pending(self) -> None:
        """Say that the sentence is out of date."""
        self._pending = True
        self.setAccessibleDescription(COMPUTING)

    def set_tokens(self, tokens: Tokens) -> None:
        """Take the colors of another theme."""
        self._tokens = tokens
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(self._layout(self._text or COMPUTING, self._bold, width)[1]) + 2

    def sizeHint(self) -> QSize:
        return QSize(360, self.heightForWidth(360))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.fontMetrics().height() + 2)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setPen(QColor(self._tokens.muted if self._pending else self._tokens.text))
            bold = () if self._pending else self._bold
            layout, _height = self._layout(self.text, bold, self.width())
            layout.draw(painter, QPointF(0.0, 1.0))

    def _layout(
        self, text: str, bold: Sequence[tuple[int, int]], width: int
    ) -> tuple[QTextLayout, float]:
        return sentence_layout(text, bold, self.font(), float(width))


def sentence_layout(
    text: str, bold: Sequence[tuple[int, int]], font: QFont, width: float
) -> tuple[QTextLayout, float]:
    """A sentence broken into lines, ready to draw, and its height in pixels."""
    layout = QTextLayout(text, font)
    strong = QTextCharFormat()
    strong.setFontWeight(QFont.Weight.DemiBold)
    ranges = []
    for start, length in bold:
        part = QTextLayout.FormatRange()
        part.start, part.length, part.format = start, length, strong
        ranges.append(part)
    layout.setFormats(ranges)
    height = 0.0
    layout.beginLayout()
    while True:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(max(width, 1.0))
        line.setPosition(QPointF(0.0, height))
        height += line.height()
    layout.endLayout()
    return layout, height
