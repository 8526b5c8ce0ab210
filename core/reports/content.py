"""What a report consists of, whatever it is about and whatever form it is written in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.color.terms import Palette

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Picture:
    """A figure of a report.

    Attributes
    ----------
    draw : callable
        Gives the figure itself; called within `core.figures.figure_style.styled` only.
    text : str
        All its text.
    """

    draw: Callable[[], Figure]
    text: str


@dataclass(frozen=True)
class Section:
    """A table, a figure, or both, with what to know when reading them.

    Attributes
    ----------
    title : str
    header : tuple of str
        Of the table; empty without one.
    body : tuple of tuple of str
    names : int
        How many columns at the left are names; the others are numbers.
    totals : tuple of bool
        For each row, whether it sums up others.
    notes : tuple of str
    picture : Picture or None
    """

    title: str
    header: tuple[str, ...] = ()
    body: tuple[tuple[str, ...], ...] = ()
    names: int = 1
    totals: tuple[bool, ...] = ()
    notes: tuple[str, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True)
class Command:
    """A command that makes the same again.

    Attributes
    ----------
    text : str
        To copy into a terminal.
    note : str
        What it does.
    """

    text: str
    note: str


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes
    ----------
    title : str
    summary : tuple of str
        Sentences for the top; the first says what it is about.
    cautions : tuple of str
        What must not be overlooked, e.g. that a run is not finished.
    facts : tuple of (str, tuple of (str, str))
        Groups of names and values.
    prompts, labels : tuple of str
    palette : Palette or None
    sections : tuple of Section
    commands : tuple of Command
    sources : tuple of str
        What is quoted.
    provenance : dict
        Everything, as JSON knows it.
    element : str
        HTML of what the report carries for programs; empty for nothing.
    """

    title: str
    summary: tuple[str, ...]
    facts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    sections: tuple[Section, ...]
    commands: tuple[Command, ...]
    cautions: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    palette: Palette | None = None
    sources: tuple[str, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)
    element: str = ""

    def all_text(self) -> str:
        """Everything that is written in it, to find the fonts it needs."""
        parts = [self.title, *self.summary, *self.cautions, *self.prompts, *self.labels]
        parts += [text for group, rows in self.facts for row in rows for text in (group, *row)]
        for section in self.sections:
            parts += [section.title, *section.header, *section.notes]
            parts += [section.picture.text] if section.picture is not None else []
            parts += [cell for row in section.body for cell in row]
        parts += [text for command in self.commands for text in (command.text, command.note)]
        return " ".join([*parts, *self.sources])
