"""``stimuli EXPERIMENT``, and what all commands about an experiment share: its set and its plan."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from core.ablation.ablation_file import read_ablation
from core.base.console import say
from core.base.errors import InvalidInput
from core.base.text import invisible_sentence, marked
from core.color.terms import PALETTES, Palette
from core.commands import DONE, STOPPED
from core.commands.arguments import (
    Command,
    add_machine,
    add_precision,
    add_quiet,
    reference,
    say_unless,
    text,
    whole,
)
from core.commands.running import LINE_SECONDS, stop_between_batches
from core.document.document import SUFFIX, open_document
from core.experiments.presets import EXPERIMENTS, ExperimentPreset, experiment, stimuli_for
from core.predict.prediction import check_prompts
from core.predict.prompts import color_labels
from core.stimuli.factorial import MAX_SAMPLES, FactorialSet
from core.sweeps.plan import SweepPlan, make_plan
from core.sweeps.stimulus_folder import MANIFEST_NAME, estimate_bytes, export_set, size_text

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession


def add_experiment(
    parser: argparse.ArgumentParser, *, parts: bool = True
) -> argparse._ArgumentGroup:
    """Declare an experiment, its variants and how to run it; returns the group of the latter.

    Parameters
    ----------
    parts : bool
        Whether several computers may share it.
    """
    _add_preset(parser)
    parser.add_argument(
        "--model",
        type=reference,
        default="embedded",
        metavar="REF",
        help="embedded (default), a file of weights, RN50:openai, or random:RN50",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="a new folder for the run (default: a named one)"
    )
    what = parser.add_argument_group("what to show and ask; the paper's own where not given")
    _add_samples(what, 500, "(default: 500)")
    add_palette(what)
    what.add_argument(
        "--templates", nargs="+", type=text, metavar="TEXT", help="prompts with the slot {}"
    )
    what.add_argument("--labels", nargs="+", type=text, metavar="TEXT", help="what fills the slot")
    _add_white(what, "leave white backgrounds out", "show the word “white”, too")
    what.add_argument(
        "--ablation",
        type=Path,
        metavar="FILE.json",
        help="silence neurons; such a file is written by the command ablation and by the window",
    )
    how = add_machine(parser, parts=parts)
    add_precision(how)
    return how


def stimuli_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``stimuli``."""
    _add_preset(parser)
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="a new folder, or one that holds the start of the same set: it is resumed",
    )
    parser.add_argument(
        "--side", type=whole(8), default=224, metavar="N", help="pixels (default: 224)"
    )
    _add_samples(parser, 1, "(default: 1; the paper has 500)")
    add_palette(parser.add_argument_group("colors and words"))
    _add_white(parser, "no white backgrounds", "the word “white”, too")
    add_quiet(parser)


def _add_preset(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "experiments:\n" + "\n".join(
        f"  {preset.id:<18} {preset.title}" for preset in EXPERIMENTS
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="one of those below")


def _add_samples(parser: argparse._ActionsContainer, default: int, told: str) -> None:
    parser.add_argument(
        "--samples",
        type=whole(1, MAX_SAMPLES),
        default=default,
        metavar="N",
        help=f"images of each combination {told}",
    )
    parser.add_argument(
        "--seed", type=whole(0), default=0, metavar="N", help="of places, sizes and fonts"
    )
    parser.add_argument(
        "--geometry",
        choices=("crossed", "independent"),
        default="crossed",
        help="crossed (default): all colors share the places and sizes; independent: none do",
    )


def _add_white(parser: argparse._ActionsContainer, without: str, word: str) -> None:
    parser.add_argument(
        "--without-white", action="store_true", help=f"{without} (experiments 3, 5)"
    )
    parser.add_argument("--white-word", action="store_true", help=f"{word} (experiment 4)")


def add_palette(group: argparse._ArgumentGroup) -> None:
    """Declare ``--palette`` and ``--gray``: which colors and words there are."""
    group.add_argument(
        "--palette",
        default="css",
        metavar="NAME",
        help=f"{', '.join(PALETTES)}, or a document ({SUFFIX}) whose palette is taken",
    )
    group.add_argument("--gray", choices=("gray", "grey"), default="gray", help="how it is spelled")


def preset_of(arguments: argparse.Namespace) -> ExperimentPreset:
    """The experiment that is named."""
    return experiment(arguments.experiment.strip().lower())


def palette_of(name: str) -> Palette:
    """The palette of that name, or of the document of that name."""
    if name.lower() in PALETTES:
        return PALETTES[name.lower()]
    if name.lower().endswith(SUFFIX):
        return open_document(Path(name))[0].palette
    raise InvalidInput(
        f"There is no palette “{name}”.",
        f"Use {', '.join(PALETTES)}, or a document ({SUFFIX}) that has the palette.",
    )


def plan_of(
    preset: ExperimentPreset,
    palette: Palette,
    arguments: argparse.Namespace,
    session: ModelSession,
    *,
    ablated: bool = True,
) -> SweepPlan:
    """The plan that the arguments describe; with `ablated` off, that of the intact model."""
    stimuli = _set_of(preset, palette, arguments, session.info.preprocessing.side)
    templates = arguments.templates or preset.templates
    labels = arguments.labels or color_labels(arguments.gray)
    for prompt in (*templates, *labels):
        if flaw := invisible_sentence(prompt):
            say(f"“{marked(prompt)}”: {flaw}")
    title, ablation = preset.title, None
    if ablated and arguments.ablation is not None:
        chosen = read_ablation(arguments.ablation)
        chosen.check_model(session.info)
        ablation = chosen.ablation
        title = f"{title}, without {ablation.title}"
    plan = make_plan(title, stimuli, templates, labels, session.info, ablation)
    check_prompts(plan.templates, plan.labels, session)
    return plan


def _set_of(
    preset: ExperimentPreset, palette: Palette, arguments: argparse.Namespace, side: int
) -> FactorialSet:
    """The images; refuses a switch that would do nothing."""
    for option, given, kind in (
        ("--without-white", arguments.without_white, "stroop"),
        ("--white-word", arguments.white_word, "white-stroop"),
    ):
        if given and preset.set != kind:
            ids = [other.id for other in EXPERIMENTS if other.set == kind]
            raise InvalidInput(
                f"{preset.title} has no use for {option}.", f"It is for {', '.join(ids)}."
            )
    return stimuli_for(
        preset,
        samples=arguments.samples,
        seed=arguments.seed,
        palette=palette,
        side=side,
        geometry=arguments.geometry,
        gray=arguments.gray,
        white_backgrounds=not arguments.without_white,
        white_word=arguments.white_word,
    )


def write_stimuli(arguments: argparse.Namespace) -> int:
    """Write the images of an experiment as PNG files, for other software."""
    palette = palette_of(arguments.palette)
    stimuli = _set_of(preset_of(arguments), palette, arguments, arguments.side)
    say_unless(
        arguments.quiet, f"{len(stimuli):,} images, about {size_text(estimate_bytes(stimuli))}"
    )
    due = time.monotonic() + LINE_SECONDS
    with (
        stop_between_batches() as stop,
        closing(export_set(arguments.out, stimuli)) as events,
    ):
        for event in events:
            if stop.requested:
                say("Stopped; what is written is kept. The same command resumes it.")
                return STOPPED
            if not arguments.quiet and time.monotonic() >= due:
                due = time.monotonic() + LINE_SECONDS
                say(f"{event.done:,} of {event.total:,} images")
    say_unless(arguments.quiet, f"Written: {arguments.out / MANIFEST_NAME}")
    return DONE


COMMANDS = {"stimuli": Command(stimuli_arguments, write_stimuli)}
