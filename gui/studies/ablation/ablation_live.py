"""The stimulus on the canvas with and without the silenced units, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from core.predict.prediction import BlockedTemplate, Outcome, TemplatePrediction
from gui.charts.bar_painter import Bar, BarLayout, Row
from gui.charts.bars import BarChart
from gui.context.ablation import WithAndWithout
from gui.context.lab_context import LabContext
from gui.look.theme import Theme
from gui.widgets.build import STRETCH, column, label

MOVED = 0.01
"""A label has moved if its probability changed by at least so much."""


@dataclass(frozen=True)
class PairRow:
    """A label with its probability with all units, and without some."""

    label: str
    intact: float
    ablated: float
    won_before: bool
    wins_after: bool

    @property
    def moved(self) -> float:
        """Change of the probability."""
        return self.ablated - self.intact


def pair_rows(intact: TemplatePrediction, ablated: TemplatePrediction) -> tuple[PairRow, ...]:
    """The labels of a template, the most probable with all units first."""
    rows = [
        PairRow(
            label,
            float(intact.probabilities[place]),
            float(ablated.probabilities[place]),
            place == intact.winner,
            place == ablated.winner,
        )
        for place, label in enumerate(intact.labels)
    ]
    return tuple(sorted(rows, key=lambda row: -max(row.intact, row.ablated)))


def moved_words(rows: tuple[PairRow, ...]) -> str:
    """Which answer and which labels moved, in a sentence."""
    before = next(row.label for row in rows if row.won_before)
    after = next(row.label for row in rows if row.wins_after)
    answer = (
        f"The answer stays “{before}”."
        if before == after
        else f"The answer moves from “{before}” to “{after}”."
    )
    moved = sorted(
        (row for row in rows if abs(row.moved) >= MOVED), key=lambda row: -abs(row.moved)
    )
    if not moved:
        return f"{answer} No label moves by a point or more."
    parts = [f"{row.label} {_signed(row.moved)}" for row in moved[:4]]
    more = f" and {len(moved) - 4} more" if len(moved) > 4 else ""
    return f"{answer} Moved, in points: {', '.join(parts)}{more}."


_LAYOUT = BarLayout(
    value="",
    cells=("100.0 %", "100.0 %", "▼ 100.0"),
    bars=("probability with all neurons", "probability without"),
)


def bar_row(row: PairRow) -> Row:
    """Two bars: with all units above, without some below."""
    bars = (Bar(row.intact, "hollow"), Bar(row.ablated, "filled"))
    moved = ""
    if abs(row.moved) >= MOVED:
        moved = f"{'▲' if row.moved > 0 else '▼'} {abs(100 * row.moved):.1f}"
    strong = row.won_before or row.wins_after
    cells = (_percent(row.intact), _percent(row.ablated), moved)
    return Row(row.label, bars, cells=cells, weight="strong" if strong else "plain")


class TemplateCard(QWidget):
    """One template: its prompt, what moved, and the bars."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.prompt = label("", "heading", self, wraps=True)
        self.words = label("", "", self, wraps=True)
        self.rows: tuple[PairRow, ...] = ()
        self.chart = BarChart(theme, "With all neurons, and without", _LAYOUT, 240, self)
        parts = (self.prompt, self.words, self.chart)
        column(*parts, spacing=3, margins=(0, 0, 0, 6), on=self)

    def show_outcomes(self, intact: Outcome, ablated: Outcome) -> None:
        """Show what the template answers with and without the units."""
        self.prompt.setText(intact.template)
        known = isinstance(intact, TemplatePrediction) and isinstance(ablated, TemplatePrediction)
        self.chart.setVisible(known)
        if isinstance(intact, TemplatePrediction) and isinstance(ablated, TemplatePrediction):
            self.rows = pair_rows(intact, ablated)
            self.words.setText(moved_words(self.rows))
            self.chart.show_bars(tuple(map(bar_row, self.rows)))
        elif isinstance(intact, BlockedTemplate):
            self.words.setText(intact.reason)


class LivePanel(QWidget):
    """All templates for the stimulus on the canvas; follows `lab.ablation.live`."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        legend = "Hollow: with all neurons. Filled: without the silenced ones."
        self.legend = label(legend, "muted", self, wraps=True)
        self.state = label("", "muted", self, wraps=True)
        self.cards: list[TemplateCard] = []
        title = label("The stimulus, with and without", "heading", self)
        self._column = column(title, self.legend, self.state, STRETCH, on=self)
        lab.ablation.live_changed.connect(self.refresh)
        lab.ablation.changed.connect(lambda _setup: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Show the latest answer, or why there is none."""
        ablation = self._lab.ablation
        live = ablation.live if ablation.active else None
        self._show(live)
        self.legend.setVisible(live is not None)
        self.state.setVisible(live is None)
        if live is not None:
            return
        if ablation.problem is not None:
            text = f"{ablation.problem.message} {ablation.problem.hint}".strip()
        elif not ablation.count:
            text = (
                "Choose neurons, here or in the Inspector (“Silence these”), to see what the model "
                "says without them."
            )
        elif not ablation.setup.on:
            text = "The ablation is off: the model is intact."
        else:
            text = "Working…" if ablation.fits else ""
        self.state.setText(text)

    def _show(self, live: WithAndWithout | None) -> None:
        pairs = () if live is None else tuple(zip(live.intact, live.ablated, strict=True))
        while len(self.cards) < len(pairs):
            card = TemplateCard(self._lab.theme, self)
            self.cards.append(card)
            self._column.insertWidget(self._column.count() - 1, card)
        for place, card in enumerate(self.cards):
            card.setVisible(place < len(pairs))
            if place < len(pairs):
                card.show_outcomes(*pairs[place])


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _signed(share: float) -> str:
    return f"{'−' if share < 0 else '+'}{abs(100 * share):.1f}"
