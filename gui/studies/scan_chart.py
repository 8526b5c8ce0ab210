"""What the charts of a scan have in common: its result, its labels, its points in words."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from core.base.tables import Table
from core.figures.description import Panel
from core.figures.scan_figures import scan_panel
from core.scans.label_styles import LabelStyle, label_styles
from core.scans.result import NO_WINNER, ScanResult
from core.scans.tables import scan_table
from gui.charts.view import NONE, ChartView
from gui.look.theme import Theme

_BEST = 3


class ScanChart(ChartView):
    """Shows one template of a result: the one of that row; `looks` are those of its labels."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent)
        self.result: ScanResult | None = None
        self.template = 0
        self.looks: tuple[LabelStyle, ...] = ()
        self.set_least(280, 170)

    def sizeHint(self) -> QSize:
        return QSize(560, 170)

    def show_result(self, result: ScanResult | None, template: int, message: str = "") -> None:
        """Draw a result, or say why there is none."""
        self.result = result
        if result is not None:
            self.template = min(template, len(result.plan.templates) - 1)
            self.looks = label_styles(result.plan.labels, result.plan.palette)
            if self.cursor_point >= result.plan.setup.points:
                self.cursor_point = NONE
            self.take_panel(scan_panel(result, self.template), result)
        self.show_message(message)

    @property
    def blank(self) -> bool:
        return self.result is None

    def take_panel(self, panel: Panel, result: ScanResult) -> None:
        """What a kind of chart draws of a new result; its figure on paper draws the same panel."""

    def words_of(self, point: int) -> str:
        if self.result is None:
            return ""
        where, answer = point_words(self.result, point, self.template)
        return f"{where}: {answer}" if answer else where

    def table(self) -> Table | None:
        return None if self.result is None else scan_table(self.result)


def point_words(result: ScanResult, point: int, template: int) -> tuple[str, str]:
    """The values at a point of a scan, and its likeliest labels or why there are none."""
    plan = result.plan
    settings = plan.settings(point)
    where = ", ".join(
        f"{axis.what.name.lower() if number else axis.what.name} "
        f"{axis.what.text(settings[axis.parameter])}"
        for number, axis in enumerate(plan.setup.axes)
    )
    blank = result.tally.blanks[point]
    if blank is not None:
        return where, f"{blank}, left blank"
    if result.tally.winners[point, template] == NO_WINNER:
        return where, ""
    chances = result.tally.probabilities[point, template]
    best = sorted(range(len(chances)), key=lambda n: -chances[n])[:_BEST]
    return where, ", ".join(f"{plan.labels[n]} {100 * chances[n]:.1f} %" for n in best)
