"""``census``: keep for every unit the images that move it most; begins one, or goes on with one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from core.base.console import command_text, say
from core.base.errors import InvalidInput
from core.census.draft import CensusDraft, LayerChoice, LayerChoiceId, unfinished
from core.census.plan import PictureSet
from core.census.sets import CENSUS_NAME, CensusOfSets, censuses_dir
from core.commands import DONE, STOPPED
from core.commands.arguments import (
    Command,
    add_allow_versions,
    add_machine,
    add_precision,
    reference,
    say_unless,
    whole,
)
from core.commands.begun import (
    lasting,
    load_again,
    model_sentence,
    refuse_other_model,
    refuse_other_options,
)
from core.commands.experiments import add_palette, palette_of
from core.commands.running import display, merge_text, stop_between_batches
from core.stimuli.factorial import MAX_SAMPLES
from core.sweeps.events import Started
from core.sweeps.library import begin_at

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession

_NAMED = 20
_TITLES = {
    "stroop": "Stroop words",
    "shapes": "Shapes",
    "pictures": "Natural pictures",
    "gray": "The strongest of them in gray",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--model",
        type=reference,
        metavar="REF",
        help="embedded (default), a file of weights, RN50:openai, or random:RN50",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="a new folder (default: a named one); one that holds a census is resumed",
    )
    what = parser.add_argument_group("what to show, and which neurons to watch")
    what.add_argument(
        "--stroop",
        type=whole(0, MAX_SAMPLES),
        default=20,
        metavar="N",
        help="images of each combination of word, color and background (default: 20; 0: none)",
    )
    what.add_argument(
        "--shapes",
        type=whole(0, MAX_SAMPLES),
        default=20,
        metavar="N",
        help="images of each combination of shape, color and background (default: 20; 0: none)",
    )
    what.add_argument("--pictures", type=Path, metavar="DIR", help="a folder of natural pictures")
    what.add_argument(
        "--layers",
        choices=get_args(LayerChoiceId),
        default="default",
        help="outputs of the blocks (default), all convolutions, or all that can be observed",
    )
    what.add_argument(
        "--summary",
        choices=("max", "mean", "cls"),
        default="max",
        help="how the map of a neuron becomes one value (default: max)",
    )
    what.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of images and ties")
    add_palette(what)
    how = add_machine(parser, parts=True)
    add_precision(how)
    add_allow_versions(how)


def run(arguments: argparse.Namespace) -> int:
    """Begin a census or go on with one; the result is the exit status."""
    if arguments.out is not None and (arguments.out / CENSUS_NAME).exists():
        whole_census = CensusOfSets.open(arguments.out)
        record = whole_census.record
        model = whole_census.folder(whole_census.kinds[0]).plan.model
        session = load_again(model, record.model.source, arguments.model, arguments.device)
        refuse_other_model("census", model, session)  # another has other layers
        _check_options(whole_census, session, arguments)
        say_unless(arguments.quiet, f"{record.title} goes on.")
    else:
        whole_census, session = _begun(arguments)
    return carry_out(whole_census, session, arguments)


def _check_options(
    whole_census: CensusOfSets, session: ModelSession, arguments: argparse.Namespace
) -> None:
    """Refuse options that ask for another census than the one that was begun."""
    from core.census.draft import layer_choices
    from core.network.layers import discover

    folders = {kind: whole_census.folder(kind) for kind in whole_census.kinds}
    plans = {kind: folder.plan for kind, folder in folders.items()}
    drawn = {
        kind: plan.images for kind, plan in plans.items() if not isinstance(plan.images, PictureSet)
    }
    pictures = folders["pictures"].pictures if "pictures" in folders else None
    record = whole_census.record
    choices = layer_choices(discover(session))
    there: dict[str, Any] = {
        "stroop": drawn["stroop"].samples if "stroop" in drawn else 0,
        "shapes": drawn["shapes"].samples if "shapes" in drawn else 0,
        "pictures": None if pictures is None else Path(pictures.folder).absolute(),
        "layers": next(
            (choice.id for choice in choices if choice.layers == record.layers), "other"
        ),
        "summary": record.summary,
        "seed": next(iter(plans.values())).seed,
        "precision": record.model.precision,
    }
    for images in drawn.values():
        there["palette"] = images.palette
    if "stroop" in drawn:
        there["gray"] = getattr(drawn["stroop"], "gray", None)
    asked = {
        "palette": palette_of(arguments.palette),
        "pictures": arguments.pictures and arguments.pictures.absolute(),
    }
    refuse_other_options(arguments, there, asked)


def carry_out(
    whole_census: CensusOfSets, session: ModelSession, arguments: argparse.Namespace
) -> int:
    """Take the census until all is done or the user stops it; the result is the exit status."""
    from core.census.stages import take_census

    batch = arguments.batch or _best_batch(whole_census, session)
    for kind in whole_census.kinds:
        own = whole_census.folder(kind).manifest.batch_size
        if own and arguments.batch and own != batch:
            say_unless(
                arguments.quiet,
                f"{_TITLES[kind]}: started in batches of {own} and goes on in them; --batch is for "
                "what is not begun.",
            )
    events = take_census(
        whole_census,
        session,
        batch_size=batch,
        threads=arguments.threads,
        part=arguments.part,
        allow_versions=arguments.allow_versions,
    )
    shown = display(quiet=arguments.quiet)
    stopped = False
    with stop_between_batches() as stop:
        try:
            with closing(events):  # stores what was seen since the last checkpoint
                for stage, event in events:
                    if isinstance(event, Started):
                        shown.close()
                        shown = display(quiet=arguments.quiet)
                        say_unless(arguments.quiet, f"{_TITLES[stage]}: {event.total:,} images")
                    shown.show(event)
                    if stop.requested:
                        stopped = True
                        break
        finally:
            shown.close()
    path = str(whole_census.path)
    if stopped:
        say(f"Stopped; what is done is kept. Resume with: {command_text('census', '--out', path)}")
        return STOPPED
    if arguments.part != (1, 1):
        say_unless(arguments.quiet, merge_text(path, arguments.part[1]))
        return DONE
    figures = command_text("figures", path, "--out", "FOLDER")
    say_unless(arguments.quiet, f"The census is done: {path}\nIts figures: {figures}")
    return DONE


def merge_parts(folder: Path, others: Sequence[Path], *, quiet: bool) -> int:
    """Take into a census what others have seen; the result is the exit status."""
    from core.census.data import load_census
    from core.census.merge import merge_censuses

    for other in others:
        merge_censuses(folder, other)
    lacking = unfinished(load_census(folder))
    if lacking:
        say(
            f"{lacking} The rest can come from other folders, or be done here: "
            f"{command_text('census', '--out', str(folder))}"
        )
    else:
        say_unless(quiet, f"The census is whole: {folder}")
    return DONE


def _begun(arguments: argparse.Namespace) -> tuple[CensusOfSets, ModelSession]:
    from core.census.draft import layer_choices
    from core.census.pictures import picture_set
    from core.models.loading import load_session
    from core.network.layers import discover

    draft = CensusDraft(
        layers=arguments.layers,
        summary=arguments.summary,
        stroop=arguments.stroop,
        shapes=arguments.shapes,
        seed=arguments.seed,
        palette=palette_of(arguments.palette),
        gray=arguments.gray,
    )
    if not (draft.stroop or draft.shapes or arguments.pictures):
        raise InvalidInput("The census has no images.", "Ask for --stroop, --shapes or --pictures.")
    session = load_session(
        lasting(arguments.model or "embedded"), arguments.device, arguments.precision
    )
    side = session.info.preprocessing.side
    choice = _chosen(layer_choices(discover(session)), draft.layers, session)
    pictures = None
    if arguments.pictures is not None:
        found, paths, listing = picture_set(arguments.pictures, side)
        for refusal in listing.refused[:_NAMED]:
            say_unless(arguments.quiet, f"Left out: {' '.join(refusal.reason.split())}")
        more = len(listing.refused) - _NAMED
        if more > 0:
            say_unless(arguments.quiet, f"Left out: {more:,} more files.")
        pictures = found, paths
    title = f"Census of {session.info.name}"

    def begin(path: Path) -> CensusOfSets:
        return CensusOfSets.create(
            path,
            title,
            session.info,
            choice.layers,
            stroop=draft.stroop_set(side),
            shapes=draft.shape_set(side),
            pictures=pictures,
            summary=draft.summary,
            seed=draft.seed,
        )

    whole_census = begin_at(arguments.out, title, begin, censuses_dir())
    say_unless(
        arguments.quiet,
        f"{title}: {choice.units:,} neurons of {len(choice.layers)} layers into "
        f"{whole_census.path}\n"
        f"{model_sentence(session)}",
    )
    return whole_census, session


def _chosen(
    choices: tuple[LayerChoice, ...], wanted: LayerChoiceId, session: ModelSession
) -> LayerChoice:
    for choice in choices:
        if choice.id == wanted:
            return choice
    known = ", ".join(choice.id for choice in choices)
    raise InvalidInput(
        f"{session.info.name} offers no layers of the choice “{wanted}”.",
        f"Use one of {known}." if known else "None of its layers can be observed.",
    )


def _best_batch(whole_census: CensusOfSets, session: ModelSession) -> int:
    """The batch size at which an image takes least time here."""
    from core.census.run import calibrate_census

    images = next(
        (
            plan.images
            for plan in (whole_census.folder(kind).plan for kind in whole_census.kinds)
            if not isinstance(plan.images, PictureSet)
        ),
        CensusDraft().stroop_set(session.info.preprocessing.side),
    )
    assert images is not None
    record = whole_census.record
    return calibrate_census(session, record.layers, images, record.summary).batch_size


COMMANDS = {"census": Command(add_arguments, run)}
