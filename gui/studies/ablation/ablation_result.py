"""The result page of a study: one sentence, the effect among its controls, and all numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from core.ablation.damage import DamageCheck
from core.ablation.study_folder import StudyFolder
from core.ablation.study_result import MemberResult, StudyResult
from core.ablation.study_words import caution, damage_sentence, points, result_sentence
from core.base.tables import Region, Table
from core.figures.ablation_figure import ablation_figure, effect_marks
from core.figures.description import Figure, Intervals, Points
from core.results.text.percent import percent
from gui.charts.drawing import LEFT, RIGHT
from gui.charts.plot import Axis, Plot
from gui.charts.view import NONE, ChartView
from gui.context.lab_context import LabContext
from gui.dialogs.save_file import shared_beside
from gui.export.menu import CSV, JSON, SPREADSHEET, Exported, ExportMenu, Target
from gui.look.theme import Theme
from gui.widgets.build import button, column, label, row, tell
from gui.widgets.wheel import Combo

_HEIGHT = 104
_LEFT = 90
_TICK = 44
_NEAR = 12
"""Pixels from a mark within which the pointer is at it."""


COLUMNS = (
    ("Run", "All neurons, without the chosen ones, and random controls"),
    ("Share", "Share of the answers that name this"),
    ("Change", "Points from the run with all neurons"),
    ("95 % interval", "Newcombe’s interval for paired shares of the same images"),
    ("Changed", "Share of images that are answered otherwise than with all neurons"),
    ("Patches", "Plain color patches named rightly: the damage check"),
)


class EffectPlot(ChartView):
    """The effect with its interval over the controls, on one scale of points."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Effect of silencing the chosen neurons", parent)
        self._result: StudyResult | None = None
        self._number = 0
        self.intervals: tuple[Intervals, ...] = ()
        self.controls = Points((), "ring")
        self._reach = 1.0
        self.plot = Plot(self)
        self._axis = Axis(self, "bottom", self.plot, self._marks, grid=True)
        self.add_layer(self._paint)
        self.set_least(260, _HEIGHT)
        self.setFixedHeight(_HEIGHT)
        self.setToolTip(
            "Filled: the effect of silencing the chosen neurons, with its 95 % interval.\n"
            "Hollow: random controls, as many neurons of the same layers."
        )

    def show_result(self, result: StudyResult, number: int) -> None:
        """Show a measure of a study."""
        self._result, self._number = result, number
        marks = effect_marks(result, number)  # those of the figure on paper
        self.intervals = tuple(mark for mark in marks if isinstance(mark, Intervals))
        self.controls = next(mark for mark in marks if isinstance(mark, Points))
        ends = [place for place, _row in self.controls.places]
        for mark in self.intervals:
            ends += [end for _row, *values in mark.rows for end in values]
        self._reach = _round_reach(1.1 * max(map(abs, ends), default=0.0))
        self.plot.set_whole((-self._reach, self._reach), (0.0, 2.0))
        self.setAccessibleName(result_sentence(result, number))
        self.refresh()

    @property
    def blank(self) -> bool:
        return self._result is None

    def arrange(self) -> None:
        left, margin = self.large(_LEFT), _TICK / 2
        box = QRectF(left + margin, 4, self.width() - left - 2 * margin, _HEIGHT - 30)
        self.plot.place(box)
        self._axis.place(QRectF(box.left(), box.bottom(), box.width(), 26))

    def point_at(self, place: QPointF) -> int:
        centers = [center for _run, center in self._centers()]
        near = [(center - place).manhattanLength() for center in centers]
        closest = min(near, default=math.inf)
        return near.index(closest) if closest <= _NEAR else NONE

    def words_of(self, point: int) -> str:
        assert self._result is not None
        run, _center = self._centers()[point]
        title, _share, change, interval, *_rest = _row(self._result, run, self._number)
        return f"{title}: {change} points" + (f", {interval}" if interval else "")

    @property
    def count(self) -> int:
        return len(self._centers())

    def place_to_tell(self, point: int) -> QPoint:
        return self._centers()[point][1].toPoint() + QPoint(0, 10)

    def table(self) -> Table | None:
        from core.figures.ablation_export import study_table

        return None if self._result is None else study_table(self._result)

    def _centers(self) -> list[tuple[MemberResult, QPointF]]:
        """The runs that have an effect, and where their marks lie."""
        if self._result is None:
            return []
        places = [(row[2], row[0]) for mark in self.intervals for row in mark.rows]
        runs = [*[self._result.ablated] * len(places), *self._result.controls]
        places += self.controls.places
        return [(run, self._place(*place)) for run, place in zip(runs, places, strict=True)]

    def _place(self, effect: float, row: float) -> QPointF:
        """Where an effect lies; the controls are row 1."""
        return self.plot.map(effect, 1.6 - 0.95 * row)

    def _marks(self, _low: float, _high: float, _most: int) -> list[tuple[float, str]]:
        decimals = 0 if self._reach >= 10 else 1
        ends = [share * self._reach for share in (-1.0, -0.5, 0.0, 0.5, 1.0)]
        return [(end, points(end / 100, decimals=decimals)) for end in ends]

    def _paint(self, painter: QPainter) -> None:
        result, tokens = self._result, self.tokens
        assert result is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(tokens.text))
        for line, name in ((0.0, "Without them"), (1.0, "Controls")):
            middle = self._place(0.0, line).y()
            painter.drawText(QRectF(2, middle - 12, self.large(_LEFT), 24), LEFT, name)
        painter.setPen(QPen(QColor(tokens.accent), 2))
        for mark in self.intervals:
            for line, low, _middle, high in mark.rows:
                painter.drawLine(self._place(low, line), self._place(high, line))
        for point, (run, center) in enumerate(self._centers()):
            chosen = run is result.ablated
            here = point == self.cursor_point and self.shows_cursor
            ink = tokens.accent if chosen else tokens.text if here else tokens.border_strong
            painter.setPen(QPen(QColor(ink), 2.4 if here else 1.2))
            painter.setBrush(QColor(ink) if chosen else Qt.BrushStyle.NoBrush)
            radius = 4.5 if chosen else 3.5
            painter.drawEllipse(center, radius, radius)


