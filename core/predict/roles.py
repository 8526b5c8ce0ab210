"""What a word names in a picture: the one rule, for single pictures and for whole sets.

Definitions after Arias, Baldrich and Vanrell, "Color in Visual-Language Models: CLIP
deficiencies": an answer names the figure's color (of the object or the font), the background's, the
written word, or none of them. A role is played wherever the terms agree, so a word may play two at
once: on white the word "white" names the background and what is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.base.text import without_invisible
from core.color.terms import canonical
from core.stimuli.conditions import Condition

PLAYED = ("figure", "background", "written")
"""What a word may name; several at once where they coincide."""

NONE = "none"
ROLES = (*PLAYED, NONE)

JOINT_ROLES = tuple(
    "+".join(role for place, role in enumerate(PLAYED) if code >> place & 1) or NONE
    for code in range(1 << len(PLAYED))
)
"""Everything that one answer may name, e.g. ``"background+written"``, by `joint_role_table`."""


def roles_played(
    label: str, *, figure: Collection[str], background: Collection[str], written: str
) -> frozenset[str]:
    """The roles that a label plays in one picture.

    Parameters
    ----------
    label : str
        In any case and spelling of gray.
    figure, background : collection of str
        The color terms that name the color of the figure and of the background.
    written : str
        The word that is written; empty for a shape.

    Returns
    -------
    frozenset of str
        Of `PLAYED`; empty if the label names nothing of the picture.
    """
    term = canonical(label)
    played = {
        role
        for role, terms in (("figure", figure), ("background", background))
        if term is not None and term in terms
    }
    if written and _same_word(label, written):
        played.add("written")
    return frozenset(played)


def role_table(conditions: Sequence[Condition], labels: Sequence[str]) -> NDArray[np.bool_]:
    """Which roles each label plays in each condition.

    Parameters
    ----------
    conditions : sequence of Condition, length C
    labels : sequence of str, length L
        One that is no color term names nothing.

    Returns
    -------
    ndarray of bool, shape (C, L, 4)
        By `ROLES`; the last is true where a label plays no other.
    """
    table = np.zeros((len(conditions), len(labels), len(ROLES)), dtype=np.bool_)
    # A role depends on one part of a condition, and parts have few values.
    for number, part in enumerate(("figure", "background", "subject")):
        names = [getattr(condition, part) for condition in conditions]
        codes = {name: code for code, name in enumerate(dict.fromkeys(names))}
        rows = np.array([codes[name] for name in names], dtype=np.int64)
        for column, label in enumerate(labels):
            plays = [PLAYED[number] in _by_part(label, **{part: name}) for name in codes]
            table[:, column, number] = np.array(plays, dtype=np.bool_)[rows]
    table[..., -1] = ~table.any(axis=-1)
    return table


def joint_role_table(table: NDArray[np.bool_]) -> NDArray[np.int8]:
    """A table of `role_table` as indices into `JOINT_ROLES`; int8, shape (C, L)."""
    weights = 1 << np.arange(len(PLAYED))
    codes: NDArray[np.int8] = (table[..., : len(PLAYED)] @ weights).astype(np.int8)
    return codes


def naming(table: NDArray[np.bool_], roles: Collection[str]) -> NDArray[np.bool_]:
    """Where a label plays any of some roles; with `NONE` among them: where it plays no other.

    So ("none", "background") is what names neither the figure nor the written word: on white the
    word "white" is not in it where it is written.

    Parameters
    ----------
    table : ndarray of bool, shape (C, L, 4)
        Of `role_table`.
    roles : collection of str
        Of `ROLES`.

    Returns
    -------
    ndarray of bool, shape (C, L)
    """
    named = [role in roles for role in ROLES]
    if NONE not in roles:
        return np.asarray(table[..., named].any(axis=-1))
    return np.asarray(~table[..., np.logical_not(named)].any(axis=-1))


@lru_cache(maxsize=4096)  # every table of a run asks it of the same conditions
def coinciding(condition: Condition) -> tuple[str, ...]:
    """The roles that one word plays together in a condition, in the order of `PLAYED`; or none."""
    parts = msgspec.structs.asdict(condition)
    for term in (condition.figure, condition.background):
        played = _by_part(term, **parts)
        if len(played) > 1:
            return tuple(role for role in PLAYED if role in played)
    return ()


@lru_cache(maxsize=4096)
def _by_part(
    label: str, figure: str = "", background: str = "", subject: str = ""
) -> frozenset[str]:
    # A shape is no written word, even if a label has its name.
    word = subject if canonical(subject) else ""
    return roles_played(label, figure=(figure,), background=(background,), written=word)


def _same_word(label: str, word: str) -> bool:
    term = canonical(label)
    if term is not None:
        return canonical(word) == term
    label, word = without_invisible(label), without_invisible(word)  # as they are seen
    return label.strip().casefold() == word.strip().casefold()
