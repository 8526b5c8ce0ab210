"""The user guide: pages, headings, links between them, search."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.base.paths import docs_dir
from gui.help.guide import LEFT_OUT, ORDER, Page, anchor_of, read_page, read_pages, search

PAGES = read_pages()
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def test_every_page_of_the_docs_is_there_in_order() -> None:
    names = [page.name for page in PAGES]
    files = {path.stem for path in docs_dir().glob("*.md")}
    assert set(names) == files - LEFT_OUT and files >= LEFT_OUT
    assert len(names) == len(set(names))
    assert names[0] == "index"
    known = [name for name in ORDER if name in names]
    assert names[: len(known)] == known


def test_titles_are_the_first_headings() -> None:
    titles = {page.name: page.title for page in PAGES}
    assert titles["index"] == "User guide"
    assert titles["glossary"] == "Glossary"


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Designing a stimulus", "designing-a-stimulus"),
        ("Documents, undo, what is kept", "documents-undo-what-is-kept"),
        ("Table 1. Answers: “{}”", "table-1-answers"),
        ("**Bold** and `code`", "bold-and-code"),
    ],
)
def test_anchors_are_those_of_links(heading: str, anchor: str) -> None:
    assert anchor_of(heading) == anchor


def test_headings_within_code_are_none(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("# A\n\n```sh\n# not one\n```\n\n## B\ntext\n## B\nmore\n", "utf-8")
    sections = read_page(path).sections
    assert [section.anchor for section in sections] == ["a", "b", "b-1"]
    assert "not one" in sections[0].text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Page) -> None:
    anchors = {other.name: {s.anchor for s in other.sections} for other in PAGES}
    wrong = []
    for target in _LINK.findall(page.markdown):
        if target.startswith(("http://", "https://")):
            continue
        file, _mark, anchor = target.partition("#")
        path = page.path.parent / file if file else page.path
        if not path.exists() or (
            anchor and path.parent == page.path.parent and anchor not in anchors[path.stem]
        ):
            wrong.append(target)
    assert wrong == []


def test_search_finds_words_in_any_order_and_titles_first() -> None:
    hits = search(PAGES, "selectivity color")
    assert hits
    assert "selectivity" in hits[0].section.title.lower()
    for hit in hits:
        text = f"{hit.section.title} {hit.section.text}".lower()
        assert "selectivity" in text
        assert "color" in text


def test_search_needs_every_word() -> None:
    assert search(PAGES, "receptive zebrafish") == ()
    assert search(PAGES, "  ") == ()


def test_an_excerpt_shows_the_word_it_was_found_by() -> None:
    for hit in search(PAGES, "newcombe"):
        if "newcombe" not in hit.section.title.lower():
            assert "newcombe" in hit.excerpt.lower()


def test_a_program_without_the_guide_has_no_pages(tmp_path: Path) -> None:
    assert read_pages(tmp_path / "nowhere") == ()
