"""What pointer, keys and commands make of a figure, from stimulus to stimulus.

All lengths are fractions of the picture's side, y down; angles are degrees, counter-clockwise.
Values are clamped to what a stimulus may hold, so that no gesture can fail halfway.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from PySide6.QtCore import Qt

from core.color.terms import Palette, Rgb
from core.stimuli.render import ink_bounds
from core.stimuli.sampling import MAX_SEED
from core.stimuli.stimulus import (
    DEFAULT_FONT,
    ObjectStimulus,
    ShapeName,
    ShapeStimulus,
    Stimulus,
    WordStimulus,
)
from gui.designer.canvas.overlay import Frame, Handle, Point

F = TypeVar("F", bound=ObjectStimulus)

SMALLEST_SIZE, LARGEST_SIZE = 0.02, 4.0
LOWEST_CENTER, HIGHEST_CENTER = -1.0, 2.0
RESET_CENTER, RESET_SIZE, RESET_ROTATION = 0.5, 0.5, 0.0
ROTATION_STEP = 15.0
STEP_NAMES = {Handle.BODY: "move object", Handle.ROTATE: "rotate object"}

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


def moved_to(figure: F, x: float, y: float) -> F:
    """The figure with its center at (x, y)."""
    return msgspec.structs.replace(
        figure,
        center_x=_clamp(x, LOWEST_CENTER, HIGHEST_CENTER),
        center_y=_clamp(y, LOWEST_CENTER, HIGHEST_CENTER),
    )


def nudged(figure: F, columns: int, rows: int) -> F:
    """The figure moved by whole pixels of its picture."""
    step = 1.0 / figure.side
    return moved_to(figure, figure.center_x + columns * step, figure.center_y + rows * step)


def resized(figure: F, size: float) -> F:
    """The figure at another size, about its center."""
    return msgspec.structs.replace(figure, size=_clamp(size, SMALLEST_SIZE, LARGEST_SIZE))


def turned_to(figure: F, degrees: float) -> F:
    """The figure at another angle."""
    return msgspec.structs.replace(figure, rotation=upright(degrees))


def centered(figure: F) -> F:
    """The figure in the middle of the picture."""
    return moved_to(figure, RESET_CENTER, RESET_CENTER)


def with_reset_geometry(figure: F) -> F:
    """The figure in the middle, at half the side, neither rotated nor blurred."""
    upright_figure = turned_to(resized(centered(figure), RESET_SIZE), RESET_ROTATION)
    return msgspec.structs.replace(upright_figure, blur=0.0)


def fitted_inside(figure: F) -> F:
    """The figure moved, and shrunk if it must be, until it lies wholly inside the picture.

    Raises
    ------
    FontError
        If a word cannot be drawn in its font.
    """
    left, top, right, bottom = ink_bounds(figure)
    extent = max(right - left, bottom - top)
    if extent > 1.0:
        # About the center; a hair smaller, so that rounding leaves nothing outside.
        figure = resized(figure, figure.size / extent * (1.0 - 1e-9))
        left, top, right, bottom = ink_bounds(figure)
    dx = max(0.0, -left) - max(0.0, right - 1.0)
    dy = max(0.0, -top) - max(0.0, bottom - 1.0)
    return moved_to(figure, figure.center_x + dx, figure.center_y + dy)


def swapped(figure: F) -> F:
    """The figure with its color and its background exchanged."""
    return msgspec.structs.replace(
        figure, figure_color=figure.background_color, background_color=figure.figure_color
    )


def upright(degrees: float) -> float:
    """The same angle within -180 (excluded) to 180 degrees."""
    turned = degrees % 360.0
    return turned - 360.0 if turned > 180.0 else turned


def as_shape(figure: ObjectStimulus, shape: ShapeName) -> ShapeStimulus:
    """A shape with the colors and the geometry of `figure`."""
    return ShapeStimulus(shape=shape, **_shared(figure))


def as_word(figure: ObjectStimulus, word: str, font: str = DEFAULT_FONT) -> WordStimulus:
    """A word with the colors and the geometry of `figure`."""
    return WordStimulus(word=word, font=font, **_shared(figure))


def recolored(stimulus: Stimulus, before: Palette, after: Palette) -> Stimulus:
    """The stimulus with each color that is a term of one palette exchanged for the other's."""

    def exchange(rgb: Rgb) -> Rgb:
        term = before.term_of(rgb)
        return rgb if term is None else after[term]

    changes: dict[str, Any] = {"background_color": exchange(stimulus.background_color)}
    if isinstance(stimulus, ShapeStimulus | WordStimulus):
        changes["figure_color"] = exchange(stimulus.figure_color)
    return msgspec.structs.replace(stimulus, **changes)


