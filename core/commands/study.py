"""``study``: an experiment with all units, without some, and with random controls."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from core.ablation.ablation_file import read_ablation
from core.ablation.study_folder import STUDY_NAME, StudyFolder, StudyRecord, studies_dir
from core.ablation.study_result import StudyResult, study_result
from core.ablation.study_words import caution, damage_sentence, result_sentence
from core.base.console import command_text, result, say
from core.base.errors import InvalidInput
from core.commands import DONE, STOPPED
from core.commands.begun import refuse_other_model, refuse_other_options
from core.commands.execution import Pace
from core.commands.models import lasting, load_again
from core.commands.options import add_allow_versions, text, whole
from core.commands.progress import duration
from core.commands.run import add_experiment, model_sentence, palette_of, plan_of
from core.commands.stopping import stop_between_batches
from core.experiments.presets import EXPERIMENTS, experiment, stimuli_for
from core.sweeps.library import begin_at
from core.sweeps.plan import SweepPlan

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession

_LINE_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    how = add_experiment(parser, part=False)
    add_allow_versions(how)
    study = parser.add_argument_group("what to compare")
    study.add_argument("--title", type=text, default="", help="what to call the study")
    study.add_argument(
        "--controls", type=whole(0), default=20, metavar="N", help="random controls (default: 20)"
    )
    study.add_argument(
        "--control-seed", type=whole(0), default=1, metavar="N", help="of the first control"
    )
    study.add_argument(
        "--redraw",
        action="store_true",
        help="draw controls from all units of a layer, the silenced ones among them",
    )
    study.add_argument(
        "--export", type=Path, metavar="FOLDER", help="write tables and figure there when done"
    )


def run(arguments: argparse.Namespace) -> int:
    """Begin a study or go on with one; the result is the exit status."""
    folder: Path | None = arguments.out
    if folder is not None and (folder / STUDY_NAME).exists():
        study = StudyFolder.open(folder)
        record = study.record
        _check_options(record, arguments)
        named = "model" in arguments.given
        moved = arguments.model if named else None
        session = load_again(record.plan.model, record.model.source, moved, arguments.device)
        if named or not study.finished:
            refuse_other_model("study", record.plan.model, session)
    else:
        study, session = _begun(arguments)
    pace = Pace(arguments.batch, arguments.threads, (1, 1), arguments.quiet)
    if not pace.quiet:
        say(f"{study.record.title}: {study.total:,} images in {study.path}")
        say(model_sentence(session))
    if not _carry_out(study, session, pace, arguments.allow_versions):
        command = command_text("study", str(arguments.experiment), "--out", str(study.path))
        say(f"Stopped; what is done is kept. Go on with: {command}")
        return STOPPED
    found = study_result(study)
    print_result(found)
    if arguments.export is not None:
        from core.figures.ablation_export import export_study

        for written in export_study(arguments.export, study, found):
            say(f"Written: {written}")
    return DONE


def _check_options(record: StudyRecord, arguments: argparse.Namespace) -> None:
    """Refuse options that ask for another study than the one that was begun."""
    plan, stimuli = record.plan, record.plan.stimuli
    spelling = "grey" if "grey" in plan.labels else "gray"
    there = {
        "experiment": _experiment_of(plan),
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
    preset = experiment(arguments.experiment.strip().lower())
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


def _experiment_of(plan: SweepPlan) -> str:
    return " or ".join(_experiments_of(plan))


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
        raise InvalidInput("No units are named to be silenced.", "Name --ablation FILE.json.")
    preset = experiment(arguments.experiment.strip().lower())
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


def _carry_out(study: StudyFolder, session: ModelSession, pace: Pace, allow_versions: bool) -> bool:
    """True when all is done, False if the user stopped it."""
    from core.ablation.study_run import run_study

    due = 0.0
    events = run_study(
        study,
        session,
        batch_size=pace.batch_size,
        threads=pace.threads,
        allow_versions=allow_versions,
    )
    with stop_between_batches() as stop, closing(events):
        for event in events:
            if stop.requested and event.done < event.total:
                return False
            now = time.monotonic()
            if not pace.quiet and (now >= due or event.done == event.total):
                due = now + _LINE_SECONDS
                left = (
                    "" if event.seconds_left is None else f", {duration(event.seconds_left)} left"
                )
                say(
                    f"Run {event.number} of {event.members} ({event.member.title}): "
                    f"{event.done:,} of {event.total:,} images{left}"
                )
    return True
