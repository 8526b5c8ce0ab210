"""A strip of variants of the stimulus, each with its winner under it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from core.base.tables import Table
from core.scans.label_styles import LabelStyle, label_styles
from core.scans.plan import ScanPlan
from core.scans.result import NO_WINNER, ScanResult
from core.scans.tables import scan_table
from core.stimuli.render import render
from gui.charts.drawing import CENTER, bold_font, draw_hatch, elided
from gui.charts.view import NONE, ChartView
from gui.look.theme import Theme
from gui.widgets.images import to_image

_PICTURE, _GAP, _MARGIN = 72, 10, 4


class _Row(ChartView):
    """The variants from left to right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Variants of the stimulus", parent)
        self.plan: ScanPlan | None = None
        self.result: ScanResult | None = None
        self.template = 0
        self._pictures: list[QImage | None] = []
        self._looks: tuple[LabelStyle, ...] = ()
        self.add_layer(self._paint)

    def show_plan(self, plan: ScanPlan | None) -> None:
        """Draw the variants of a plan; their answers come later."""
        self.plan, self.result = plan, None
        self._pictures = []
        if plan is not None:
            self._looks = label_styles(plan.labels, plan.palette)
            for point in range(plan.setup.points):
                figure = plan.figure(plan.settings(point))
                self._pictures.append(None if isinstance(figure, str) else to_image(render(figure)))
        self.cursor_point = min(self.cursor_point, len(self._pictures) - 1)
        self.updateGeometry()
        self.resize(self.sizeHint())
        self.refresh()

    def show_answers(self, result: ScanResult | None, template: int) -> None:
        """Write the winners under the variants."""
        self.result, self.template = result, template
        self.refresh()

    def sizeHint(self) -> QSize:
        count = max(1, len(self._pictures))
        width = 2 * _MARGIN + count * (_PICTURE + _GAP)
        return QSize(width, _PICTURE + 2 * self.fontMetrics().height() + 2 * _MARGIN + 6)

    def box_of(self, point: int) -> QRectF:
        """Where a variant's picture lies."""
        return QRectF(_MARGIN + point * (_PICTURE + _GAP), _MARGIN, _PICTURE, _PICTURE)

    def winner_text(self, point: int) -> str:
        """The winner of a variant with its probability; empty before it is known."""
        if self.result is None or point >= len(self.result.tally.counts):
            return ""
        winner = int(self.result.tally.winners[point, self.template])
        if winner == NO_WINNER:
            return ""
        chance = self.result.tally.probabilities[point, self.template, winner]
        return f"{self._looks[winner].label} {100 * chance:.0f} %"

    # --- of the kit ---

    def point_at(self, place: QPointF) -> int:
        point = int((place.x() - _MARGIN) // (_PICTURE + _GAP))
        return point if 0 <= point < len(self._pictures) else NONE

    def words_of(self, point: int) -> str:
        return f"{self._title(point)}: {self.winner_text(point)}\nClick to put it on the canvas."

    @property
    def count(self) -> int:
        return len(self._pictures)

    def table(self) -> Table | None:
        return None if self.result is None else scan_table(self.result)

    def _title(self, point: int) -> str:
        assert self.plan is not None
        axis = self.plan.setup.x
        return axis.what.text(axis.values()[point])

    def _paint(self, painter: QPainter) -> None:
        tokens, small = self.tokens, self.small
        first = max(0, self.point_at(QPointF(max(self.exposed.left(), _MARGIN + 1.0), 0)))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for point in range(first, len(self._pictures)):
            box = self.box_of(point)
            if box.left() > self.exposed.right():
                break
            picture = self._pictures[point]
            if picture is None:
                draw_hatch(painter, box, tokens)
            else:
                painter.drawImage(box, picture)
            strong = point == self.cursor_point and self.shows_cursor and self.hasFocus()
            ink = QPen(QColor(tokens.accent), 2) if strong else QPen(QColor(tokens.border_strong))
            painter.setPen(ink)
            painter.drawRect(box)
            high = QFontMetricsF(small).height()
            line = QRectF(box.left() - 4, box.bottom() + 3, box.width() + 8, high)
            _write(painter, self._title(point), line, small, tokens.muted)
            line.translate(0, high + 1)
            _write(painter, self.winner_text(point), line, bold_font(small), tokens.text)


def _write(painter: QPainter, text: str, line: QRectF, font: QFont, color: str) -> None:
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(line, CENTER, elided(font, text, line.width()))


class VariantStrip(QScrollArea):
    """A row of variants that scrolls sideways."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row = _Row(theme)
        self.setWidget(self.row)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.row.chosen.connect(self.chosen)
        self.row.stepped.connect(self._come)

    def show_plan(self, plan: ScanPlan | None) -> None:
        """Draw the variants of a plan."""
        self.row.show_plan(plan)
        self.setFixedHeight(self.row.sizeHint().height() + 14)

    def _come(self, point: int) -> None:
        box = self.row.box_of(point)
        self.ensureVisible(round(box.center().x()), round(box.center().y()), _PICTURE, 0)
