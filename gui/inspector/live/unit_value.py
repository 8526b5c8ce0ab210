"""The value of one unit for the present stimulus, beside its best in the census."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.base.tables import Column, Table
from core.units.unit_words import Best, best_in_words, number_text, share_of_best
from gui.charts.view import ChartView
from gui.inspector.live.value_history import ValueHistory
from gui.look.theme import Theme, number_font
from gui.widgets.elided_label import ElidedLabel

_FULL = 1.25
"""Share of the best at the right end of the bar."""


class ShareBar(ChartView):
    """A value as a share of the best; a mark stands at 100 %."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "No share", parent)
        self.share: float | None = None
        self.add_layer(self._paint)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_least(60, 14)
        self.setToolTip("The mark is the unit's best in the census, 100 %.")

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


class UnitValue(QWidget):
    """One unit, watched while the stimulus changes.

    Signals
    -------
    pinned(bool)
        The user holds on to this unit, or lets go.
    page_wanted()
        The unit's page shall come to the front.
    """

    pinned = Signal(bool)
    page_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = ElidedLabel("heading", self)
        self.pin = QPushButton("Pin", self)
        self.pin.setCheckable(True)
        self.pin.setToolTip("Go on watching this unit when another layer or unit is looked at.")
        self.page = QPushButton("Page", self)
        self.page.setToolTip("Open the unit's page: what it answers to in the census (Enter)")
        self.value = QLabel(self)
        large = number_font(17)
        large.setWeight(QFont.Weight.DemiBold)
        self.value.setFont(large)
        self.value.setToolTip("The unit's value for the stimulus on the canvas.")
        self.meaning = ElidedLabel("muted", self)
        self.bar = ShareBar(theme, self)
        self.sentence = QLabel(self)
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.history = ValueHistory(theme, self)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.name, 1)
        head.addWidget(self.pin)
        head.addWidget(self.page)
        number = QHBoxLayout()
        number.setSpacing(8)
        number.addWidget(self.value)
        number.addWidget(self.meaning, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(head)
        column.addLayout(number)
        column.addWidget(self.bar)
        column.addWidget(self.sentence)
        column.addWidget(self.history)
        column.addStretch(1)
        self.pin.toggled.connect(self.pinned)
        self.page.clicked.connect(self.page_wanted)
        self.clear()

    def clear(self) -> None:
        """No unit is watched."""
        self.name.show_text("No unit")
        self.value.setText("")
        self.meaning.show_text("")
        self.sentence.setText("Choose a map below.")
        self.bar.hide()
        self.history.clear()
        self.pin.setEnabled(False)
        self.page.setEnabled(False)

    def show_unit(self, name: str, meaning: str, has_page: bool) -> None:
        """Watch another unit, from now on.

        Parameters
        ----------
        name : str
            Layer and number.
        meaning : str
            What its value is, in words.
        has_page : bool
            Whether the census knows it.
        """
        self.name.show_text(name)
        self.meaning.show_text(meaning)
        self.pin.setEnabled(True)
        self.page.setEnabled(has_page)
        self.history.clear()

    def show_value(self, value: float, best: Best | None, comparison: str) -> None:
        """Show the unit's value for the present stimulus.

        Parameters
        ----------
        value : float
        best : Best or None
        comparison : str
            Why there is no best to compare with; empty if there is one.
        """
        self.value.setText(number_text(value))
        share = share_of_best(value, best)
        self.bar.setVisible(share is not None)
        self.bar.show_share(share)
        self.sentence.setText(comparison or best_in_words(value, best))
        self.history.add(value, best.value if share is not None and best is not None else None)
