"""One card of the pane: a template, what the model reads, what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QSize
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from core.models.info import TokenCount
from core.predict.prompts import Template
from gui.look.theme import Theme, Tokens
from gui.prediction.cards.template_row import TemplateRow
from gui.prediction.cards.views import CardView
from gui.widgets.build import column, label
from gui.widgets.plain_text import InvisibleNote

if TYPE_CHECKING:
    from gui.prediction.cards.chart import PredictionChart


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


_MOST_SEEN_LINES = 8


class TemplateCard(QFrame):
    """Shows one template of the document and its answer; its parts ask for edits by signals."""

    def __init__(self, theme: Theme, decimals: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("role", "card")
        self.setObjectName("templateCard")
        self.row = TemplateRow(theme, self)
        self.problem = label("", "problem", self, wraps=True, shown=False)
        self.problem.setObjectName("templateProblem")
        self.invisible = InvisibleNote(self)
        self.seen = QPlainTextEdit(self)
        self.seen.setReadOnly(True)
        self.seen.setObjectName("seenText")
        self.seen.setAccessibleName("Text as the model sees it")
        self.seen.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.seen.hide()
        self.headline = Headline(theme.tokens, self)
        self._chart: PredictionChart | None = None
        self._chart_name = ""
        self._decimals, self._cosines = decimals, True
        self._read: tuple[TokenCount, ...] | None = None
        self.note = label("", "muted", self, wraps=True, shown=False)
        words = self.problem, self.invisible, self.seen, self.headline, self.note
        self._column = column(self.row, *words, spacing=7, margins=(10, 10, 10, 8), on=self)
        self.row.tokens.toggled.connect(self._show_seen)
        self._show_chart(False)

    @property
    def chart(self) -> PredictionChart:
        """The bars; made when they are needed, so that the window opens without pyqtgraph."""
        if self._chart is None:
            from gui.prediction.cards.chart import PredictionChart

            self._chart = PredictionChart(self._theme, self._decimals, self)
            self._chart.set_style(self._decimals, self._cosines)
            self._chart.setAccessibleName(self._chart_name)
            self._chart.setVisible(not self.headline.isHidden())
            self._column.insertWidget(self._column.indexOf(self.note), self._chart)
        return self._chart

    def show_template(self, template: Template, index: int, count: int, problem: str) -> None:
        """Show the row of the document, and what keeps it from being asked (empty if nothing)."""
        self.row.edit.show_text(template.text)
        self.row.switch.setChecked(template.enabled)
        self.row.set_place(index, count)
        self._chart_name = f"Probabilities for “{template.text[:200]}”"
        if self._chart is not None:
            self._chart.setAccessibleName(self._chart_name)
        self._show_problem(problem)
        self.invisible.show_texts([template.text])
        if problem or not template.enabled:
            self.clear()

    def show_answer(self, view: CardView, generation: int) -> None:
        """Show what the model says, or why it was not asked after all."""
        if view.seen != self._read:
            self._read = view.seen
            self.row.set_count((view.tokens, view.limit) if view.seen else None)
            self.row.tokens.setToolTip(_seen_tooltip(view))
            self._set_seen(view)
        self._show_problem(view.problem)
        self._show_chart(bool(view.rows))
        if view.rows:
            self.headline.set_sentence(view.sentence, view.bold)
            self.chart.set_rows(view.rows, generation)
        self.note.setText(view.note)
        self.note.setVisible(bool(view.note))

    def set_pending(self) -> None:
        """What is shown is out of date; see the chart for when this is seen."""
        self.headline.set_pending()
        if self._chart is not None:
            self._chart.set_pending()

    def show_pending(self) -> None:
        """Let it be seen that an answer is awaited."""
        self.headline.update()
        if self._chart is not None:
            self._chart.viewport().update()

    def clear(self) -> None:
        """There is nothing to show for this template at present."""
        self._show_chart(False)
        self._read = None
        self.row.set_count(None)
        self.row.tokens.setChecked(False)

    def apply_style(self, decimals: int) -> None:
        """Take the present theme and number format."""
        self._decimals = decimals
        self.row.apply_theme()
        self.headline.set_tokens(self._theme.tokens)
        self._style_chart()

    def set_cosines(self, shown: bool) -> None:
        """Show or hide the cosines."""
        self._cosines = shown
        self._style_chart()

    def _style_chart(self) -> None:
        if self._chart is not None:
            self._chart.set_style(self._decimals, self._cosines)

    def _show_problem(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        edit = self.row.edit
        if bool(edit.property("problem")) != bool(text):
            edit.setProperty("problem", bool(text))
            edit.style().unpolish(edit)
            edit.style().polish(edit)
        edit.setAccessibleDescription(text)

    def _show_chart(self, shown: bool) -> None:
        if not shown:
            self.set_pending()
            self.note.hide()
        self.headline.setVisible(shown)
        if shown or self._chart is not None:
            self.chart.setVisible(shown)

    def _show_seen(self, shown: bool) -> None:
        self.seen.setVisible(shown)

    def _set_seen(self, view: CardView) -> None:
        text = "\n".join(f"{prompt.cleaned}  ({prompt.tokens})" for prompt in view.seen)
        if text != self.seen.toPlainText():
            self.seen.setPlainText(text)
            lines = min(max(len(view.seen), 1), _MOST_SEEN_LINES)
            self.seen.setFixedHeight(round(self.fontMetrics().lineSpacing() * lines) + 20)


def _seen_tooltip(view: CardView) -> str:
    first = view.seen[0].cleaned if view.seen else ""
    return (
        "Longest prompt of this template, with the marks that the model adds to it.\n"
        f"As the model sees it: {first[:300]}\nClick to see every prompt."
    )
