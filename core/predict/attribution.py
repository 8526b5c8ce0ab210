"""What a label names in a stimulus, and an answer put into words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from core.base.text import marked
from core.color.terms import Palette
from core.predict.prediction import TemplatePrediction
from core.predict.roles import roles_played
from core.stimuli.stimulus import PictureStimulus, Stimulus, WordStimulus

Role = Literal["figure", "font", "background", "written"]
ROLES: tuple[Role, ...] = get_args(Role)

ROLE_NAMES: dict[Role, str] = {
    "figure": "object",
    "font": "font color",
    "background": "background",
    "written": "written word",
}
"""Short names for markers and legends."""

_NO_BREAK_SPACE = "\u00a0"


def attribute(label: str, stimulus: Stimulus, palette: Palette) -> frozenset[Role]:
    """The roles that a label names in a stimulus.

    Parameters
    ----------
    label : str
        A label such as ``"pink"``; case and the spelling of gray do not matter.
    palette : Palette
        What the color terms mean: a role is named only if the palette's color is exactly that of
        the part.

    Returns
    -------
    frozenset of Role
        ``figure`` (shapes) or ``font`` (words): the color of the figure. ``background``: the
        background's color. ``written``: the word that is written. Empty for pictures, whose
        colors are not known.
    """
    if isinstance(stimulus, PictureStimulus):
        return frozenset()
    word = stimulus.word if isinstance(stimulus, WordStimulus) else None
    played = roles_played(
        label,
        figure=palette.terms_of(stimulus.figure_color),
        background=palette.terms_of(stimulus.background_color),
        written=word or "",
    )
    here: dict[str, Role] = {
        "figure": "figure" if word is None else "font",
        "background": "background",
        "written": "written",
    }
    return frozenset(here[role] for role in played)


def attribute_all(
    labels: Sequence[str], stimulus: Stimulus, palette: Palette
) -> tuple[frozenset[Role], ...]:
    """`attribute` for each label."""
    return tuple(attribute(label, stimulus, palette) for label in labels)


def roles_text(roles: frozenset[Role]) -> str:
    """Roles as they stand beside a bar: ``"background, written word"``; empty for none."""
    return ", ".join(ROLE_NAMES[role] for role in ROLES if role in roles)


def sentence(
    prediction: TemplatePrediction, roles: Sequence[frozenset[Role]], decimals: int = 1
) -> str:
    """Winner and margin in words.

    Parameters
    ----------
    roles : sequence of frozenset of Role
        Those of each label of the prediction, see `attribute_all`.
    decimals : int
        Digits of the margin in percent.

    Examples
    --------
    “purple — the written word, margin 31.3 % over pink (background)”
    """
    winner, runner_up = prediction.winner, prediction.runner_up
    text = marked(prediction.labels[winner])
    named = [f"the {ROLE_NAMES[role]}" for role in ROLES if role in roles[winner]]
    if named:
        text += f" — {' and '.join(named)}"
    elif any(roles):
        text += " — neither shown nor written"
    if runner_up is None or prediction.margin is None:
        return f"{text}; it is the only label, so its probability is always 100{_NO_BREAK_SPACE}%"
    other = marked(prediction.labels[runner_up])
    other_roles = roles_text(roles[runner_up])
    if other_roles:
        other += f" ({other_roles})"
    if prediction.tied:
        rest = prediction.ties - 2
        more = f" and {rest} more" if rest else ""
        return f"{text}, exactly tied with {other}{more}; the first in the list is taken"
    text += f", margin {_percent(prediction.margin, decimals)} over {other}"
    return f"{text}, too close to call" if prediction.close else text


def _percent(share: float, decimals: int) -> str:
    """A share in percent; one that is not zero never looks like zero."""
    smallest = 10.0**-decimals
    if 0.0 < share * 100.0 < smallest / 2:
        return f"under {smallest:.{decimals}f}{_NO_BREAK_SPACE}%"
    return f"{share * 100.0:.{decimals}f}{_NO_BREAK_SPACE}%"
