"""``run EXPERIMENT``: begin a run of one of the paper's experiments, or of a variant of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.ablation.ablation_file import read_ablation
from core.base.console import command_text, say
from core.base.errors import InvalidInput
from core.base.text import invisible_sentence, marked
from core.color.terms import PALETTES, Palette
from core.commands import DONE
from core.commands.arguments import reference
from core.commands.execution import Pace, carry_out
from core.commands.models import lasting
from core.commands.options import (
    add_machine,
    add_pace,
    add_palette,
    add_precision,
    pace_of,
    text,
    whole,
)
from core.commands.tables import print_tables
from core.document.document import SUFFIX, open_document
from core.experiments.presets import EXPERIMENTS, ExperimentPreset, experiment, stimuli_for
from core.predict.prediction import check_prompts
from core.predict.prompts import color_labels
from core.stimuli.factorial import MAX_SAMPLES
from core.sweeps.library import begin_at
from core.sweeps.plan import SweepPlan, make_plan
from core.sweeps.run_folder import RunFolder

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_experiment(parser)


def add_experiment(
    parser: argparse.ArgumentParser, *, part: bool = True
) -> argparse._ArgumentGroup:
    """Declare an experiment, its variants and how to run it; returns the group of the latter.

    Parameters
    ----------
    parser : ArgumentParser
    part : bool
        Whether several computers may share it.
    """
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "experiments:\n" + "\n".join(
        f"  {preset.id:<18} {preset.title}" for preset in EXPERIMENTS
    )
    parser.add_argument("experiment", metavar="EXPERIMENT", help="one of those below")
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
    what.add_argument(
        "--samples",
        type=whole(1, MAX_SAMPLES),
        default=500,
        metavar="N",
        help="images of each combination (default: 500)",
    )
    what.add_argument(
        "--seed", type=whole(0), default=0, metavar="N", help="of places, sizes and fonts"
    )
    what.add_argument(
        "--geometry",
        choices=("crossed", "independent"),
        default="crossed",
        help="crossed (default): all colors share the places and sizes; independent: none do",
    )
    add_palette(what)
    what.add_argument(
        "--templates", nargs="+", type=text, metavar="TEXT", help="prompts with the slot {}"
    )
    what.add_argument("--labels", nargs="+", type=text, metavar="TEXT", help="what fills the slot")
    what.add_argument(
        "--without-white",
        action="store_true",
        help="leave white backgrounds out (experiments 3, 5)",
    )
    what.add_argument(
        "--white-word", action="store_true", help="show the word “white”, too (experiment 4)"
    )
    what.add_argument(
        "--ablation",
        type=Path,
        metavar="FILE.json",
        help="silence units; such a file is written by the command ablation and by the window",
    )
    how = add_pace(parser) if part else add_machine(parser)
    add_precision(how)
    return how


def run(arguments: argparse.Namespace) -> int:
    """Begin the run and do it; the result is the exit status."""
    from core.models.loading import load_session

    preset = experiment(arguments.experiment.strip().lower())
    palette = palette_of(arguments.palette)
    pace: Pace = pace_of(arguments)
    reference = lasting(arguments.model)
    session = load_session(reference, arguments.device, arguments.precision)
    plan = plan_of(preset, palette, arguments, session)
    folder = begin_at(
        arguments.out, plan.title, lambda path: RunFolder.create(path, plan, session.info)
    )
    if not pace.quiet:
        say(f"{plan.title}: {len(plan):,} images into {folder.path}")
        say(model_sentence(session))
    status = carry_out(folder, session, pace)
    if status == DONE:
        if folder.missing():
            if not pace.quiet:
                say(merge_sentence(folder, pace))
        else:
            print_tables(folder, preset.tables, quiet=pace.quiet)
    return status


def plan_of(
    preset: ExperimentPreset,
    palette: Palette,
    arguments: argparse.Namespace,
    session: ModelSession,
    *,
    ablated: bool = True,
) -> SweepPlan:
    """The plan that the arguments describe; with `ablated` off, that of the intact model."""
    _check_sets(preset, arguments)
    stimuli = stimuli_for(
        preset,
        samples=arguments.samples,
        seed=arguments.seed,
        palette=palette,
        side=session.info.preprocessing.side,
        geometry=arguments.geometry,
        gray=arguments.gray,
        white_backgrounds=not arguments.without_white,
        white_word=arguments.white_word,
    )
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


def _check_sets(preset: ExperimentPreset, arguments: argparse.Namespace) -> None:
    """Refuse a switch that would do nothing."""
    for option, given, kind in (
        ("--without-white", arguments.without_white, "stroop"),
        ("--white-word", arguments.white_word, "white-stroop"),
    ):
        if given and preset.set != kind:
            ids = [other.id for other in EXPERIMENTS if other.set == kind]
            raise InvalidInput(
                f"{preset.title} has no use for {option}.", f"It is for {', '.join(ids)}."
            )


def palette_of(name: str) -> Palette:
    """The palette of that name, or of the document of that name.

    Raises
    ------
    InvalidInput, DocumentError
        If there is none.
    """
    if name.lower() in PALETTES:
        return PALETTES[name.lower()]
    if name.lower().endswith(SUFFIX):
        return open_document(Path(name))[0].palette
    raise InvalidInput(
        f"There is no palette “{name}”.",
        f"Use {', '.join(PALETTES)}, or a document ({SUFFIX}) that has the palette.",
    )


def model_sentence(session: ModelSession) -> str:
    """Which model answers, on what, and what to bear in mind."""
    info = session.info
    sentence = f"Model: {info.name}, {info.precision} on {info.device}."
    return f"{sentence} {info.notice.rstrip('.')}." if info.notice else sentence


def merge_sentence(folder: RunFolder, pace: Pace) -> str:
    """What to do with one part of a run."""
    command = command_text("merge", str(folder.path), "OTHER")
    count = pace.part[1]
    return f"Bring the {count} parts together, each OTHER being another one's folder: {command}"
