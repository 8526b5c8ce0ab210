"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

from core.commands.execution import Pace


def add_pace(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Declare how to run: device, threads, batches, a part of the whole; returns the group."""
    group = parser.add_argument_group("how to run")
    group.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 or mps (default: cpu)")
    group.add_argument(
        "--threads", type=whole(0), default=0, metavar="N", help="processor threads; 0: all cores"
    )
    group.add_argument(
        "--batch", type=whole(1), metavar="N", help="images of a batch (default: what suits)"
    )
    group.add_argument(
        "--part",
        type=part,
        default=(1, 1),
        metavar="I/N",
        help="do only part I of N, to share a run among computers; see merge",
    )
    add_quiet(group)
    return group


def add_quiet(parser: argparse._ActionsContainer) -> None:
    """Declare ``--quiet``."""
    parser.add_argument(
        "--quiet", action="store_true", help="write no progress and no notes, only failures"
    )


def pace_of(arguments: argparse.Namespace) -> Pace:
    """What `add_pace` declared, as parsed."""
    return Pace(arguments.batch, arguments.threads, arguments.part, arguments.quiet)


def whole(least: int) -> Callable[[str], int]:
    """A reader of whole numbers of at least `least`."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text) or int(text) < least:
            raise argparse.ArgumentTypeError(f"“{text}” is no whole number of at least {least}")
        return int(text)

    return read


def part(text: str) -> tuple[int, int]:
    """Which part of how many, written ``1/2``."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if found:
        number, count = int(found[1]), int(found[2])
        if 1 <= number <= count:
            return number, count
    raise argparse.ArgumentTypeError(f"“{text}” is no part; the first half is 1/2")
