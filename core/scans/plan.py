"""What a scan changes, and the images that follow from it. Imports no torch.

The points of a scan are numbered along x first: ``point = row × columns + column``. With
repetitions the same points come again at other places: ``image = repetition × points + point``.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from core.base.errors import InvalidInput
from core.color.terms import CSS, Palette, canonical
from core.scans.parameters import PARAMETERS, Parameter, Value, parameter_of
from core.scans.settings import Blank, Setting, apply_settings
from core.stimuli.sampling import MAX_SEED, ShapeRules, WordRules, sample_geometry
from core.stimuli.stimulus import ObjectStimulus, ShapeStimulus, WordStimulus

MAX_POINTS = 20_000
MAX_REPETITIONS = 500
MAX_IMAGES = 200_000
MOST_STEPS = 1000


class Axis(msgspec.Struct, frozen=True):
    """The values of one parameter, in equal steps or as choices."""

    parameter: str
    """Id, see `core.scans.parameters.PARAMETERS`."""
    low: float = 0.0
    high: float = 0.0
    """`low` and `high`: first and last value of a number, in its unit. A whole turn leaves out its
    end, which is its beginning.
    """
    steps: int = 0
    """How many values."""
    choices: tuple[str, ...] = ()
    """In place of numbers."""

    def __post_init__(self) -> None:
        known = parameter_of(self.parameter)
        if known.kind == "choice":
            if not self.choices:
                raise InvalidInput(
                    f"There is nothing to choose for {known.name.lower()}.", "List at least one."
                )
            if len(set(self.choices)) < len(self.choices):
                raise InvalidInput(f"A choice for {known.name.lower()} is listed twice.")
            return
        if not 2 <= self.steps <= MOST_STEPS:
            raise InvalidInput(
                f"{self.steps} steps of {known.name.lower()} are not possible.",
                f"Ask for 2 to {MOST_STEPS}.",
            )
        if not known.low <= self.low < self.high <= known.high:
            raise InvalidInput(
                f"{known.name} cannot run from {self.low:g} to {self.high:g}.",
                f"It must rise and lie between {known.low:g} and {known.high:g}{known.unit}.",
            )

    def __len__(self) -> int:
        return len(self.choices) or self.steps

    @property
    def what(self) -> Parameter:
        """The parameter itself."""
        return PARAMETERS[self.parameter]

    @property
    def around(self) -> bool:
        """True if the last value is followed by the first."""
        return self.what.cyclic and math.isclose(self.high - self.low, 360.0)

    @property
    def step(self) -> float:
        """Distance of two neighboring values; 0 for choices."""
        if self.choices:
            return 0.0
        return (self.high - self.low) / (self.steps if self.around else self.steps - 1)

    def values(self) -> tuple[Value, ...]:
        """All values, in order."""
        if self.choices:
            return self.choices
        return tuple(self.low + self.step * number for number in range(self.steps))


def full_axis(parameter: str, steps: int = 72) -> Axis:
    """The axis that is offered first for a parameter."""
    known = parameter_of(parameter)
    if known.kind == "choice":
        return Axis(parameter, choices=known.choices())
    return Axis(parameter, known.start, known.stop, steps)


class ScanSetup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is changed, whatever the stimulus and the prompts."""

    x: Axis
    y: Axis | None = None
    """Of a map; None for a curve."""
    fixed: tuple[Setting, ...] = ()
    """Parameters held at a value that is not the stimulus's own."""
    repetitions: int = 0
    """0 for the stimulus as it is placed; otherwise so many random places, sizes and angles."""
    seed: int = 0
    """Of the random places."""

    def __post_init__(self) -> None:
        names = [axis.parameter for axis in self.axes] + [held.parameter for held in self.fixed]
        for name in names:
            if names.count(name) > 1:
                what = parameter_of(name).name
                raise InvalidInput(f"{what} is asked for twice.", "Choose another parameter.")
        if not 0 <= self.repetitions <= MAX_REPETITIONS:
            raise InvalidInput(
                f"{self.repetitions} repetitions are not possible.",
                f"Ask for 0 to {MAX_REPETITIONS}.",
            )
        if not 0 <= self.seed <= MAX_SEED:
            raise InvalidInput(f"The seed {self.seed} cannot be used.")
        if self.points > MAX_POINTS:
            raise InvalidInput(
                f"The map would have {self.points:,} cells.", f"Ask for at most {MAX_POINTS:,}."
            )
        if self.images > MAX_IMAGES:
            raise InvalidInput(
                f"The scan would have {self.images:,} images.",
                f"Ask for at most {MAX_IMAGES:,}: fewer steps or fewer repetitions.",
            )

    @property
    def axes(self) -> tuple[Axis, ...]:
        """x, and y if there is one."""
        return (self.x,) if self.y is None else (self.x, self.y)

    @property
    def points(self) -> int:
        """Number of points or cells."""
        return math.prod(len(axis) for axis in self.axes)

    @property
    def images(self) -> int:
        """Number of images, those that must be left out included."""
        return self.points * max(1, self.repetitions)


class ScanPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A setup with everything that its answers depend on but the model."""

    setup: ScanSetup
    stimulus: ObjectStimulus
    """At the model's own side."""
    templates: tuple[str, ...]
    labels: tuple[str, ...]
    """`templates` and `labels`: all are used, in this order."""
    palette: Palette = CSS
    """Gives the colors of terms."""

    def __post_init__(self) -> None:
        for axis in self.setup.axes:
            values = axis.values()
            for value in (values[0], values[-1]):
                axis.what.check(self.stimulus, value)
        for held in self.setup.fixed:
            parameter_of(held.parameter).check(self.stimulus, held.value)

    @property
    def kind(self) -> Literal["curve", "map"]:
        """Whether one or two parameters change."""
        return "curve" if self.setup.y is None else "map"

    def settings(self, point: int) -> dict[str, Value]:
        """Values of all parameters that are set at a point, by id."""
        x, y = self.setup.x, self.setup.y
        row, column = divmod(point, len(x))
        return self._set(x.values()[column], None if y is None else y.values()[row])

    def all_settings(self) -> list[dict[str, Value]]:
        """`settings` of all points, in order."""
        x, y = self.setup.x, self.setup.y
        rows = (None,) if y is None else y.values()
        return [self._set(value, other) for other in rows for value in x.values()]

    def _set(self, across: Value, up: Value | None) -> dict[str, Value]:
        settings = {held.parameter: held.value for held in self.setup.fixed}
        settings[self.setup.x.parameter] = across
        if self.setup.y is not None and up is not None:
            settings[self.setup.y.parameter] = up
        return settings

    def figure(self, settings: dict[str, Value], repetition: int = 0) -> ObjectStimulus | Blank:
        """The stimulus of some settings, or why there is none.

        Raises
        ------
        InvalidInput
            If a value is out of range.
        FontError
            If a word cannot be drawn in its font.
        """
        if not self.setup.repetitions:
            return apply_settings(self.stimulus, settings, self.palette)
        base = self.stimulus
        if isinstance(base, WordStimulus):
            # A word's room depends on what is written and in which font.
            base = msgspec.structs.replace(
                base,
                word=str(settings.get("word", base.word)),
                font=str(settings.get("font", base.font)),
            )
        placed = randomly_placed(base, self._subject, self.setup.seed, repetition)
        return apply_settings(placed, settings, self.palette)

    @property
    def _subject(self) -> str:
        """Names the random numbers: all words of a scan share theirs."""
        base = self.stimulus
        return base.shape if isinstance(base, ShapeStimulus) else canonical(base.word) or base.word


def randomly_placed(figure: ObjectStimulus, subject: str, seed: int, sample: int) -> ObjectStimulus:
    """A figure at a place, size and angle drawn as in the sets of the experiments.

    Its font is kept. `subject` names the shape, or the random numbers of a word; for the others
    see `core.stimuli.sampling.sample_geometry`.
    """
    if isinstance(figure, ShapeStimulus):
        place = sample_geometry(ShapeRules(), subject, seed, sample)
    else:
        rules = WordRules(fonts=(figure.font,))
        place = sample_geometry(rules, subject, seed, sample, written=figure.word)
    return msgspec.structs.replace(
        figure,
        center_x=place.center_x,
        center_y=place.center_y,
        size=place.size,
        rotation=place.rotation,
    )
