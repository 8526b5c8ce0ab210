"""The bars of one template: its labels' probabilities, what they name, and their cosines."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.base.tables import Column, Table
from gui.charts.bars import BarChart
from gui.look.theme import Theme
from gui.prediction.cards.views import BarRow, bar_layout, cosine_text, drawn_row, exact_text

_MIN_WIDTH = 260
_COLUMNS = (
    Column("label"),
    Column("prompt"),
    Column("probability", "float"),
    Column("cosine", "float"),
    Column("names"),
)


class PredictionChart(BarChart):
    """Probabilities of the labels as horizontal bars; pending until the first answer.

    Attributes
    ----------
    rows : tuple[BarRow, ...]
        The rows of the answer last given, also while pending.
    generation : int
        The generation of the answer last given.

    Signals
    -------
    answer_drawn(int)
        The answer of this generation has been painted.
    """

    answer_drawn = Signal(int)

    def __init__(self, theme: Theme, decimals: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(
            theme, "Probabilities", bar_layout(decimals, cosines=True), _MIN_WIDTH, parent
        )
        self._decimals, self._cosines = decimals, True
        self.rows: tuple[BarRow, ...] = ()
        self.generation = -1
        self.pending = True
        self.drawn.connect(self._tell_drawn)

    def set_rows(self, rows: Sequence[BarRow], generation: int) -> None:
        """Show an answer."""
        self.rows, self.generation = tuple(rows), generation
        self.show_bars([drawn_row(row, self._decimals) for row in rows])

    def set_style(self, decimals: int, cosines: bool) -> None:
        """Take the digits of the percentages, and show or hide the cosines."""
        if (decimals, cosines) != (self._decimals, self._cosines):
            self._decimals, self._cosines = decimals, cosines
            self.bars = tuple(drawn_row(row, decimals) for row in self.rows)
            self.set_layout(bar_layout(decimals, cosines))

    # --- of the kit ---

    def words_of(self, point: int) -> str:
        """Everything about one row, with labels and prompts at full length."""
        row = self.rows[point]
        lines = [row.label + (f" \u2013 {row.roles}" if row.roles else "")]
        lines.append(f"Probability {exact_text(row.probability)}")
        lines.append(f"Cosine {cosine_text(row.cosine)}")
        lines.append(f"Prompt: {row.prompt}")
        return "\n".join(_shortened(line) for line in lines)

    def table(self) -> Table | None:
        if self.pending:
            return None
        rows = [
            (row.label, row.prompt, row.probability, row.cosine, row.roles or None)
            for row in self.rows
        ]
        return Table(_COLUMNS, tuple(rows))

    def _tell_drawn(self) -> None:
        if not self.pending:
            self.answer_drawn.emit(self.generation)


def _shortened(line: str, limit: int = 400) -> str:
    return line if len(line) <= limit else line[: limit - 1] + "\u2026"
