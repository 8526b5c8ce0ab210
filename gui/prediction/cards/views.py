"""From an answer of the model to what each card shows: rows, their order, the text of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from core.base.text import marked
from core.color.terms import COLOR_TERMS, Palette, Rgb, canonical
from core.document.document import LabDocument
from core.models.info import ModelInfo, TokenCount
from core.predict.attribution import ROLE_NAMES, ROLES, Role, attribute_all, roles_text, sentence
from core.predict.prediction import TemplatePrediction
from core.predict.prompts import Problem, PromptSet, fill, one_prompt_problems
from core.stimuli.stimulus import PictureStimulus, Stimulus
from gui.charts.bar_painter import Bar, BarLayout, Row

if TYPE_CHECKING:
    from gui.jobs.inference import Answer

NO_BREAK_SPACE = "\u00a0"
_WIDEST_COSINE = "\u22120.888"

_ANYWHERE = {"center_x": 0.5, "center_y": 0.5, "size": 0.5, "rotation": 0.0, "blur": 0.0}

_NO_TOKENS = TokenCount(tokens=0, limit=0, cleaned="", lost="", ids=())


@dataclass(frozen=True)
class BarRow:
    """One label's bar.

    Attributes
    ----------
    prompt : str
        The prompt that was asked for this label.
    probability : float
        0..1, at the model's own scale.
    cosine : float
        Cosine similarity of picture and prompt, −1..1.
    roles : str
        What the label names in the stimulus, e.g. ``"written word"`` or ``"figure, background"``;
        empty if nothing.
    color : Rgb or None
        The palette's color of the label, None for labels that are no color term.
    """

    label: str
    prompt: str
    probability: float
    cosine: float
    roles: str
    color: Rgb | None
    winner: bool


@dataclass(frozen=True)
class CardView:
    """What a card shows of an answer.

    Attributes
    ----------
    tokens, limit : int
        Of the template's longest prompt, and what the model takes.
    seen : tuple of TokenCount
        Every prompt as the model reads it, in label order.
    rows : tuple of BarRow
        In the order in which they are drawn; empty if there is no prediction.
    sentence : str
        The winner and its margin in words.
    bold : tuple of (start, length)
        Strong parts of the sentence.
    note : str
        What to bear in mind when reading the bars; empty if nothing.
    problem : str
        Why there is no prediction; empty if there is one.
    """

    tokens: int
    limit: int
    seen: tuple[TokenCount, ...]
    rows: tuple[BarRow, ...] = ()
    sentence: str = ""
    bold: tuple[tuple[int, int], ...] = ()
    note: str = ""
    problem: str = ""


def answers(answer: Answer, state: LabDocument) -> bool:
    """True if the answer is to the document as it is now.

    The side is the model's, not the document's, so it does not count.
    """
    asked = msgspec.structs.replace(answer.stimulus, side=state.stimulus.side)
    return bool(answer.prompts == state.prompts and asked == state.stimulus)


def card_views(answer: Answer, state: LabDocument, decimals: int = 1) -> dict[int, CardView]:
    """What to show on each card, by row of the template; rows that are not asked have none."""
    views = {}
    for outcome in answer.predictions:
        seen = _seen(outcome.template, answer.prompts, answer.token_counts)
        longest = max(seen, key=lambda count: count.tokens, default=_NO_TOKENS)
        view = CardView(longest.tokens, longest.limit, seen)
        if isinstance(outcome, TemplatePrediction):
            view = _answered(view, outcome, answer.stimulus, state, decimals)
        else:
            view = replace(view, problem=outcome.reason)
        views[outcome.row] = view
    return views


def repeated(answer: Answer) -> tuple[Problem, ...]:
    """Rows that the model reads as an earlier one, by the tokens of an answer's prompts."""
    return one_prompt_problems(answer.prompts, lambda prompt: answer.token_counts[prompt].ids)


class _Named(NamedTuple):
    """A label as it is written beside its bar, and what it stands for."""

    text: str
    roles: frozenset[Role]
    color: Rgb | None


def _named(labels: tuple[str, ...], stimulus: Stimulus, palette: Palette) -> tuple[_Named, ...]:
    """What labels name, wherever the object is and however large."""
    if not isinstance(stimulus, PictureStimulus):
        stimulus = msgspec.structs.replace(stimulus, **_ANYWHERE)
    return _known_names(labels, stimulus, tuple(palette.colors.values()))


@lru_cache(maxsize=8)  # of a drag, a word that is typed, a color that is chosen
def _known_names(
    labels: tuple[str, ...], stimulus: Stimulus, colors: tuple[Rgb, ...]
) -> tuple[_Named, ...]:
    palette = Palette("shown", dict(zip(COLOR_TERMS, colors, strict=True)))
    roles = attribute_all(labels, stimulus, palette)
    return tuple(
        _Named(marked(label), roles[index], label_color(label, palette))
        for index, label in enumerate(labels)
    )


