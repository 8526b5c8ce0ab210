"""A report as one HTML file that needs nothing else: no network, no other file, no script.

Figures are SVG inside the page, so that their text can be selected and found. The one font it
needs is inside, too, cut down to the letters that occur.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from html import escape, unescape
from itertools import starmap

from core.base.paths import APP_NAME, resources_dir
from core.base.text import one_line
from core.base.version import VERSION
from core.color.spaces import to_hex
from core.color.terms import COLOR_TERMS, Palette
from core.figures.file import svg_element
from core.figures.font_subsets import subset_face
from core.predict.export import to_json
from core.reports.content import Block, Facts, Heading, Items, Report, Section, Words
from core.results.text.percent import UNDEFINED

_FACES = {400: "open-sans/OpenSans-Regular.ttf", 700: "open-sans/OpenSans-Bold.ttf"}
_STYLE = """
:root { color-scheme: light; }
body { font: 14px/1.5 "Open Sans", sans-serif; color: #1a1a1a; background: #fff;
  max-width: 1040px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 26px; margin: 0 0 4px; line-height: 1.25; }
h2 { font-size: 18px; margin: 34px 0 8px; border-top: 1px solid #d0d0d0; padding-top: 16px; }
h3 { font-size: 14px; margin: 16px 0 4px; }
.quiet, footer, .notes { color: #5f6368; }
.caution { background: #fff4d6; border-left: 4px solid #b98a00; padding: 8px 12px; margin: 10px 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; margin: 8px 0; }
th, td { padding: 3px 10px 3px 0; text-align: left; vertical-align: top; }
thead th { border-bottom: 1.5px solid #1a1a1a; vertical-align: bottom; }
tbody tr { border-bottom: 1px solid #e8e8e8; }
tr.total td { font-weight: 700; border-top: 1px solid #1a1a1a; }
td.number, th.number { text-align: right; padding: 3px 0 3px 14px; white-space: nowrap; }
thead th.number { white-space: normal; min-width: 70px; }
thead th:first-child { min-width: 84px; }
.facts { columns: 2 380px; column-gap: 36px; }
.facts section { break-inside: avoid; }
.facts td:first-child { color: #5f6368; white-space: nowrap; padding-right: 16px; }
.facts td:last-child { overflow-wrap: anywhere; }
.swatches { display: flex; flex-wrap: wrap; gap: 10px; margin: 8px 0; padding: 0; }
.swatch { list-style: none; width: 86px; font-size: 12px; }
.swatch i { display: block; height: 34px; border: 1px solid #868d98; border-radius: 4px;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.notes { font-size: 12.5px; padding-left: 18px; }
figure { margin: 14px 0 4px; }
figure svg { max-width: 100%; height: auto; }
pre { background: #f5f6f8; border: 1px solid #d5d9df; border-radius: 6px; padding: 9px 12px;
  white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.45 monospace; margin: 6px 0; }
details pre { max-height: 420px; overflow: auto; }
footer { margin-top: 36px; border-top: 1px solid #d0d0d0; padding-top: 10px; font-size: 12.5px; }
@page { size: A4; margin: 16mm 14mm; }
@media print {
  body { font-size: 10pt; padding: 0; max-width: none; }
  table { font-size: 8pt; }
  td.number, th.number { white-space: normal; padding-left: 7px; }
  h2 { break-after: avoid; }
  tr, figure, .swatch { break-inside: avoid; }
  .scroll { overflow: visible; }
  thead th.number { min-width: 0; }
  details { display: none; }
}
"""


def html_report(report: Report) -> bytes:
    """The content of the file, UTF-8."""
    parts = [f"<h1>{_text(report.title)}</h1>"]
    parts += [_block(block, number) for number, block in enumerate(report.blocks())]
    if report.provenance:
        everything = to_json(report.provenance).decode("utf-8")
        parts.append(
            "<details><summary>Everything about how the numbers were made, as JSON</summary>"
            f"<pre>{escape(everything)}</pre></details>"
        )
    parts.append(f"<footer>Written by {_text(APP_NAME)} {VERSION}.</footer>")
    body = "\n".join(parts)
    head = (
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Nothing may be loaded from anywhere, and no script run, whatever a prompt says.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; font-src data:; img-src data:\">\n"
        f'<meta name="generator" content="{_text(APP_NAME)} {VERSION}">\n'
        f"<title>{_text(report.title)}</title>\n"
        f"<style>{_fonts(unescape(body))}{_STYLE}</style>\n{report.element}"
    )
    page = f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n'
    return f"{page}</body>\n</html>\n".encode()


def table_html(
    header: Sequence[str],
    body: Iterable[Sequence[str]],
    names: int,
    totals: Sequence[bool] = (),
) -> str:
    """A table; the first `names` columns are names, the others numbers."""
    heads = "".join(
        f'<th scope="col"{_number(place, names)}>{_text(cell)}</th>'
        for place, cell in enumerate(header)
    )
    lines = []
    for number, row in enumerate(body):
        cells = "".join(
            f"<td{_number(place, names)}>{escape(one_line(cell))}</td>"
            for place, cell in enumerate(row)
        )
        total = number < len(totals) and totals[number]
        lines.append(f'<tr class="total">{cells}</tr>' if total else f"<tr>{cells}</tr>")
    return (
        f'<div class="scroll"><table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{chr(10).join(lines)}\n</tbody></table></div>"
    )


def _block(block: Block, number: int) -> str:
    """A part of the page; `number` is its own."""
    match block:
        case Heading(text, anchor):
            name = f' id="{anchor}"' if anchor else ""
            return f"<h2{name}>{_text(text)}</h2>"
        case Words(text, "command"):
            return f"<pre>{escape(text)}</pre>"
        case Words(text, role):
            kind = "" if role == "plain" else f' class="{role}"'
            return f"<p{kind}>{_text(text)}</p>"
        case Items(texts, numbered):
            start, end = ("<ol>", "</ol>") if numbered else ('<ul class="notes">', "</ul>")
            return "\n".join([start, *(f"<li>{_text(text)}</li>" for text in texts), end])
        case Facts(groups):
            return f'<div class="facts">\n{"".join(starmap(_facts, groups))}</div>'
        case Section():
            return _section(block, number)
        case _:
            return _swatches(block)


def _section(section: Section, number: int) -> str:
    parts = []
    if section.header:
        parts.append(table_html(section.header, section.body, section.names, section.totals))
    if section.figure is not None:
        drawn = _inline(svg_element(section.figure), number)
        parts.append(f'<figure role="img" aria-label="{_text(section.title)}">{drawn}</figure>')
    return "\n".join(parts)


def _swatches(palette: Palette) -> str:
    swatches = [
        f'<li class="swatch"><i style="background:{to_hex(palette[term])}"></i>{term}<br>'
        f'<span class="quiet">{to_hex(palette[term])}</span></li>'
        for term in COLOR_TERMS
    ]
    return "\n".join(['<ul class="swatches">', *swatches, "</ul>"])


def _facts(group: str, rows: Sequence[tuple[str, str]]) -> str:
    lines = "".join(
        f"<tr><td>{_text(name)}</td><td>{_text(value)}</td></tr>" for name, value in rows
    )
    return f"<section><h3>{_text(group)}</h3><table><tbody>{lines}</tbody></table></section>\n"


def _inline(svg: str, number: int) -> str:
    """A figure of a file of its own as an element of the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Several figures share one page, and no name may occur twice.
    mark = f"s{number}-"
    svg = re.sub(r'\bid="', f'id="{mark}', svg)
    svg = re.sub(r'((?:xlink:)?href)="#', rf'\1="#{mark}', svg)
    return svg.replace("url(#", f"url(#{mark}")


def _fonts(text: str) -> str:
    rules = []
    for weight, file in _FACES.items():
        data = subset_face((resources_dir() / "fonts" / file).read_bytes(), text)
        source = base64.b64encode(data).decode("ascii")
        rules.append(
            f'@font-face {{ font-family: "Open Sans"; font-weight: {weight}; '
            f"src: url(data:font/ttf;base64,{source}); }}\n"
        )
    return "".join(rules)


def _number(place: int, names: int) -> str:
    return "" if place < names else ' class="number"'


def _text(text: str) -> str:
    return escape(one_line(text)) or UNDEFINED
