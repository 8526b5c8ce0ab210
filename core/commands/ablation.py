"""``ablation CENSUS`` chooses units to silence; ``study`` runs an experiment with and without them.

A study has a run with all units, one without some, and random controls.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.ablation.ablation_file import ablation_file, read_ablation, write_ablation
from core.ablation.choosing import named_type, units_of_query
from core.ablation.study_folder import STUDY_NAME, StudyFolder, StudyRecord, studies_dir
from core.ablation.study_result import StudyResult, study_result
from core.ablation.study_words import caution, damage_sentence, result_sentence
from core.ablation.unit_means import MeansMeasured, measure_means, stored_means
from core.base.console import command_text, result, say
from core.base.errors import InvalidInput
from core.census.data import CensusData, load_census
from core.commands import DONE, STOPPED
from core.commands.arguments import (
    Command,
    add_allow_versions,
    add_machine,
    reference,
    say_unless,
    text,
    whole,
)
from core.commands.begun import (
    lasting,
    load_again,
    model_sentence,
    refuse_other_model,
    refuse_other_options,
)
from core.commands.experiments import add_experiment, palette_of, plan_of, preset_of
from core.commands.figures import thresholds_of
from core.commands.running import LINE_SECONDS, duration, stop_between_batches
from core.experiments.presets import EXPERIMENTS, stimuli_for
from core.network.ablation import CONSTANT_WORDS, make_ablation
from core.sweeps.library import begin_at
from core.sweeps.plan import SweepPlan
from core.units.neuron_indices import CensusReader, most_images

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession


def ablation_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``ablation``."""
    parser.add_argument("census", type=Path, metavar="DIR", help="the folder of the census")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE.json", help="where the ablation goes"
    )
    which = parser.add_argument_group("which neurons; what is given several times adds up")
    which.add_argument(
        "--type", nargs="+", default=[], metavar="TYPE", help="e.g. any-word color-word"
    )
    which.add_argument(
        "--search",
        nargs="+",
        type=text,
        default=[],
        metavar="QUERY",
        help="as in the inspector, e.g. “type:color-word word > 0.9” or “layer4.2#17”",
    )
    which.add_argument(
        "--layers",
        nargs="+",
        default=[],
        metavar="NAME",
        help="only neurons of these layers; * and ? stand for any text, e.g. 'layer4.?'",
    )
    which.add_argument(
        "--strongest",
        type=int,
        metavar="N",
        help="of each layer only the N neurons of the largest selectivity to a word",
    )
    which.add_argument(
        "--set", nargs="+", default=[], metavar="NAME=VALUE", help="thresholds; see figures"
    )
    parser.add_argument(
        "--to", choices=tuple(CONSTANT_WORDS), default="zero", help="the constant (default: zero)"
    )
    parser.add_argument(
        "--title", type=text, default="", help="what to call it (default: what was chosen)"
    )
    how = add_machine(parser)
    how.add_argument(
        "--model",
        type=reference,
        metavar="REF",
        help="where the census’s weights are now, if they were moved",
    )


def ablation(arguments: argparse.Namespace) -> int:
    """Choose units of a census to silence, and write them to a file."""
    queries = [f"type:{named_type(name)}" for name in arguments.type] + arguments.search
    if not queries and not arguments.layers:
        raise InvalidInput("No neuron is chosen.", "Name --type, --search or --layers.")
    census = load_census(arguments.census)
    limits = thresholds_of(arguments.set)
    limits = msgspec.structs.replace(limits, top=min(limits.top, most_images(census)))
    indices = CensusReader(census).read(limits)
    chosen = units_of_query(indices, queries or [""], tuple(arguments.layers), arguments.strongest)
    if not chosen:
        raise InvalidInput("No neuron of the census is like that.", "Ask for less.")
    means = _means(census, arguments) if arguments.to == "mean" else None
    title = arguments.title or " + ".join([*arguments.type, *arguments.search]) or "all neurons"
    made = make_ablation(title, chosen, arguments.to, means)
    sizes = {layer.name: layer.units for layer in census.layers}
    write_ablation(arguments.out, ablation_file(made, sizes, census.record.model, means))
    if not arguments.quiet:
        for part in made.parts:
            say(f"{part.layer}: {len(part.units):,} of {sizes[part.layer]:,} neurons")
        say(f"Silenced: {made.in_words()}\nWritten: {arguments.out}")
    return DONE


def _means(census: CensusData, arguments: argparse.Namespace) -> Mapping[str, NDArray[np.float64]]:
    known = stored_means(census)
    if known is not None:
        return known.means
    session: ModelSession = load_again(
        next(iter(census.sets.values())).plan.model,
        census.record.model.source,
        arguments.model,
        arguments.device,
    )
    with closing(measure_means(census, session, arguments.batch or 32)) as events:
        for event in events:
            if isinstance(event, MeansMeasured):
                say_unless(arguments.quiet, f"Means over {event.pictures:,} natural pictures.")
                return event.means
    raise AssertionError("the last event is the result")


