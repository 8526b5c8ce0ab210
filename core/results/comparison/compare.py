"""Two runs side by side: every share of both, their difference, and its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from core.base.errors import InvalidInput
from core.results.comparison.comparison_tables import BothCounted, TemplatePairs, compared_tables
from core.results.comparison.pairing import SAME_OBJECTS, Joint, Paired, pair, pairing
from core.results.recorded import recorded
from core.results.result_types import ResultTable, Share
from core.results.results import result_tables
from core.sweeps.plan import SweepPlan, differences

if TYPE_CHECKING:
    from core.sweeps.run_folder import RunFolder

_SHOWN = 4
"""Templates or labels of one run alone that a difference lists."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs side by side."""

    first: str
    second: str
    """`first` and `second`: titles of the runs."""
    differs: tuple[str, ...]
    """What differs between their plans, with the values; empty for runs of one plan."""
    pairing: str
    """What is compared one by one, “the same images” or “the same figures”; empty where the runs
    are independent of each other.
    """
    first_images: int
    second_images: int
    """`first_images` and `second_images`: images compared."""
    tables: tuple[ResultTable, ...]
    """Their cells are `Difference`, second minus first, and those of columns of counts."""
    notes: tuple[str, ...]


def compare(
    first: RunFolder,
    second: RunFolder,
    *,
    templates: TemplatePairs | None = None,
    paired: bool | None = None,
) -> Comparison:
    """Compare two runs, or two templates of one.

    Parameters
    ----------
    first, second : RunFolder
        Finished or not.
    templates : sequence of tuple of 2 ints, optional
        Which template of the first is compared with which of the second. By default those with the
        same text; if there are none, the first with the first, and so on.
    paired : bool, optional
        True compares image by image those that both runs have, False all images of each as
        independent samples. By default paired wherever the design allows it.

    Raises
    ------
    InvalidInput
        If the runs have no table in common, or no image where a paired comparison is asked for.
    RunError
        If a file of rows is damaged.
    """
    pairs = _template_pairs(first.plan, second.plan, templates)
    together = "" if paired is False else pairing(first.plan, second.plan)
    if paired and not together:
        raise InvalidInput(
            "These runs cannot be compared image by image.",
            "Compare them as independent samples.",
        )
    mine, theirs = recorded(first), recorded(second)
    both_counted: BothCounted | None = None
    if together:
        common = pair(first.plan, mine, second.plan, theirs)
        if paired and not len(common.first):
            raise InvalidInput(
                "These runs have no image in common yet.", "Let both compute some more."
            )
        if len(common.first):
            mine, theirs = common.first, common.second
            both_counted = _counter(first.plan, second.plan, common)
        else:
            together = ""
    our_tables = result_tables(first.plan, mine.counts(first.plan))
    their_tables = result_tables(second.plan, theirs.counts(second.plan))
    differs = plan_differences(first.plan, second.plan)
    notes = _notes(first, second, together, (len(mine), len(theirs)), differs)
    tables = compared_tables(our_tables, their_tables, pairs, both_counted, notes)
    if all(table.outline.kind in ("ties", "labels") for table in tables):  # every run has those
        raise InvalidInput(
            f"“{first.manifest.title}” and “{second.manifest.title}” have no table in common.",
            "Compare runs of the same kind of stimuli.",
        )
    return Comparison(
        first=first.manifest.title,
        second=second.manifest.title,
        differs=differs,
        pairing=together,
        first_images=len(mine),
        second_images=len(theirs),
        tables=tables,
        notes=notes,
    )


def _template_pairs(
    first: SweepPlan, second: SweepPlan, asked: TemplatePairs | None
) -> TemplatePairs:
    if asked is not None:
        for one, other in asked:
            if not (0 <= one < len(first.templates) and 0 <= other < len(second.templates)):
                raise InvalidInput(f"The runs have no prompts {one + 1} and {other + 1}.")
        return asked
    same = [
        (number, second.templates.index(text))
        for number, text in enumerate(first.templates)
        if text in second.templates
    ]
    shorter = min(len(first.templates), len(second.templates))
    return same or [(number, number) for number in range(shorter)]


