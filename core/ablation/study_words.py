"""The outcome of a study in sentences."""

from __future__ import annotations

from core.ablation.damage import DamageCheck
from core.ablation.study_result import StudyResult
from core.network.ablation import CONSTANT_WORDS, layers_in_words
from core.results.text.percent import MINUS, percent


def result_sentence(result: StudyResult, number: int = 0) -> str:
    """What was removed, what that did to a measure, and what controls did.

    Parameters
    ----------
    number : int
        Of the measure.
    """
    return (
        f"{removed_words(result)} {effect_words(result, number)}; {control_words(result, number)}."
    )


def removed_words(result: StudyResult) -> str:
    """What was silenced, as the beginning of a sentence."""
    ablation = result.ablated.member.ablation
    assert ablation is not None
    units = "1 neuron" if len(ablation) == 1 else f"{len(ablation):,} neurons"
    return (
        f"Silencing {units} (“{ablation.title}”) of {layers_in_words(ablation.layers)} to "
        f"{CONSTANT_WORDS[ablation.to]}"
    )


def effect_words(result: StudyResult, number: int) -> str:
    """The effect on a measure with its interval, as the middle of a sentence."""
    measure, effect = result.measures[number], result.ablated.effects[number]
    prompt = result.plan.templates[measure.template]
    if effect.difference is None or effect.low is None or effect.high is None:
        return f"could not be told from nothing: there is no answer to “{prompt}”"
    before, after = effect.first.share, effect.second.share
    if effect.difference == 0:
        moved = f"left the share of answers that name {measure.what} at {percent(before, 1)}"
    else:
        verb = "raised" if effect.difference > 0 else "lowered"
        moved = (
            f"{verb} the share of answers that name {measure.what} from {percent(before, 1)} to "
            f"{percent(after, 1)}"
        )
    return (
        f"{moved} ({points(effect.difference)} points, 95 % interval {points(effect.low)} to "
        f"{points(effect.high)}, the same {result.images:,} images, prompt “{prompt}”)"
    )


def control_words(result: StudyResult, number: int) -> str:
    """What random controls did to the same measure, as the end of a sentence."""
    count = len(result.controls)
    if not count:
        return "no random control was run, so that this cannot be told from damage"
    sizes = result.control_differences(number)
    large = result.as_large(number)
    many = "1 random control" if count == 1 else f"{count} random controls"
    moved = (
        f"moved it by {points(sizes[0])} points"
        if count == 1
        else f"moved it by {points(min(sizes))} to {points(max(sizes))} points"
    )
    which = "none of them" if not large else f"{large} of {count}"
    if count == 1:
        which = "it did not" if not large else "it did so"
        return f"{many} of as many neurons of the same layers {moved} ({which} as far or farther)"
    return f"{many} of as many neurons of the same layers {moved}, {which} as far or farther"


def damage_sentence(result: StudyResult) -> str:
    """Whether plain color patches can still be named."""
    intact, ablated = result.intact, result.ablated.damage
    if intact is None or ablated is None:
        return "The damage check on plain color patches was not made yet."
    if intact.share is None:
        return "No label is a basic color, so plain color patches say nothing about damage."
    controls = [control.damage.share for control in result.controls if control.damage is not None]
    shares = [share for share in controls if share is not None]
    sentence = (
        f"Plain color patches were named rightly in {_of(intact)} with all neurons and in "
        f"{_of(ablated)} without these"
    )
    if shares:
        low, high = percent(min(shares), 1), percent(max(shares), 1)
        spread = low if low == high else f"{low} to {high}"
        sentence += f"; with the controls in {spread}"
    return f"{sentence}."


def caution(result: StudyResult) -> str:
    """What to bear in mind; empty if nothing."""
    parts = []
    if len(result.controls) < result.planned:
        parts.append(
            f"{result.planned - len(result.controls)} of {result.planned} controls are still to do."
        )
    if result.redraw:
        parts.append(
            "Controls were drawn from all neurons of each layer, silenced ones among them: where "
            "most of a layer is silenced they share many neurons with the ablation."
        )
    if result.plan.stimuli.geometry == "crossed":
        parts.append(
            "Geometry is crossed: images share places and sizes of objects, and the intervals do "
            "not allow for that."
        )
    return " ".join(parts)


def points(difference: float, decimals: int = 1) -> str:
    """A difference of shares in percentage points with its sign."""
    text = f"{abs(difference) * 100:.{decimals}f}"
    if float(text) == 0:
        return text
    return f"{MINUS if difference < 0 else '+'}{text}"


def _of(check: DamageCheck) -> str:
    return f"{percent(check.share, 1)} ({sum(check.correct)} of {check.total})"
