"""Long work at a terminal: how far it is, Ctrl+C between its batches, and how to go on with it.

The generators of events are those that the window drives. Progress is a bar on a terminal, and
plain lines anywhere else.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

from tqdm import tqdm

from core.base.console import command_text, say
from core.census.events import CensusEvent, CensusProgress
from core.commands import DONE, STOPPED
from core.commands.arguments import say_unless
from core.stimuli.conditions import Condition
from core.sweeps.events import BatchHalved, Event, Finished, Progress, Started
from core.sweeps.run_folder import RunFolder

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession

LINE_SECONDS = 10.0
"""Least time between two plain lines."""

tqdm.monitor_interval = 0  # no thread is needed to draw what is drawn after each batch

_BAR = "{percentage:3.0f}% |{bar}| {n:,} of {total:,} images{postfix}"
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Display:
    """What the events of a sweep or a census are shown on; this one shows nothing."""

    def show(self, event: Event | CensusEvent) -> None:
        """Show an event."""

    def close(self) -> None:
        """Leave stderr ready for other lines."""


def display(*, quiet: bool) -> Display:
    """What suits stderr: nothing, plain lines, or a bar."""
    if quiet or sys.stderr is None:
        return Display()
    return Bar() if sys.stderr.isatty() else Lines()


class Lines(Display):
    """A line at the start, every `LINE_SECONDS`, and at the end: for log files and queues."""

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


class Bar(Display):
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


class Stop:
    """Whether the user wants the work to stop."""

    def __init__(self) -> None:
        self.requested = False


@contextmanager
def stop_between_batches() -> Iterator[Stop]:
    """Turn the first Ctrl+C inside the block into a wish; the second one ends the process.

    It ends as if it were killed, because that is what a run on the disk is made to survive, and
    the work since its last file is lost. A request to end the process, and a terminal that goes
    away, count like Ctrl+C. The earlier handlers come back at the end. Outside the main thread
    nothing is caught.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        # Nothing is written through `sys.stderr` here: the signal may have come in the middle of
        # just that.
        if stop.requested:
            with suppress(OSError):
                os.write(2, b"Stopped at once; what was computed since the last file is lost.\n")
            os._exit(STOPPED)
        stop.requested = True

    before = {}
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        # What the caller ignores stays ignored: `nohup` does that with SIGHUP.
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
            before[number] = signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def merge_text(path: str, parts: int) -> str:
    """What to do when one of several parts is done, as a line with its command."""
    return (
        f"Bring the {parts} parts together, each OTHER being another one's folder: "
        f"{command_text('merge', path, 'OTHER')}"
    )


def carry_out(folder: RunFolder, session: ModelSession, arguments: argparse.Namespace) -> int:
    """Sweep until all is done or the user stops it; the result is the exit status."""
    from core.sweeps.run import sweep

    last: Finished | None = None
    events = sweep(
        folder,
        session,
        batch_size=arguments.batch,
        threads=arguments.threads,
        part=arguments.part,
        allow_versions=getattr(arguments, "allow_versions", False),
    )
    shown = display(quiet=arguments.quiet)
    with stop_between_batches() as stop:
        try:
            with closing(events):  # writes the images done since the last shard
                for event in events:
                    shown.show(event)
                    if isinstance(event, Finished):
                        last = event
                    elif stop.requested:
                        break
        finally:
            shown.close()
    if last is None:
        say(
            f"Stopped with {folder.done():,} of {len(folder.plan):,} images done and kept; resume "
            f"with: {resume_text(folder, arguments.part)}"
        )
        return STOPPED
    say_unless(arguments.quiet, _finished_sentence(last, arguments.part))
    return DONE


def resume_text(folder: RunFolder, part: tuple[int, int] = (1, 1)) -> str:
    """The command that goes on with a run."""
    options = () if part == (1, 1) else ("--part", f"{part[0]}/{part[1]}")
    return command_text("resume", str(folder.path), *options)


def _finished_sentence(event: Finished, part: tuple[int, int]) -> str:
    if not event.images:
        return "There was nothing left to do."
    what = "All images" if part == (1, 1) else f"All images of part {part[0]} of {part[1]}"
    rate = event.images / event.seconds if event.seconds > 0 else 0.0
    return f"{what} are done: {event.images:,} in {duration(event.seconds)}, {rate:,.0f} images/s."
