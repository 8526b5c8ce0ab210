"""The parameters of a stimulus that a scan can change, each with its unit and range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from core.base.errors import InvalidInput
from core.color.oklch import MAX_CHROMA, to_oklch
from core.color.terms import COLOR_TERMS, Palette, Rgb
from core.stimuli.fonts import font_faces
from core.stimuli.stimulus import MAX_BLUR, ObjectStimulus, WordStimulus

Value = float | str
"""A number in the parameter's unit, or one of its choices."""
Kind = Literal["number", "choice"]
Target = Literal["figure", "background"]
TARGET_NAMES: dict[Target, str] = {"figure": "object", "background": "background"}
Change = Callable[[ObjectStimulus, Value, Palette], ObjectStimulus | None]


@dataclass(frozen=True)
class Parameter:
    """Something about a stimulus that can be set to a value."""

    id: str
    """Stable name, stored in documents."""
    name: str
    """To show, e.g. ``"Hue of the figure"``."""
    tip: str
    """What it means, in a sentence."""
    change: Change | None
    """None for coordinates of a color, which are changed together, see `core.scans.settings`."""
    read: Callable[[ObjectStimulus, Palette], Value | None]
    unit: str = ""
    """Of the values, behind the number; empty for choices and pure numbers."""
    kind: Kind = "number"
    low: float = 0.0
    high: float = 0.0
    """`low` and `high`: ends of the possible range."""
    start: float = 0.0
    stop: float = 0.0
    """`start` and `stop`: ends of the range offered first."""
    decimals: int = 0
    """Digits worth showing."""
    precision: float = 0.0
    """To which a threshold is refined."""
    cyclic: bool = False
    """The end of the range is its beginning."""
    needs_word: bool = False
    """Only words have it."""
    target: Target | None = None
    coordinate: Literal["lightness", "chroma", "hue"] | None = None

    def check(self, stimulus: ObjectStimulus, value: Value) -> None:
        """Raise `InvalidInput` unless the value can be given to the stimulus."""
        if self.needs_word and not isinstance(stimulus, WordStimulus):
            raise InvalidInput(
                f"{self.name} cannot be scanned: the stimulus is a shape.",
                "Make it a word, or choose another parameter.",
            )
        if self.kind == "choice":
            if not isinstance(value, str):
                raise InvalidInput(f"{value:g} is no choice for {self.name.lower()}.")
        elif isinstance(value, str) or not self.low <= value <= self.high:
            raise InvalidInput(
                f"{value} is no value for {self.name.lower()}.",
                f"It runs from {self.low:g} to {self.high:g}{self.unit}.",
            )

    def choices(self) -> tuple[str, ...]:
        """What can be chosen, apart from own words; empty for numbers."""
        if self.kind == "number":
            return ()
        if self.id == "font":
            return tuple(font_faces())
        return COLOR_TERMS

    def text(self, value: Value) -> str:
        """A value with its unit."""
        if isinstance(value, str):
            return font_faces()[value].title if self.id == "font" else value
        return f"{value:.{self.decimals}f}{self.unit}"


def with_color(stimulus: ObjectStimulus, target: Target, rgb: Rgb) -> ObjectStimulus:
    """The stimulus with the color of its figure or background exchanged."""
    if target == "figure":
        return msgspec.structs.replace(stimulus, figure_color=rgb)
    return msgspec.structs.replace(stimulus, background_color=rgb)


def color_of(stimulus: ObjectStimulus, target: Target) -> Rgb:
    """The color of the figure or the background."""
    return stimulus.figure_color if target == "figure" else stimulus.background_color


def _coordinate(target: Target, coordinate: Literal["lightness", "chroma", "hue"]) -> Parameter:
    words = f"{coordinate.capitalize()} of the {TARGET_NAMES[target]}"
    scale = 100.0 if coordinate == "lightness" else 1.0

    def read(stimulus: ObjectStimulus, _palette: Palette) -> Value | None:
        color = to_oklch(color_of(stimulus, target))
        if coordinate == "hue" and color.chroma < 1e-3:
            return None
        return scale * float(getattr(color, coordinate))

    ranges = {
        "lightness": (" %", 100.0, 0.0, 100.0, 1, 0.05, False),
        "chroma": ("", 0.5, 0.0, MAX_CHROMA, 3, 0.0005, False),
        "hue": ("°", 360.0, 0.0, 360.0, 1, 0.1, True),
    }
    tips = {
        "lightness": "from black (0 %) to white (100 %)",
        "chroma": "0 for gray; the most vivid sRGB color has 0.322",
        "hue": "an angle: red 29°, yellow 110°, green 142°, blue 264°",
    }
    unit, high, start, stop, decimals, precision, cyclic = ranges[coordinate]
    return Parameter(
        f"{target}-{coordinate}",
        words,
        f"OKLCH {coordinate} of the {TARGET_NAMES[target]} color, {tips[coordinate]}. "
        "Colors outside sRGB are left out.",
        None,
        read,
        unit,
        "number",
        0.0,
        high,
        start,
        stop,
        decimals,
        precision,
        cyclic,
        target=target,
        coordinate=coordinate,
    )


def _term(target: Target) -> Parameter:
    def change(stimulus: ObjectStimulus, value: Value, palette: Palette) -> ObjectStimulus:
        return with_color(stimulus, target, palette[str(value)])

    def read(stimulus: ObjectStimulus, palette: Palette) -> Value | None:
        return palette.term_of(color_of(stimulus, target))

    return Parameter(
        f"{target}-term",
        f"Color term of the {TARGET_NAMES[target]}",
        f"The {TARGET_NAMES[target]} in each of the eleven colors of the palette.",
        change,
        read,
        kind="choice",
        target=target,
    )


