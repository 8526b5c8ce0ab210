"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

from core.base.text import valid_text
from core.color.terms import PALETTES
from core.commands.execution import Pace
from core.document.document import SUFFIX
from core.runs.manifest import MOST_IN_BATCH

MOST_WHOLE = 2**63 - 1
"""The largest whole number of any option: a seed of the window, as commands repeat it."""


def add_pace(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Declare how to run: device, threads, batches, a part of the whole; returns the group."""
    group = add_machine(parser)
    group.add_argument(
        "--part",
        type=part,
        default=(1, 1),
        metavar="I/N",
        help="do only part I of N, to share a run among computers; see merge",
    )
    return group


def add_machine(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Declare device, threads, batches and silence; returns the group."""
    group = parser.add_argument_group("how to run")
    group.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 or mps (default: cpu)")
    group.add_argument(
        "--threads",
        type=whole(0, 4096),
        default=0,
        metavar="N",
        help="processor threads; 0: all cores",
    )
    group.add_argument(
        "--batch",
        type=whole(1, MOST_IN_BATCH),
        metavar="N",
        help="images of a batch (default: what suits)",
    )
    add_quiet(group)
    return group


def add_precision(group: argparse._ArgumentGroup) -> None:
    """Declare ``--precision``."""
    group.add_argument(
        "--precision",
        choices=("fp32", "fp16", "bf16"),
        default="fp32",
        help="number format of the model; half precision is faster on a GPU and less exact",
    )


def add_palette(group: argparse._ArgumentGroup) -> None:
    """Declare ``--palette`` and ``--gray``: which colors and words there are."""
    group.add_argument(
        "--palette",
        default="css",
        metavar="NAME",
        help=f"{', '.join(PALETTES)}, or a document ({SUFFIX}) whose palette is taken",
    )
    group.add_argument("--gray", choices=("gray", "grey"), default="gray", help="how it is spelled")


def add_allow_versions(group: argparse._ArgumentGroup) -> None:
    """Declare ``--allow-versions``."""
    group.add_argument(
        "--allow-versions",
        action="store_true",
        help="go on although libraries have other versions than at the beginning",
    )


def add_quiet(parser: argparse._ActionsContainer) -> None:
    """Declare ``--quiet``."""
    parser.add_argument(
        "--quiet", action="store_true", help="write no progress and no notes, only failures"
    )


def pace_of(arguments: argparse.Namespace) -> Pace:
    """What `add_pace` declared, as parsed."""
    return Pace(arguments.batch, arguments.threads, arguments.part, arguments.quiet)


def whole(least: int, most: int = MOST_WHOLE) -> Callable[[str], int]:
    """A reader of whole numbers of at least `least` and at most `most`."""
    wanted = f"from {least} to {most:,}"

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,19}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"“{text}” is no whole number {wanted}")
        return int(text)

    return read


def text(word: str) -> str:
    """A word that is text; the bytes of the command line may be none."""
    if valid_text(word) != word:
        raise argparse.ArgumentTypeError(f"“{valid_text(word)}” holds bytes that are no UTF-8")
    return word


def part(text: str) -> tuple[int, int]:
    """Which part of how many, written ``1/2``."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    if found:
        number, count = int(found[1]), int(found[2])
        if 1 <= number <= count:
            return number, count
    raise argparse.ArgumentTypeError(f"“{text}” is no part; the first half is 1/2")
