"""One column of a comparison: the stimulus, what is held, and the answers."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.color.terms import Palette
from core.predict.prediction import BlockedTemplate
from core.scans.label_styles import label_styles
from core.scans.state import Pin
from gui.charts.bar_painter import Bar, BarLayout, Row
from gui.charts.bars import BarChart
from gui.look.theme import Theme
from gui.studies.compare.comparing import PinAnswer
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.pixels import to_image

WIDTH = 214
_PICTURE = 84
_BEST = 3
_HEAD = 24


_LAYOUT = BarLayout(value="100.0 %", padding=2.0, bars=("probability",))


def bar_rows(answer: PinAnswer, palette: Palette) -> list[Row]:
    """Each template with its likeliest labels, or why it has none."""
    rows = []
    for outcome in answer.outcomes:
        rows.append(Row(outcome.template, weight="calm"))
        if isinstance(outcome, BlockedTemplate):
            rows.append(Row(outcome.reason, weight="wrong"))
            continue
        looks = label_styles(outcome.labels, palette)
        order = sorted(range(len(looks)), key=lambda n: (-outcome.cosines[n], n))[:_BEST]
        for place, number in enumerate(order):
            chance = float(outcome.probabilities[number])
            bar = Bar(chance, looks[number].color)
            text = f"{100 * chance:.1f} %"
            rows.append(
                Row(looks[number].label, (bar,), text, weight="plain" if place else "strong")
            )
    return rows


class PinCard(QFrame):
    """Shows a pin.

    Signals
    -------
    removed()
    opened()
        Its stimulus is wanted on the canvas.
    """

    removed = Signal()
    opened = Signal()

    def __init__(self, pin: Pin, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pin = pin
        self._theme = theme
        self.setProperty("role", "card")
        self.setFixedWidth(WIDTH)
        self.title = ElidedLabel("heading", self)
        self.title.show_text(pin.title)
        self.title.setMinimumHeight(_HEAD)  # the same with buttons beside it and without
        self.held = ElidedLabel("muted", self)
        self.held.show_text(held_text(pin))
        self.picture = QLabel(self)
        self.picture.setFixedSize(_PICTURE, _PICTURE)
        self.picture.setAccessibleName(f"Stimulus of {pin.title}")
        self.model = ElidedLabel("muted", self)
        self.problem = QLabel(self)
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        name = f"Answers to {pin.title}"
        self.bars = BarChart(theme, name, _LAYOUT, WIDTH - 20, self, in_small=True)
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.title, 1)
        self.open_button = _tool(f"Put the stimulus of {pin.title} on the canvas")
        self.open_button.setVisible(pin.stimulus is not None)
        self.open_button.clicked.connect(self.opened)
        self.remove_button = _tool(f"Unpin {pin.title}")
        self.remove_button.setVisible(held_text(pin) != _LIVE)
        self.remove_button.clicked.connect(self.removed)
        head.addWidget(self.open_button)
        head.addWidget(self.remove_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.held)
        column.addWidget(self.picture)
        column.addWidget(self.model)
        column.addWidget(self.problem)
        column.addWidget(self.bars)
        column.addStretch(1)
        theme.changed.connect(self._set_icons)  # a method, so that it ends with the card
        self._set_icons()

    def _set_icons(self) -> None:
        self.open_button.setIcon(self._theme.icon("undo"))
        self.remove_button.setIcon(self._theme.icon("close"))

    def show_answer(self, answer: PinAnswer, palette: Palette) -> None:
        """Show what the model says."""
        if answer.pixels is not None:
            scale = self.devicePixelRatioF()
            smooth = Qt.TransformationMode.SmoothTransformation
            image = to_image(answer.pixels).scaledToWidth(round(_PICTURE * scale), smooth)
            image.setDevicePixelRatio(scale)
            self.picture.setPixmap(QPixmap.fromImage(image))
        self.model.show_text(answer.info.name if answer.info else "")
        self.problem.setVisible(answer.error is not None)
        self.problem.setText(str(answer.error or ""))
        self.bars.setVisible(answer.error is None)
        self.bars.show_bars(bar_rows(answer, palette))


_LIVE = "follows the window"


def held_text(pin: Pin) -> str:
    """What a pin holds, in words."""
    names = (("stimulus", pin.stimulus), ("prompts", pin.prompts), ("model", pin.model))
    held = [name for name, value in names if value is not None]
    return f"pinned: {', '.join(held)}" if held else _LIVE


def _tool(tip: str) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setIconSize(QSize(13, 13))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button
