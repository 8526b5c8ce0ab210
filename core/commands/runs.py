"""``run``, ``resume``, ``repeat`` and ``merge``: the paper's experiments and variants of them.

run EXPERIMENT      begin a run of an experiment
resume DIR          go on with a run that was stopped, killed or cut off
repeat SOURCE       begin the run of a report, a plan or a run folder again, from the start
merge DIR OTHER …   bring the parts of a run or census that several computers did into one
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.base.console import say
from core.census.sets import CENSUS_NAME
from core.commands import DONE
from core.commands.arguments import (
    Command,
    add_allow_versions,
    add_machine,
    add_quiet,
    reference,
    say_unless,
)
from core.commands.begun import lasting, load_again, model_sentence
from core.commands.experiments import add_experiment, palette_of, plan_of, preset_of
from core.commands.results import print_tables
from core.commands.running import carry_out, merge_text, resume_text
from core.reports.plan_source import plan_in
from core.sweeps.library import begin_at
from core.sweeps.merge import merge
from core.sweeps.plan import SweepPlan, drawing_versions
from core.sweeps.run_folder import RunFolder

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession


def run(arguments: argparse.Namespace) -> int:
    """Begin a run of an experiment and do it."""
    from core.models.loading import load_session

    preset = preset_of(arguments)
    palette = palette_of(arguments.palette)
    session = load_session(lasting(arguments.model), arguments.device, arguments.precision)
    plan = plan_of(preset, palette, arguments, session)
    folder = _begun(plan, session, arguments)
    status = _carry_out(folder, session, arguments, preset.tables)
    if status == DONE and folder.missing():
        say_unless(arguments.quiet, merge_text(str(folder.path), arguments.part[1]))
    return status


def resume_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``resume``."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the run folder")
    parser.add_argument(
        "--model",
        type=reference,
        metavar="REF",
        help="where the run's weights are now, if they were moved",
    )
    add_allow_versions(add_machine(parser, parts=True))


def resume(arguments: argparse.Namespace) -> int:
    """Do the images of a run that are missing."""
    folder = RunFolder.open(arguments.folder)
    info = folder.manifest.model
    known = info.source if info is not None else ""
    session = load_again(folder.plan.model, known, arguments.model, arguments.device)
    say_unless(
        arguments.quiet,
        f"{folder.manifest.title}: {folder.done():,} of {len(folder.plan):,} images are done.",
    )
    return _carry_out(folder, session, arguments)


def repeat_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``repeat``."""
    parser.add_argument(
        "source", type=Path, metavar="SOURCE", help="a report (.html), a plan.json or a run folder"
    )
    parser.add_argument(
        "--model",
        type=reference,
        metavar="REF",
        help="where the weights are, if not where they were",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="a new folder for the run (default: a named one)"
    )
    add_machine(parser, parts=True)


def repeat(arguments: argparse.Namespace) -> int:
    """Begin a run again and do it."""
    plan, known = plan_in(arguments.source)
    reference = None if arguments.model is None else lasting(arguments.model)
    session = load_again(plan.model, known, reference, arguments.device)
    # The libraries of this computer draw and compute now; the plan says which did before.
    plan = msgspec.structs.replace(plan, versions=drawing_versions())
    return _carry_out(_begun(plan, session, arguments), session, arguments)


def _begun(plan: SweepPlan, session: ModelSession, arguments: argparse.Namespace) -> RunFolder:
    folder = begin_at(
        arguments.out, plan.title, lambda path: RunFolder.create(path, plan, session.info)
    )
    say_unless(
        arguments.quiet,
        f"{plan.title}: {len(plan):,} images into {folder.path}\n{model_sentence(session)}",
    )
    return folder


def _carry_out(
    folder: RunFolder,
    session: ModelSession,
    arguments: argparse.Namespace,
    papers: Sequence[str] = (),
) -> int:
    """Do a run, then print its tables; those of these tables of the paper first."""
    status = carry_out(folder, session, arguments)
    if status == DONE and not folder.missing():
        print_tables(folder, papers, quiet=arguments.quiet)
    return status


def merge_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``merge``."""
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="the folder of the run or census that takes all"
    )
    parser.add_argument(
        "others",
        type=Path,
        nargs="+",
        metavar="OTHER",
        help="folders of the same plan; they stay as they are",
    )
    add_quiet(parser)


def merge_runs(arguments: argparse.Namespace) -> int:
    """Take over what the others have."""
    if (arguments.folder / CENSUS_NAME).exists():
        from core.commands.census import merge_parts

        return merge_parts(arguments.folder, arguments.others, quiet=arguments.quiet)
    for other in arguments.others:
        merge(arguments.folder, other)
    folder = RunFolder.open(arguments.folder)
    if folder.missing():
        say(f"{folder.done():,} of {len(folder.plan):,} images are done; the rest can come from")
        say(f"other folders, or be done here: {resume_text(folder)}")
        return DONE
    say_unless(arguments.quiet, f"All {len(folder.plan):,} images are here.")
    print_tables(folder, quiet=arguments.quiet)
    return DONE


COMMANDS = {
    "run": Command(add_experiment, run),
    "resume": Command(resume_arguments, resume),
    "repeat": Command(repeat_arguments, repeat),
    "merge": Command(merge_arguments, merge_runs),
}
