"""The user guide as HTML: every link and picture is there, and nothing is fetched."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from gui.help.guide import read_pages
from tools.guide import build, page_link


class Links(HTMLParser):
    """What a page leads to, shows, and can be led to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.fetched: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.add(str(values["id"]))
        if tag == "a" and values.get("href"):
            self.targets.append(str(values["href"]))
        if tag in ("img", "script", "link") and (values.get("src") or values.get("href")):
            self.fetched.append(str(values.get("src") or values.get("href")))


def test_the_guide_is_whole_and_needs_no_network(tmp_path: Path) -> None:
    pages = {path: Links(path) for path in build(tmp_path)}
    names = {path.stem for path in pages if path.parent == tmp_path}
    assert names == {page.name for page in read_pages()}
    wrong = []
    for path, links in pages.items():
        for fetched in links.fetched:
            if not (path.parent / fetched).is_file():
                wrong.append((path.name, fetched))
        for target in links.targets:
            if target.startswith(("https://", "http://")):
                continue
            file, _mark, anchor = target.partition("#")
            goal = (path.parent / file).resolve() if file else path
            # What a page says about the source leads out of the guide.
            missing = goal not in pages and goal.is_relative_to(tmp_path)
            if missing or (goal in pages and anchor and anchor not in pages[goal].ids):
                wrong.append((path.name, target))
    assert wrong == []
    assert sum(len(links.fetched) for links in pages.values()) > 20


def test_links_to_pages_keep_their_headings() -> None:
    assert page_link("glossary.md") == "glossary.html"
    assert page_link("index.md#keys") == "index.html#keys"
    assert page_link("#keys") == "#keys"
    assert page_link("https://example.org/a.md") == "https://example.org/a.md"
