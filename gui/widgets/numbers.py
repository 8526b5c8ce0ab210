"""The one kind of field for numbers: it takes every decimal sign and never a number unasked.

What was typed takes effect on Enter or when the field is left. A text that is no number for the
field stays, is marked, and is explained beside it; the number stays as it was.

A point or a comma may be a decimal sign or group thousands. The language of the computer does not
decide between them, because numbers come from papers and tables as well as from the user's head:

* The sign that stands last, and once, is the decimal sign: ``0.75``, ``0,75``, ``1.234,5``. One
  that stands more than once groups thousands (``1.234.567``), or lakhs (``1,00,000``).
  Apostrophes and spaces only ever group; the Arabic ``٫`` is only ever a decimal sign.
* One to three digits, a point or comma, and three more digits can be both: ``1.000`` is a thousand
  in German and one in English. A first digit of 0 makes it a decimal number: ``0.500``.
* A field of whole numbers refuses such a text. A field of decimal numbers refuses it where a
  thousand lies in its range, unless the text is just what the field itself would write.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QFocusEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QCompleter,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QStyle,
    QStyleOptionSpinBox,
    QWidget,
)
from shiboken6 import isValid

from gui.widgets.wheel import Combo, OwnWheel

_POINTS = ".,٫"
"""Decimal signs; a full stop or comma that stands more than once groups digits."""
_GROUPS = "'’٬ \u00a0\u2009\u202f"
"""Signs that only ever group thousands."""
_GROUPED = re.compile(
    rf"\d{{1,3}}(?:([{_GROUPS}.,])\d{{3}}(?:\1\d{{3}})*)?|\d{{1,2}}(?:,\d\d)+,\d{{3}}|\d*"
)
_THOUSAND = re.compile(r"([-−+]?[1-9]\d{0,2})[.,](\d{3})")


class NotUsable(ValueError):
    """What was typed is no number that the field can have; the text says why."""


def read_number(text: str) -> Decimal:
    """The number that a text means: ``0,75``, ``0.75``, ``1'234.5``, ``1.234,5``, ``٠٫٧٥``.

    Raises
    ------
    ValueError
        If it is none.
    """
    plain = _plain(text)
    sign = "-" if plain[:1] == "-" else ""
    body = plain.removeprefix("+") if not sign else plain[1:]
    signs = [c for c in body if not c.isdigit()]
    whole, fraction = body, ""
    if signs and signs[-1] in _POINTS and signs.count(signs[-1]) == 1:
        whole, _point, fraction = body.partition(signs[-1])
    if not _GROUPED.fullmatch(whole) or not (fraction.isdigit() or not fraction):
        raise ValueError(text)
    digits = "".join(c for c in whole if c.isdigit())
    if not digits + fraction:
        raise ValueError(text)
    return Decimal(f"{sign}{digits or 0}.{fraction.rstrip('0') or 0}")


def thousands_in(text: str) -> Decimal | None:
    """The number that a text means if its one point or comma groups thousands; else None."""
    found = _THOUSAND.fullmatch(_plain(text))
    return Decimal(found[1] + found[2]) if found else None


def _plain(text: str) -> str:
    """A typed number with the digits and the minus sign that Python reads."""
    latin = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text.strip())
    return latin.replace("−", "-", 1)


@dataclass
class NumberRule:
    """What numbers a field takes, and how they are written."""

    low: float
    high: float
    """Ends of its range, which belong to it."""
    decimals: int = 0
    """Most digits after the point; 0 for whole numbers."""
    prefix: str = ""
    unit: str = ""
    """Written before and after the number; they need not be typed."""
    special: str = ""
    """Stands for the lowest number; empty for none."""

    def text(self, value: float) -> str:
        """A number as the field shows it, with a point in every language."""
        if self.special and value <= self.low:
            return self.special
        return f"{self.prefix}{self._digits(value)}{self.unit}"

    def read(self, text: str) -> float:
        """The number that was typed.

        Raises
        ------
        NotUsable
            If it is none, or not one of the field's.
        """
        typed = text.strip()
        if self.special and typed.casefold() == self.special.casefold():
            return self.low
        bare = typed.removeprefix(self.prefix.strip()).removesuffix(self.unit.strip()).strip()
        if not bare:
            raise NotUsable(f"A number is missing, {self._range()}.")
        try:
            number = read_number(bare)
        except ValueError:
            raise NotUsable(f"“{typed}” is not a number {self._range()}.") from None
        self._refuse_doubtful(typed, bare, number)
        if len(str(number).partition(".")[2].rstrip("0")) > self.decimals:
            if not self.decimals:
                raise NotUsable(f"“{typed}” is not a whole number {self._range()}.")
            places = f"{self.decimals} decimal" + "s" * (self.decimals > 1)
            raise NotUsable(f"“{typed}” has more than {places}.")
        if not Decimal(self._digits(self.low)) <= number <= Decimal(self._digits(self.high)):
            raise NotUsable(f"“{typed}” is outside the range {self._range()}.")
        return float(number) if self.decimals else int(number)

    def _refuse_doubtful(self, typed: str, bare: str, number: Decimal) -> None:
        """Raise `NotUsable` for a text that may mean thousands as well; see the module."""
        other = thousands_in(bare)
        if other is None or self._digits(float(number)) == bare:
            return
        readings = f"“{typed}” may mean {other} or {number.normalize():f}."
        if not self.decimals:
            raise NotUsable(f"{readings} Write it without points and commas.")
        if self.low <= other <= self.high:
            first, second = self._digits(float(other)), self._digits(float(number))
            raise NotUsable(f"{readings} Write {first} or {second}.")

    def _range(self) -> str:
        unit = self.unit.replace(" ", "\u00a0")  # stays in one line with its number
        # In groups that no language takes for decimals.
        ends = (f"{Decimal(self._digits(end)):,}" for end in (self.low, self.high))
        low, high = (end.replace(",", "\u202f") for end in ends)
        return f"from {low} to {high}{unit}"

    def _digits(self, value: float) -> str:
        if not self.decimals:
            return str(round(value))  # a seed has more digits than a float keeps
        return f"{round(value, self.decimals) + 0.0:.{self.decimals}f}"


_TEXT_MARGIN = 6
_REASON_WIDTH = 300
_PRESSED = (QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QPlainTextEdit)


class NumberField(OwnWheel, QAbstractSpinBox):
    """A number with a unit, to type or to step; a whole one if it has no `decimals`.

    The name is for screen readers, the unit stands behind the number, e.g. ``" %"``.
    """

    valueChanged = Signal(object)  # noqa: N815 - as Qt's own fields call it
    """By typing, stepping or `setValue`."""
    least_width = 0

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
        self.rule = NumberRule(low, high, decimals, unit=unit)
        self._step = step
        self._value = low
        self.setMinimumWidth(self.least_width)
        self.setKeyboardTracking(False)
        self.setAccelerated(True)
        self.setAccessibleName(name)
        # The stylesheet's padding does not reach the text inside.
        self.lineEdit().setTextMargins(_TEXT_MARGIN, 0, 0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._entry = NumberEntry(self.lineEdit(), self.rule, self)
        self._entry.taken.connect(self.setValue)
        self.setValue(low)

    @property
    def problem(self) -> str:
        """Why what was typed cannot be used; empty if it can."""
        return self._entry.problem

    def value(self) -> float:
        return self._value

    def setValue(self, value: float) -> None:
        """Take the nearest number of the range, in place of what is typed."""
        before, self._value = self._value, self._nearest(value)
        self._entry.write(self.rule.text(self._value))
        self._tell_readers()
        if self._value != before:
            self.valueChanged.emit(self.value())

    def show_value(self, value: float) -> None:
        """Show a value without reporting it as an edit; not while the user is typing."""
        self._value = self._nearest(value)
        self._entry.show(self._value)
        self._tell_readers()

    def minimum(self) -> float:
        return self.rule.low

    def maximum(self) -> float:
        return self.rule.high

    def setRange(self, low: float, high: float) -> None:
        self.rule.low, self.rule.high = low, high
        self._follow_rule()
        self.updateGeometry()

    def setSingleStep(self, step: float) -> None:
        self._step = step

    def setDecimals(self, decimals: int) -> None:
        self.rule.decimals = decimals
        self._follow_rule()

    def setSuffix(self, unit: str) -> None:
        self.rule.unit = unit
        self._follow_rule()

    def setPrefix(self, prefix: str) -> None:
        self.rule.prefix = prefix
        self._follow_rule()

    def set_special(self, text: str) -> None:
        """A text that stands for the lowest number."""
        self.rule.special = text
        self._follow_rule()

    def stepBy(self, steps: int) -> None:
        self._entry.take()
        if not self.problem:
            self.setValue(self._value + steps * self._step)
            self.lineEdit().selectAll()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag
        up = flags.StepUpEnabled if self._value < self.maximum() else flags.StepNone
        return up | (flags.StepDownEnabled if self._value > self.minimum() else flags.StepNone)

    def sizeHint(self) -> QSize:
        self.ensurePolished()
        ends = (self.rule.text(end) for end in (self.minimum(), self.maximum()))
        texts = [*ends, self.rule.special, self.rule.prefix + "00" + self.rule.unit]
        width = max(self.fontMetrics().horizontalAdvance(text) for text in texts)
        inner = QSize(width + _TEXT_MARGIN + 4, self.lineEdit().sizeHint().height())
        option = QStyleOptionSpinBox()
        self.initStyleOption(option)
        return self.style().sizeFromContents(QStyle.ContentsType.CT_SpinBox, option, inner, self)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.lineEdit().selectAll()

    def _nearest(self, value: float) -> float:
        value = min(max(value, self.minimum()), self.maximum())
        return round(value, self.rule.decimals) + 0  # never minus zero

    def _follow_rule(self) -> None:
        """Show the number anew; a refused text stays if the number reads as before."""
        before = self._value
        self.show_value(before)
        if self._value != before:
            self.valueChanged.emit(self.value())

    def _tell_readers(self) -> None:
        """For screen readers."""
        for name, value in (
            ("value", self._value), ("minimum", self.minimum()), ("maximum", self.maximum()),
        ):  # fmt: skip
            self.setProperty(name, value)


class DecimalSpin(NumberField):
    """A decimal number."""

    least_width = 84


class WholeSpin(NumberField):
    """A whole number."""

    def __init__(
        self, name: str, low: int, high: int, parent: QWidget | None = None, unit: str = ""
    ) -> None:
        super().__init__(name, low, high, 1, unit, 0, parent)

    def value(self) -> int:
        return int(super().value())


class NumberEntry(QObject):
    """Reads a number from a line of text, of a field or of a list that can be typed into.

    A `problem` says why what was typed cannot be used; then `owner` is marked, the line by
    default.
    """

    taken = Signal(object)  # number
    """What was typed can be used."""

    def __init__(self, line: QLineEdit, rule: NumberRule, owner: QWidget | None = None) -> None:
        super().__init__(line)
        self.problem = ""
        self.line, self.rule, self.owner = line, rule, owner or line
        self._description = ""
        self._shown = line.text()
        self._reason: Reason | None = None
        line.textEdited.connect(self._on_edited)
        # A field tells of Enter and of being left itself; the line inside is part of it.
        (owner if isinstance(owner, QAbstractSpinBox) else line).editingFinished.connect(self.take)

    def take(self) -> None:
        """Use what was typed, or say why not; nothing if nothing was typed."""
        # A field that is deleted while it has the focus tells of being left, too.
        if not isValid(self.line) or self.line.text() == self._shown:
            return
        try:
            number = self.rule.read(self.line.text())
        except NotUsable as error:
            self._say(str(error))
            return
        self.write(self.rule.text(number))
        self.taken.emit(number)

    def show(self, number: float) -> None:
        """Show a number that was set elsewhere; not while the user is typing another.

        A refused text gives way to another number, and stays where the number is as before.
        """
        text = self.rule.text(number)
        refused = bool(self.problem) and text == self._shown
        typing = self.line.isModified() and self.line.hasFocus() and not self.problem
        if not refused and not typing:
            self.write(text)
        self._shown = text

    def write(self, text: str) -> None:
        """Show a text in place of what was typed."""
        self._shown = text
        if text != self.line.text():
            self.line.setText(text)
        self.line.setModified(False)
        self._say("")

    def _on_edited(self) -> None:
        Reason.rest()
        self._say("")

    def _say(self, problem: str) -> None:
        if problem == self.problem:
            if self._reason is not None and isValid(self._reason):
                self._reason.come()
            return
        if not self.problem:
            self._description = self.owner.accessibleDescription()
        self.problem = problem
        mark_problem(self.owner, bool(problem))
        told = f"Problem: {problem}" if problem else self._description
        self.owner.setAccessibleDescription(told)
        if self._reason is not None and isValid(self._reason):
            self._reason.close()
        self._reason = None
        if problem:
            self._reason = Reason(self.owner, problem)


class NumberCombo(Combo):
    """A list of numbers that others can be typed into; its `entry` tells of what is chosen."""

    def __init__(
        self, name: str, choices: Iterable[int], rule: NumberRule, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(QCompleter(self))  # an empty one: Qt's own would make 50 of a typed 5
        self.addItems([str(number) for number in choices])
        line = self.lineEdit()
        assert line is not None
        self.entry = NumberEntry(line, rule, self)
        self.activated.connect(lambda _row: self.entry.take())


class Reason(QLabel):
    """The words beside a field that say why what was typed cannot be used.

    They lie over what is there, if they can over nothing that is pressed or typed into, and go with
    the field where it is scrolled to. Of several only one is seen: the newest, or that of the field
    which has the focus or is pointed at; none while another field is typed into.
    """

    _seen: ClassVar[Reason | None] = None

    def __init__(self, field: QWidget, text: str) -> None:
        super().__init__(f"⚠ {text}", field.window())
        self._field = field
        self._waits = False
        self.setObjectName("fieldReason")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setWordWrap(True)
        for part in self._chain():
            part.installEventFilter(self)
        self.come()

    def come(self) -> None:
        """Be seen in place of the other reasons of the window."""
        if Reason._seen is not self:
            Reason.rest()
        Reason._seen, self._waits = self, False
        self._place()

    @staticmethod
    def rest() -> None:
        """Let the field of the reason that is seen speak by its mark alone."""
        seen, Reason._seen = Reason._seen, None
        if seen is not None and isValid(seen):
            seen._waits = True
            seen.hide()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._waits = True  # until it is deleted
        super().closeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (
            QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide,
        ):  # fmt: skip
            self._place()
        elif event.type() == QEvent.Type.ZOrderChange:  # a pane came forward, over the words
            QTimer.singleShot(0, self, self.raise_)
        elif event.type() in (QEvent.Type.FocusIn, QEvent.Type.Enter) and watched is self._field:
            self.come()
        return False

    def _chain(self) -> Iterator[QWidget]:
        part: QWidget | None = self._field
        while part is not None:
            yield part
            part = None if part.isWindow() else part.parentWidget()

    def _place(self) -> None:
        self.ensurePolished()
        window = self._field.window()
        if window is not self.parentWidget():  # the pane was made a window, or put back into one
            self.setParent(window)
            for part in self._chain():
                part.installEventFilter(self)
        if self._waits or self._field.visibleRegion().isEmpty():
            self.hide()
            return
        width = max(1, min(_REASON_WIDTH, window.width() - 8))
        self.setFixedWidth(min(width, self.fontMetrics().horizontalAdvance(self.text()) + 28))
        self.setFixedHeight(max(self.heightForWidth(self.width()), self.minimumSizeHint().height()))
        self.move(min(self._spots(window), key=self._covered).topLeft())
        self.show()
        self.raise_()

    def _spots(self, window: QWidget) -> list[QRect]:
        """Where the words can be: under the field, over it or beside it, the best first."""
        field = QRect(self._field.mapTo(window, QPoint()), self._field.size())
        right, last = window.width() - self.width() - 4, window.height() - self.height()
        columns = [max(4, min(x, right)) for x in (field.left(), field.right() - self.width())]
        rows = [y for y in (field.bottom() + 3, field.top() - self.height() - 2) if 0 <= y <= last]
        spots = [(x, y) for y in rows for x in columns]
        beside = (field.right() + 5, field.left() - self.width() - 4)
        spots += [(x, min(field.top(), last)) for x in beside if 4 <= x <= right]
        spots = spots or [(columns[0], field.bottom() + 3)]
        return [QRect(QPoint(*spot), self.size()) for spot in spots]

    def _covered(self, spot: QRect) -> int:
        """How much of what can be pressed or typed into a spot covers, in square units."""
        window = self._field.window()
        covered = 0
        for kind in _PRESSED:
            for part in window.findChildren(kind):
                if part.isVisible() and part.isEnabled() and not self._field.isAncestorOf(part):
                    both = spot & QRect(part.mapTo(window, QPoint()), part.size())
                    if not both.isEmpty() and not part.visibleRegion().isEmpty():
                        covered += both.width() * both.height()
        return covered


def mark_problem(field: QWidget, problem: bool) -> None:
    """Give a field the outline of a refused value, or take it away."""
    if bool(field.property("problem")) != problem:
        field.setProperty("problem", problem)
        field.style().unpolish(field)
        field.style().polish(field)
