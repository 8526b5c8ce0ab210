"""What differs between two plans, with the values, in words."""

from __future__ import annotations

from core.models.preprocessing import Preprocessing
from core.sweeps.plan import SweepPlan, differences

_SHOWN = 4


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
        "the preprocessing": _preprocessing(model.preprocessing),
        "the logit scale": f"{model.logit_scale:.4g}",
        "the size of the embedding": str(model.embed_dim),
    }
    return known.get(text, "")


def _preprocessing(preprocessing: Preprocessing) -> str:
    return f"{preprocessing.side} px, {preprocessing.interpolation}, {preprocessing.resize_mode}"


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