class ResultView(QWidget):
    """What came of a study."""

    def __init__(self, lab: LabContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self.result: StudyResult | None = None
        self.sentence = label("", "", self, wraps=True, copied=True)
        self.damage = label("", "", self, wraps=True, copied=True)
        self.caution = label("", "muted", self, wraps=True, copied=True)
        tip = "Which share of the answers the sentence is about"
        self.measure = Combo(self, "What answers name", tip, letters=16)
        self.export_menu = ExportMenu(
            lab,
            self._exported,
            (CSV, SPREADSHEET, JSON),
            title="Export the study",
            beside=shared_beside,
            parent=self,
        )
        tip = "Save the numbers or the figure, with all settings"
        self.export = button("Export", tip, parent=self, menu=self.export_menu)
        self.plot = EffectPlot(lab.theme, self)
        self.table = QTableWidget(0, len(COLUMNS), self)
        self.table.setAccessibleName("All runs of the study")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setMinimumHeight(150)
        for place, (title, tip) in enumerate(COLUMNS):
            item = QTableWidgetItem(title)
            item.setToolTip(tip)
            self.table.setHorizontalHeaderItem(place, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        line = row((self.measure, 1), self.export)
        column(line, self.sentence, self.plot, self.damage, self.caution, self.table, on=self)
        self.measure.activated.connect(lambda _row: self._show())
        self.hide()

    def show_result(self, path: Path, result: StudyResult) -> None:
        """Show what has come out of a study so far."""
        if path != self._path or self.measure.count() != len(result.measures):
            self.measure.clear()
            for measure in result.measures:
                prompt = result.plan.templates[measure.template]
                self.measure.addItem(f"Answers that name {measure.what} · “{prompt}”")
        self._path, self.result = path, result
        self._show()
        self.show()

    def clear(self) -> None:
        """Show nothing."""
        self._path = self.result = None
        self.hide()

    def _exported(self) -> Exported | None:
        """The measure that is shown, as files; None without a result."""
        result, path, number = self.result, self._path, self.measure.currentIndex()
        if result is None or path is None:
            return None

        def describe() -> Figure:
            from core.figures.ablation_export import study_provenance

            made = study_provenance(StudyFolder.open(path), result)
            return ablation_figure(result, number, made)

        def write(file: Path, target: Target, region: Region) -> Sequence[Path]:
            from core.figures.ablation_export import write_study_csv, write_study_json

            study = StudyFolder.open(path)
            if target is JSON:
                write_study_json(file, study, result)
                return (file,)
            return write_study_csv(file, study, result, None if target is CSV else region)

        return Exported(path.name, describe, write)

    def _show(self) -> None:
        result, number = self.result, max(0, self.measure.currentIndex())
        if result is None:
            return
        self.sentence.setText(result_sentence(result, number))
        self.damage.setText(damage_sentence(result))
        tell(self.caution, caution(result))
        self.plot.show_result(result, number)
        first = result.ablated.effects[number].first
        patches = _patches(result.intact)
        rows: list[tuple[str, ...]]
        rows = [("All neurons", percent(first.share, 1), "", "", "", patches)]
        rows += [_row(result, run, number) for run in (result.ablated, *result.controls)]
        self.table.setRowCount(len(rows))
        for place, cells in enumerate(rows):
            for number, text in enumerate(cells):
                item = QTableWidgetItem(text)
                if number:
                    item.setTextAlignment(RIGHT)
                self.table.setItem(place, number, item)


def _round_reach(largest: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 points and 100 that holds everything."""
    return next((step for step in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0) if step >= largest), 100.0)


def _row(result: StudyResult, run: MemberResult, number: int) -> tuple[str, ...]:
    effect = run.effects[number]
    template = result.measures[number].template
    title = "Without them" if run.member.role == "ablated" else run.member.title
    low, high = effect.low, effect.high
    interval = "" if low is None or high is None else f"{points(low)} to {points(high)}"
    changed = run.changed[template] / effect.second.total if effect.second.total else None
    return (
        title[:1].upper() + title[1:],
        percent(effect.second.share, 1),
        "" if effect.difference is None else points(effect.difference),
        interval,
        percent(changed, 1),
        _patches(run.damage),
    )


def _patches(check: DamageCheck | None) -> str:
    return f"{sum(check.correct)} of {check.total}" if check is not None and check.total else "–"
