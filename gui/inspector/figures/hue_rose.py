"""Figure 3 on the screen: hues of color-selective units against those of the pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from core.units.features.hue import SHOWN_BINS
from core.units.features.hue_names import HUE_NAMES
from core.units.features.unit_hues import HueFigure
from core.units.unit_filter import UnitFilter
from gui.inspector.figures.figure_chart import FigureChart, Part, fill_of
from gui.look.theme import Theme, Tokens

_LEAST = QSize(240, 220)
_STEP = 360 / SHOWN_BINS
_SIDE_BY_SIDE = 470
"""From this width on the legend stands beside the rose, not over its corner."""


class HueRose(FigureChart):
    """Sectors for the units, a dashed outline for the pictures.

    The area of a sector is its share; angles grow counterclockwise from the right, and the corners
    of the RGB cube are named around the circle.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Hues of color-selective units", _LEAST, parent)
        self._figure: HueFigure | None = None
        self.show_message("There are no hues yet.")

    @property
    def figure(self) -> HueFigure | None:
        """What is shown."""
        return self._figure

    def show_figure(self, figure: HueFigure) -> None:
        """Show hues, as far as they are known."""
        self._figure = figure
        self.show_message("")

    def layout_parts(self) -> Sequence[Part]:
        figure = self._figure
        units = figure.units.shares(SHOWN_BINS) if figure is not None else None
        if figure is None or units is None:
            return ()
        pictures = figure.pictures.shares(SHOWN_BINS)
        center, radius = self._circle()
        largest = self._largest()
        parts = []
        for number, share in enumerate(units.tolist()):
            if not share:
                continue
            low, high = number * _STEP, (number + 1) * _STEP
            beside = ""
            if pictures is not None:
                beside = f", {100 * pictures[number]:.1f} % of the pictures’ hues"
            words = (
                f"Hue {low:g}–{high:g}°: {100 * share:.1f} % of the units’ hues{beside}.\n"
                "Click to list the color-selective units whose mean hue lies there."
            )
            shape = _sector(center, radius * math.sqrt(share / largest), low)
            chosen = UnitFilter(selective=True, hue=(low, high))
            parts.append(Part(number, 0, shape, words, chosen))
        return parts

    def draw(self, painter: QPainter, tokens: Tokens) -> None:
        figure = self._figure
        assert figure is not None
        center, radius = self._circle()
        font = self.small_font()
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._draw_circle(painter, tokens, center, radius, metrics)
        for part in self.parts:
            painter.setPen(QPen(QColor(tokens.accent), 1.0))
            painter.setBrush(fill_of(tokens))
            painter.drawPath(part.shape)
        pictures = figure.pictures.shares(SHOWN_BINS)
        if pictures is not None:
            self._draw_outline(painter, tokens, center, radius, pictures)
        self._draw_legend(painter, tokens, figure, metrics)

    # --- places ---

    def _circle(self) -> tuple[QPointF, float]:
        metrics = QFontMetricsF(self.small_font())
        aside = metrics.horizontalAdvance("magenta 333°") + 14
        left = 150 if self.width() >= _SIDE_BY_SIDE else 0
        width = self.width() - left - 2 * aside
        radius = max(min(width / 2, (self.height() - 4 * metrics.height() - 12) / 2), 30.0)
        return QPointF(left + (self.width() - left) / 2, self.height() / 2), radius

    def _largest(self) -> float:
        """The share that reaches the rim."""
        figure = self._figure
        assert figure is not None
        shares = [
            shares.max()
            for histogram in (figure.units, figure.pictures)
            if (shares := histogram.shares(SHOWN_BINS)) is not None
        ]
        return float(max(shares, default=1.0)) or 1.0

    # --- drawing ---

    def _draw_circle(
        self,
        painter: QPainter,
        tokens: Tokens,
        center: QPointF,
        radius: float,
        metrics: QFontMetricsF,
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tokens.border), 1.0))
        painter.drawEllipse(center, radius, radius)
        painter.drawEllipse(center, radius / math.sqrt(2), radius / math.sqrt(2))
        for angle, name in HUE_NAMES:
            painter.setPen(QPen(QColor(tokens.grid), 1.0))
            painter.drawLine(center, _point(center, radius, angle))
            text = f"{name} {angle:.0f}°"
            wide, high = metrics.horizontalAdvance(text) + 2, metrics.height()
            anchor = _point(center, radius + 7, angle)
            across = (1 - math.cos(math.radians(angle))) / 2
            down = (1 + math.sin(math.radians(angle))) / 2
            box = QRectF(anchor.x() - wide * across, anchor.y() - high * down, wide, high)
            painter.setPen(QColor(tokens.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_outline(
        self,
        painter: QPainter,
        tokens: Tokens,
        center: QPointF,
        radius: float,
        shares: np.ndarray,
    ) -> None:
        largest = self._largest()
        points = [
            _point(center, radius * math.sqrt(share / largest), angle)
            for number, share in enumerate(shares.tolist())
            for angle in np.linspace(number * _STEP, (number + 1) * _STEP, 4)
        ]
        pen = QPen(QColor(tokens.text), 1.6)
        pen.setDashPattern([4.0, 2.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF(points))

    def _draw_legend(
        self, painter: QPainter, tokens: Tokens, figure: HueFigure, metrics: QFontMetricsF
    ) -> None:
        lines = [
            correlation_text(figure),
            f"{figure.units.sources:,} units",
            f"{figure.pictures.sources:,} pictures",
        ]
        big = self.font()
        big.setPointSizeF(big.pointSizeF() + 4)
        big.setWeight(big.Weight.DemiBold)
        painter.setFont(big)
        painter.setPen(QColor(tokens.text))
        high = QFontMetricsF(big).height()
        painter.drawText(QPointF(6, high), lines[0])
        painter.setFont(self.small_font())
        y = high + 10
        for number, text in enumerate(lines[1:]):
            middle = y + metrics.height() / 2
            if number == 0:
                swatch = QRectF(6, y + 1, 18, metrics.height() - 3)
                painter.setPen(QPen(QColor(tokens.accent), 1.0))
                painter.setBrush(fill_of(tokens))
                painter.drawRect(swatch)
            else:
                pen = QPen(QColor(tokens.text), 1.6)
                pen.setDashPattern([3.0, 2.0])
                painter.setPen(pen)
                painter.drawLine(QPointF(6, middle), QPointF(24, middle))
            painter.setPen(QColor(tokens.text))
            painter.drawText(QPointF(30, y + metrics.ascent()), text)
            y += metrics.height() + 4
        if self.width() >= _SIDE_BY_SIDE:
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


def _sector(center: QPointF, radius: float, low: float) -> QPainterPath:
    path = QPainterPath(center)
    box = QRectF(center.x() - radius, center.y() - radius, 2 * radius, 2 * radius)
    path.arcTo(box, low, _STEP)
    path.closeSubpath()
    return path
