"""Several parameters set at once.

The coordinates of one color are changed together and rounded once: on the way from one color to
another through single coordinates lie colors outside sRGB, and each rounding would add to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from core.color.oklch import to_oklch, to_srgb
from core.color.terms import Palette
from core.scans.parameters import Target, Value, color_of, parameter_of, with_color
from core.stimuli.stimulus import ObjectStimulus

Blank = Literal["outside sRGB", "figure and background alike"]
"""Why there is no stimulus of some settings."""

_ORDER = ("word", "font", "figure-term", "background-term", "size", "x", "y", "angle", "blur")
_LAST = ("contrast", "opacity")  # they start from the colors that the others give


class Setting(msgspec.Struct, frozen=True):
    """A parameter that is held at a value."""

    parameter: str
    value: Value


def apply_settings(
    stimulus: ObjectStimulus, settings: Mapping[str, Value], palette: Palette
) -> ObjectStimulus | Blank:
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
    made = _changed(stimulus, _ORDER, settings, palette)
    targets: tuple[Target, Target] = ("figure", "background")
    for target in targets:
        made = _with_coordinates(made, target, settings)
    made = _changed(made, _LAST, settings, palette)
    if made is None:
        return "outside sRGB"
    chosen = {"figure-term", "background-term"} & settings.keys()
    if chosen and made.figure_color == made.background_color:
        return "figure and background alike"
    return made


def _changed(
    stimulus: ObjectStimulus | None,
    names: Iterable[str],
    settings: Mapping[str, Value],
    palette: Palette,
) -> ObjectStimulus | None:
    for name in names:
        change = parameter_of(name).change
        if name in settings and stimulus is not None and change is not None:
            stimulus = change(stimulus, settings[name], palette)
    return stimulus


def _with_coordinates(
    stimulus: ObjectStimulus | None, target: Target, settings: Mapping[str, Value]
) -> ObjectStimulus | None:
    changes = {}
    for parameter in map(parameter_of, settings):
        if parameter.target == target and parameter.coordinate is not None:
            value = settings[parameter.id]
            assert not isinstance(value, str)
            scale = 100.0 if parameter.coordinate == "lightness" else 1.0
            changes[parameter.coordinate] = value / scale
    if stimulus is None or not changes:
        return stimulus
    rgb = to_srgb(to_oklch(color_of(stimulus, target))._replace(**changes))
    return None if rgb is None else with_color(stimulus, target, rgb)
