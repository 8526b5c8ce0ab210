"""How far a sweep or census is: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Protocol

from tqdm import tqdm

from core.base.console import say
from core.census.events import CensusEvent, CensusProgress
from core.stimuli.conditions import Condition
from core.sweeps.events import BatchHalved, Event, Progress, Started

LINE_SECONDS = 10.0
"""Least time between two plain lines."""

tqdm.monitor_interval = 0  # no thread is needed to draw what is drawn after each batch

_BAR = "{percentage:3.0f}% |{bar}| {n:,} of {total:,} images{postfix}"


class Display(Protocol):
    """What a sweep's events are shown on."""

    def show(self, event: Event | CensusEvent) -> None:
        """Show an event."""

    def close(self) -> None:
        """Leave stderr ready for other lines."""


def display(*, quiet: bool) -> Display:
    """What suits stderr: nothing, plain lines, or a bar."""
    if quiet or sys.stderr is None:
        return Silence()
    return Bar() if sys.stderr.isatty() else Lines()


class Silence:
    """Shows nothing."""

    def show(self, event: Event | CensusEvent) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Nothing to leave."""


class Lines:
    """A line at the start, every `LINE_SECONDS`, and at the end: for log files and queues.

    Parameters
    ----------
    clock : callable
        Seconds, rising.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = -1e9

    def show(self, event: Event | CensusEvent) -> None:
        """Write a line if one is due."""
        for note in notes(event):
            say(note)
        if isinstance(event, Progress | CensusProgress):
            now = self._clock()
            if now >= self._due or event.done == event.total:
                self._due = now + LINE_SECONDS
                say(f"{event.done:,} of {event.total:,} images, {pace(event)}")

    def close(self) -> None:
        """Nothing to leave."""


class Bar:
    """A bar that is drawn over and over in the last line of a terminal."""

    def __init__(self) -> None:
        self._bar: tqdm[object] | None = None

    def show(self, event: Event | CensusEvent) -> None:
        """Draw the bar anew; notes are written above it."""
        for note in notes(event):
            if self._bar is not None:
                self._bar.clear()
            say(note)
        if isinstance(event, Progress | CensusProgress):
            text = pace(event)
            if isinstance(event, Progress):
                text = f"{text} · {named(event.condition)}"
            if self._bar is None:
                self._bar = tqdm(
                    total=event.total,
                    initial=event.done,
                    postfix=text,
                    file=sys.stderr,
                    bar_format=_BAR,
                    # Some terminals tell no width; tqdm would draw nothing on those.
                    **({"dynamic_ncols": True} if _tells_width() else {"ncols": 80, "nrows": 24}),
                )
            self._bar.set_postfix_str(text, refresh=False)
            self._bar.update(event.done - self._bar.n)

    def close(self) -> None:
        """End the line of the bar."""
        if self._bar is not None:
            self._bar.refresh()
            self._bar.close()


def _tells_width() -> bool:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except (OSError, ValueError):
        return False


def notes(event: Event | CensusEvent) -> tuple[str, ...]:
    """What the user should read and not only see pass by."""
    if isinstance(event, Started):
        return tuple(event.notes)
    if isinstance(event, BatchHalved):
        return (f"Batches have {event.batch_size} images from now on: {event.reason}",)
    return ()


def pace(event: Progress | CensusProgress) -> str:
    """Speed and time left, e.g. ``"1,234 images/s, 5 min left"``."""
    parts = [f"{event.images_per_second:,.0f} images/s"] if event.images_per_second else []
    if event.done < event.total and event.seconds_left is not None:
        parts.append(f"{duration(event.seconds_left)} left")
    return ", ".join(parts)


def named(condition: Condition) -> str:
    """What is being shown to the model, e.g. ``"green “purple” on pink"``."""
    return f"{condition.figure} “{condition.subject}” on {condition.background}"


def duration(seconds: float) -> str:
    """A time as people say it: ``"40 s"``, ``"12 min"``, ``"3 h 05 min"``."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"
