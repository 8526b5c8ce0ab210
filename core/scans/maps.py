"""Ready maps: colors of equal chroma or lightness, figure by background, word by font color.

And strips of variants of a stimulus: one parameter at each of its choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.base.errors import InvalidInput
from core.color.oklch import MAX_CHROMA, Oklch, to_oklch
from core.color.terms import COLOR_TERMS, Palette, is_chromatic, spelled
from core.scans.parameters import Target
from core.scans.plan import Axis, ScanSetup, full_axis
from core.scans.result import NO_WINNER, ScanResult
from core.scans.settings import Setting
from core.stimuli.stimulus import ObjectStimulus, ShapeStimulus, Stimulus, WordStimulus

MapPreset = Literal["hue-lightness", "hue-chroma", "figure-background", "stroop"]
MAP_PRESETS: tuple[MapPreset, ...] = get_args(MapPreset)
MAP_TITLES: dict[MapPreset, str] = {
    "hue-lightness": "Hue × lightness",
    "hue-chroma": "Hue × chroma",
    "figure-background": "Object × background",
    "stroop": "Written word × font color",
}
HUES, LEVELS = 72, 40
"""Cells of a map of colors."""
CHROMA, LIGHTNESS = 0.1, 70.0
"""Chroma of the first and lightness (%) of the second kind of map, unless told otherwise."""

_WORD = "red"


def map_setup(
    preset: MapPreset, target: Target = "figure", held: float | None = None, gray: str = "gray"
) -> ScanSetup:
    """The setup of a ready map.

    Parameters
    ----------
    target : {"figure", "background"}
        Whose color changes, in the first two.
    held : float, optional
        Chroma of the first, lightness in percent of the second.
    gray : {"gray", "grey"}
        How the word is written in the last.
    """
    hue = Axis(f"{target}-hue", 0.0, 360.0, HUES)
    if preset == "hue-lightness":
        return ScanSetup(
            x=hue,
            y=Axis(f"{target}-lightness", 1.25, 98.75, LEVELS),
            fixed=(Setting(f"{target}-chroma", CHROMA if held is None else held),),
        )
    if preset == "hue-chroma":
        return ScanSetup(
            x=hue,
            y=Axis(f"{target}-chroma", 0.0, MAX_CHROMA, LEVELS),
            fixed=(Setting(f"{target}-lightness", LIGHTNESS if held is None else held),),
        )
    if preset == "figure-background":
        return ScanSetup(
            x=Axis("figure-term", choices=COLOR_TERMS),
            y=Axis("background-term", choices=COLOR_TERMS),
        )
    words = tuple(spelled(term, gray) for term in COLOR_TERMS)
    return ScanSetup(x=Axis("figure-term", choices=COLOR_TERMS), y=Axis("word", choices=words))


def preset_of(setup: ScanSetup) -> MapPreset | None:
    """The ready map that a setup is, at whatever chroma or lightness; None if it is none."""
    targets: tuple[Target, ...] = ("figure", "background")
    for preset, target, gray in product(MAP_PRESETS, targets, ("gray", "grey")):
        known = map_setup(preset, target, gray=gray)
        same_held = [held.parameter for held in known.fixed] == [
            held.parameter for held in setup.fixed
        ]
        if known.axes == setup.axes and same_held:
            return preset
    return None


def stimulus_for(preset: MapPreset, stimulus: Stimulus) -> ObjectStimulus:
    """A figure that the map can be about, as near to the present stimulus as can be.

    A shape becomes a word for the Stroop matrix, on the same background.

    Raises
    ------
    InvalidInput
        For pictures, which have neither a figure nor a word.
    """
    if not isinstance(stimulus, ShapeStimulus | WordStimulus):
        raise InvalidInput(
            "A picture has neither a shape nor a word to change.",
            "Make the stimulus a shape or a word.",
        )
    if preset == "stroop" and isinstance(stimulus, ShapeStimulus):
        return WordStimulus(
            word=_WORD,
            figure_color=stimulus.figure_color,
            background_color=stimulus.background_color,
            size=0.8,
            side=stimulus.side,
        )
    return stimulus


Strip = Literal["figure-term", "background-term", "font"]
STRIPS: tuple[Strip, ...] = get_args(Strip)
STRIP_TITLES: dict[Strip, str] = {
    "figure-term": "Object colors",
    "background-term": "Backgrounds",
    "font": "Fonts",
}


def strip_setup(strip: Strip) -> ScanSetup:
    """The scan whose points are the variants: eleven colors, or all fonts."""
    return ScanSetup(x=full_axis(strip))


@dataclass(frozen=True)
class FocalMark:
    """Where the color of a term lies on a map of colors."""

    term: str
    x: float
    y: float
    """`x` and `y`: in cells, 0 at the middle of the first one; x is −1, beside the map, for black,
    white and gray where x is a hue, which they do not have.
    """
    color: Oklch


def focal_marks(setup: ScanSetup, palette: Palette) -> tuple[FocalMark, ...]:
    """The eleven colors of the palette on a map along coordinates of one color.

    Of each only the two coordinates of the map are shown; the third is its own. None for maps
    along anything else. Those beyond the ends of an axis are left out.
    """
    if setup.y is None:
        return ()
    x, y = setup.x, setup.y
    if x.what.coordinate is None or y.what.coordinate is None or x.what.target != y.what.target:
        return ()
    marks = []
    for term in COLOR_TERMS:
        color = to_oklch(palette[term])
        places = [_place(axis, color, is_chromatic(term)) for axis in (x, y)]
        if None not in places:
            across, up = places
            assert across is not None and up is not None
            marks.append(FocalMark(term, across, up, color))
    return tuple(marks)


def _place(axis: Axis, color: Oklch, chromatic: bool) -> float | None:
    """In cells; None beyond the ends."""
    coordinate = axis.what.coordinate
    assert coordinate is not None
    if coordinate == "hue" and not chromatic:
        return -1.0
    value = float(getattr(color, coordinate)) * (100.0 if coordinate == "lightness" else 1.0)
    place = (value - axis.low) / axis.step
    if coordinate == "hue" and axis.around:
        return place % len(axis)
    if not -0.5 <= place <= len(axis) - 0.5:
        # Black and white lie half a step beyond the middles of the first and last cells.
        return (
            None
            if abs(place - min(max(place, 0.0), len(axis) - 1.0)) > 1.0
            else min(max(place, -0.5), len(axis) - 0.5)
        )
    return place


def winner_map(result: ScanResult, template: int) -> NDArray[np.int64]:
    """Winning labels of a map, shape (rows, columns), the first row at the low end of y."""
    setup = result.plan.setup
    assert setup.y is not None
    return result.tally.winners[:, template].reshape(len(setup.y), len(setup.x))


def borders(winners: NDArray[np.int64], around: bool) -> tuple[tuple[int, int, bool], ...]:
    """Edges of cells between two regions.

    Parameters
    ----------
    winners : ndarray of int64, shape (rows, columns)
    around : bool
        The last column is followed by the first.

    Returns
    -------
    tuple of (row, column, upright)
        Upright edges lie to the right of their cell, the others above it (toward the next row).
        Blank cells have no border.
    """
    found = []
    right = np.roll(winners, -1, axis=1)
    if not around:
        right[:, -1] = winners[:, -1]
    for row, column in np.argwhere(_differ(winners, right)).tolist():
        found.append((row, column, True))
    for row, column in np.argwhere(_differ(winners[:-1], winners[1:])).tolist():
        found.append((row, column, False))
    return tuple(found)


def shares(result: ScanResult, template: int) -> dict[str, float]:
    """Share of the answered cells in which each label won."""
    winners = winner_map(result, template)
    answered = int((winners != NO_WINNER).sum())
    return {
        label: float((winners == number).sum()) / answered if answered else 0.0
        for number, label in enumerate(result.plan.labels)
    }


def with_held(setup: ScanSetup, value: float) -> ScanSetup:
    """The setup of a map of colors at another chroma or lightness."""
    (held,) = setup.fixed
    return msgspec.structs.replace(setup, fixed=(Setting(held.parameter, value),))


def _differ(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    different: NDArray[np.bool_] = (one != other) & (one != NO_WINNER) & (other != NO_WINNER)
    return different
