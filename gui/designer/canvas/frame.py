"""The frame around a figure: its rotated ink box, its handles, and what a pointer hits.

Positions are fractions of the picture's side, x right, y down. The frame knows no screen; the
canvas turns its points into widget coordinates and draws them there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from core.stimuli.coverage import bounds
from core.stimuli.render import unit_outline
from core.stimuli.stimulus import ObjectStimulus

Point = tuple[float, float]


class Handle(Enum):
    """Where a figure can be taken hold of; the value is the place on the box, in half sides."""

    TOP_LEFT = (-1, -1)
    TOP = (0, -1)
    TOP_RIGHT = (1, -1)
    RIGHT = (1, 0)
    BOTTOM_RIGHT = (1, 1)
    BOTTOM = (0, 1)
    BOTTOM_LEFT = (-1, 1)
    LEFT = (-1, 0)
    ROTATE = (0, -2)
    BODY = (0, 0)

    @property
    def scales(self) -> bool:
        return self not in (Handle.ROTATE, Handle.BODY)


SCALE_HANDLES = tuple(handle for handle in Handle if handle.scales)


@dataclass(frozen=True)
class Frame:
    """A rotated box.

    Attributes
    ----------
    half_width, half_height : float
        Of the box before rotation.
    rotation : float
        Degrees, counter-clockwise.
    """

    center: Point
    half_width: float
    half_height: float
    rotation: float

    @classmethod
    def of(cls, figure: ObjectStimulus) -> Frame:
        """The frame of a figure.

        Raises
        ------
        FontError
            If a word cannot be drawn in its font.
        """
        left, top, right, bottom = bounds(unit_outline(figure))
        return cls(
            (figure.center_x, figure.center_y),
            (right - left) / 2 * figure.size,
            (bottom - top) / 2 * figure.size,
            figure.rotation,
        )

    def at(self, across: float, down: float) -> Point:
        """The point that lies so many half widths right and half heights below the center."""
        dx, dy = turn(across * self.half_width, down * self.half_height, self.rotation)
        return self.center[0] + dx, self.center[1] + dy

    def point(self, handle: Handle) -> Point:
        """Where a scale handle sits."""
        return self.at(*handle.value)

    def corners(self) -> tuple[Point, Point, Point, Point]:
        """The four corners, clockwise from the top left one."""
        return self.at(-1, -1), self.at(1, -1), self.at(1, 1), self.at(-1, 1)

    def up(self) -> Point:
        """Unit vector from the center towards the top edge."""
        return turn(0.0, -1.0, self.rotation)

    def contains(self, point: Point, slack: float = 0.0) -> bool:
        """True if the point lies in the box, or within `slack` of it."""
        dx, dy = point[0] - self.center[0], point[1] - self.center[1]
        across, down = turn(dx, dy, -self.rotation)
        return abs(across) <= self.half_width + slack and abs(down) <= self.half_height + slack


def turn(x: float, y: float, degrees: float) -> Point:
    """A vector rotated counter-clockwise as seen on the screen (y down)."""
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    return x * cosine + y * sine, y * cosine - x * sine


def screen_angle(handle: Handle, rotation: float) -> float:
    """Direction in which a scale handle pulls, degrees counter-clockwise within 0..180."""
    across, down = handle.value
    return (math.degrees(math.atan2(-down, across)) + rotation) % 180.0
