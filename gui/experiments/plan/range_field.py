"""Two numbers that make a range: from – to."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QLabel, QWidget

from gui.widgets.build import row
from gui.widgets.numbers import DecimalSpin


class RangeField(QWidget):
    """A range whose ends can never cross: an end that is moved past the other takes it along.

    Parameters
    ----------
    name : str
        For screen readers.
    lowest, highest : float
        What either end may be, as shown.
    scale : float
        What is shown is the value times this.

    Signals
    -------
    edited(tuple)
        Both ends.
    """

    edited = Signal(tuple)

    def __init__(
        self,
        name: str,
        lowest: float,
        highest: float,
        unit: str,
        scale: float = 1.0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._scale = scale
        self.low = _spin(f"{name}, from", lowest, highest, unit, self)
        self.high = _spin(f"{name}, to", lowest, highest, unit, self)
        row((self.low, 1), QLabel("–", self), (self.high, 1), on=self, spacing=5)
        self.low.valueChanged.connect(lambda: self._take(self.low))
        self.high.valueChanged.connect(lambda: self._take(self.high))

    def show_range(self, span: tuple[float, float]) -> None:
        """Show a range without reporting it as an edit."""
        with QSignalBlocker(self.low), QSignalBlocker(self.high):
            self.low.show_value(span[0] * self._scale)
            self.high.show_value(span[1] * self._scale)

    def _take(self, moved: DecimalSpin) -> None:
        if self.low.value() > self.high.value():
            other = self.high if moved is self.low else self.low
            with QSignalBlocker(other):
                other.setValue(moved.value())
        low, high = (round(spin.value() / self._scale, 6) for spin in (self.low, self.high))
        self.edited.emit((low, high))


def _spin(name: str, low: float, high: float, unit: str, parent: QWidget) -> DecimalSpin:
    spin = DecimalSpin(name, low, high, 1.0, unit, decimals=0, parent=parent)
    spin.setMinimumWidth(72)
    spin.lineEdit().setTextMargins(4, 0, 0, 0)
    return spin
