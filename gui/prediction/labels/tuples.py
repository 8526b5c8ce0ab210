"""Edits of the frozen tuples that hold templates and labels, and the reading of pasted lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")

MAX_LABELS = 1000
"""Longest list of labels the pane takes: beyond it one prediction would take minutes."""

# Commas and semicolons of Latin, Arabic and East Asian typing.
_SEPARATORS = re.compile("[\n\r\t,;،؛，、；\u2028\u2029]")


def replaced(items: Sequence[Item], index: int, item: Item) -> tuple[Item, ...]:
    """`items` with another item at `index`."""
    return (*items[:index], item, *items[index + 1 :])


def inserted(items: Sequence[Item], index: int, item: Item) -> tuple[Item, ...]:
    """`items` with one more item, at `index`."""
    return (*items[:index], item, *items[index:])


def removed(items: Sequence[Item], indices: Sequence[int]) -> tuple[Item, ...]:
    """`items` without those at `indices`."""
    gone = set(indices)
    return tuple(item for index, item in enumerate(items) if index not in gone)


def moved(items: Sequence[Item], source: int, target: int) -> tuple[Item, ...]:
    """`items` with the one at `source` taken out and put where its new index is `target`."""
    rest = [*items[:source], *items[source + 1 :]]
    rest.insert(target, items[source])
    return tuple(rest)


def moved_before(
    items: Sequence[Item], sources: Sequence[int], gap: int
) -> tuple[tuple[Item, ...], int]:
    """Move several items, in their order, into the gap before index `gap`.

    Returns
    -------
    tuple of Item
        The new order.
    int
        The index at which the moved items now begin.
    """
    taken = sorted(set(sources))
    before = [item for index, item in enumerate(items[:gap]) if index not in taken]
    after = [item for index, item in enumerate(items) if index >= gap and index not in taken]
    return (*before, *(items[index] for index in taken), *after), len(before)


class PastedList(NamedTuple):
    """What a pasted text holds: the entries in order, and how many were dropped and why."""

    entries: tuple[str, ...]
    duplicates: int
    beyond_limit: int


def parse_list(text: str) -> PastedList:
    """Split a pasted text into entries: one a line, or separated by commas, semicolons or tabs.

    Entries lose the blanks around them and the straight or curly double quotes that a spreadsheet
    puts around a cell; empty entries vanish; a repeated entry is kept once.
    """
    found = (_unquoted(part.strip()) for part in _SEPARATORS.split(text))
    entries = [entry for entry in found if entry]
    unique = tuple(dict.fromkeys(entries))
    return PastedList(
        entries=unique[:MAX_LABELS],
        duplicates=len(entries) - len(unique),
        beyond_limit=max(0, len(unique) - MAX_LABELS),
    )


def _unquoted(entry: str) -> str:
    for opening, closing in (('"', '"'), ("“", "”")):
        if len(entry) >= 2 and entry.startswith(opening) and entry.endswith(closing):
            return entry[1:-1].strip()
    return entry
