"""Doing a sweep from a terminal: the same generator of events that the window drives."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from core.base.console import command_text, say
from core.commands import DONE, STOPPED
from core.commands.progress import display, duration
from core.commands.stopping import stop_between_batches
from core.sweeps.events import Finished
from core.sweeps.run_folder import RunFolder

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession


class Pace(msgspec.Struct, frozen=True):
    """How to run a sweep; none of it moves an answer beyond the stated tolerance.

    Attributes
    ----------
    batch_size : int or None
        Images of a batch; None for what suits model and device.
    threads : int
        Processor threads; 0 for all cores.
    part : tuple of int
        Which part of how many, e.g. ``(1, 2)``; ``(1, 1)`` for the whole.
    quiet : bool
        True writes nothing but failures and how to go on.
    allow_versions : bool
        Go on although libraries have other versions than when the run began.
    """

    batch_size: int | None = None
    threads: int = 0
    part: tuple[int, int] = (1, 1)
    quiet: bool = False
    allow_versions: bool = False


def carry_out(folder: RunFolder, session: ModelSession, pace: Pace) -> int:
    """Sweep until all is done or the user stops it; the result is the exit status.

    Raises
    ------
    LabError
        If the run cannot go on. What is finished is kept.
    """
    from core.sweeps.run import sweep

    last: Finished | None = None
    events = sweep(
        folder,
        session,
        batch_size=pace.batch_size,
        threads=pace.threads,
        part=pace.part,
        allow_versions=pace.allow_versions,
    )
    shown = display(quiet=pace.quiet)
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
        say(stopped_sentence(folder, pace.part))
        return STOPPED
    if not pace.quiet:
        say(finished_sentence(last, pace.part))
    return DONE


def stopped_sentence(folder: RunFolder, part: tuple[int, int] = (1, 1)) -> str:
    """What is kept, and how to go on."""
    return (
        f"Stopped with {folder.done():,} of {len(folder.plan):,} images done and kept; go on with: "
        f"{resume_text(folder, part)}"
    )


def resume_text(folder: RunFolder, part: tuple[int, int] = (1, 1)) -> str:
    """The command that goes on with a run."""
    options = () if part == (1, 1) else ("--part", f"{part[0]}/{part[1]}")
    return command_text("resume", str(folder.path), *options)


def finished_sentence(event: Finished, part: tuple[int, int]) -> str:
    """What was done in this session."""
    what = "All images" if part == (1, 1) else f"All images of part {part[0]} of {part[1]}"
    if not event.images:
        return "There was nothing left to do."
    rate = event.images / event.seconds if event.seconds > 0 else 0.0
    return f"{what} are done: {event.images:,} in {duration(event.seconds)}, {rate:,.0f} images/s."
