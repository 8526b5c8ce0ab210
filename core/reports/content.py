"""What a report consists of, whatever it is about and whatever form it is written in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from core.color.terms import Palette
from core.figures.description import Figure

Role = Literal["plain", "quiet", "caution", "command"]


@dataclass(frozen=True, eq=False)
class Section:
    """A table, a figure, or both, with what to know when reading them."""

    title: str
    header: tuple[str, ...] = ()
    """Of the table; empty without one."""
    body: tuple[tuple[str, ...], ...] = ()
    names: int = 1
    """How many columns at the left are names; the others are numbers."""
    totals: tuple[bool, ...] = ()
    """For each row, whether it sums up others."""
    notes: tuple[str, ...] = ()
    figure: Figure | None = None


@dataclass(frozen=True)
class Command:
    """A command that makes the same again."""

    text: str
    """To copy into a terminal."""
    note: str
    """What it does."""


@dataclass(frozen=True)
class Report:
    """A report."""

    title: str
    summary: tuple[str, ...]
    """Sentences for the top; the first says what it is about."""
    facts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Groups of names and values."""
    sections: tuple[Section, ...]
    commands: tuple[Command, ...]
    cautions: tuple[str, ...] = ()
    """What must not be overlooked, e.g. that a run is not finished."""
    prompts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    palette: Palette | None = None
    sources: tuple[str, ...] = ()
    """What is quoted."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """Everything, as JSON knows it."""
    element: str = ""
    """HTML of what the report carries for programs; empty for nothing."""

    def blocks(self) -> Iterator[Block]:
        """Everything from the first sentence to the last, in the order of the page."""
        yield from map(Words, self.summary)
        for caution in self.cautions:
            yield Words(caution, "caution")
        for number, section in enumerate(self.sections, 1):
            yield Heading(section.title, f"section-{number}")
            yield section
            if section.notes:
                yield Items(section.notes)
        if self.prompts:
            yield Heading("Prompts")
            yield Items(self.prompts, numbered=True)
            yield Words(f"Labels that fill the slot {{}}: {', '.join(self.labels)}.")
        if self.palette is not None:
            yield Heading(f"Palette: {self.palette.name}")
            yield self.palette
        yield Heading("How the numbers were made")
        yield Facts(self.facts)
        if self.commands:
            yield Heading("Do it again")
        for command in self.commands:
            yield Words(command.text, "command")
            yield Words(command.note, "quiet")
        for source in self.sources:
            yield Words(source, "quiet")


@dataclass(frozen=True)
class Heading:
    """Above what belongs together; the anchor can be linked to."""

    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str
    role: Role = "plain"


@dataclass(frozen=True)
class Items:
    """A list: numbered, or of notes in small type."""

    texts: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Facts:
    """Groups of names and values."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


Block = Heading | Words | Items | Facts | Section | Palette
"""A part of a page; a section gives its table and its figure."""
