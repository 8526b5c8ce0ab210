"""Figure 3 on the screen: hues of color-selective units against those of the pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from core.base.tables import Table
from core.figures.census_figures import hue_panel
from core.figures.census_tables import hue_table
from core.figures.description import Axis, Sectors
from core.units.features.unit_hues import HueFigure
from core.units.unit_filter import UnitFilter
from gui.charts.drawing import CENTER, bold_font, fill_of
from gui.charts.parts import Part, PartsChart
from gui.look.theme import Theme, Tokens

_SIDE_BY_SIDE = 470
"""From this width on the legend stands beside the rose, not over its corner."""
_LEGEND = 150
_DASHES = [4.0, 2.5]


class HueRose(PartsChart):
    """Sectors for the units, a dashed outline for the pictures.

    The area of a sector is its share; angles grow counterclockwise from the right, and the corners
    of the RGB cube are named around the circle.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Hues of color-selective neurons", parent)
        self.figure: HueFigure | None = None
        self.units: Sectors | None = None
        self.pictures: Sectors | None = None
        self._around = Axis()
        self._largest = 1.0
        self.set_least(240, 220)
        self.show_message("There are no hues yet.")

    def show_figure(self, figure: HueFigure) -> None:
        """Show hues, as far as they are known."""
        self.figure = figure
        panel = hue_panel(figure)
        sectors = [mark for mark in panel.marks if isinstance(mark, Sectors)]
        self.units = next((mark for mark in sectors if mark.fill is not None), None)
        self.pictures = next((mark for mark in sectors if mark.fill is None), None)
        self._around = panel.x
        # The largest share of all reaches the rim.
        self._largest = max((float(mark.shares.max()) for mark in sectors), default=1.0)
        self.show_message("")

    # --- of the kit ---

    @property
    def blank(self) -> bool:
        return self.figure is None

    def table(self) -> Table | None:
        return None if self.figure is None else hue_table(self.figure)

    def layout_parts(self) -> Sequence[Part[UnitFilter]]:
        if self.units is None:
            return ()
        parts, step = [], 360 / len(self.units.shares)
        for number, share in enumerate(self.units.shares.tolist()):
            if not share:
                continue
            low, high = number * step, (number + 1) * step
            beside = ""
            if self.pictures is not None:
                beside = f", {100 * self.pictures.shares[number]:.1f} % of the pictures’ hues"
            words = (
                f"Hue {low:g}–{high:g}°: {100 * share:.1f} % of the neurons’ hues{beside}.\n"
                "Click to list the color-selective neurons whose mean hue lies there."
            )
            chosen = UnitFilter(selective=True, hue=(low, high))
            parts.append(Part(number, 0, self._sector(share, low, step), words, chosen))
        return parts

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        painter.setFont(self.small)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._draw_circle(painter, tokens)
        for part in self.parts:
            painter.setPen(QPen(QColor(tokens.accent), 1.0))
            painter.setBrush(fill_of(tokens))
            painter.drawPath(part.shape)
        if self.pictures is not None:
            self._draw_outline(painter, tokens, self.pictures.shares.tolist())
        self._draw_legend(painter, tokens)

    # --- places ---

    def _circle(self) -> tuple[QPointF, float]:
        metrics = QFontMetricsF(self.small)
        aside = metrics.horizontalAdvance("magenta 333°") + 14
        left = self.large(_LEGEND) if self._side_by_side else 0
        width = self.width() - left - 2 * aside
        radius = max(min(width / 2, (self.height() - 4 * metrics.height() - 12) / 2), 30.0)
        return QPointF(left + (self.width() - left) / 2, self.height() / 2), radius

    @property
    def _side_by_side(self) -> bool:
        return self.width() >= self.large(_SIDE_BY_SIDE)

    def _radius(self, share: float) -> float:
        return self._circle()[1] * math.sqrt(share / (self._largest or 1.0))

    def _sector(self, share: float, low: float, step: float) -> QPainterPath:
        center, radius = self._circle()[0], self._radius(share)
        path = QPainterPath(center)
        box = QRectF(center.x() - radius, center.y() - radius, 2 * radius, 2 * radius)
        path.arcTo(box, low, step)
        path.closeSubpath()
        return path

    # --- drawing ---

    def _draw_circle(self, painter: QPainter, tokens: Tokens) -> None:
        metrics = painter.fontMetrics()
        center, radius = self._circle()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tokens.border), 1.0))
        painter.drawEllipse(center, radius, radius)
        painter.drawEllipse(center, radius / math.sqrt(2), radius / math.sqrt(2))
        for angle, text in self._around.ticks or ():
            painter.setPen(QPen(QColor(tokens.grid), 1.0))
            painter.drawLine(center, _point(center, radius, angle))
            wide, high = metrics.horizontalAdvance(text) + 2, metrics.height()
            anchor = _point(center, radius + 7, angle)
            across = (1 - math.cos(math.radians(angle))) / 2
            down = (1 + math.sin(math.radians(angle))) / 2
            box = QRectF(anchor.x() - wide * across, anchor.y() - high * down, wide, high)
            painter.setPen(QColor(tokens.muted))
            painter.drawText(box, CENTER, text)

    def _draw_outline(self, painter: QPainter, tokens: Tokens, shares: list[float]) -> None:
        center, step = self._circle()[0], 360 / len(shares)
        points = [
            _point(center, self._radius(share), angle)
            for number, share in enumerate(shares)
            for angle in np.linspace(number * step, (number + 1) * step, 4)
        ]
        painter.setPen(_dashed(tokens))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF(points))

    def _draw_legend(self, painter: QPainter, tokens: Tokens) -> None:
        figure = self.figure
        assert figure is not None
        big = bold_font(self.font())
        big.setPointSizeF(big.pointSizeF() + 4)
        painter.setFont(big)
        painter.setPen(QColor(tokens.text))
        y = QFontMetricsF(big).height()
        painter.drawText(QPointF(6, y), correlation_text(figure))
        painter.setFont(self.small)
        metrics = QFontMetricsF(self.small)
        y += 10
        swatch = QRectF(6, y + 1, 18, metrics.height() - 3)
        painter.setPen(QPen(QColor(tokens.accent), 1.0))
        painter.setBrush(fill_of(tokens))
        painter.drawRect(swatch)
        middle = y + 1.5 * metrics.height() + 4
        painter.setPen(_dashed(tokens))
        painter.drawLine(QPointF(6, middle), QPointF(24, middle))
        painter.setPen(QColor(tokens.text))
        for text in (f"{figure.units.sources:,} neurons", f"{figure.pictures.sources:,} pictures"):
            painter.drawText(QPointF(30, y + metrics.ascent()), text)
            y += metrics.height() + 4
        if self._side_by_side:
            painter.setPen(QColor(tokens.muted))
            painter.drawText(QPointF(6, y + metrics.ascent()), "area: share of hues")


def correlation_text(figure: HueFigure) -> str:
    """Pearson's r, with a word if it may still move."""
    r = figure.correlation
    if r is None:
        return "r undefined" if figure.complete else "r = …"
    text = f"r = {r:.3f}".replace("-", "−")
    return text if figure.complete else f"{text} so far"


def _point(center: QPointF, radius: float, angle: float) -> QPointF:
    turned = math.radians(angle)
    return QPointF(center.x() + radius * math.cos(turned), center.y() - radius * math.sin(turned))


def _dashed(tokens: Tokens) -> QPen:
    pen = QPen(QColor(tokens.text), 1.6)
    pen.setDashPattern(_DASHES)
    return pen
