"""Charts as a picture for slides: always light, always as sharp, whatever the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPainterStateGuard

from gui.charts.bar_painter import BarPainter
from gui.look.theme import LIGHT, UI_FONT_FAMILY
from gui.prediction.cards.card import sentence_layout
from gui.prediction.cards.views import CardView, bar_layout, drawn_row, utf16_length

WIDTH = 640
SCALE = 2
_MARGIN = 20
_GAP = 8
_FONT_PIXELS = 14
_MOST_HEIGHT = 16_000


@dataclass(frozen=True)
class Chart:
    """One template and what its card shows."""

    template: str
    view: CardView


def chart_picture(
    charts: Sequence[Chart], caption: str, cosines: bool = True, decimals: int = 1
) -> QImage:
    """Draw charts below one another, with a line on how they were made.

    Returns
    -------
    QImage
        `WIDTH` × `SCALE` pixels wide, on white. The same pixels at every screen scaling (R51).
    """
    font = QFont(UI_FONT_FAMILY)
    font.setPixelSize(_FONT_PIXELS)
    painter_of_rows = BarPainter(font, LIGHT, bar_layout(decimals, cosines))
    inner = WIDTH - 2 * _MARGIN
    blocks = []
    height = float(_MARGIN)
    for chart in charts:
        title, title_height = sentence_layout(
            chart.template, [(0, utf16_length(chart.template))], font, inner
        )
        words, words_height = sentence_layout(chart.view.sentence, chart.view.bold, font, inner)
        rows_height = painter_of_rows.height(len(chart.view.rows))
        blocks.append((chart, title, title_height, words, words_height, rows_height))
        height += title_height + words_height + rows_height + 4 * _GAP
    small = painter_of_rows.small
    note, note_height = sentence_layout(caption, (), small, inner)
    height += note_height + _MARGIN
    image = QImage(
        WIDTH * SCALE, min(round(height), _MOST_HEIGHT) * SCALE, QImage.Format.Format_RGB32
    )
    image.fill(QColor(LIGHT.surface))
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        painter.scale(SCALE, SCALE)
        y = float(_MARGIN)
        for chart, title, title_height, words, words_height, rows_height in blocks:
            painter.setPen(QColor(LIGHT.muted))
            title.draw(painter, QPointF(_MARGIN, y))
            y += title_height + _GAP / 2
            painter.setPen(QColor(LIGHT.text))
            words.draw(painter, QPointF(_MARGIN, y))
            y += words_height + _GAP
            rows = [drawn_row(row, decimals) for row in chart.view.rows]
            columns = painter_of_rows.columns(rows, inner)
            with QPainterStateGuard(painter):
                painter.translate(_MARGIN, y)
                painter_of_rows.paint(painter, rows, columns)
            y += rows_height + 2.5 * _GAP
        painter.setPen(QColor(LIGHT.muted))
        note.draw(painter, QPointF(_MARGIN, y))
    return image
