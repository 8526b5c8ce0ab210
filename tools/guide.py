"""Builds the user guide as HTML pages that need no network: ``python -m tools.guide FOLDER``.

The lab shows the same Markdown by itself (Help ▸ User guide); these pages are for a web server or
a reader without the lab.
"""

from __future__ import annotations

import argparse
import html
import re
import shutil
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.base.paths import docs_dir
from gui.help.guide import Page, anchor_of, read_page, read_pages

ROOT = Path(__file__).resolve().parent.parent
_LOCAL = re.compile(r"(?P<file>[\w./-]+)\.md(?P<anchor>#.*)?")

_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --side: #f5f6f8; --text: #1d2127;
  --muted: #5d6570; --line: #d5d9df; --link: #1f5fd6; }
@media (prefers-color-scheme: dark) { :root { --ground: #1e2125; --side: #15171a;
  --text: #e8eaed; --muted: #a0a7b1; --line: #383d44; --link: #5b97ff; } }
body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr);
  background: var(--ground); color: var(--text); font: 16px/1.6 Inter, system-ui, sans-serif; }
nav { background: var(--side); padding: 1.5rem 1rem; min-height: 100vh; }
nav a { display: block; padding: .25rem .5rem; color: var(--text); text-decoration: none; }
nav a[aria-current] { color: var(--link); font-weight: 600; }
main { max-width: 50rem; padding: 1rem 2.5rem 4rem; }
a { color: var(--link); }
img { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 6px; }
pre, code { background: var(--side); border-radius: 4px; font-size: .92em; }
pre { padding: .8rem 1rem; overflow-x: auto; } pre code { padding: 0; }
code { padding: .1em .3em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .7rem; text-align: left; }
@media (max-width: 50rem) { body { display: block; } nav { min-height: 0; } }
"""


def build(folder: Path, *, pictures: bool = True) -> tuple[Path, ...]:
    """Write the pages and their pictures into a folder.

    Parameters
    ----------
    folder : Path
    pictures : bool
        False for pages that are put beside the pictures of the Markdown.

    Returns
    -------
    tuple of Path
        The pages, those of the guide first, then those they lead to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = read_pages()
    below = [read_page(path) for path in sorted((docs_dir() / "adr").glob("*.md"))]
    written = []
    for page in (*pages, *below):
        target = folder / page.path.relative_to(docs_dir()).with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page_html(page, pages), encoding="utf-8")
        written.append(target)
    if pictures:
        shutil.copytree(docs_dir() / "images", folder / "images", dirs_exist_ok=True)
    return tuple(written)


def page_html(page: Page, pages: tuple[Page, ...]) -> str:
    """One page with the list of all."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(page.markdown)
    _mark_headings(tokens)
    for token in tokens:
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("href", page_link(str(part.attrGet("href"))))
    body = reader.renderer.render(tokens, reader.options, {})
    up = "../" * (len(page.path.relative_to(docs_dir()).parts) - 1)
    links = "\n".join(
        f'<a href="{up}{other.name}.html"{" aria-current=page" if other is page else ""}>'
        f"{html.escape(other.title)}</a>"
        for other in pages
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(page.title)}</title><style>{_STYLE}</style></head>\n"
        f"<body>\n<nav>\n{links}\n</nav>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def page_link(target: str) -> str:
    """A link to a Markdown file as one to its page; others stay."""
    found = _LOCAL.fullmatch(target)
    return f"{found['file']}.html{found['anchor'] or ''}" if found else target


def _mark_headings(tokens: list[Token]) -> None:
    used: dict[str, int] = {}
    for token, inside in pairwise(tokens):
        if token.type == "heading_open":
            anchor = anchor_of(inside.content)
            repeated = used.get(anchor, 0)
            used[anchor] = repeated + 1
            token.attrSet("id", f"{anchor}-{repeated}" if repeated else anchor)


def main() -> None:
    """Build the guide and say where it lies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "dist" / "guide")
    parser.add_argument("--pages-only", action="store_true", help="leave out their pictures")
    options = parser.parse_args()
    folder = options.folder
    pages = build(folder, pictures=not options.pages_only)
    print(f"{len(pages)} pages in {folder}; begin with index.html")


if __name__ == "__main__":
    main()
