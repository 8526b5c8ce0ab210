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
    """Which answers of a run a cell counts; see `core.results.selection`.

    Attributes
    ----------
    template : int
        Index of the template in the plan.
    combinations : tuple of int
        Combinations of the plan's set.
    roles : tuple of str or None
        What the answer names, see `core.predict.roles.naming`; None for any.
    answers : tuple of int or None
        Indices of labels of the plan; None for any.
    faces : tuple of int or None
        Words in these faces alone, by their place in the plan's fonts; None for any.
    only : {"all", "tied", "close"}
        ``tied``: several labels share the largest cosine exactly. ``close``: the two best cosines
        are so near that the size of a batch may decide.
    """

    template: int
    combinations: tuple[int, ...]
    roles: tuple[str, ...] | None = None
    answers: tuple[int, ...] | None = None
    faces: tuple[int, ...] | None = None
    only: Literal["all", "tied", "close"] = "all"


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A share of images.

    Attributes
    ----------
    count, total : int
    low, high : float or None
        Wilson's 95 % interval, 0..1; None if no image was seen.
    published : float or None
        The paper's figure, 0..1.
    published_text : str
        Its percentage digit by digit as printed; empty without.
    published_source : str
        Where it is printed; empty without.
    difference : float or None
        Share minus published figure, −1..1.
    chance : float or None
        Share that guessing among the labels would give.
    mean_margin : float or None
        Mean probability margin of the answers counted over their runners-up, 0..1; None if none
        was counted or there is only one label.
    selection : Selection
        The images counted.
    """

    count: int
    total: int
    low: float | None
    high: float | None
    published: float | None = None
    published_text: str = ""
    published_source: str = ""
    difference: float | None = None
    chance: float | None = None
    mean_margin: float | None = None
    selection: Selection

    @property
    def share(self) -> float | None:
        """The count by the total; None if no image was seen."""
        return self.count / self.total if self.total else None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The same share in two runs.

    Attributes
    ----------
    first, second : Share
    difference : float or None
        Second minus first, −1..1.
    low, high : float or None
        Newcombe's 95 % interval of the difference.
    both : int or None
        Images counted in both runs, where they are compared image by image.
    """

    first: Share
    second: Share
    difference: float | None
    low: float | None
    high: float | None
    both: int | None = None


Cell = Share | Difference | int | float | None


class ResultColumn(msgspec.Struct, frozen=True):
    """A column.

    Attributes
    ----------
    id, title : str
    tooltip : str
        What it counts, in a sentence.
    kind : ColumnKind
    """

    id: str
    title: str
    tooltip: str
    kind: ColumnKind = "share"


class ResultRow(msgspec.Struct, frozen=True):
    """A row.

    Attributes
    ----------
    names : tuple of str
        One for each of the table's row headers.
    cells : tuple of Cell
        One for each of its columns.
    total : bool
        True for a row that sums up the others.
    """

    names: tuple[str, ...]
    cells: tuple[Cell, ...]
    total: bool = False


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A table before its numbers.

    Attributes
    ----------
    id : str
        Unique within a run.
    kind : str
        What the table shows; the same in all runs that can give it.
    title : str
    template : int or None
        Index of the one template it is about; None for all.
    prompt : str
        That template; empty for all.
    paper : str
        Id of the paper's table that it corresponds to; empty for none.
    """

    id: str
    kind: str
    title: str
    template: int | None = None
    prompt: str = ""
    paper: str = ""


class ResultTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table with its numbers.

    Attributes
    ----------
    outline : Outline
    row_headers : tuple of str
        Titles of the columns of row names.
    columns : tuple of ResultColumn
    rows : tuple of ResultRow
    column_header : str
        What the columns of a matrix are; empty for other tables.
    published_label : str
        How to head published figures; empty if the table has none.
    notes : tuple of str
        What to know when reading it, one sentence or two each.
    """

    outline: Outline
    row_headers: tuple[str, ...]
    columns: tuple[ResultColumn, ...]
    rows: tuple[ResultRow, ...]
    column_header: str = ""
    published_label: str = ""
    notes: tuple[str, ...] = ()

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
