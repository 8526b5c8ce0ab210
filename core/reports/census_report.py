"""The report of a census: types, color selectivity, hues and single units, and how they came about.

Figures 2 to 5 of the paper with their numbers. Natural pictures are not ours to pass on, so they
are left out unless asked for. Imports no torch before hues are worked out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from core.base.console import command_text
from core.base.errors import RunError
from core.census.data import CensusData, SetData
from core.census.draft import CensusDraft, LayerChoiceId, unfinished
from core.census.plan import PictureSet
from core.census.sets import KIND_TITLES, CensusOfSets, Kind
from core.figures.census_figures import census_figure
from core.figures.census_notes import (
    TITLES,
    figure_provenance,
    model_text,
    sets_text,
    undefined_text,
)
from core.figures.unit_figure import unit_sheet, unit_title
from core.reports.content import Command, Report, Section
from core.reports.run_report import model_facts, session_facts, version_facts
from core.results.published import (
    is_published_model,
    published_hues,
    published_label,
    published_source,
)
from core.runs.manifest import WorkSession
from core.stimuli.factorial import ShapeSet, StroopSet
from core.units.category_styles import ORDER, STACK
from core.units.features.unit_hues import HueFigure
from core.units.neuron_indices import NeuronIndices
from core.units.type_histogram import CATEGORIES
from core.units.unit_facts import type_reason

EXAMPLES = ("color multimodal", "color word", "chromatic color", "any word")
"""Types of which the report shows the clearest unit."""

PICTURES_FOLDER = "FOLDER"
"""What the command in a report calls the folder of natural pictures, which is elsewhere there."""

_ALPHA = (
    "α: the share of a neuron's answer to its strongest natural pictures that is lost when they "
    "are seen in gray; below 0 it likes gray better."
)


def census_report(
    indices: NeuronIndices,
    *,
    hues: HueFigure | None = None,
    units: Sequence[int] | None = None,
    photographs: bool = False,
    now: datetime | None = None,
) -> Report:
    """The report of a census, whole or not; drawing units takes about a second for each.

    Parameters
    ----------
    hues : HueFigure, optional
        Figure 3; a sentence says so if it is missing.
    units : sequence of int, optional
        Places of the units to show; by default the clearest one of each type in `EXAMPLES`.
    photographs : bool
        True shows natural pictures themselves among a unit's strongest images.

    Raises
    ------
    FontError
        If words have to be drawn, and a font is missing.
    """
    census = indices.census
    shown = list(units) if units is not None else example_units(indices)
    sections = [_types(indices), _selectivity(indices), _hues(indices, hues)]
    sections += [_unit(indices, unit, photographs) for unit in shown]
    found = census.sets.get("stroop") or census.sets.get("shapes")
    images = None if found is None else found.plan.images
    return Report(
        title=census.record.title,
        summary=_summary(census),
        cautions=_cautions(indices),
        facts=_facts(indices),
        sections=tuple(sections),
        commands=(repeat_command(census),),
        palette=None if images is None or isinstance(images, PictureSet) else images.palette,
        sources=_sources(census, photographs),
        provenance=figure_provenance(indices, "types", now),
    )


def example_units(indices: NeuronIndices) -> list[int]:
    """The clearest unit of each type in `EXAMPLES`, as places in the arrays of the census."""
    measures, types = indices.measures, indices.types
    if measures is None or types is None or indices.categories is None:
        return []
    slots = measures.slots
    places = np.arange(len(indices))
    labels = np.clip(types.labels.astype(np.int64), 0, None)
    for unit, terms in types.tied.items():
        labels[unit] = terms[0]
    word, font, background = (
        index[places, labels] for index in (slots.word, slots.font, slots.background)
    )
    clearness = {
        "color multimodal": np.minimum(np.minimum(word, font), background),
        "color word": word,
        "chromatic color": font + background,
        "any word": np.asarray(measures.stroop, dtype=np.float64),
    }
    found = []
    for category in EXAMPLES:
        members = np.flatnonzero(indices.categories == CATEGORIES.index(category))
        if len(members):
            values = np.nan_to_num(clearness[category][members], nan=-1.0)
            found.append(int(members[values.argmax()]))
    return found


def repeat_command(census: CensusData) -> Command:
    """The command that takes the same census again, and what it cannot say."""
    record = census.record
    draft = _draft(census)
    model = "embedded" if record.model.source == "built-in" else record.model.source
    words = ["census", "--model", model or record.model.name]
    words += ["--stroop", str(draft.stroop), "--shapes", str(draft.shapes)]
    if "pictures" in census.sets:
        words += ["--pictures", PICTURES_FOLDER]
    words += ["--layers", draft.layers, "--summary", draft.summary, "--seed", str(draft.seed)]
    words += ["--palette", draft.palette.name, "--gray", draft.gray]
    words += ["--precision", record.model.precision]
    notes = ["Takes the same census again."]
    if "pictures" in census.sets:
        images = census.sets["pictures"].plan.images
        assert isinstance(images, PictureSet)
        notes.append(
            f"Put the folder of the natural pictures for {PICTURES_FOLDER}: {images.count:,} "
            f"files, “{images.title}”."
        )
    if not _says_all(census, draft):
        notes.append("Its images had rules of their own, which no option tells.")
    return Command(command_text(*words), " ".join(notes))


def _draft(census: CensusData) -> CensusDraft:
    """What was chosen, as far as the census tells."""
    record = census.record
    sets = [
        found.plan.images
        for found in census.sets.values()
        if not isinstance(found.plan.images, PictureSet)
    ]
    stroop, shapes = _samples(census, "stroop"), _samples(census, "shapes")
    kinds = {layer.kind for layer in record.layers}
    layers: LayerChoiceId = "all"
    if all(layer.is_default for layer in record.layers) or kinds == {"block"}:
        layers = "default"
    elif kinds == {"convolution"}:
        layers = "convolutions"
    seeds = [found.plan.seed for found in census.sets.values()]
    draft = CensusDraft(
        layers=layers,
        summary=record.summary,
        stroop=stroop,
        shapes=shapes,
        seed=sets[0].seed if sets else (seeds or [0])[0],
    )
    if sets:
        draft = msgspec.structs.replace(draft, palette=sets[0].palette)
    words = census.sets.get("stroop")
    if words is not None and isinstance(words.plan.images, StroopSet):
        draft = msgspec.structs.replace(draft, gray=words.plan.images.gray)
    return draft


def _samples(census: CensusData, kind: Kind) -> int:
    found = census.sets.get(kind)
    images = None if found is None else found.plan.images
    return images.samples if isinstance(images, ShapeSet | StroopSet) else 0


def _says_all(census: CensusData, draft: CensusDraft) -> bool:
    """True if the options of the command make the very images again."""
    side = census.record.model.preprocessing.side
    again = {"stroop": draft.stroop_set(side), "shapes": draft.shape_set(side)}
    return all(
        found.plan.images == again[kind]
        for kind, found in census.sets.items()
        if kind != "pictures"
    )


def _summary(census: CensusData) -> tuple[str, ...]:
    layers = len(census.layers)
    where = "1 layer" if layers == 1 else f"{layers:,} layers"
    what = f"A census of {len(census):,} neurons in {where} of {census.record.model.name}"
    return f"{what}: which images move each of them most.", f"{sets_text(census)}."


def _cautions(indices: NeuronIndices) -> tuple[str, ...]:
    census = indices.census
    found = [census.record.model.notice]
    try:
        found.append(unfinished(census))
    except RunError:  # its folder is gone; what it has seen is at hand
        parts = [KIND_TITLES[kind] for kind, seen in census.sets.items() if seen.partial]
        found.append(f"Not finished: {', '.join(parts)}." if parts else "")
    found.append(undefined_text(indices, "types") if indices.types is None else "")
    found += indices.thresholds.notes()
    return tuple(_sentence(text) for text in found if text)


def _sources(census: CensusData, photographs: bool) -> tuple[str, ...]:
    found = []
    if not photographs and "pictures" in census.sets:
        found.append(
            "Natural pictures themselves are left out, as they may not be passed on; their mean, "
            "the neuron feature, is shown."
        )
    return (*found, f"The paper: {published_source().citation()}.")


def _types(indices: NeuronIndices) -> Section:
    title = f"{TITLES['types']} (figure 5)"
    histogram = indices.type_counts.get("layers")
    if histogram is None:
        return Section(title, notes=(undefined_text(indices, "types"),))
    styles = list(zip(STACK, ORDER, strict=True))
    header = ("Layer", "Neurons", *(style.title for style, _column in styles))
    body = [
        (
            layer,
            f"{int(histogram.units[row]):,}",
            *(
                _count(int(histogram.counts[row, column]), int(histogram.units[row]))
                for _style, column in styles
            ),
        )
        for row, layer in enumerate(histogram.layers)
    ]
    whole = int(histogram.units.sum())
    sums = histogram.counts.sum(axis=0)
    body.append(("All", f"{whole:,}", *(_count(int(sums[c]), whole) for _style, c in styles)))
    notes = [f"{style.title}: {style.tip}" for style, _column in styles]
    problem = undefined_text(indices, "types")
    return Section(
        title,
        header=header,
        body=tuple(body),
        totals=(*(False for _layer in histogram.layers), True),
        notes=(*notes, *([problem] if problem else [])),
        figure=census_figure(indices, "types"),
    )


def _selectivity(indices: NeuronIndices) -> Section:
    title = f"{TITLES['selectivity']} (figure 2)"
    histogram = indices.selectivity_counts["layers"]
    limits = indices.thresholds
    if not histogram.defined.any():
        return Section(title, notes=(indices.selectivity_problem,))
    reached = indices.selective_counts["layers"]
    header = (
        "Layer",
        "Neurons with α",
        f"α ≥ {limits.color_selective:g}",
        f"α ≥ {limits.strongly_selective:g}",
        "α < 0",
        "Undefined",
    )
    counts = np.column_stack(
        [histogram.defined, *reached, histogram.negative, histogram.undefined]
    ).astype(int)
    body = []
    for name, row in zip((*histogram.groups, "All"), [*counts, counts.sum(axis=0)], strict=True):
        defined, first, second, negative, undefined = map(int, row)
        shares = (_count(number, defined) for number in (first, second, negative))
        body.append((name, f"{defined:,}", *shares, f"{undefined:,}"))
    problem = indices.selectivity_problem
    return Section(
        title,
        header=header,
        body=tuple(body),
        totals=(*(False for _layer in histogram.groups), True),
        notes=(_ALPHA, *([problem] if problem else [])),
        figure=census_figure(indices, "selectivity"),
    )


def _hues(indices: NeuronIndices, hues: HueFigure | None) -> Section:
    title = f"{TITLES['hue']} (figure 3)"
    if hues is None:
        why = "The hues were not worked out."
        if "pictures" not in indices.census.sets:
            why = "There are no hues, because the census has seen no natural pictures."
        return Section(title, notes=(why,))
    info = indices.census.record.model
    r = hues.correlation
    measured = "undefined" if r is None else f"{r:.3f}".replace("-", "−")
    published = published_hues()
    label = published_label(info.name, info.sha256)
    notes = [f"{published.source} of the paper has {published.pictures} as natural pictures."]
    if not is_published_model(info.name, info.sha256):
        notes.append("Its number is another model's and no yardstick for this one.")
    return Section(
        title,
        header=("Hues of neurons and of pictures", "Here", label),
        body=(
            ("Pearson's r over 100 bins of hue", measured, str(published.correlation)),
            ("Color-selective neurons", f"{hues.selective:,}", "–"),
        ),
        notes=(*notes, *hues.notes()),
        figure=census_figure(indices, "hue", hues=hues),
    )


def _unit(indices: NeuronIndices, unit: int, photographs: bool) -> Section:
    sheet = unit_sheet(indices, unit, photographs=photographs)
    return Section(
        f"{unit_title(indices, unit)} (figure 4)",
        notes=(type_reason(indices, unit),),
        figure=census_figure(indices, "unit", sheet=sheet),
    )


def _facts(indices: NeuronIndices) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    census = indices.census
    info = census.record.model
    model = [
        ("Model", info.name),
        ("Weights, SHA-256", info.sha256 or info.source),
        ("Precision", info.precision),
        *model_facts(info),
    ]
    layers = [(layer.name, f"{layer.units:,} neurons, {layer.values}") for layer in census.layers]
    layers.append(("Read", model_text(census)))
    groups = [("Model", tuple(model)), ("Layers", tuple(layers))]
    groups += [(KIND_TITLES[kind], _set_facts(found)) for kind, found in census.sets.items()]
    limits = [
        (
            name.replace("_", " ").capitalize(),
            f"{value:g}" if isinstance(value, int | float) else str(value),
        )
        for name, value in msgspec.structs.asdict(indices.thresholds).items()
    ]
    groups.append(("Thresholds", tuple(limits)))
    groups.append(("Work", (("Started", census.record.created), *session_facts(_sessions(census)))))
    groups.append(("Software", _versions(census)))
    return tuple(groups)


def _set_facts(found: SetData) -> tuple[tuple[str, str], ...]:
    plan, images = found.plan, found.plan.images
    rows = [("Images", f"{found.done:,} of {found.total:,}")]
    if isinstance(images, PictureSet):
        rows += [("Folder", images.title), ("List of files, SHA-256", images.sha256)]
        rows.append(("Could not be read", f"{len(found.refused):,}"))
        rows.append(
            ("Seen in gray", "no" if found.gray is None else "the strongest of each neuron")
        )
    else:
        rows += [
            ("Combinations", f"{len(images.combinations):,}"),
            ("Samples of each", f"{images.samples:,}"),
            ("Seed", str(images.seed)),
            ("Palette", images.palette.name),
        ]
    rows += [
        ("Images kept for each neuron", f"{plan.capacity:,}"),
        ("Seed of ties", str(plan.seed)),
        ("Plan, SHA-256", plan.content_hash()),
    ]
    return tuple(rows)


def _sessions(census: CensusData) -> list[WorkSession]:
    """What the folder notes about the work; nothing if it is gone."""
    try:
        whole = CensusOfSets.open(census.path)
        folders = [whole.folder(kind) for kind in whole.kinds]
    except RunError:
        return []
    return [session for folder in folders for session in folder.manifest.sessions]


def _versions(census: CensusData) -> tuple[tuple[str, str], ...]:
    known: dict[str, Any] = {}
    for found in census.sets.values():
        known.update(found.plan.versions)
    for session in _sessions(census):
        known.update(session.versions)
    known.update(census.record.model.versions)
    return version_facts(known)


def _count(number: int, whole: int) -> str:
    """A number of units, and what share of its layer that is."""
    return f"{number:,} ({100 * number / whole:.1f} %)" if number and whole else f"{number:,}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