def _field(
    id: str,
    name: str,
    field: str,
    tip: str,
    limits: tuple[float, float],
    span: tuple[float, float],
    *,
    unit: str = " %",
    scale: float = 100.0,
    decimals: int = 1,
    precision: float = 0.05,
    cyclic: bool = False,
) -> Parameter:
    def change(stimulus: ObjectStimulus, value: Value, _palette: Palette) -> ObjectStimulus:
        assert not isinstance(value, str)
        return msgspec.structs.replace(stimulus, **{field: value / scale})

    def read(stimulus: ObjectStimulus, _palette: Palette) -> Value | None:
        return scale * float(getattr(stimulus, field))

    return Parameter(
        id, name, tip, change, read, unit, "number", *limits, *span, decimals, precision, cyclic
    )


def _text(field: Literal["word", "font"]) -> Parameter:
    def change(stimulus: ObjectStimulus, value: Value, _palette: Palette) -> ObjectStimulus:
        return msgspec.structs.replace(stimulus, **{field: str(value)})

    def read(stimulus: ObjectStimulus, _palette: Palette) -> Value | None:
        return str(getattr(stimulus, field)) if isinstance(stimulus, WordStimulus) else None

    tips = {
        "word": "The written word: the eleven color terms or words of your own.",
        "font": "Each of the bundled fonts.",
    }
    return Parameter(
        field, field.capitalize(), tips[field], change, read, kind="choice", needs_word=True
    )


def _contrasted(stimulus: ObjectStimulus, value: Value, _palette: Palette) -> ObjectStimulus | None:
    """Both colors moved along the line through them, about its middle."""
    assert not isinstance(value, str)
    colors = []
    for own, other in (
        (stimulus.figure_color, stimulus.background_color),
        (stimulus.background_color, stimulus.figure_color),
    ):
        share = (1.0 + value / 100.0) / 2.0
        color = tuple(
            _rounded(share * a + (1 - share) * b) for a, b in zip(own, other, strict=True)
        )
        if min(color) < 0 or max(color) > 255:
            return None
        colors.append(color)
    return msgspec.structs.replace(stimulus, figure_color=colors[0], background_color=colors[1])


def _mixed(stimulus: ObjectStimulus, value: Value, _palette: Palette) -> ObjectStimulus:
    """The figure's color mixed with the background's."""
    assert not isinstance(value, str)
    share = value / 100.0
    pairs = zip(stimulus.figure_color, stimulus.background_color, strict=True)
    red, green, blue = (_rounded(share * a + (1 - share) * b) for a, b in pairs)
    return with_color(stimulus, "figure", (red, green, blue))


def _rounded(value: float) -> int:
    return int(value + 0.5) if value >= 0 else -int(0.5 - value)


def _full(_stimulus: ObjectStimulus, _palette: Palette) -> Value | None:
    """What the stimulus itself is at, by definition."""
    return 100.0


PARAMETERS: dict[str, Parameter] = {
    parameter.id: parameter
    for parameter in (
        _coordinate("figure", "hue"),
        _coordinate("figure", "chroma"),
        _coordinate("figure", "lightness"),
        _coordinate("background", "hue"),
        _coordinate("background", "chroma"),
        _coordinate("background", "lightness"),
        Parameter(
            "contrast",
            "Contrast",
            "Both colors moved apart or together along the line through them in sRGB: 100 % as "
            "designed, 0 % one uniform color, above 100 % farther apart until sRGB ends.",
            _contrasted,
            _full,
            unit=" %",
            high=400.0,
            stop=100.0,
            decimals=1,
            precision=0.1,
        ),
        Parameter(
            "opacity",
            "Opacity",
            "The object's color mixed with the background's in sRGB values: 100 % as designed, "
            "0 % invisible.",
            _mixed,
            _full,
            unit=" %",
            high=100.0,
            stop=100.0,
            decimals=1,
            precision=0.1,
        ),
        _field(
            "size",
            "Size",
            "size",
            "Longer side of a shape or width of a word, in percent of the picture's side.",
            (0.5, 400.0),
            (5.0, 100.0),
        ),
        _field(
            "x",
            "Position x",
            "center_x",
            "Center of the object from the left, in percent of the picture's side.",
            (-100.0, 200.0),
            (0.0, 100.0),
        ),
        _field(
            "y",
            "Position y",
            "center_y",
            "Center of the object from the top, in percent of the picture's side.",
            (-100.0, 200.0),
            (0.0, 100.0),
        ),
        _field(
            "angle",
            "Angle",
            "rotation",
            "Rotation about the center, counter-clockwise.",
            (-360.0, 360.0),
            (0.0, 360.0),
            unit="°",
            scale=1.0,
            precision=0.1,
            cyclic=True,
        ),
        _field(
            "blur",
            "Blur",
            "blur",
            "Standard deviation of a Gaussian blur of the outline, in percent of the picture's "
            "side; 0 % is sharp.",
            (0.0, 100.0 * MAX_BLUR),
            (0.0, 20.0),
            decimals=2,
            precision=0.01,
        ),
        _text("word"),
        _text("font"),
        _term("figure"),
        _term("background"),
    )
}
"""All parameters by id, in the order in which they are offered."""


def parameter_of(id: str) -> Parameter:
    """The parameter of that id.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    try:
        return PARAMETERS[id]
    except KeyError:
        raise InvalidInput(
            f"There is no parameter “{id}”.", f"The parameters are {', '.join(PARAMETERS)}."
        ) from None
