"""What to know when reading a table, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from core.base.text import marked
from core.color.terms import COLOR_TERMS, canonical
from core.predict.prediction import cosine_tolerance
from core.predict.roles import coinciding
from core.results.published import inconsistencies, published_source, published_tables
from core.results.result_types import Outline, ResultColumn, ResultRow, ResultTable
from core.results.tally import Tally
from core.results.text.percent import percent
from core.sweeps.plan import SweepPlan

INDEPENDENCE = (
    "Intervals are Wilson's 95 % and treat the images as independent. Geometry is crossed: each "
    "place and size of an object occurs in many colors, so images share geometries, and over other "
    "geometries the shares may vary more than the intervals say."
)
_PARTS = {
    "figure": "the letters’ color",
    "background": "the background’s color",
    "written": "the written word",
}
INDEPENDENT = "Intervals are Wilson's 95 %; each image has a geometry of its own."


def noted_table(
    tally: Tally,
    outline: Outline,
    row_headers: tuple[str, ...],
    columns: tuple[ResultColumn, ...],
    rows: Sequence[ResultRow],
    extra: tuple[str, ...] = (),
    *,
    column_header: str = "",
    published_label: str = "",
) -> ResultTable:
    """A table with its notes: progress, intervals, ties, labels, and its own in `extra`."""
    notes = [
        progress_note(tally),
        INDEPENDENCE if tally.plan.stimuli.geometry == "crossed" else INDEPENDENT,
        tie_note(tally, outline.template),
        *label_notes(tally.plan),
        *coincidence_notes(tally.plan),
        *extra,
        *(_paper_notes(tally, outline) if outline.paper else ()),
    ]
    return ResultTable(
        outline=outline,
        row_headers=row_headers,
        columns=columns,
        rows=tuple(rows),
        column_header=column_header,
        published_label=published_label,
        notes=tuple(note for note in notes if note),
    )


def progress_note(tally: Tally) -> str:
    """That a run is not finished; empty for a whole one."""
    done, total = tally.images, len(tally.plan)
    if done == total:
        return ""
    return f"Partial: {done:,} of {total:,} images so far."


def tie_note(tally: Tally, template: int | None) -> str:
    """How ties are broken, how many there were, and how many answers are too close to call."""
    rows = slice(None) if template is None else slice(template, template + 1)
    precision = tally.plan.model.precision
    answers = int(tally.counts.answers[rows].sum())
    ties, close = int(tally.counts.ties[rows].sum()), int(tally.counts.close[rows].sum())
    tied_share = f" ({percent(ties / answers)})" if ties else ""
    close_share = f" ({percent(close / answers)})" if close else ""
    return (
        "The answer is the label of the largest cosine; of exactly equal ones the first in the "
        f"list. {ties:,} of {answers:,} answers were such ties{tied_share}. In {close:,}"
        f"{close_share} the two largest cosines differ by no more than "
        f"{cosine_tolerance(precision):g}, the tolerance of {precision}: there the size of a batch "
        "may decide."
    )


def label_notes(plan: SweepPlan) -> tuple[str, ...]:
    """Labels that are no color terms, and terms that no label names."""
    terms = {label: canonical(label) for label in plan.labels}
    notes = []
    others = [label for label, term in terms.items() if term is None]
    if others:
        notes.append(f"Labels that are no color term count as none: {_listed(others)}.")
    missing = [term for term in COLOR_TERMS if term not in terms.values()]
    if missing:
        notes.append(f"No label names {_listed(missing)}, so no answer can.")
    if len(plan.labels) == 1:
        notes.append("There is only one label, so it is always the answer.")
    return tuple(notes)


def coincidence_notes(plan: SweepPlan) -> tuple[str, ...]:
    """Which images show a color that is also the word: their answers name two things at once."""
    found: dict[tuple[str, tuple[str, ...]], int] = {}
    for condition in plan.stimuli.combinations:
        roles = coinciding(condition)
        if roles:
            key = condition.subject, roles
            found[key] = found.get(key, 0) + plan.stimuli.samples
    return tuple(
        f"{images:,} of the {len(plan):,} images show the word “{word}” where "
        f"{' and '.join(_PARTS[role] for role in roles)} coincide: the answer “{word}” names "
        "both and is counted as each of them, never as none."
        for (word, roles), images in found.items()
    )


def _paper_notes(tally: Tally, outline: Outline) -> list[str]:
    source, plan = published_source(), tally.plan
    table = published_tables()[outline.paper]
    notes = []
    if not tally.paper_labels:
        notes.append(
            "The labels are not the paper's eleven color terms, so its figures are not shown."
        )
    elif not has_published(outline):
        notes.append("The paper gives no figures without white backgrounds.")
    else:
        notes.append(f"Published figures: {table.source} of {source.citation()}.")
        if not tally.published_model:
            notes.append(
                f"They hold only for {source.model_title} weights; these answers are of "
                f"{plan.model.name}."
            )
        if plan.stimuli.samples != source.samples:
            notes.append(
                f"The paper has {source.samples} images of each combination, this plan "
                f"{plan.stimuli.samples}."
            )
    return [*notes, *inconsistencies(outline.paper)]


def has_published(outline: Outline) -> bool:
    """True if the paper has figures for the very images of a table."""
    return bool(outline.paper) and not outline.kind.endswith("-colored")


def _listed(names: list[str], most: int = 12) -> str:
    shown = ", ".join(f"“{marked(name)}”" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
