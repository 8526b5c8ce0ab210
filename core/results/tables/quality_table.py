"""How sure the answers are: ties, answers too close to call, and margins."""

from __future__ import annotations

from core.results.notes import table_notes
from core.results.result_types import Outline, ResultColumn, ResultRow, ResultTable
from core.results.tables.role_tables import IMAGES
from core.results.tally import Tally

COLUMNS = (
    ResultColumn(
        "tied", "Exact ties", "Several labels share the largest cosine; the first in the list wins."
    ),
    ResultColumn(
        "close",
        "Too close to call",
        "The two largest cosines are so near that the size of a batch may decide.",
    ),
    ResultColumn(
        "margin",
        "Mean margin",
        "Mean difference of the probabilities of answer and runner-up, 0 to 1.",
        "number",
    ),
    IMAGES,
)


def quality_table(tally: Tally, outline: Outline) -> ResultTable:
    """Ties and margins of each prompt."""
    rows = []
    for number, template in enumerate(tally.plan.templates):
        sums = tally.row(number, tally.group(template))
        cells = (sums.tied(), sums.too_close(), sums.mean_margin, sums.total)
        rows.append(ResultRow((template,), cells))
    return ResultTable(
        outline=outline,
        row_headers=("Prompt",),
        columns=COLUMNS,
        rows=tuple(rows),
        notes=table_notes(tally, outline),
    )
