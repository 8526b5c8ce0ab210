"""Dragging: from where the pointer went down and where it is now to the figure it makes.

A gesture always starts from the figure as it was at the press, so that the way taken by the
pointer leaves no rounding behind and Escape can give the first figure back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.stimuli.stimulus import ObjectStimulus
from gui.designer.canvas.frame import Frame, Handle, Point
from gui.designer.edits import LARGEST_SIZE, SMALLEST_SIZE, moved_to, resized, turned_to

ROTATION_STEP = 15.0
STEP_NAMES = {Handle.BODY: "move object", Handle.ROTATE: "rotate object"}


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
    """One drag in progress.

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

        Parameters
        ----------
        pointer : Point
        modifiers : Modifiers
        snap : float
            How near a center line catches the figure, fraction of the side.
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
