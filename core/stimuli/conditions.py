"""The conditions of the factorial sets: which subject in which pair of colors."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import msgspec

from core.color.terms import COLOR_TERMS, is_chromatic
from core.stimuli.stimulus import SHAPES


class Cell(NamedTuple):
    """The cell of the paper's tables 1 and 2 that an image belongs to."""

    background_chromatic: bool
    figure_chromatic: bool


class Condition(msgspec.Struct, frozen=True):
    """What is varied on purpose in a set; all three are names, colors among `COLOR_TERMS`."""

    subject: str  # the shape, or the written word as a color term, whatever its spelling
    figure: str  # color of the shape, or of the font
    background: str

    @property
    def cell(self) -> Cell:
        return Cell(is_chromatic(self.background), is_chromatic(self.figure))


class Layout(NamedTuple):
    """The combinations of a kind of set, worked out once."""

    conditions: tuple[Condition, ...]
    numbers: dict[Condition, int]
    subjects: tuple[str, ...]
    subject_numbers: tuple[int, ...]  # of each combination


def _lay_out(subjects: tuple[str, ...], allowed: Callable[[str, str, str], bool]) -> Layout:
    conditions = tuple(
        Condition(subject, figure, background)
        for subject in subjects
        for figure in COLOR_TERMS
        for background in COLOR_TERMS
        if allowed(subject, figure, background)
    )
    present = tuple(dict.fromkeys(condition.subject for condition in conditions))
    return Layout(
        conditions=conditions,
        numbers={condition: number for number, condition in enumerate(conditions)},
        subjects=present,
        subject_numbers=tuple(present.index(condition.subject) for condition in conditions),
    )


@cache
def shape_layout() -> Layout:
    """Every shape in every pair of different colors."""
    return _lay_out(SHAPES, lambda _, figure, background: figure != background)


@cache
def stroop_layout(white_backgrounds: bool) -> Layout:
    """Every word in all pairs of different colors that it does not name."""
    return _lay_out(
        COLOR_TERMS,
        lambda word, figure, background: (
            len({word, figure, background}) == 3 and (white_backgrounds or background != "white")
        ),
    )


@cache
def white_layout(white_word: bool) -> Layout:
    """Every word on white in all other colors that it does not name."""
    return _lay_out(
        COLOR_TERMS,
        lambda word, figure, background: (
            background == "white"
            and figure not in (word, "white")
            and (white_word or word != "white")
        ),
    )
