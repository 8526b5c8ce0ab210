"""Layout and painting of one bar chart, apart from any widget.

The same code draws the chart on the screen and into a copied picture. A chart has one row a label:
name, bar, percentage, what the label names in the stimulus, cosine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from core.color.terms import Rgb
from gui.look.theme import Tokens
from gui.prediction.cards.rows import BarRow, cosine_text, percent_text

_GAP = 7.0
_ROW_PADDING = 5.0
_BAR_INSET = 3.5
_LABEL_SHARE = 0.3
_MARKER_SHARE = 0.42
_MIN_BAR = 3.0
_LEAST_FULL = 180.0
_INSIDE_MARGIN = 6.0
_MIN_TICK_DISTANCE = 44.0
_PENDING_OPACITY = 0.28
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_WIDEST_COSINE = cosine_text(-0.888)


@dataclass(frozen=True)
class Columns:
    """Horizontal places of one chart's columns, in pixels.

    Attributes
    ----------
    label : width of the right-aligned names
    bar : left end of all bars
    full : length of a bar of 100 %
    marker : width kept for the text after the percentage
    cosine : left end of the right-aligned cosines, or None if they are hidden
    right : right edge
    edge : right edge of bars and what stands behind them
    """

    label: float
    bar: float
    full: float
    marker: float
    cosine: float | None
    right: float
    edge: float


class ChartPainter:
    """Draws rows with one font, one set of colors and one width.

    Parameters
    ----------
    font : QFont
    tokens : Tokens
        Colors of the chrome. Bars take the palette's colors, whatever the theme.
    decimals : int
        Digits after the point of the percentages.
    """

    def __init__(self, font: QFont, tokens: Tokens, decimals: int = 1) -> None:
        self.font = QFont(font)
        self.font.setFeature(QFont.Tag("tnum"), 1)
        self.bold = QFont(self.font)
        self.bold.setWeight(QFont.Weight.DemiBold)
        self.small = QFont(self.font)
        self.small.setPointSizeF(max(6.0, self.font.pointSizeF() - 1.25))
        self.metrics = QFontMetricsF(self.font)
        self.bold_metrics = QFontMetricsF(self.bold)
        self.small_metrics = QFontMetricsF(self.small)
        self.tokens = tokens
        self.decimals = decimals
        self.row_height = round(self.metrics.height() + _ROW_PADDING)
        self.axis_height = round(self.small_metrics.height() + 6.0)

    def height(self, count: int) -> int:
        """Height of a chart of `count` rows, in pixels."""
        return int(count * self.row_height + self.axis_height)

    def columns(self, rows: Sequence[BarRow], width: float, cosines: bool) -> Columns:
        """Divide a width among the columns.

        The length of a bar of 100 % depends on names, markers and width only, never on the
        probabilities: bars stay comparable from one edit to the next.
        """
        # Any row may win and then stands in bold.
        label = max((self.bold_metrics.horizontalAdvance(row.label) for row in rows), default=0.0)
        label = min(label + 1.0, width * _LABEL_SHARE)
        marker = max((self.marker_width(row.roles) for row in rows), default=0.0)
        marker = min(marker, width * _MARKER_SHARE)
        percent = self.bold_metrics.horizontalAdvance(percent_text(0.999999999, self.decimals))
        right = width - 2.0
        cosine = None
        if cosines:
            heading = self.small_metrics.horizontalAdvance("cosine")
            cosine = right - max(heading, self.metrics.horizontalAdvance(_WIDEST_COSINE))
        edge = right if cosine is None else cosine - _GAP
        bar = label + _GAP
        room = edge - bar - _GAP - percent
        full = room - (marker + _GAP if marker else 0.0)
        # Where it is narrow the bars keep the room, and a marker may go into its own long bar.
        full = max(full, min(room, _LEAST_FULL), _MIN_TICK_DISTANCE / 2)
        return Columns(label, bar, full, marker, cosine, right, edge)

    def marker_width(self, roles: str) -> float:
        """Width of the pointer and the text that say what a label names; 0 without a role."""
        if not roles:
            return 0.0
        return self._pointer_width() + self.metrics.horizontalAdvance(roles)

    def paint(
        self,
        painter: QPainter,
        rows: Sequence[BarRow],
        columns: Columns,
        *,
        clip: tuple[float, float] | None = None,
        pending: bool = False,
        hovered: int = -1,
    ) -> None:
        """Draw a chart whose left upper corner is the origin.

        Parameters
        ----------
        clip : (top, bottom), optional
            Only rows that touch this range are drawn.
        pending : bool
            Draw ghosts without numbers: the rows are not those of the present stimulus.
        hovered : int
            Row under the pointer.
        """
        top, bottom = clip if clip is not None else (0.0, float(self.height(len(rows))))
        first = max(0, int(top // self.row_height))
        last = min(len(rows), int(bottom // self.row_height) + 1)
        painter.setFont(self.font)
        if 0 <= hovered < len(rows) and not pending:
            band = QRectF(0, hovered * self.row_height, columns.right + 2, self.row_height)
            painter.fillRect(band, QColor(self.tokens.raised))
        self._paint_grid(painter, len(rows), columns)
        if pending:
            painter.setOpacity(_PENDING_OPACITY)
        for index in range(first, last):
            ground = QColor(self.tokens.raised if index == hovered else self.tokens.surface)
            y = index * self.row_height
            self._paint_row(painter, rows[index], y, columns, None if pending else ground)
        painter.setOpacity(1.0)

    def _paint_grid(self, painter: QPainter, count: int, columns: Columns) -> None:
        bottom = count * self.row_height
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(self.small)
        step = 1 if columns.full / 4 >= _MIN_TICK_DISTANCE else 2
        if columns.full / 2 < _MIN_TICK_DISTANCE:
            step = 4
        for tick in _TICKS[::step]:
            x = round(columns.bar + tick * columns.full) + 0.5
            painter.setPen(QColor(self.tokens.border_strong if tick == 0.0 else self.tokens.grid))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom + 3))
            text = f"{tick:.0%}".replace("%", "\u00a0%") if tick else "0"
            box = QRectF(x - 30, bottom + 3, 60, self.axis_height - 3)
            painter.setPen(QColor(self.tokens.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        if columns.cosine is not None:
            box = QRectF(columns.cosine - 20, bottom + 3, columns.right - columns.cosine + 20, 0)
            box.setHeight(self.axis_height - 3)
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, align, "cosine")
        painter.setFont(self.font)

    def _paint_row(
        self, painter: QPainter, row: BarRow, y: float, columns: Columns, ground: QColor | None
    ) -> None:
        """Draw one row; `ground` is the color behind its text, None for a ghost without text."""
        middle = Qt.AlignmentFlag.AlignVCenter
        metrics = self.bold_metrics if row.winner else self.metrics
        strong = row.winner or bool(row.roles) or ground is None
        ink = QColor(self.tokens.text if strong else self.tokens.muted)
        painter.setFont(self.bold if row.winner and ground is not None else self.font)
        painter.setPen(ink)
        name = metrics.elidedText(row.label, Qt.TextElideMode.ElideRight, columns.label)
        box = QRectF(0, y, columns.label, self.row_height)
        painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, name)
        length = self._paint_bar(painter, row, y, columns)
        if ground is None:
            return
        x = columns.bar + length + _GAP
        percent = percent_text(row.probability, self.decimals)
        box = QRectF(x, y, metrics.horizontalAdvance(percent) + 2, self.row_height)
        painter.fillRect(box.adjusted(-2, 2, 0, -2), ground)  # no grid line through a number
        painter.setPen(ink)
        painter.drawText(box, middle, percent)
        painter.setFont(self.font)
        if row.roles:
            self._place_marker(painter, row, y, columns, length, box.right(), ground)
        if columns.cosine is not None:
            box = QRectF(columns.cosine, y, columns.right - columns.cosine, self.row_height)
            painter.setPen(QColor(self.tokens.text if row.winner else self.tokens.muted))
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, cosine_text(row.cosine))

    def _paint_bar(self, painter: QPainter, row: BarRow, y: float, columns: Columns) -> float:
        """Draw the bar and return its length; the least bar still shows color and outline."""
        length = max(_MIN_BAR, round(row.probability * columns.full))
        box = QRectF(
            round(columns.bar) + 0.5,
            y + _BAR_INSET + 0.5,
            length,
            self.row_height - 2 * _BAR_INSET - 1,
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        # The outline carries the bar where its own color is that of the chart's ground.
        painter.setPen(QPen(QColor(self.tokens.border_strong), 1.0))
        if row.color is not None:
            painter.setBrush(QColor(*row.color))
            painter.drawRect(box)
        else:
            painter.setBrush(QColor(self.tokens.accent_soft))
            painter.drawRect(box)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(QColor(self.tokens.accent), Qt.BrushStyle.BDiagPattern))
            painter.drawRect(box.adjusted(1, 1, 0, 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        return length

    def _place_marker(
        self,
        painter: QPainter,
        row: BarRow,
        y: float,
        columns: Columns,
        length: float,
        left: float,
        ground: QColor,
    ) -> None:
        """Put a marker behind the percentage, or into its bar if that alone has the room."""
        wanted = self.marker_width(row.roles) + 1.0
        left += _GAP - 2
        room = columns.edge - left
        if wanted > room and wanted + 2 * _INSIDE_MARGIN <= length:
            left = columns.bar + length - wanted - _INSIDE_MARGIN
            box = QRectF(left - 2, y + _BAR_INSET + 2, wanted + 4, self.row_height)
            box.setHeight(self.row_height - 2 * _BAR_INSET - 3)
            if row.color is None:
                painter.fillRect(box, QColor(self.tokens.accent_soft))
            ink = QColor(self.tokens.text) if row.color is None else readable_ink(row.color)
            self._paint_marker(painter, row.roles, left, y, wanted, ink)
            return
        width = min(wanted, room)
        painter.fillRect(QRectF(left - 2, y + 2, width + 4, self.row_height - 4), ground)
        self._paint_marker(painter, row.roles, left, y, width, QColor(self.tokens.text))

    def _paint_marker(
        self, painter: QPainter, roles: str, x: float, y: float, width: float, ink: QColor
    ) -> None:
        # Drawn, not written: the interface font has no such character.
        center = y + self.row_height / 2
        half = self.metrics.xHeight() * 0.5
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        pointer = [
            QPointF(x, center),
            QPointF(x + 1.5 * half, center - half),
            QPointF(x + 1.5 * half, center + half),
        ]
        painter.drawPolygon(QPolygonF(pointer))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(ink)
        offset = self._pointer_width()
        shown = self.metrics.elidedText(roles, Qt.TextElideMode.ElideRight, width - offset + 1)
        box = QRectF(x + offset, y, max(width - offset, 0) + 4, self.row_height)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)

    def _pointer_width(self) -> float:
        return self.metrics.xHeight() * 0.75 + 4.0


def readable_ink(color: Rgb) -> QColor:
    """Black or white, whichever has the higher contrast on a color (WCAG 2 luminance)."""
    # (L + 0.05)^2 = 1.05 * 0.05 is where both have the same contrast.
    return QColor("black") if luminance(color) > 0.1791 else QColor("white")


def luminance(color: Rgb) -> float:
    """Relative luminance of an sRGB color, 0..1 (WCAG 2)."""
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (part / 255.0 for part in color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
