"""Number fields that take both decimal signs and leave the wheel to the page."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QFocusEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

_TEXT_MARGIN = 6


class DecimalSpin(QDoubleSpinBox):
    """A decimal number with a unit.

    Both ``.`` and ``,`` are decimal signs on input, whatever the desktop's language; ``.`` is
    shown. A typed number takes effect on Enter or when the field is left.

    Parameters
    ----------
    name : str
        For screen readers.
    low, high, step : float
    unit : str
        Shown after the number, e.g. ``" %"``.
    decimals : int
    """

    def __init__(
        self,
        name: str,
        low: float,
        high: float,
        step: float,
        unit: str = "",
        decimals: int = 1,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setLocale(_plain_locale())
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setSuffix(unit)
        self.setAccelerated(True)
        self.setAccessibleName(name)
        self.setMinimumWidth(84)
        _prepare(self)

    def show_value(self, value: float) -> None:
        """Show a value without reporting it as an edit; not while the user is typing."""
        if self.lineEdit().isModified() and self.hasFocus():
            return
        self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(False)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return super().validate(_with_point(text), position)

    def valueFromText(self, text: str) -> float:
        return super().valueFromText(_with_point(text))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel_with_focus(self, event)


class WholeSpin(QSpinBox):
    """A whole number."""

    def __init__(self, name: str, low: int, high: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLocale(_plain_locale())
        self.setRange(low, high)
        self.setAccelerated(True)
        self.setAccessibleName(name)
        _prepare(self)

    def show_value(self, value: int) -> None:
        """Show a value without reporting it as an edit; not while the user is typing."""
        if self.lineEdit().isModified() and self.hasFocus():
            return
        self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        _wheel_with_focus(self, event)


def mark_problem(field: QWidget, problem: bool) -> None:
    """Give a field the outline of a refused value, or take it away."""
    if bool(field.property("problem")) != problem:
        field.setProperty("problem", problem)
        field.style().unpolish(field)
        field.style().polish(field)


def _prepare(spin: QAbstractSpinBox) -> None:
    spin.setKeyboardTracking(False)
    # The stylesheet's padding does not reach the text inside.
    spin.lineEdit().setTextMargins(_TEXT_MARGIN, 0, 0, 0)
    # Without this, the wheel would take the focus and change what merely passes under it.
    spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _wheel_with_focus(spin: QAbstractSpinBox, event: QWheelEvent) -> None:
    if spin.hasFocus():
        QAbstractSpinBox.wheelEvent(spin, event)
    else:
        event.ignore()


def _with_point(text: str) -> str:
    return text.replace(",", ".").replace("−", "-")


def _plain_locale() -> QLocale:
    locale = QLocale(QLocale.Language.C)
    locale.setNumberOptions(
        QLocale.NumberOption.OmitGroupSeparator | QLocale.NumberOption.RejectGroupSeparator
    )
    return locale
