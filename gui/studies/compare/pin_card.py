"""One column of a comparison: the stimulus, what is held, and the answers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from core.color.terms import Palette
from core.predict.prediction import BlockedTemplate
from core.scans.label_styles import label_styles
from core.scans.state import Pin
from gui.charts.bar_painter import Bar, BarLayout, Row
from gui.charts.bars import BarChart
from gui.look.theme import Theme
from gui.studies.compare.comparing import PinAnswer
from gui.widgets.build import STRETCH, IconButton, column, label, row, tell
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.images import to_image

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
    """Shows a pin; it is `opened` where its stimulus is wanted on the canvas."""

    removed = Signal()
    opened = Signal()

    def __init__(self, pin: Pin, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pin = pin
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
        self.problem = label("", "problem", self, wraps=True, shown=False)
        name = f"Answers to {pin.title}"
        self.bars = BarChart(theme, name, _LAYOUT, WIDTH - 20, self, in_small=True)
        tip = f"Put the stimulus of {pin.title} on the canvas"
        self.open_button = IconButton(theme, "undo", tip, self.opened, self, side=13)
        self.open_button.setVisible(pin.stimulus is not None)
        tip = f"Unpin {pin.title}"
        self.remove_button = IconButton(theme, "close", tip, self.removed, self, side=13)
        self.remove_button.setVisible(held_text(pin) != _LIVE)
        for tool in (self.open_button, self.remove_button):
            tool.setAutoRaise(True)
        head = row((self.title, 1), self.open_button, self.remove_button, spacing=2)
        parts = (self.held, self.picture, self.model, self.problem, self.bars, STRETCH)
        column(head, *parts, spacing=4, margins=(10, 7, 8, 8), on=self)

    def show_answer(self, answer: PinAnswer, palette: Palette) -> None:
        """Show what the model says."""
        if answer.pixels is not None:
            scale = self.devicePixelRatioF()
            smooth = Qt.TransformationMode.SmoothTransformation
            image = to_image(answer.pixels).scaledToWidth(round(_PICTURE * scale), smooth)
            image.setDevicePixelRatio(scale)
            self.picture.setPixmap(QPixmap.fromImage(image))
        self.model.show_text(answer.info.name if answer.info else "")
        tell(self.problem, str(answer.error or ""))
        self.bars.setVisible(answer.error is None)
        self.bars.show_bars(bar_rows(answer, palette))


_LIVE = "follows the window"


def held_text(pin: Pin) -> str:
    """What a pin holds, in words."""
    names = (("stimulus", pin.stimulus), ("prompts", pin.prompts), ("model", pin.model))
    held = [name for name, value in names if value is not None]
    return f"pinned: {', '.join(held)}" if held else _LIVE
