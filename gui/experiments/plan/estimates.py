"""How long a plan will take: from calibrations, and from sweeps that ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.widgets.words import count_text, duration_text

if TYPE_CHECKING:
    from core.runs.work import Calibration
    from core.stimuli.factorial import FactorialSet
    from core.sweeps.events import Progress
    from core.sweeps.plan import SweepPlan

_LEAST_IMAGES = 500
"""Images of a sweep from which on its rate says more than a calibration of a second."""


@dataclass(frozen=True)
class Rate:
    """A measured speed and what it was measured on."""

    images_per_second: float
    images: int
    from_sweep: bool

    def sentence(self, images: int) -> str:
        """The time for a number of images, and where that comes from."""
        seconds = images / self.images_per_second
        time = duration_text(seconds) if seconds < 1 else f"about {duration_text(seconds)}"
        source = "a sweep of" if self.from_sweep else "a calibration of"
        return f"{time}, estimated from {source} {count_text(self.images, 'image')}"


class Estimates:
    """Speeds by what they depend on: the model as it runs, the kind of set, its geometry.

    `machine` names the device and the threads in use.
    """

    def __init__(self) -> None:
        self._rates: dict[object, Rate] = {}

    def rate(self, plan: SweepPlan, machine: str) -> Rate | None:
        """The speed for plans like this one, if it was measured."""
        return self._rates.get(_key(plan, machine))

    def add_calibration(self, plan: SweepPlan, machine: str, calibration: Calibration) -> None:
        """Take a calibration."""
        measured = Rate(calibration.images_per_second, calibration.images, False)
        self._rates[_key(plan, machine)] = measured

    def add_progress(self, plan: SweepPlan, machine: str, progress: Progress, done: int) -> None:
        """Take the rate of a running sweep, once it has done enough images in this session."""
        if done >= _LEAST_IMAGES and progress.images_per_second > 0:
            measured = Rate(progress.images_per_second, done, True)
            self._rates[_key(plan, machine)] = measured

    def clear(self) -> None:
        """Forget all, e.g. because the device is another."""
        self._rates.clear()


def _key(plan: SweepPlan, machine: str) -> object:
    stimuli: FactorialSet = plan.stimuli
    model = plan.model
    weights = model.sha256 or model.source
    return weights, model.precision, stimuli.side, type(stimuli), stimuli.geometry, machine
