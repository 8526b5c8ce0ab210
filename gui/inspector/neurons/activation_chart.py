"""What a unit does with its strongest images, in color and in gray."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from core.base.tables import Column, Table
from core.units.unit_words import number_text
from gui.charts.sparkline import Sparkline
from gui.look.theme import Theme

_COLUMNS = (Column("rank", "int"), Column("value", "float"), Column("gray_value", "float"))


class ActivationChart(Sparkline):
    """Values by rank: a line in color, dots in gray at the same positions."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Values of the strongest images", 60, 64, parent)
        self.setToolTip(
            "Line: the unit's values for its strongest images, strongest first.\n"
            "Dots: its values at the same positions when the images are gray.\n"
            "The more the dots lie below the line, the more the unit needs color."
        )

    def show_unit(self, values: NDArray[np.float32], gray: NDArray[np.float32]) -> None:
        """Show lists of values, float32, shape (N,); NaN where there is none."""
        used = ~np.isnan(values)
        self.show_values(values[used].astype(np.float64), gray[used].astype(np.float64))
        self.setAccessibleDescription(self.described())

    def described(self) -> str:
        if not len(self.line):
            return "No values"
        text = f"In color from {number_text(float(self.line[0]))} down to "
        text += number_text(float(self.line[-1]))
        measured = self.dots[~np.isnan(self.dots)]
        if len(measured):
            text += f", in gray {number_text(float(measured.mean()))} on average"
        return text

    def words_of(self, point: int) -> str:
        text = f"Image {point + 1}: {number_text(float(self.line[point]))} in color"
        gray = float(self.dots[point])
        return text if np.isnan(gray) else f"{text}, {number_text(gray)} in gray"

    def table(self) -> Table | None:
        values = zip(self.line.tolist(), self.dots.tolist(), strict=True)
        rows = tuple(
            (rank, value, None if np.isnan(gray) else gray)
            for rank, (value, gray) in enumerate(values, start=1)
        )
        return Table(_COLUMNS, rows) if rows else None
