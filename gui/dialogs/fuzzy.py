"""Matching a few typed letters against names, for the command palette."""

from __future__ import annotations


def fuzzy_score(query: str, text: str) -> float | None:
    """How well `query` matches `text`; higher is better, None if it does not.

    All letters of the query, spaces apart, must occur in the text in order. Letters that begin a
    word and letters that follow one another count more, so that “sc” finds “Swap colors” before
    “Rescue”.

    Case does not count, and an empty query gives 0.
    """
    letters = [letter for letter in query.casefold() if not letter.isspace()]
    target = text.casefold()
    if not letters:
        return 0.0
    best: float | None = None
    for start in (place for place, other in enumerate(target) if other == letters[0]):
        score = _score_from(letters, target, start)
        if score is not None and (best is None or score > best):
            best = score
    return None if best is None else best - 0.01 * len(target)


def _score_from(letters: list[str], target: str, start: int) -> float | None:
    score, position, previous = 0.0, start, -2
    for letter in letters:
        found = _next(target, letter, position, previous)
        if found < 0:
            return None
        if found == previous + 1:
            score += 3.0
        elif _begins_word(target, found):
            score += 2.5
        else:
            score += 0.5 - 0.02 * (found - position)
        previous, position = found, found + 1
    return score - 0.05 * start


def _next(target: str, letter: str, position: int, previous: int) -> int:
    """The next place of `letter`: right here, else at the start of a word, else anywhere."""
    if position < len(target) and target[position] == letter and position == previous + 1:
        return position
    for index in range(position, len(target)):
        if target[index] == letter and _begins_word(target, index):
            return index
    return target.find(letter, position)


def _begins_word(target: str, index: int) -> bool:
    return index == 0 or not target[index - 1].isalnum()
