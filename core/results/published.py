"""The paper's own numbers, with their source, read from ``resources/published``."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar, get_args

import msgspec

from core.base.errors import InvalidInput
from core.base.paths import resources_dir
from core.base.typed import from_values
from core.models.files.catalog import entry_of

SetName = Literal["shapes", "stroop", "white-stroop"]
Chromaticity = Literal["achromatic", "chromatic"]
CHROMATICITIES: tuple[Chromaticity, ...] = get_args(Chromaticity)
_Kind = TypeVar("_Kind")


class PublishedSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The publication."""

    authors: tuple[str, ...]
    title: str
    published: str
    doi: str
    arxiv: str
    model: str
    """Catalog id of the weights that its numbers belong to."""
    model_title: str
    """Their name to show."""
    samples: int
    """Images of each combination."""

    def citation(self) -> str:
        """The publication in one line."""
        return f"{', '.join(self.authors)}, “{self.title}”, {self.published}, doi:{self.doi}"


class PublishedShare(msgspec.Struct, frozen=True):
    """One published share."""

    share: float
    """0..1."""
    printed: str
    """The percentage digit by digit as printed, without the sign."""
    source: str
    """Table and place."""
    derived: bool = False
    """True if it is not printed itself but is what the printed ones leave to 100 %."""


class PublishedRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shares of one prompt in one group of images."""

    template: str
    background: Chromaticity | None = None
    figure: Chromaticity | None = None
    """`background` and `figure`: the group; None for all images of the set."""
    place: str
    """Where in the table."""
    shares: dict[str, Decimal]
    """Percentages by role."""


class PublishedTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the paper."""

    id: str
    title: str
    set: SetName
    """Kind of stimuli."""
    source: str
    """Where in the paper."""
    remainder: str | None = None
    """The role that gets what the printed shares leave to 100 %."""
    row: tuple[PublishedRow, ...]

    @property
    def templates(self) -> tuple[str, ...]:
        """The prompts of the table, in order."""
        return tuple(dict.fromkeys(row.template for row in self.row))

    def shares(
        self,
        template: str,
        background: Chromaticity | None = None,
        figure: Chromaticity | None = None,
    ) -> dict[str, PublishedShare]:
        """Published shares by role; empty if the paper has no such row."""
        wanted = (template, background, figure)
        for row in self.row:
            if (row.template, row.background, row.figure) == wanted:
                return self._shares(row)
        return {}

    def _shares(self, row: PublishedRow) -> dict[str, PublishedShare]:
        source = f"{self.source}, {row.place}"
        found = {
            role: PublishedShare(float(value / 100), str(value), source)
            for role, value in row.shares.items()
        }
        if self.remainder is not None:
            rest = 100 - sum(row.shares.values(), Decimal(0))
            found[self.remainder] = PublishedShare(float(rest / 100), str(rest), source, True)
        return found


class PublishedHues(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How alike the hues of units and of pictures are."""

    correlation: Decimal
    """Pearson's r, digit by digit as printed."""
    pictures: str
    """The natural pictures."""
    source: str
    """Where in the paper."""


class _Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tables: tuple[str, ...]
    text: str


class _Notes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    note: tuple[_Note, ...]


@cache
def published_source() -> PublishedSource:
    """The publication that all numbers come from."""
    return _read("source.toml", PublishedSource)


@cache
def published_tables() -> dict[str, PublishedTable]:
    """Every published table by id, ``"table-1"`` to ``"table-5"``.

    Raises
    ------
    InvalidInput
        If a file is missing or damaged.
    """
    names = sorted(path.name for path in _folder().glob("table-*.toml"))
    tables = (_read(name, PublishedTable) for name in names)
    return {table.id: table for table in tables}


@cache
def published_hues() -> PublishedHues:
    """The published correlation of hues."""
    return _read("hues.toml", PublishedHues)


def inconsistencies(table: str) -> tuple[str, ...]:
    """What to know about a published table: where the paper disagrees with itself."""
    return tuple(note.text for note in _notes().note if table in note.tables)


def is_published_model(name: str, sha256: str) -> bool:
    """True for the weights that the published numbers belong to.

    Parameters
    ----------
    name : str
        Name of the model, see `core.models.info.ModelInfo`: a copy of the weights in another form
        has another hash, but only the catalog's own files bear the catalog's name.
    sha256 : str
        Hash of the weights file, hexadecimal.
    """
    entry = entry_of(published_source().model)
    return entry is not None and (name == entry.title or sha256.lower() == entry.sha256)


def published_label(name: str, sha256: str) -> str:
    """How to head the published numbers beside those of a model; see `is_published_model`."""
    if is_published_model(name, sha256):
        return "Published"
    return f"Published (only for {published_source().model_title} weights)"


@cache
def _notes() -> _Notes:
    return _read("notes.toml", _Notes)


def _folder() -> Path:
    return resources_dir() / "published"


def _read(name: str, kind: type[_Kind]) -> _Kind:
    path = _folder() / name
    try:
        # As decimals, so that a share keeps the digits it was printed with.
        data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return from_values(data, kind)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"The published numbers in {name} cannot be read: {error}.",
            "Install the program again.",
        ) from error
