"""``figures DIR`` and ``report DIR``: a census drawn, a run or census on one page."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import msgspec

from core.base.console import say
from core.base.errors import InvalidInput, RunError
from core.base.tables import made_folder, write_export
from core.base.text import short_text
from core.base.typed import from_values
from core.census.data import load_census
from core.census.sets import CENSUS_NAME
from core.commands import DONE
from core.commands.arguments import Command, add_quiet, say_unless
from core.figures.census_figures import census_figure
from core.figures.census_notes import FigureName, undefined_text
from core.figures.census_tables import write_figure_csv
from core.figures.file import (
    FIGURE_FORMS,
    FigureSize,
    figure_bytes,
    figure_size,
)
from core.figures.unit_figure import UnitSheet, unit_sheet
from core.reports.content import Report
from core.reports.writing import REPORT_SUFFIXES, report_form, write_report
from core.runs.folder import PLAN_NAME
from core.sweeps.run_folder import RunFolder
from core.units.features.hue_work import HueMeasurement
from core.units.features.unit_hues import HueFigure
from core.units.neuron_indices import CensusReader, NeuronIndices, Parts, most_images
from core.units.selectivity import GRAY_METHODS
from core.units.thresholds import TypeThresholds
from core.units.unit_words import unit_of

_UNIT = re.compile(r"\s*(?P<layer>\S+)\s*#\s*(?P<number>[0-9]{1,9})\s*")
_NO_SUCH = {float: "no number", int: "no whole number"}
_HINTS = {float: "Write a decimal point, as in 0.1.", int: "Write it in digits alone, as in 20."}


def figures_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``figures``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "thresholds and their values where nothing is said:\n" + "\n".join(
        f"  {name}={value}" for name, value in msgspec.structs.asdict(TypeThresholds()).items()
    )
    parser.add_argument("census", type=Path, metavar="DIR", help="the folder of the census")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="where the files go"
    )
    parser.add_argument("--format", choices=FIGURE_FORMS, default="svg", help="default: svg")
    parser.add_argument(
        "--size",
        metavar="SIZE",
        help="on paper: width in mm, as 85, or width and height, as 170x120, or slide for one of "
        "16:9; type and lines are scaled along",
    )
    parser.add_argument(
        "--no-settings",
        action="store_true",
        help="leave out the lines with thresholds, sets and model",
    )
    parser.add_argument(
        "--by", choices=("layers", "blocks"), default="layers", help="how neurons are parted"
    )
    parser.add_argument(
        "--unit",
        nargs="+",
        default=[],
        metavar="NAME",
        help="figures of single neurons, e.g. “layer4.2 #17”",
    )
    parser.add_argument(
        "--no-photographs",
        action="store_true",
        help="leave the natural pictures themselves out of figures of neurons, for their copyright",
    )
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="thresholds, e.g. color_selective=0.3 top=50; see below",
    )
    add_quiet(parser)


def figures(arguments: argparse.Namespace) -> int:
    """Write figures 2, 3 and 5 of a census, those of single units, and their numbers."""
    size = figure_size(arguments.size) if arguments.size is not None else None
    indices = indices_of(arguments.census, arguments.set)
    units = [_unit_number(indices, name) for name in arguments.unit]
    made_folder(arguments.out)
    if indices.types is not None:
        _write(arguments, size, indices, "types")
    else:
        say_unless(arguments.quiet, undefined_text(indices, "types"))
    _write(arguments, size, indices, "selectivity")
    if "pictures" in indices.census.sets:
        _write(arguments, size, indices, "hue", hues=hues_of(indices, arguments.quiet))
    for unit in units:
        sheet = unit_sheet(indices, unit, photographs=not arguments.no_photographs)
        _write(arguments, size, indices, "unit", sheet=sheet)
    return DONE


def _write(
    arguments: argparse.Namespace,
    size: FigureSize | None,
    indices: NeuronIndices,
    figure: FigureName,
    *,
    hues: HueFigure | None = None,
    sheet: UnitSheet | None = None,
) -> None:
    """Write a figure and its numbers side by side."""
    name: str = figure
    if sheet is not None:
        name = indices.census.name_of(sheet.unit).replace("#", "").replace(" ", "-")
    parts: Parts = arguments.by
    drawn = arguments.out / f"{name}.{arguments.format}"
    described = census_figure(indices, figure, parts=parts, hues=hues, sheet=sheet)
    settings = not arguments.no_settings
    write_export(drawn, figure_bytes(described, arguments.format, size=size, settings=settings))
    numbers = write_figure_csv(
        arguments.out / f"{name}.csv", indices, figure, parts=parts, hues=hues, sheet=sheet
    )
    for path in (drawn, *numbers):
        say_unless(arguments.quiet, f"Written: {path}")


def indices_of(folder: Path, settings: list[str]) -> NeuronIndices:
    """What a census says under thresholds; see `thresholds_of`."""
    census = load_census(folder)
    limits = thresholds_of(settings)
    if not census.sets:
        raise RunError(
            f"The census in {folder} has not seen an image yet.",
            "Resume it first: census --out DIR.",
        )
    top = min(limits.top, most_images(census))
    return CensusReader(census).read(msgspec.structs.replace(limits, top=top))


def thresholds_of(settings: list[str]) -> TypeThresholds:
    """The thresholds with some of them set, each written as ``name=value``."""
    known = {field.name: field.type for field in msgspec.structs.fields(TypeThresholds)}
    values: dict[str, object] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or name.strip() not in known:
            raise InvalidInput(
                f"“{setting}” sets no threshold.",
                f"Write NAME=VALUE with one of {', '.join(known)}.",
            )
        kind = known[name.strip()]
        try:
            values[name.strip()] = from_values(value.strip(), kind, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidInput(
                f"The threshold {name.strip()} cannot be set so: “{short_text(value.strip())}” is "
                f"{_NO_SUCH.get(kind, 'not known')}.",
                _HINTS.get(kind, f"Use one of {', '.join(GRAY_METHODS)}."),
            ) from error
    return from_values(values, TypeThresholds)


def _unit_number(indices: NeuronIndices, name: str) -> int:
    found = _UNIT.fullmatch(name)
    unit = unit_of(indices.census, found["layer"], int(found["number"])) if found else None
    if unit is None:
        raise InvalidInput(
            f"The census has no neuron “{name}”.", "Write it as “layer4.2 #17”: layer and number."
        )
    return unit


def hues_of(indices: NeuronIndices, quiet: bool) -> HueFigure:
    """Figure 3, worked out unless it is known; says how far it has come."""
    figure: HueFigure | None = None
    told = 0
    for figure, _hue in HueMeasurement().figures(
        indices.census, indices.selective, indices.thresholds.top
    ):
        if not quiet and figure.waiting and abs(told - figure.waiting) >= 200:
            told = figure.waiting
            say(f"Neuron features: {figure.waiting:,} are left")
    assert figure is not None
    return figure


def report_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``report``."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of a run or a census")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"its ending says the form: {', '.join(REPORT_SUFFIXES)}",
    )
    parser.add_argument(
        "--all", action="store_true", help="of a run: every table, matrices included"
    )
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="of a census: thresholds, as for the command figures",
    )
    parser.add_argument(
        "--photographs",
        action="store_true",
        help="of a census: show natural pictures themselves, which may not be yours to pass on",
    )
    add_quiet(parser)


def report(arguments: argparse.Namespace) -> int:
    """Write everything about a run or a census in one file that can be read anywhere."""
    form = report_form(arguments.out)
    write_report(arguments.out, _report(arguments), form)
    say_unless(arguments.quiet, f"Written: {arguments.out}")
    return DONE


def _report(arguments: argparse.Namespace) -> Report:
    folder = arguments.folder
    if (folder / CENSUS_NAME).exists():
        if arguments.all:
            raise InvalidInput("A census has no tables to choose from.", "Leave out --all.")
        return _census_report(arguments)
    if arguments.set or arguments.photographs:
        raise InvalidInput(
            f"There is no census in {folder}.", "Leave out --set and --photographs for a run."
        )
    if not (folder / PLAN_NAME).exists():
        raise RunError(
            f"There is neither a run nor a census in {folder}.",
            "Name the folder that “run” or “census” has written.",
        )
    from core.reports.run_report import run_report

    return run_report(RunFolder.open(folder), every=arguments.all)


def _census_report(arguments: argparse.Namespace) -> Report:
    from core.reports.census_report import census_report

    indices = indices_of(arguments.folder, arguments.set)
    hues = hues_of(indices, arguments.quiet) if "pictures" in indices.census.sets else None
    return census_report(indices, hues=hues, photographs=arguments.photographs)


COMMANDS = {
    "figures": Command(figures_arguments, figures),
    "report": Command(report_arguments, report),
}
