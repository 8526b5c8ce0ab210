"""Keys that edit the figure while the canvas has the focus."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

from core.stimuli.stimulus import ObjectStimulus
from gui.designer.edits import nudged, resized, turned_to

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_SCALE = {Qt.Key.Key_Plus: 0.01, Qt.Key.Key_Equal: 0.01, Qt.Key.Key_Minus: -0.01}
_TURN = {
    Qt.Key.Key_BracketLeft: 1.0,
    Qt.Key.Key_BracketRight: -1.0,
    Qt.Key.Key_BraceLeft: 15.0,
    Qt.Key.Key_BraceRight: -15.0,
}


@dataclass(frozen=True)
class KeyEdit:
    """A named change of the figure."""

    name: str
    figure: ObjectStimulus


def key_edit(figure: ObjectStimulus, key: int, modifiers: Qt.KeyboardModifier) -> KeyEdit | None:
    """What a key makes of the figure; None if it is no key of the canvas.

    Arrows move by one pixel of the picture, with Shift by ten; ``+`` and ``-`` scale by 1 % of
    the side; ``[`` and ``]`` rotate by 1°, with Shift by 15°.
    """
    if modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
        return None
    shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
    pressed = Qt.Key(key)
    if pressed in _ARROWS:
        columns, rows = _ARROWS[pressed]
        step = 10 if shift else 1
        return KeyEdit("move object", nudged(figure, columns * step, rows * step))
    if pressed in _SCALE:
        return KeyEdit("scale object", resized(figure, figure.size + _SCALE[pressed]))
    if pressed in _TURN:
        degrees = _TURN[pressed]
        if shift and abs(degrees) == 1.0:  # layouts on which Shift leaves the bracket a bracket
            degrees *= 15.0
        return KeyEdit("rotate object", turned_to(figure, figure.rotation + degrees))
    return None
