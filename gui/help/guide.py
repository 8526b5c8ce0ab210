"""The user guide as pages and sections that can be searched; what a link in it means.

The pages are the Markdown files in ``docs``, which ship with the program.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from core.base.paths import docs_dir

ORDER = (
    "index",
    "installing",
    "models",
    "inspector",
    "experiments",
    "studies",
    "ablation",
    "study-ablation",
    "elsewhere",
    "formulas",
    "glossary",
    "scripting",
    "results-embedded",
    "results-neurons",
    "pictures",
)
"""Pages that come first, as far as they are there; the others follow by name."""

LEFT_OUT = frozenset({"requirements"})
"""For those who work on the lab; a table of tests is no page of a guide."""

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_EXCERPT = 110


@dataclass(frozen=True)
class Section:
    """A heading of a page and what stands below it, up to the next one."""

    page: str
    """Name of the page's file without its ending."""
    title: str
    anchor: str
    """What stands after ``#`` in a link to it."""
    text: str
    """As it is read: without marks and targets of links."""


@dataclass(frozen=True)
class Page:
    """One file of the guide."""

    name: str
    title: str
    path: Path
    markdown: str
    sections: tuple[Section, ...]
    """In order; the first is the page's own heading."""


@dataclass(frozen=True)
class Hit:
    """A section that a search found."""

    section: Section
    page_title: str
    excerpt: str
    """Around the first of the words."""


def read_pages(folder: Path | None = None) -> tuple[Page, ...]:
    """All pages of the guide, in the order in which they are listed; none without their folder."""
    folder = folder if folder is not None else docs_dir()
    paths = {path.stem: path for path in folder.glob("*.md") if path.stem not in LEFT_OUT}
    names = [name for name in ORDER if name in paths]
    names += sorted(set(paths) - set(names))
    return tuple(read_page(paths[name]) for name in names)


def read_page(path: Path) -> Page:
    """One page, from its file."""
    markdown = path.read_text(encoding="utf-8")
    sections = _sections(path.stem, markdown)
    title = sections[0].title if sections else path.stem
    return Page(path.stem, title, path, markdown, sections)


def anchor_of(heading: str) -> str:
    """What a link calls a heading: small letters, words joined by hyphens, no other signs."""
    kept = "".join(c for c in _plain(heading).lower() if c.isalnum() or c in " -_")
    return kept.strip().replace(" ", "-")


def search(pages: tuple[Page, ...], query: str, most: int = 60) -> tuple[Hit, ...]:
    """Sections that hold every word of a query, those with the words in their title first.

    Beginnings of words will do; case and accents do not matter.
    """
    words = _folded(query).split()
    if not words:
        return ()
    found: list[tuple[int, int, Hit]] = []
    for page in pages:
        for section in page.sections:
            title, text = _folded(section.title), _folded(section.text)
            if not all(word in title or word in text for word in words):
                continue
            missing = sum(word not in title for word in words)
            hit = Hit(section, page.title, _excerpt(section.text, words))
            found.append((missing, len(found), hit))
    found.sort(key=lambda entry: entry[:2])
    return tuple(hit for _missing, _place, hit in found[:most])


def _sections(page: str, markdown: str) -> tuple[Section, ...]:
    sections: list[Section] = []
    title, lines = "", list[str]()
    used: dict[str, int] = {}
    fenced = False

    def end() -> None:
        if title:
            anchor = anchor_of(title)
            repeated = used.get(anchor, 0)
            used[anchor] = repeated + 1
            anchor = f"{anchor}-{repeated}" if repeated else anchor
            sections.append(Section(page, _plain(title), anchor, _plain(" ".join(lines))))

    for line in markdown.splitlines():
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line)
        if heading is None:
            lines.append(line.strip())
        else:
            end()
            title, lines = heading[2], []
    end()
    return tuple(sections)


def _plain(text: str) -> str:
    """Markdown as it is read."""
    text = _LINK.sub(r"\1", text)
    for mark in ("**", "`", "*", "|"):
        text = text.replace(mark, "" if mark != "|" else " ")
    return " ".join(text.split())


def _folded(text: str) -> str:
    """Without case and accents."""
    split = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in split if not unicodedata.combining(c))


def _excerpt(text: str, words: list[str]) -> str:
    lowered = _folded(text)
    places = [lowered.find(word) for word in words]
    first = min((place for place in places if place >= 0), default=0)
    # Folding may change the length of a text by a few letters; the excerpt need not be exact.
    start = max(0, first - _EXCERPT // 3)
    if start:
        start = text.find(" ", start) + 1
    cut = text[start : start + _EXCERPT]
    return f"{'… ' if start else ''}{cut}{' …' if start + _EXCERPT < len(text) else ''}"