def _bar_rows(
    prediction: TemplatePrediction, named: Sequence[_Named], by_probability: bool
) -> tuple[BarRow, ...]:
    """The rows of one template's chart, in the order in which they are drawn."""
    rows = [
        BarRow(
            label=label.text,
            prompt=prediction.prompts[index],
            probability=float(prediction.probabilities[index]),
            cosine=float(prediction.cosines[index]),
            roles=roles_text(label.roles),
            color=label.color,
            winner=index == prediction.winner,
        )
        for index, label in enumerate(named)
    ]
    return ordered(rows, by_probability)


def _answered(
    view: CardView,
    prediction: TemplatePrediction,
    stimulus: Stimulus,
    state: LabDocument,
    decimals: int,
) -> CardView:
    named = _named(prediction.labels, stimulus, state.palette)
    winner = named[prediction.winner]
    return replace(
        view,
        rows=_bar_rows(prediction, named, state.sort_bars),
        sentence=sentence(prediction, [label.roles for label in named], decimals),
        bold=_strong_parts(winner.text, winner.roles),
        note=_same_text_note(prediction),
    )


def _strong_parts(winner: str, roles: frozenset[Role]) -> tuple[tuple[int, int], ...]:
    """The winner's name and role at the start of the sentence."""
    parts = [(0, utf16_length(winner))]
    named = " and the ".join(ROLE_NAMES[role] for role in ROLES if role in roles)
    if named:
        parts.append((utf16_length(f"{winner} — the "), len(named)))
    return tuple(parts)


def _same_text_note(prediction: TemplatePrediction) -> str:
    sentences = []
    for group in prediction.same_text:
        names = [f"“{marked(text)}”" for text in group]
        sentences.append(
            f"The model reads {', '.join(names[:-1])} and {names[-1]} as the same text; "
            f"only {names[0]} is asked."
        )
    return " ".join(sentences)


def _seen(
    template: str, prompts: PromptSet, counts: Mapping[str, TokenCount]
) -> tuple[TokenCount, ...]:
    if template not in prompts.active_templates():
        return ()
    filled = (fill(template, label) for label in prompts.active_labels())
    return tuple(counts[prompt] for prompt in filled if prompt in counts)


def label_color(label: str, palette: Palette) -> Rgb | None:
    """The palette's color if the label is a color term in any spelling, else None."""
    term = canonical(label)
    return palette[term] if term is not None else None


def ordered(rows: Sequence[BarRow], by_probability: bool) -> tuple[BarRow, ...]:
    """Rows from the most to the least probable, or as they are; equal ones keep label order."""
    if not by_probability:
        return tuple(rows)
    return tuple(sorted(rows, key=lambda row: -row.probability))


def percent_text(probability: float, decimals: int = 1) -> str:
    """A probability, 0..1, in percent, never rounded to a certainty it is not.

    Examples
    --------
    0.611 → ``61.1 %``, 0.0002 → ``<0.1 %``, 0.99996 → ``>99.9 %``, 1.0 → ``100 %``.
    """
    if probability in (0.0, 1.0):
        return f"{probability * 100:.0f}{NO_BREAK_SPACE}%"
    step = 10.0**-decimals
    shown = f"{probability * 100.0:.{decimals}f}"
    if float(shown) == 0.0:
        shown = f"<{step:.{decimals}f}"
    elif float(shown) == 100.0:
        shown = f">{100.0 - step:.{decimals}f}"
    return f"{shown}{NO_BREAK_SPACE}%"


def exact_text(probability: float) -> str:
    """A probability in percent with enough digits to tell small ones apart."""
    return f"{probability * 100:.4g}{NO_BREAK_SPACE}%"


def cosine_text(cosine: float) -> str:
    """A cosine with three decimals and a true minus sign."""
    return f"{cosine:.3f}".replace("-", "\u2212")


def bar_layout(decimals: int, cosines: bool) -> BarLayout:
    """The columns of a chart: percentages of so many digits, and the cosines if they are shown."""
    return BarLayout(
        value=percent_text(0.999999999, decimals),
        cells=(_WIDEST_COSINE,) if cosines else (),
        heads=("cosine",) if cosines else (),
        bars=("probability",),
        axis=True,
    )


def drawn_row(row: BarRow, decimals: int) -> Row:
    """A label as the chart kit draws it."""
    calm = not row.winner and not row.roles
    return Row(
        row.label,
        (Bar(row.probability, row.color or "hatched"),),
        percent_text(row.probability, decimals),
        row.roles,
        (cosine_text(row.cosine),),
        "strong" if row.winner else "calm" if calm else "noted",
    )


def status_text(milliseconds: float | None, side: int, info: ModelInfo) -> str:
    """Time (if given), picture and model in one line, with the model's notice if it has one."""
    parts = [f"{side} × {side} px", info.notice or info.name]
    if milliseconds is not None:
        parts.insert(0, "under 1 ms" if milliseconds < 1.0 else f"{milliseconds:,.0f} ms")
    return " · ".join(parts)


def utf16_length(text: str) -> int:
    """Length of a text as Qt counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
