"""The value of one unit while the stimulus changes, beside its best in the census."""

from __future__ import annotations

from collections import deque

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.base.tables import Column, Table
from core.units.unit_words import Best, best_in_words, number_text, share_of_best
from gui.charts.drawing import bold_font
from gui.charts.sparkline import Sparkline
from gui.charts.view import ChartView
from gui.look.theme import Theme, number_font
from gui.widgets.build import STRETCH, button, column, label, row
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.words import count_text

_FULL = 1.25
"""Share of the best at the right end of the bar."""
LENGTH = 200
"""Values that are kept."""


class ShareBar(ChartView):
    """A value as a share of the best; a mark stands at 100 %."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "No share", parent)
        self.share: float | None = None
        self.add_layer(self._paint)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_least(60, 14)
        self.setToolTip("The mark is the neuron's best in the census, 100 %.")

    def show_share(self, share: float | None) -> None:
        """Show a share, 1 for the best; None for none."""
        self.share = share
        self.setAccessibleName("No share" if share is None else f"{100 * share:.0f} % of the best")
        self.refresh()

    @property
    def blank(self) -> bool:
        return self.share is None

    def table(self) -> Table | None:
        rows = () if self.share is None else ((self.share,),)
        return Table((Column("share_of_best", "float"),), rows)

    def _paint(self, painter: QPainter) -> None:
        assert self.share is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove = QRectF(0.5, 4, self.width() - 1, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.tokens.pressed))
        painter.drawRoundedRect(groove, 3, 3)
        length = min(max(self.share, 0.0), _FULL) / _FULL * groove.width()
        painter.setBrush(QColor(self.tokens.accent))
        painter.drawRoundedRect(QRectF(groove.left(), 4, length, 6), 3, 3)
        mark = groove.left() + groove.width() / _FULL
        painter.setPen(QPen(QColor(self.tokens.text), 1.5))
        painter.drawLine(QPointF(mark, 1), QPointF(mark, 13))


class ValueHistory(Sparkline):
    """The latest values from left to right; a dashed line marks the best in the census."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "No values yet", 100, 58, parent, ends=True)
        self.values: deque[float] = deque(maxlen=LENGTH)
        self.setToolTip(
            "The neuron's value each time the stimulus changed, the latest on the right.\n"
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


class UnitValue(QWidget):
    """One unit, watched while the stimulus changes."""

    pinned = Signal(bool)
    """The user holds on to this unit, or lets go."""
    page_wanted = Signal()
    """The unit's page shall come to the front."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ElidedLabel("heading", self)
        tip = "Keep watching this neuron when another layer or neuron is looked at."
        self.pin = button("Pin", tip, parent=self)
        self.pin.setCheckable(True)
        tip = "Open the neuron's page: what it answers to in the census (Enter)"
        self.page = button("Page", tip, self.page_wanted, self)
        self.value = label("", "", self, tip="The neuron's value for the stimulus on the canvas.")
        self.value.setFont(bold_font(number_font(17)))
        self.meaning = ElidedLabel("muted", self)
        self.bar = ShareBar(theme, self)
        self.sentence = label("", "", self, wraps=True)
        self.history = ValueHistory(theme, self)
        head = row((self.name, 1), self.pin, self.page, spacing=4)
        number = row(self.value, (self.meaning, 1), spacing=8)
        below = (self.bar, self.sentence, self.history)
        column(head, number, *below, STRETCH, spacing=3, on=self)
        self.pin.toggled.connect(self.pinned)
        self.clear()

    def clear(self) -> None:
        """No unit is watched."""
        self.name.show_text("No neuron")
        self.value.setText("")
        self.meaning.show_text("")
        self.sentence.setText("Choose a map below.")
        self.bar.hide()
        self.history.clear()
        self.pin.setEnabled(False)
        self.page.setEnabled(False)

    def show_unit(self, name: str, meaning: str, has_page: bool) -> None:
        """Watch another unit from now on; `meaning` says what its value is."""
        self.name.show_text(name)
        self.meaning.show_text(meaning)
        self.pin.setEnabled(True)
        self.page.setEnabled(has_page)
        self.history.clear()

    def show_value(self, value: float, best: Best | None, comparison: str) -> None:
        """Show the unit's value for the present stimulus; `comparison` is why there is no best."""
        self.value.setText(number_text(value))
        share = share_of_best(value, best)
        self.bar.setVisible(share is not None)
        self.bar.show_share(share)
        self.sentence.setText(comparison or best_in_words(value, best))
        self.history.add(value, best.value if share is not None and best is not None else None)
