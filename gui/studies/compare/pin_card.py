"""One column of a comparison: the stimulus, what is held, and the answers."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.color.terms import Palette
from core.predict.prediction import BlockedTemplate, TemplatePrediction
from core.scans.label_styles import label_styles
from core.scans.state import Pin
from gui.look.theme import Theme
from gui.studies.compare.comparing import PinAnswer
from gui.studies.painting import small
from gui.widgets.elided_label import ElidedLabel

WIDTH = 214
_PICTURE = 84
_BEST = 3
_HEAD = 24


class _Bars(QWidget):
    """The three likeliest labels of every template."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._answer: PinAnswer | None = None
        self._palette: Palette | None = None

    def show_answer(self, answer: PinAnswer, palette: Palette) -> None:
        """Draw an answer."""
        self._answer, self._palette = answer, palette
        self.setMinimumHeight(self.sizeHint().height())
        self.setAccessibleName("; ".join(winner_lines(answer)))
        self.setToolTip("\n".join(winner_lines(answer)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        count = len(self._answer.outcomes) if self._answer else 1
        return QSize(WIDTH - 20, count * ((_BEST + 1) * line + 6))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._answer is None or self._palette is None:
            return
        with QPainter(self) as painter:
            painter.setFont(small(self.font()))
            metrics, tokens = painter.fontMetrics(), self._theme.tokens
            line, y = metrics.height() + 1, 0
            for outcome in self._answer.outcomes:
                painter.setPen(QColor(tokens.muted))
                text = metrics.elidedText(
                    outcome.template, Qt.TextElideMode.ElideRight, self.width() - 2
                )
                painter.drawText(QRectF(0, y, self.width(), line), Qt.AlignmentFlag.AlignLeft, text)
                y += line
                if isinstance(outcome, BlockedTemplate):
                    painter.setPen(QColor(tokens.danger))
                    text = metrics.elidedText(
                        outcome.reason, Qt.TextElideMode.ElideRight, self.width() - 2
                    )
                    box = QRectF(0, y, self.width(), line)
                    painter.drawText(box, Qt.AlignmentFlag.AlignLeft, text)
                    y += line
                else:
                    y = self._paint_best(painter, outcome, y, line)
                y += 5

    def _paint_best(self, painter: QPainter, outcome: TemplatePrediction, y: int, line: int) -> int:
        assert self._palette is not None
        tokens, looks = self._theme.tokens, label_styles(outcome.labels, self._palette)
        order = sorted(range(len(looks)), key=lambda n: (-outcome.cosines[n], n))[:_BEST]
        name, room = 62.0, self.width() - 62.0 - 48.0
        for place, number in enumerate(order):
            font = painter.font()
            font.setBold(place == 0)
            painter.setFont(font)
            metrics = painter.fontMetrics()
            painter.setPen(QColor(tokens.text))
            text = metrics.elidedText(
                looks[number].label, Qt.TextElideMode.ElideRight, round(name) - 4
            )
            painter.drawText(QRectF(0, y, name, line), Qt.AlignmentFlag.AlignVCenter, text)
            chance = float(outcome.probabilities[number])
            bar = QRectF(name + 0.5, y + 2.5, max(2.0, round(chance * room)), line - 6)
            painter.setPen(QColor(tokens.border_strong))
            painter.setBrush(QColor(*looks[number].color))
            painter.drawRect(bar)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(tokens.text))
            box = QRectF(bar.right() + 4, y, 48, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"{100 * chance:.1f} %")
            y += line
        font = painter.font()
        font.setBold(False)
        painter.setFont(font)
        return y


def winner_lines(answer: PinAnswer) -> list[str]:
    """Each template with its winner, in words."""
    lines = []
    for outcome in answer.outcomes:
        if isinstance(outcome, BlockedTemplate):
            lines.append(f"{outcome.template}: {outcome.reason}")
        else:
            chance = 100 * float(outcome.probabilities[outcome.winner])
            lines.append(f"{outcome.template}: {outcome.labels[outcome.winner]} {chance:.1f} %")
    return lines


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
        self.bars = _Bars(theme, self)
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
            height, width, _ = answer.pixels.shape
            image = QImage(
                answer.pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888
            )
            scale = self.devicePixelRatioF()
            side = round(_PICTURE * scale)
            pixmap = QPixmap.fromImage(
                image.scaled(
                    side,
                    side,
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
            pixmap.setDevicePixelRatio(scale)
            self.picture.setPixmap(pixmap)
        self.model.show_text(answer.info.name if answer.info else "")
        self.problem.setVisible(answer.error is not None)
        self.problem.setText(str(answer.error or ""))
        self.bars.setVisible(answer.error is None)
        self.bars.show_answer(answer, palette)


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