def _counter(first: SweepPlan, second: SweepPlan, common: Paired) -> BothCounted:
    joints: dict[tuple[int, int], Joint] = {}

    def count(templates: tuple[int, int], one: Share, other: Share) -> int:
        if templates not in joints:
            joints[templates] = Joint(first, second, common, templates)
        return joints[templates].both(one.selection, other.selection)

    return count


def _notes(
    first: RunFolder,
    second: RunFolder,
    together: str,
    images: tuple[int, int],
    differs: tuple[str, ...],
) -> tuple[str, ...]:
    names = f"First: “{first.manifest.title}”, {first.plan.model.name}. Second: "
    notes = [f"{names}“{second.manifest.title}”, {second.plan.model.name}."]
    if differs:
        notes.append(f"They differ in {'; '.join(differs)}.")
    else:
        notes.append("Their plans are the same.")
    if together:
        notes.append(
            f"Both answer {together}, {images[0]:,} that both have; each interval is Newcombe's "
            "95 % for paired shares."
        )
        if together == SAME_OBJECTS:
            notes.append("Each object is drawn with the run's own side and palette.")
    else:
        notes.append(
            f"Their images ({images[0]:,} and {images[1]:,}) are treated as independent samples; "
            "each interval is Newcombe's 95 % for independent shares."
        )
    for run in (first, second):
        done, total = run.done(), len(run.plan)
        if done < total:
            notes.append(f"“{run.manifest.title}” is partial: {done:,} of {total:,} images.")
    if "crossed" in (first.plan.stimuli.geometry, second.plan.stimuli.geometry):
        notes.append(
            "Geometry is crossed: images share places and sizes of objects, and the intervals do "
            "not allow for that."
        )
    return tuple(notes)


def plan_differences(first: SweepPlan, second: SweepPlan) -> tuple[str, ...]:
    """What differs, e.g. “the palette (css and saturated)”; empty for plans of equal content."""
    return tuple(_with_values(text, first, second) for text in differences(first, second))


def _with_values(text: str, first: SweepPlan, second: SweepPlan) -> str:
    values = _values(text, first), _values(text, second)
    if text in ("the templates", "the labels"):
        name = text.removeprefix("the ")
        return f"{text} ({_only(getattr(first, name), getattr(second, name))})"
    if values[0] == values[1] or "" in values:
        return text
    return f"{text} ({values[0]} and {values[1]})"


def _values(text: str, plan: SweepPlan) -> str:
    """What a plan has of something that `core.sweeps.plan.differences` names."""
    stimuli, model = plan.stimuli, plan.model
    seen = model.preprocessing
    known = {
        "the palette": stimuli.palette.name,
        "the samples per combination": f"{stimuli.samples:,}",
        "the seed": str(stimuli.seed),
        "the side of the pictures": f"{stimuli.side} px",
        "the geometry, crossed or independent": stimuli.geometry,
        "the spelling of gray": str(getattr(stimuli, "gray", "")),
        "the set of stimuli": str(type(stimuli).__struct_config__.tag),
        "the ablation": "none" if plan.ablation is None else plan.ablation.in_words(),
        "the weights": model.name,
        "the architecture": model.architecture,
        "the activation function": model.activation,
        "the precision": model.precision,
        "the preprocessing": f"{seen.side} px, {seen.interpolation}, {seen.resize_mode}",
        "the logit scale": f"{model.logit_scale:.4g}",
        "the size of the embedding": str(model.embed_dim),
    }
    return known.get(text, "")


def _only(first: tuple[str, ...], second: tuple[str, ...]) -> str:
    parts = []
    for which, texts in (
        ("only in the first: ", [text for text in first if text not in second]),
        ("only in the second: ", [text for text in second if text not in first]),
    ):
        if texts:
            more = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
            parts.append(which + ", ".join(f"“{text}”" for text in texts[:_SHOWN]) + more)
    return "; ".join(parts) or "in another order"
