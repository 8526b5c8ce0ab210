"""``ablation CENSUS``: choose units of a census to silence, and write them to a file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.ablation.ablation_file import ablation_file, write_ablation
from core.ablation.choosing import named_type, units_of_query
from core.ablation.unit_means import MeansMeasured, measure_means, stored_means
from core.base.console import say
from core.base.errors import InvalidInput
from core.census.data import CensusData, load_census
from core.commands import DONE
from core.commands.arguments import reference
from core.commands.figures import thresholds_of
from core.commands.models import load_again
from core.commands.options import add_machine, text
from core.network.ablation import CONSTANT_WORDS, make_ablation
from core.units.neuron_indices import CensusReader, most_images

if TYPE_CHECKING:  # it imports torch
    from core.models.session import ModelSession


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("census", type=Path, metavar="DIR", help="the folder of the census")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE.json", help="where the ablation goes"
    )
    which = parser.add_argument_group("which units; what is given several times adds up")
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
        help="only units of these layers; * and ? stand for any text, e.g. 'layer4.?'",
    )
    which.add_argument(
        "--strongest",
        type=int,
        metavar="N",
        help="of each layer only the N units of the largest selectivity to a word",
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


def run(arguments: argparse.Namespace) -> int:
    """Write the file; the result is the exit status."""
    queries = [f"type:{named_type(name)}" for name in arguments.type] + arguments.search
    if not queries and not arguments.layers:
        raise InvalidInput("No unit is chosen.", "Name --type, --search or --layers.")
    census = load_census(arguments.census)
    limits = thresholds_of(arguments.set)
    limits = msgspec.structs.replace(limits, top=min(limits.top, most_images(census)))
    indices = CensusReader(census).read(limits)
    chosen = units_of_query(indices, queries or [""], tuple(arguments.layers), arguments.strongest)
    if not chosen:
        raise InvalidInput("No unit of the census is like that.", "Ask for less.")
    means = _means(census, arguments) if arguments.to == "mean" else None
    title = arguments.title or " + ".join([*arguments.type, *arguments.search]) or "all units"
    ablation = make_ablation(title, chosen, arguments.to, means)
    sizes = {layer.name: layer.units for layer in census.layers}
    write_ablation(arguments.out, ablation_file(ablation, sizes, census.record.model, means))
    if not arguments.quiet:
        for part in ablation.parts:
            say(f"{part.layer}: {len(part.units):,} of {sizes[part.layer]:,} units")
        say(f"Silenced: {ablation.in_words()}\nWritten: {arguments.out}")
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
                if not arguments.quiet:
                    say(f"Means over {event.pictures:,} natural pictures.")
                return event.means
    raise AssertionError("the last event is the result")
