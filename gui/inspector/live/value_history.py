"""The value of one unit while the stimulus changes, as a line."""

from __future__ import annotations

from collections import deque

import numpy as np
from PySide6.QtWidgets import QWidget

from core.base.tables import Column, Table
from core.units.unit_words import number_text
from gui.charts.sparkline import Sparkline
from gui.look.theme import Theme
from gui.widgets.words import count_text

LENGTH = 200
"""Values that are kept."""


class ValueHistory(Sparkline):
    """The latest values from left to right; a dashed line marks the best in the census."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "No values yet", 100, 58, parent, ends=True)
        self.values: deque[float] = deque(maxlen=LENGTH)
        self.setToolTip(
            "The unit's value each time the stimulus changed, the latest on the right.\n"
            "The dashed line is its best in the census."
        )

    def clear(self) -> None:
        """Forget all values."""
        self.values.clear()
        self.setAccessibleName("No values yet")
        self._show(None)

    def add(self, value: float, best: float | None) -> None:
        """Add the value for another stimulus."""
        self.values.append(value)
        low, high = number_text(min(self.values)), number_text(max(self.values))
        self.setAccessibleName(f"Values between {low} and {high}")
        self._show(best)

    def _show(self, best: float | None) -> None:
        self.show_values(np.array(self.values, dtype=float), rule=best, places=LENGTH)

    def words_of(self, point: int) -> str:
        ago = len(self.values) - 1 - point
        when = f"{count_text(ago, 'change')} ago" if ago else "now"
        return f"{number_text(self.values[point])}, {when}"

    def table(self) -> Table | None:
        rows = tuple(enumerate(self.values, start=1))
        return Table((Column("number", "int"), Column("value", "float")), rows) if rows else None
