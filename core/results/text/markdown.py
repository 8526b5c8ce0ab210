"""Tables of results as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from core.base.text import one_line
from core.results.facts import RunFacts, settings_line
from core.results.result_types import ResultTable
from core.results.text.cell_text import table_rows

_ESCAPED = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>#|~$"})


def markdown_document(title: str, tables: Sequence[ResultTable], runs: Sequence[RunFacts]) -> str:
    """All tables with their notes, under the settings of their runs."""
    parts = [f"# {_escaped(title)}"]
    parts += [_escaped(settings_line(run)) for run in runs]
    for table in tables:
        parts += [f"## {_escaped(table.title)}", markdown_table(table)]
        if table.notes:
            parts.append("\n".join(f"- {_escaped(note)}" for note in table.notes))
    return "\n\n".join(parts) + "\n"


def markdown_table(table: ResultTable, *, intervals: bool = True, published: bool = True) -> str:
    """One table without heading and notes; the parameters are those of `table_rows`."""
    header, body = table_rows(table, intervals=intervals, published=published)
    names = len(table.row_headers)
    lines = [
        _line([_escaped(cell) for cell in header]),
        "|" + "---|" * names + "--:|" * (len(header) - names),
    ]
    for row, cells in zip(table.rows, body, strict=True):
        # Row names may be anybody's text; the other cells are numbers.
        shown = [*map(_escaped, cells[:names]), *cells[names:]]
        lines.append(_line([f"**{cell}**" if cell and row.total else cell for cell in shown]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escaped(text: str) -> str:
    return one_line(text).translate(_ESCAPED)