def next_seed(seed: int) -> int:
    """The seed after this one; the last is followed by the first."""
    return seed + 1 if seed < MAX_SEED else 0


def _shared(figure: ObjectStimulus) -> dict[str, Any]:
    geometry = ("center_x", "center_y", "size", "rotation", "side", "blur")
    names = ("figure_color", "background_color", *geometry)
    return {name: getattr(figure, name) for name in names}


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


@dataclass(frozen=True)
class Modifiers:
    """Keys held during a drag.

    Attributes
    ----------
    constrain : bool
        Shift: rotation in steps of 15°, moves along one axis.
    free : bool
        Alt: no snapping.
    from_center : bool
        Ctrl: scale about the center instead of the opposite handle.
    """

    constrain: bool = False
    free: bool = False
    from_center: bool = False


@dataclass(frozen=True)
class Dragged:
    """What a drag makes: the figure, and the center lines it snapped to."""

    figure: ObjectStimulus
    guide_x: bool = False
    guide_y: bool = False


@dataclass(frozen=True)
class Gesture:
    """One drag in progress, from where the pointer went down to where it is now.

    It always starts from the figure as it was at the press, so that the way taken by the pointer
    leaves no rounding behind and Escape can give the first figure back.

    Attributes
    ----------
    handle : Handle
        What was taken hold of.
    start : ObjectStimulus
        The figure at the press.
    pressed : Point
        Where, as fractions of the picture's side.
    """

    handle: Handle
    start: ObjectStimulus
    pressed: Point

    @property
    def name(self) -> str:
        """What the undo step is called."""
        return STEP_NAMES.get(self.handle, "scale object")

    def to(self, pointer: Point, modifiers: Modifiers, snap: float) -> Dragged:
        """The figure with the pointer there.

        A center line catches it within `snap`, a fraction of the side.
        """
        if self.handle is Handle.BODY:
            return self._moved(pointer, modifiers, snap)
        if self.handle is Handle.ROTATE:
            return Dragged(self._rotated(pointer, modifiers))
        return Dragged(self._scaled(pointer, modifiers))

    def _moved(self, pointer: Point, modifiers: Modifiers, snap: float) -> Dragged:
        dx, dy = pointer[0] - self.pressed[0], pointer[1] - self.pressed[1]
        if modifiers.constrain:
            dx, dy = (dx, 0.0) if abs(dx) >= abs(dy) else (0.0, dy)
        x, y = self.start.center_x + dx, self.start.center_y + dy
        guide_x = not modifiers.free and abs(x - 0.5) <= snap
        guide_y = not modifiers.free and abs(y - 0.5) <= snap
        figure = moved_to(self.start, 0.5 if guide_x else x, 0.5 if guide_y else y)
        return Dragged(figure, guide_x, guide_y)

    def _scaled(self, pointer: Point, modifiers: Modifiers) -> ObjectStimulus:
        frame = Frame.of(self.start)
        grip = frame.point(self.handle)
        across, down = self.handle.value
        anchor = frame.center if modifiers.from_center else frame.at(-across, -down)
        reach = grip[0] - anchor[0], grip[1] - anchor[1]
        # The press may lie beside the handle's middle: follow the way, not the place.
        wanted = (
            grip[0] + pointer[0] - self.pressed[0] - anchor[0],
            grip[1] + pointer[1] - self.pressed[1] - anchor[1],
        )
        length = reach[0] ** 2 + reach[1] ** 2
        factor = (wanted[0] * reach[0] + wanted[1] * reach[1]) / length
        size = min(max(self.start.size * factor, SMALLEST_SIZE), LARGEST_SIZE)
        factor = size / self.start.size
        x = anchor[0] + (frame.center[0] - anchor[0]) * factor
        y = anchor[1] + (frame.center[1] - anchor[1]) * factor
        return resized(moved_to(self.start, x, y), size)

    def _rotated(self, pointer: Point, modifiers: Modifiers) -> ObjectStimulus:
        center = self.start.center_x, self.start.center_y
        turned = _direction(center, pointer) - _direction(center, self.pressed)
        rotation = self.start.rotation + turned
        if modifiers.constrain:
            rotation = round(rotation / ROTATION_STEP) * ROTATION_STEP
        return turned_to(self.start, rotation)


def _direction(center: Point, point: Point) -> float:
    return math.degrees(math.atan2(center[1] - point[1], point[0] - center[0]))


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
