"""Tables of results as LaTeX, for the packages booktabs and graphicx."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from core.base.text import one_line
from core.results.facts import RunFacts, settings_line
from core.results.result_types import ResultTable
from core.results.text.cell_text import table_rows
from core.results.text.percent import UNDEFINED

_HEADER_CHARACTERS = 18
_LINE_CHARACTERS = 85
_GAP = 2  # between columns, in characters

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "%": r"\%",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "“": "``",
    "”": "''",
    "–": "--",
    "…": r"\ldots{}",
    "−": "$-$",
    "×": r"$\times$",
    "·": r"\textperiodcentered{}",
    "→": r"$\rightarrow$",
    "φ": r"$\varphi$",
    "`": r"\textasciigrave{}",
    "\u00a0": "~",
    "\u2060": "{}",
    # In a cell these would be taken for the options of a line break.
    "[": "{[}",
    "]": "{]}",
}
_SPECIAL_PATTERN = re.compile("|".join(map(re.escape, _SPECIAL)))


def latex_document(title: str, tables: Sequence[ResultTable], runs: Sequence[RunFacts]) -> str:
    r"""All tables as floats to be \input, each with its notes and settings."""
    comments = [title, *map(settings_line, runs), "Needs \\usepackage{booktabs,graphicx}."]
    parts = ["\n".join(f"% {one_line(line)}" for line in comments)]
    parts += [latex_table(table, runs) for table in tables]
    return "\n\n".join(parts) + "\n"


def latex_table(table: ResultTable, runs: Sequence[RunFacts] = ()) -> str:
    """One table as a float, the settings of its runs below it."""
    header, body = table_rows(table)
    names = len(table.row_headers)
    wrapped = [textwrap.wrap(cell, _HEADER_CHARACTERS) for cell in header]
    columns = zip(wrapped, *body, strict=True)
    width = sum(max(map(len, [*first, *rest])) + _GAP for first, *rest in columns)
    fitted = width > _LINE_CHARACTERS
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escaped(table.title)}}}",
        rf"\label{{tab:{_label(table.id)}}}",
        r"\small",
        *([r"\resizebox{\linewidth}{!}{%"] if fitted else []),
        rf"\begin{{tabular}}{{{'l' * names}{'r' * (len(header) - names)}}}",
        r"\toprule",
        " & ".join(map(_stacked, wrapped)) + r" \\",
        r"\midrule",
    ]
    for row, cells in zip(table.rows, body, strict=True):
        if row.total:
            lines.append(r"\midrule")
        lines.append(_row(cells))
    lines += [r"\bottomrule", r"\end{tabular}" + ("}" if fitted else "")]
    notes = [*table.notes, *map(settings_line, runs)]
    if notes:
        lines.append(r"\par\medskip\begin{minipage}{\linewidth}\footnotesize")
        lines.append("\n\n".join(escaped(note) for note in notes))
        lines.append(r"\end{minipage}")
    lines.append(r"\end{table}")
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Text that LaTeX prints as it stands; letters of any script are left to the engine."""
    # Two hyphens in a row would become one dash.
    parted = re.sub("-(?=-)", "-\u2060", one_line(text))
    return _SPECIAL_PATTERN.sub(lambda match: _SPECIAL[match[0]], parted)


def _row(cells: Sequence[str]) -> str:
    return " & ".join("--" if cell == UNDEFINED else escaped(cell) for cell in cells) + r" \\"


def _stacked(lines: Sequence[str]) -> str:
    if len(lines) < 2:
        return "".join(map(escaped, lines))
    return r"\shortstack{" + r" \\ ".join(map(escaped, lines)) + "}"


def _label(id: str) -> str:
    return re.sub(r"[^a-zA-Z0-9-]+", "-", id)
