"""The column of cards: one for each template, in the document's order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QWidget

from core.predict.prompts import PromptSet
from gui.look.theme import Theme
from gui.prediction.cards.card import TemplateCard
from gui.prediction.labels.prompt_edits import PromptEdits
from gui.widgets.build import column

_SPACING = 8


class CardList(QWidget):
    """Keeps as many cards as there are templates and turns their wishes into edits.

    Signals
    -------
    reveal_wanted(int)
        A height, in pixels of this widget, that should be scrolled into view.
    picture_wanted(int)
        The chart of this template should be copied as a picture.
    """

    reveal_wanted = Signal(int)
    picture_wanted = Signal(int)

    def __init__(
        self, theme: Theme, edits: PromptEdits, decimals: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._edits = edits
        self._decimals = decimals
        self._cosines = True
        self.cards: list[TemplateCard] = []
        self._layout = column(spacing=_SPACING, on=self)
        self._drop_line = QFrame(self)
        self._drop_line.setFixedHeight(3)
        self._drop_line.hide()
        self.apply_style(decimals)

    def show_prompts(self, prompts: PromptSet) -> None:
        """Make the cards those of the document's templates."""
        count = len(prompts.templates)
        while len(self.cards) > count:
            card = self.cards.pop()
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        while len(self.cards) < count:
            self._add_card()
        problems = prompts.template_problems()
        for index, template in enumerate(prompts.templates):
            problem = problems[index].sentence if index in problems else ""
            self.cards[index].show_template(template, index, count, problem)

    def focus(self, index: int, cursor: int | None = None) -> None:
        """Put the keyboard focus into the field of one template."""
        card = self.cards[index]
        card.row.edit.setFocus()
        if cursor is not None:
            card.row.edit.setCursorPosition(cursor)
        self.reveal_wanted.emit(card.y())
        self.reveal_wanted.emit(card.y() + card.row.height())

    def set_cosines(self, shown: bool) -> None:
        """Show or hide the cosines on every chart."""
        self._cosines = shown
        for card in self.cards:
            card.set_cosines(shown)

    def apply_style(self, decimals: int) -> None:
        """Take the present theme and number format."""
        self._decimals = decimals
        self._drop_line.setStyleSheet(
            f"background: {self._theme.tokens.accent}; border-radius: 1px;"
        )
        for card in self.cards:
            card.apply_style(decimals)

    def gap_at(self, y: int) -> int:
        """The gap between cards nearest to a height: 0 above the first card."""
        return sum(1 for card in self.cards if y > card.geometry().center().y())

    def _add_card(self) -> None:
        card = TemplateCard(self._theme, self._decimals, self)
        card.set_cosines(self._cosines)
        edits, row = self._edits, card.row

        def at_card(call: Callable[..., object]) -> Callable[..., object]:
            return lambda *values: call(self.cards.index(card), *values)

        row.edit.textEdited.connect(at_card(edits.type_template))
        row.edit.left.connect(edits.end_typing)
        row.edit.undo_wanted.connect(edits.undo)
        row.edit.redo_wanted.connect(edits.redo)
        row.switch.clicked.connect(lambda on: edits.enable_template(self.cards.index(card), on))
        row.move_wanted.connect(at_card(self._on_move))
        row.duplicate_wanted.connect(at_card(self._on_duplicate))
        row.remove_wanted.connect(at_card(self._on_remove))
        row.picture_wanted.connect(at_card(self.picture_wanted.emit))
        card.invisible.removal_wanted.connect(at_card(edits.clean_template))
        card.row.grip.dragged.connect(self._on_dragged)
        card.row.grip.dropped.connect(partial(self._on_dropped, card))
        card.row.grip.canceled.connect(self._drop_line.hide)
        self.cards.append(card)
        self._layout.addWidget(card)
        card.show()

    def _on_move(self, index: int, step: int) -> None:
        cursor = self.cards[index].row.edit.cursorPosition()
        if 0 <= index + step < len(self.cards):
            self._edits.move_template(index, index + step)
            self.focus(index + step, cursor)

    def _on_duplicate(self, index: int) -> None:
        self._edits.duplicate_template(index)
        self.focus(index + 1)

    def _on_remove(self, index: int) -> None:
        had_focus = self.cards[index].isAncestorOf(self.window().focusWidget() or self)
        self._edits.remove_template(index)
        if had_focus and self.cards:
            self.focus(min(index, len(self.cards) - 1))

    def _on_dragged(self, place: QPoint) -> None:
        y = self.mapFromGlobal(place).y()
        gap = self.gap_at(y)
        if gap < len(self.cards):
            line = self.cards[gap].y() - (_SPACING + 3) // 2
        else:
            line = self.cards[-1].geometry().bottom() + 1
        self._drop_line.setGeometry(0, max(line, 0), self.width(), 3)
        self._drop_line.raise_()
        self._drop_line.show()
        self.reveal_wanted.emit(y)

    def _on_dropped(self, card: TemplateCard, place: QPoint) -> None:
        if not self._drop_line.isVisible():
            return  # pressed and let go without a drag
        self._drop_line.hide()
        index = self.cards.index(card)
        gap = self.gap_at(self.mapFromGlobal(place).y())
        self._edits.move_template(index, gap - 1 if gap > index else gap)
