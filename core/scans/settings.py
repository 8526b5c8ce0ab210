"""Several parameters set at once.

The coordinates of one color are changed together and rounded once: on the way from one color to
another through single coordinates lie colors outside sRGB, and each rounding would add to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from core.color.oklch import to_oklch
from core.color.terms import Palette
from core.scans.parameters import (
    Parameter,
    Target,
    Value,
    color_of,
    coordinate_value,
    parameter_of,
    recolored,
)
from core.stimuli.stimulus import Figure

Blank = Literal["outside sRGB", "figure and background alike"]
"""Why there is no stimulus of some settings."""

_ORDER = ("word", "font", "figure-term", "background-term", "size", "x", "y", "angle", "blur")
_LAST = ("contrast", "opacity")  # they start from the colors that the others give


class Setting(msgspec.Struct, frozen=True):
    """A parameter that is held at a value."""

    parameter: str
    value: Value


def apply_settings(
    stimulus: Figure, settings: Mapping[str, Value], palette: Palette
) -> Figure | Blank:
    """The stimulus with parameters changed.

    Parameters
    ----------
    settings : mapping of str to float or str
        Values by id of the parameter.
    palette : Palette
        Gives the colors of terms.

    Returns
    -------
    ShapeStimulus, WordStimulus or str
        Or why there is none: a color lies outside sRGB, or both color terms are the same.

    Raises
    ------
    InvalidInput
        If the stimulus has no such parameter or a value is out of range.
    """
    for name, value in settings.items():
        parameter_of(name).check(stimulus, value)
    made: Figure | None = stimulus
    for name in _ORDER:
        if name in settings and made is not None:
            made = parameter_of(name).change(made, settings[name], palette)
    targets: tuple[Target, Target] = ("figure", "background")
    for target in targets:
        moved = [p for p in map(parameter_of, settings) if p.target == target and p.coordinate]
        made = _with_coordinates(made, target, moved, settings)
    for name in _LAST:
        if name in settings and made is not None:
            made = parameter_of(name).change(made, settings[name], palette)
    if made is None:
        return "outside sRGB"
    chosen = {"figure-term", "background-term"} & settings.keys()
    if chosen and made.figure_color == made.background_color:
        return "figure and background alike"
    return made


def _with_coordinates(
    stimulus: Figure | None,
    target: Target,
    parameters: Iterable[Parameter],
    settings: Mapping[str, Value],
) -> Figure | None:
    changes = {}
    for parameter in parameters:
        value = settings[parameter.id]
        assert not isinstance(value, str) and parameter.coordinate is not None
        changes[parameter.coordinate] = coordinate_value(parameter, value)
    if stimulus is None or not changes:
        return stimulus
    return recolored(stimulus, target, to_oklch(color_of(stimulus, target))._replace(**changes))
