"""A designer pane on a lab, and a hand that drives it with real mouse and key events."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.color.terms import CSS
from core.stimuli.stimulus import ShapeStimulus, WordStimulus
from gui.context.lab_context import LabContext
from gui.context.stimulus_view import CLIP_PREPROCESSING
from gui.designer.canvas.overlay import Handle
from gui.designer.pane import DesignerPane
from tests.support.pixels import to_array
from tests.support.waiting import WAIT

SIDE = 96
_NO_KEYS = Qt.KeyboardModifier.NoModifier

SQUARE = ShapeStimulus(
    shape="square",
    figure_color=CSS["red"],
    background_color=CSS["white"],
    center_x=0.4,
    center_y=0.3,
    size=0.3,
    side=SIDE,
)
WORD = WordStimulus(
    word="blue", figure_color=CSS["red"], background_color=CSS["yellow"], size=0.6, side=SIDE
)


def make_pane(lab: LabContext, qtbot: QtBot, width: int = 420, height: int = 640) -> DesignerPane:
    """A shown pane on a lab at a model side of `SIDE`, with a square, nothing to undo."""
    lab.view.set_preprocessing(msgspec.structs.replace(CLIP_PREPROCESSING, side=SIDE))
    lab.document.new(msgspec.structs.replace(lab.document.state, stimulus=SQUARE))
    pane = DesignerPane(lab)
    qtbot.addWidget(pane)
    pane.resize(width, height)
    pane.show()
    qtbot.waitExposed(pane, timeout=WAIT)
    return pane


class Hand:
    """A mouse on the canvas; positions are pixels of the picture, or handles."""

    def __init__(self, pane: DesignerPane, side: int = SIDE) -> None:
        self.canvas = pane.canvas
        self._side = side
        self._at = QPointF()

    def at(self, column: float, row: float) -> QPointF:
        """Where a place of the picture, in its pixels, lies on the canvas."""
        return QPointF(*self.canvas.view.to_widget((column / self._side, row / self._side)))

    def grip(self, handle: Handle) -> QPointF:
        """Where a handle lies on the canvas."""
        frame = self.canvas.frame_on_screen()
        assert frame is not None
        return frame.handle(handle)

    def press(self, place: QPointF, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
        self.send(QEvent.Type.MouseButtonPress, place, keys)

    def move(self, place: QPointF, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
        """Go there in a few steps, as a hand does."""
        start = self._at
        for step in (0.25, 0.6, 1.0):
            self.send(QEvent.Type.MouseMove, start + (place - start) * step, keys)

    def release(self, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
        self.send(QEvent.Type.MouseButtonRelease, self._at, keys)

    def drag(
        self,
        start: QPointF,
        columns: float,
        rows: float,
        keys: Qt.KeyboardModifier = _NO_KEYS,
    ) -> None:
        """Press, move by so many picture pixels, release."""
        self.press(start, keys)
        self.move(start + self.at(columns, rows) - self.at(0, 0), keys)
        self.release(keys)

    def hover(self, place: QPointF) -> None:
        """Move without a button."""
        self._event(QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, _NO_KEYS)

    def send(self, kind: QEvent.Type, place: QPointF, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
        """One event with the left button."""
        self._event(kind, place, Qt.MouseButton.LeftButton, keys)

    def _event(
        self,
        kind: QEvent.Type,
        place: QPointF,
        button: Qt.MouseButton,
        keys: Qt.KeyboardModifier,
    ) -> None:
        moving = kind == QEvent.Type.MouseMove
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        everywhere = QPointF(self.canvas.mapToGlobal(QPoint(0, 0))) + place
        event = QMouseEvent(
            kind,
            place,
            everywhere,
            Qt.MouseButton.NoButton if moving else button,
            held,
            keys,
        )
        QApplication.sendEvent(self.canvas, event)
        self._at = place


def screenshot(widget: QWidget) -> NDArray[np.uint8]:
    """What the widget paints, uint8, shape (H, W, 3), in device pixels."""
    image: QImage = widget.grab().toImage()
    return to_array(image)
