"""``stimuli EXPERIMENT``: the images of an experiment as PNG files, for other software."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path

from core.base.console import say
from core.base.errors import InvalidInput
from core.commands import DONE, STOPPED
from core.commands.options import add_palette, add_quiet, whole
from core.commands.progress import LINE_SECONDS
from core.commands.run import palette_of
from core.commands.stopping import stop_between_batches
from core.experiments.presets import EXPERIMENTS, experiment, stimuli_for
from core.stimuli.factorial import MAX_SAMPLES, FactorialSet
from core.sweeps.stimulus_folder import MANIFEST_NAME, estimate_bytes, export_set, size_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "experiments:\n" + "\n".join(
        f"  {preset.id:<18} {preset.title}" for preset in EXPERIMENTS
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="one of those below")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="a new folder, or one that holds the beginning of the same set: it is gone on with",
    )
    parser.add_argument(
        "--samples",
        type=whole(1, MAX_SAMPLES),
        default=1,
        metavar="N",
        help="images of each combination (default: 1; the paper has 500)",
    )
    parser.add_argument(
        "--seed", type=whole(0), default=0, metavar="N", help="of places, sizes and fonts"
    )
    parser.add_argument(
        "--side", type=whole(8), default=224, metavar="N", help="pixels (default: 224)"
    )
    parser.add_argument(
        "--geometry",
        choices=("crossed", "independent"),
        default="crossed",
        help="crossed (default): all colors share the places and sizes; independent: none do",
    )
    add_palette(parser.add_argument_group("colors and words"))
    parser.add_argument(
        "--without-white", action="store_true", help="no white backgrounds (experiments 3, 5)"
    )
    parser.add_argument(
        "--white-word", action="store_true", help="the word “white”, too (experiment 4)"
    )
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write them; the result is the exit status."""
    stimuli = _stimuli(arguments)
    if not arguments.quiet:
        say(f"{len(stimuli):,} images, about {size_text(estimate_bytes(stimuli))}")
    due = time.monotonic() + LINE_SECONDS
    with (
        stop_between_batches() as stop,
        closing(export_set(arguments.out, stimuli)) as events,
    ):
        for event in events:
            if stop.requested:
                say("Stopped; what is written is kept. The same command goes on from there.")
                return STOPPED
            if not arguments.quiet and time.monotonic() >= due:
                due = time.monotonic() + LINE_SECONDS
                say(f"{event.done:,} of {event.total:,} images")
    if not arguments.quiet:
        say(f"Written: {arguments.out / MANIFEST_NAME}")
    return DONE


def _stimuli(arguments: argparse.Namespace) -> FactorialSet:
    preset = experiment(arguments.experiment.strip().lower())
    for option, given, kind in (
        ("--without-white", arguments.without_white, "stroop"),
        ("--white-word", arguments.white_word, "white-stroop"),
    ):
        if given and preset.set != kind:
            raise InvalidInput(f"{preset.title} has no use for {option}.")
    return stimuli_for(
        preset,
        samples=arguments.samples,
        seed=arguments.seed,
        palette=palette_of(arguments.palette),
        side=arguments.side,
        geometry=arguments.geometry,
        gray=arguments.gray,
        white_backgrounds=not arguments.without_white,
        white_word=arguments.white_word,
    )
