"""What figures of a census print: thresholds, images, sets, model, and what is undefined.

Imports no torch.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from core.base.paths import APP_NAME
from core.base.version import VERSION
from core.census.data import CensusData
from core.census.plan import PictureSet
from core.census.sets import KIND_TITLES
from core.network.layer import Summary
from core.predict.provenance import provenance
from core.units.neuron_indices import NeuronIndices
from core.units.thresholds import TypeThresholds

FigureName = Literal["types", "selectivity", "hue", "unit"]
TITLES: dict[FigureName, str] = {
    "types": "Types of neurons",
    "selectivity": "Color selectivity of neurons",
    "hue": "Hues of color-selective neurons",
    "unit": "A neuron and its strongest images",
}

_SUMMARIES: dict[Summary, str] = {
    "max": "a neuron’s value is the maximum of its map",
    "mean": "a neuron’s value is the mean of its map",
    "cls": "a neuron’s value is that of the class token",
}
_HASH_DIGITS = 8


def settings_text(thresholds: TypeThresholds, figure: FigureName) -> str:
    """The thresholds that decided a figure, in one line."""
    if figure in ("types", "unit"):
        words = thresholds.in_words()
        return words[:1].upper() + words[1:]
    method = {"ratio": "1 − Σ gray / Σ color", "clip": "mean of 1 − clip(gray / color)"}
    text = f"Top {thresholds.top} pictures; color selectivity {method[thresholds.gray_method]}"
    if figure == "selectivity":
        return (
            f"{text}; cut-offs {thresholds.color_selective:g} and {thresholds.strongly_selective:g}"
        )
    return f"{text}; color selective ≥ {thresholds.color_selective:g}"


def sets_text(census: CensusData) -> str:
    """Which sets were seen, and how much of each."""
    parts = []
    for kind, found in census.sets.items():
        images = f"{found.total:,} images"
        if found.partial:
            images = f"partial: {found.done:,} of {images}"
        title = KIND_TITLES[kind]
        if isinstance(found.plan.images, PictureSet):
            title += f" “{found.plan.images.title}” ({found.plan.images.sha256[:_HASH_DIGITS]})"
            if found.refused:
                images += f", {len(found.refused):,} of them unreadable"
        parts.append(f"{title}: {images}")
    missing = [title for kind, title in KIND_TITLES.items() if kind not in census.sets]
    if missing:
        parts.append(f"not seen: {', '.join(missing).lower()}")
    return " · ".join(parts)


def model_text(census: CensusData) -> str:
    """Which model, in one line, with what to bear in mind about it."""
    info = census.record.model
    parts = [info.name]
    if info.sha256:
        parts.append(f"weights {info.sha256[:_HASH_DIGITS]}")
    parts += [info.precision, f"{len(census):,} neurons", _SUMMARIES[census.record.summary]]
    if info.notice:
        parts.append(info.notice)
    return " · ".join(parts)


def undefined_text(indices: NeuronIndices, figure: FigureName) -> str:
    """Which values are missing and why; empty if none is (R37)."""
    if figure == "unit":
        return ""  # the unit's own facts say it
    if figure != "types":
        return indices.selectivity_problem
    if indices.measures is None:
        return "No neuron has a type, because the census has seen no Stroop words."
    ties = "" if indices.types is None else indices.types.in_words()
    return " ".join(filter(None, [indices.measures.in_words(), ties]))


def settings_lines(indices: NeuronIndices, figure: FigureName) -> tuple[str, ...]:
    """What made the numbers of a figure: thresholds, sets, model."""
    census = indices.census
    return settings_text(indices.thresholds, figure), sets_text(census), model_text(census)


def reading_notes(indices: NeuronIndices, figure: FigureName) -> tuple[str, ...]:
    """What to know when reading a figure: what is undefined, and odd thresholds."""
    notes = indices.thresholds.notes() if figure == "types" else ()
    return tuple(filter(None, (undefined_text(indices, figure), *notes)))


def figure_lines(indices: NeuronIndices, figure: FigureName) -> tuple[str, ...]:
    """All the lines that tell about a figure."""
    return settings_lines(indices, figure) + reading_notes(indices, figure)


def figure_provenance(
    indices: NeuronIndices, figure: FigureName, now: datetime | None = None
) -> dict[str, Any]:
    """Everything about how a figure came about, as JSON knows it."""
    census = indices.census
    stimuli = [
        found.plan.images
        for found in census.sets.values()
        if not isinstance(found.plan.images, PictureSet)
    ]
    made: dict[str, Any] = {"app": {"name": APP_NAME, "version": VERSION}}
    if stimuli:
        made = provenance(census.record.model, stimuli[0].palette, stimuli[0].seed, now)
    return {
        **made,
        "model": msgspec.to_builtins(census.record.model),
        "figure": figure,
        "lines": list(figure_lines(indices, figure)),
        "thresholds": msgspec.to_builtins(indices.thresholds),
        "census": {
            "title": census.record.title,
            "created": census.record.created,
            "summary": census.record.summary,
            "layers": [layer.name for layer in census.layers],
            "units": len(census),
            "sets": {
                kind: {
                    "plan": found.plan.content_hash(),
                    "images_done": found.done,
                    "images_planned": found.total,
                    "partial": found.partial,
                    "refused": len(found.refused),
                    "images": msgspec.to_builtins(found.plan.images),
                    "tie_seed": found.plan.seed,
                }
                for kind, found in census.sets.items()
            },
        },
    }
