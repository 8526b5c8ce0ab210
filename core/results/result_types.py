"""What a table of results is made of.

A table is rows of cells under columns. The cells that matter are shares: each knows its count, its
interval, the published figure, and which images it is about, so that the way from a number to its
pictures is never lost.
"""

from __future__ import annotations

from typing import Literal

import msgspec

ColumnKind = Literal["share", "difference", "count", "number"]
"""Cells of the kind are `Share`, `Difference`, int, float; any cell may be None."""


class Selection(msgspec.Struct, frozen=True):
    """Which answers of a run a cell counts; see `core.results.selection`."""

    template: int
    """Index of the template in the plan."""
    combinations: tuple[int, ...]
    """Combinations of the plan's set."""
    roles: tuple[str, ...] | None = None
    """What the answer names, see `core.predict.roles.naming`; None for any."""
    answers: tuple[int, ...] | None = None
    """Indices of labels of the plan; None for any."""
    faces: tuple[int, ...] | None = None
    """Words in these faces alone, by their place in the plan's fonts; None for any."""
    only: Literal["all", "tied", "close"] = "all"
    """``tied``: several labels share the largest cosine exactly. ``close``: the two best cosines
    are so near that the size of a batch may decide.
    """


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A share of images."""

    count: int
    total: int
    low: float | None
    high: float | None
    """`low` and `high`: Wilson's 95 % interval, 0..1; None if no image was seen."""
    published: float | None = None
    """The paper's figure, 0..1."""
    published_text: str = ""
    """Its percentage digit by digit as printed; empty without."""
    published_source: str = ""
    """Where it is printed; empty without."""
    difference: float | None = None
    """Share minus published figure, −1..1."""
    chance: float | None = None
    """Share that guessing among the labels would give."""
    mean_margin: float | None = None
    """Mean probability margin of the answers counted over their runners-up, 0..1; None if none was
    counted, there is only one label, or the table does not tell it.
    """
    selection: Selection
    """The images counted."""

    @property
    def share(self) -> float | None:
        """The count by the total; None if no image was seen."""
        return self.count / self.total if self.total else None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The same share in two runs."""

    first: Share
    second: Share
    difference: float | None
    """Second minus first, −1..1."""
    low: float | None
    high: float | None
    """`low` and `high`: Newcombe's 95 % interval of the difference."""
    both: int | None = None
    """Images counted in both runs, where they are compared image by image."""


Cell = Share | Difference | int | float | None


class ResultColumn(msgspec.Struct, frozen=True):
    """A column."""

    id: str
    title: str
    tooltip: str
    """What it counts, in a sentence."""
    kind: ColumnKind = "share"


class ResultRow(msgspec.Struct, frozen=True):
    """A row."""

    names: tuple[str, ...]
    """One for each of the table's row headers."""
    cells: tuple[Cell, ...]
    """One for each of its columns."""
    total: bool = False
    """True for a row that sums up the others."""


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A table before its numbers."""

    id: str
    """Unique within a run."""
    kind: str
    """What the table shows; the same in all runs that can give it."""
    title: str
    template: int | None = None
    """Index of the one template it is about; None for all."""
    prompt: str = ""
    """That template; empty for all."""
    paper: str = ""
    """Id of the paper's table that it corresponds to; empty for none."""


class ResultTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table with its numbers."""

    outline: Outline
    row_headers: tuple[str, ...]
    """Titles of the columns of row names."""
    columns: tuple[ResultColumn, ...]
    rows: tuple[ResultRow, ...]
    column_header: str = ""
    """What the columns of a matrix are; empty for other tables."""
    published_label: str = ""
    """How to head published figures; empty if the table has none."""
    notes: tuple[str, ...] = ()
    """What to know when reading it, one sentence or two each."""

    @property
    def id(self) -> str:
        return self.outline.id

    @property
    def title(self) -> str:
        return self.outline.title

    @property
    def is_matrix(self) -> bool:
        """True if rows and columns are both colors or words, so that it reads as a picture."""
        return self.outline.kind.startswith(("matrix-", "answers-"))