def study_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``study``."""
    how = add_experiment(parser, parts=False)
    add_allow_versions(how)
    what = parser.add_argument_group("what to compare")
    what.add_argument("--title", type=text, default="", help="what to call the study")
    what.add_argument(
        "--controls", type=whole(0), default=20, metavar="N", help="random controls (default: 20)"
    )
    what.add_argument(
        "--control-seed", type=whole(0), default=1, metavar="N", help="of the first control"
    )
    what.add_argument(
        "--redraw",
        action="store_true",
        help="draw controls from all neurons of a layer, the silenced ones among them",
    )
    what.add_argument(
        "--export", type=Path, metavar="FOLDER", help="write tables and figure there when done"
    )


def study(arguments: argparse.Namespace) -> int:
    """Begin a study or go on with one."""
    folder: Path | None = arguments.out
    if folder is not None and (folder / STUDY_NAME).exists():
        begun = StudyFolder.open(folder)
        record = begun.record
        _check_options(record, arguments)
        named = "model" in arguments.given
        moved = arguments.model if named else None
        session = load_again(record.plan.model, record.model.source, moved, arguments.device)
        if named or not begun.finished:
            refuse_other_model("study", record.plan.model, session)
    else:
        begun, session = _begun(arguments)
    say_unless(
        arguments.quiet,
        f"{begun.record.title}: {begun.total:,} images in {begun.path}\n{model_sentence(session)}",
    )
    if not _carry_out(begun, session, arguments):
        command = command_text("study", str(arguments.experiment), "--out", str(begun.path))
        say(f"Stopped; what is done is kept. Resume with: {command}")
        return STOPPED
    found = study_result(begun)
    print_result(found)
    if arguments.export is not None:
        from core.figures.ablation_export import export_study

        for written in export_study(arguments.export, begun, found):
            say(f"Written: {written}")
    return DONE


def _check_options(record: StudyRecord, arguments: argparse.Namespace) -> None:
    """Refuse options that ask for another study than the one that was begun."""
    plan, stimuli = record.plan, record.plan.stimuli
    spelling = "grey" if "grey" in plan.labels else "gray"
    there = {
        "experiment": " or ".join(_experiments_of(plan)),
        "samples": stimuli.samples,
        "seed": stimuli.seed,
        "geometry": stimuli.geometry,
        "palette": stimuli.palette,
        "gray": getattr(stimuli, "gray", spelling),
        "without_white": not getattr(stimuli, "white_backgrounds", True),
        "white_word": getattr(stimuli, "white_word", False),
        "templates": list(plan.templates),
        "labels": list(plan.labels),
        "precision": plan.model.precision,
        "ablation": record.ablation,
        "title": record.title,
        "controls": len(record.controls),
        "control_seed": record.seed,
        "redraw": record.redraw,
    }
    preset = preset_of(arguments)
    same = preset.id in _experiments_of(plan)
    asked = {
        "experiment": there["experiment"] if same else preset.id,
        "palette": palette_of(arguments.palette),
    }
    if arguments.ablation is not None:
        chosen = read_ablation(arguments.ablation).ablation
        same_units = chosen.content_hash() == record.ablation.content_hash()
        asked["ablation"] = record.ablation if same_units else chosen
    refuse_other_options(arguments, there, asked)


def _experiments_of(plan: SweepPlan) -> list[str]:
    """The experiments that a plan can be of: those of its set, with its prompts if any has them."""
    kind = type(plan.stimuli)
    of_set = [
        preset
        for preset in EXPERIMENTS
        if isinstance(stimuli_for(preset, samples=1, side=plan.stimuli.side), kind)
    ]
    asked = [preset.id for preset in of_set if preset.templates == plan.templates]
    return asked or [preset.id for preset in of_set]


def print_result(found: StudyResult) -> None:
    """Write the sentences of a result to stdout, each measure on a line of its own."""
    for number in range(len(found.measures)):
        result(f"{result_sentence(found, number)}\n")
    result(damage_sentence(found))
    if caution(found):
        result(f"\n{caution(found)}")


def _begun(arguments: argparse.Namespace) -> tuple[StudyFolder, ModelSession]:
    from core.models.loading import load_session

    if arguments.ablation is None:
        raise InvalidInput("No neurons are named to be silenced.", "Name --ablation FILE.json.")
    preset = preset_of(arguments)
    palette = palette_of(arguments.palette)
    chosen = read_ablation(arguments.ablation)
    session = load_session(
        lasting(arguments.model or "embedded"), arguments.device, arguments.precision
    )
    plan = plan_of(preset, palette, arguments, session, ablated=False)
    title = arguments.title or f"{preset.title} without {chosen.ablation.title}"

    def begin(path: Path) -> StudyFolder:
        return StudyFolder.create(
            path,
            title,
            plan,
            session.info,
            chosen,
            controls=arguments.controls,
            seed=arguments.control_seed,
            redraw=arguments.redraw,
        )

    return begin_at(arguments.out, title, begin, studies_dir()), session


def _carry_out(study: StudyFolder, session: ModelSession, arguments: argparse.Namespace) -> bool:
    """True when all is done, False if the user stopped it."""
    from core.ablation.study_run import run_study

    due = 0.0
    events = run_study(
        study,
        session,
        batch_size=arguments.batch,
        threads=arguments.threads,
        allow_versions=arguments.allow_versions,
    )
    with stop_between_batches() as stop, closing(events):
        for event in events:
            if stop.requested and event.done < event.total:
                return False
            now = time.monotonic()
            if not arguments.quiet and (now >= due or event.done == event.total):
                due = now + LINE_SECONDS
                left = event.seconds_left
                say(
                    f"Run {event.number} of {event.members} ({event.member.title}): "
                    f"{event.done:,} of {event.total:,} images"
                    f"{'' if left is None else f', {duration(left)} left'}"
                )
    return True


COMMANDS = {
    "ablation": Command(ablation_arguments, ablation),
    "study": Command(study_arguments, study),
}
